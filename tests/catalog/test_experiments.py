"""Experiments on either database, and the items of datasets that vendors' clients name by their own ids."""

import pytest

from nervure.base.clock import FixedClock
from nervure.base.errors import BadInput, Conflict, NotFound
from nervure.catalog.catalog import Catalog
from nervure.catalog.repositories.datasets import Chosen
from nervure.catalog.repositories.experiments import Which
from nervure.model.dataset import Case
from nervure.model.experiment import Trial


def test_an_experiment_links_items_to_traces_once(catalog: Catalog, clock: FixedClock) -> None:
    dataset = catalog.datasets.create("shop", "refunds")
    item = catalog.datasets.put("shop", dataset.id, [Case({"input": 1}, external_id="mine")])[0]
    made = catalog.experiments.create("shop", "run 1", dataset.id, 1, metadata={"model": "m"}, external_id="u-1")
    assert catalog.experiments.create("shop", "run 1", dataset.id, external_id="u-1") == made
    first = catalog.experiments.add("shop", made.id, [Trial("mine", "t1", "s1"), Trial("", "t2")])
    assert [one.trial.item_id for one in first] == [item.id, ""]
    clock.advance_s(1)
    again = catalog.experiments.add("shop", "u-1", [Trial(item.id, "t1", "s1", {"n": 2})])
    assert (again[0].id, again[0].trial.metadata) == (first[0].id, {"n": 2})
    page, following = catalog.experiments.items("shop", made.id, 1)
    rest, last = catalog.experiments.items("shop", made.id, 1, following)
    assert ([one.trial.trace_id for one in (*page, *rest)], last) == (["t1", "t2"], None)
    assert catalog.experiments.get("shop", "u-1").item_count == 2
    assert [one.id for one in catalog.experiments.of_trace("shop", "t1")] == [first[0].id]
    ended = catalog.experiments.update("shop", made.id, ended_ns=9, actor="ada")
    assert (ended.ended_ns, ended.metadata) == (9, {"model": "m"})
    assert catalog.experiments.remove("shop", [first[1].id]) == 1
    with pytest.raises(NotFound):
        catalog.experiments.get("bank", made.id)
    catalog.experiments.delete("shop", made.id)
    assert catalog.experiments.list("shop") == []


def test_experiments_are_found_by_name_and_dataset_newest_first(catalog: Catalog, clock: FixedClock) -> None:
    for name in ("a", "b", "a"):
        clock.advance_s(1)
        catalog.experiments.create("shop", name, "d1")
    catalog.experiments.create("shop", "a", "d2")
    assert [one.name for one in catalog.experiments.list("shop", Which("d1"))] == ["a", "b", "a"]
    assert catalog.experiments.count("shop", Which(name="a")) == 3
    newest = catalog.experiments.find("shop", "a", "d1")
    assert newest == catalog.experiments.list("shop", Which("d1"))[0]
    assert catalog.experiments.find("shop", "z") is None


def test_an_item_that_changes_keeps_its_id_and_place_and_earlier_versions_keep_its_earlier_state(
    catalog: Catalog, clock: FixedClock
) -> None:
    dataset = catalog.datasets.create("shop", "refunds", metadata={"owner": "ada"}, external_id="ds-1")
    cases = [Case({"input": n}, external_id=f"x{n}", splits=("test",) if n else ()) for n in range(3)]
    made = catalog.datasets.put("shop", "ds-1", cases)
    assert catalog.datasets.put("shop", dataset.id, cases) == made, "nothing new, no new version"
    clock.advance_s(10)
    changed = catalog.datasets.change("shop", "x1", Case({"input": 10}, splits=("test",), status="archived"))
    assert (changed.id, changed.first, changed.added, changed.created_ns) == (made[1].id, 1, 2, made[1].created_ns)

    def inputs(version: int | None = None, **chosen: str) -> list[int]:
        page, _ = catalog.datasets.items("shop", dataset.id, 10, None, version, Chosen(**chosen))  # type: ignore[arg-type]
        return [one.case.content["input"] for one in page]

    assert (inputs(), inputs(1)) == ([0, 10, 2], [0, 1, 2])
    assert (inputs(split="test"), inputs(status="active"), inputs(split="test", status="active")) == (
        [10, 2], [0, 2], [2],
    )  # fmt: skip
    assert catalog.datasets.get("shop", dataset.id).item_count == 3
    assert catalog.datasets.version_at("shop", dataset.id, clock.now_ns() - 1) == 1
    assert catalog.datasets.version_at("shop", dataset.id, clock.now_ns()) == 2
    catalog.datasets.remove("shop", dataset.id, ["x0"])
    assert inputs() == [10, 2]
    assert sorted(catalog.datasets.versions("shop", dataset.id)) == [1, 2, 3]
    assert catalog.datasets.find_item("shop", "x0") is None
    other = catalog.datasets.create("shop", "other")
    with pytest.raises(Conflict, match="another dataset"):
        catalog.datasets.put("shop", other.id, [Case({"input": 1}, external_id="x2")])
    with pytest.raises(BadInput, match="active or archived"):
        catalog.datasets.put("shop", other.id, [Case({"input": 1}, status="gone")])  # type: ignore[arg-type]


def test_a_page_of_a_split_continues_where_the_one_before_ended(catalog: Catalog) -> None:
    dataset = catalog.datasets.create("shop", "d")
    catalog.datasets.put("shop", dataset.id, [Case({"input": n}, splits=("even",) * (n % 2 == 0)) for n in range(10)])
    found: list[int] = []
    after = None
    while True:
        page, after = catalog.datasets.items("shop", dataset.id, 2, after, None, Chosen(split="even"))
        found += [one.case.content["input"] for one in page]
        if after is None:
            break
    assert found == [0, 2, 4, 6, 8]
