"""Datasets on either database: every change of the items is a version that can still be read."""

import threading
from dataclasses import replace

import pytest

from nervure.base.errors import BadInput, Conflict, NotFound
from nervure.catalog.catalog import Catalog
from nervure.model.dataset import Case


def numbered(count: int, begin: int = 0) -> list[Case]:
    return [Case({"input": n}) for n in range(begin, begin + count)]


def inputs(catalog: Catalog, dataset: str, version: int | None = None) -> list[int]:
    """All items' inputs, read in pages of three."""
    found: list[int] = []
    after = None
    while True:
        page, after = catalog.datasets.items("shop", dataset, 3, after, version)
        found += [item.case.content["input"] for item in page]
        if after is None:
            return found


def test_items_are_read_in_the_order_they_were_added_page_by_page(catalog: Catalog) -> None:
    made = catalog.datasets.create("shop", "refunds", "what customers ask", actor="ada")
    catalog.datasets.add("shop", made.id, numbered(12))
    catalog.datasets.add("shop", made.id, numbered(3, 12))
    assert inputs(catalog, made.id) == list(range(15))
    listed = catalog.datasets.list("shop")
    assert [(one.name, one.version, one.item_count) for one in listed] == [("refunds", 2, 15)]
    assert catalog.datasets.get("shop", made.id) == listed[0]


def test_earlier_versions_keep_what_was_removed(catalog: Catalog) -> None:
    made = catalog.datasets.create("shop", "refunds")
    items, _ = catalog.datasets.add("shop", made.id, numbered(4))
    after = catalog.datasets.remove("shop", made.id, [items[0].id, items[2].id])
    assert (after.version, after.item_count) == (2, 2)
    assert inputs(catalog, made.id) == inputs(catalog, made.id, 2) == [1, 3]
    assert inputs(catalog, made.id, 1) == [0, 1, 2, 3]
    assert inputs(catalog, made.id, 0) == []
    with pytest.raises(NotFound, match="versions 0 to 2"):
        catalog.datasets.items("shop", made.id, version=3)
    with pytest.raises(NotFound, match="1 of these items"):
        catalog.datasets.remove("shop", made.id, [items[0].id, items[1].id])
    assert inputs(catalog, made.id) == [1, 3]


def test_a_span_has_one_item_until_that_is_removed(catalog: Catalog) -> None:
    made = catalog.datasets.create("shop", "refunds")
    case = Case({"input": 1}, "t", "s")
    items, _ = catalog.datasets.add("shop", made.id, [case, case])
    assert [replace(item.case, external_id="") for item in items] == [case]
    again, left_out = catalog.datasets.add("shop", made.id, [case])
    assert (again, left_out, catalog.datasets.get("shop", made.id).version) == ([], [case], 1)
    catalog.datasets.remove("shop", made.id, [items[0].id])
    assert catalog.datasets.add("shop", made.id, [case])[0]


def test_names_are_unique_in_a_project_and_projects_are_apart(catalog: Catalog) -> None:
    made = catalog.datasets.create("shop", "refunds")
    catalog.datasets.create("bank", "refunds")
    with pytest.raises(Conflict, match=made.id):
        catalog.datasets.create("shop", "refunds")
    for forbidden in (
        lambda: catalog.datasets.get("bank", made.id),
        lambda: catalog.datasets.items("bank", made.id),
        lambda: catalog.datasets.add("bank", made.id, numbered(1)),
        lambda: catalog.datasets.delete("bank", made.id),
    ):
        with pytest.raises(NotFound):
            forbidden()


def test_a_deleted_dataset_takes_its_items_along(catalog: Catalog) -> None:
    made = catalog.datasets.create("shop", "refunds")
    catalog.datasets.add("shop", made.id, numbered(2))
    catalog.datasets.delete("shop", made.id, actor="bob")
    assert catalog.datasets.list("shop") == []
    with catalog.database.read() as session:
        assert session.connection().exec_driver_sql("SELECT count(*) FROM dataset_items").scalar_one() == 0
    assert catalog.audit.entries(noun="dataset")[0].actor == "bob"


def test_those_who_add_at_once_make_a_version_each(catalog: Catalog) -> None:
    made = catalog.datasets.create("shop", "refunds")
    adding = [
        threading.Thread(target=catalog.datasets.add, args=("shop", made.id, numbered(5, 5 * n))) for n in range(4)
    ]
    for thread in adding:
        thread.start()
    for thread in adding:
        thread.join()
    held = catalog.datasets.get("shop", made.id)
    assert (held.version, held.item_count) == (4, 20)
    assert sorted(inputs(catalog, made.id)) == list(range(20))


def test_content_that_is_no_json_or_too_large_is_refused(catalog: Catalog) -> None:
    made = catalog.datasets.create("shop", "refunds")
    with pytest.raises(BadInput, match="item 1"):
        catalog.datasets.add("shop", made.id, [*numbered(1), Case({"input": float("nan")})])
    with pytest.raises(BadInput, match="characters of content"):
        catalog.datasets.add("shop", made.id, [Case({"input": "x" * (5 << 20)})])
    with pytest.raises(BadInput, match="1 to 1000"):
        catalog.datasets.add("shop", made.id, [])
    assert catalog.datasets.get("shop", made.id).version == 0
