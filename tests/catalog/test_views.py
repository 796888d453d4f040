"""Saved views on either database."""

import pytest

from nervure.base.clock import FixedClock
from nervure.base.errors import BadInput, Conflict, NotFound
from nervure.catalog.catalog import Catalog


def test_views_belong_to_a_project_and_a_page(catalog: Catalog) -> None:
    slow = catalog.views.create("shop", "traces", "slow", "where=latency+%3E+5s", actor="ada")
    catalog.views.create("shop", "logs", "errors")
    catalog.views.create("bank", "traces", "slow")
    assert catalog.views.list("shop", "traces") == [slow]
    assert [(view.page, view.name) for view in catalog.views.list("shop")] == [("logs", "errors"), ("traces", "slow")]
    for forbidden in (
        lambda: catalog.views.get("bank", slow.id),
        lambda: catalog.views.update("bank", slow.id, name="mine"),
        lambda: catalog.views.delete("bank", slow.id),
    ):
        with pytest.raises(NotFound):
            forbidden()
    assert catalog.views.get("shop", slow.id) == slow


def test_a_name_is_taken_once_and_the_refusal_says_by_which_view(catalog: Catalog) -> None:
    slow = catalog.views.create("shop", "traces", "slow", actor="ada")
    other = catalog.views.create("shop", "traces", "other")
    with pytest.raises(Conflict, match=f"'slow' already, by ada.*{slow.id}"):
        catalog.views.create("shop", "traces", "slow")
    with pytest.raises(Conflict, match=slow.id):
        catalog.views.update("shop", other.id, name="slow")
    assert catalog.views.update("shop", slow.id, name="slow") == slow


def test_a_page_has_at_most_one_default(catalog: Catalog, clock: FixedClock) -> None:
    first = catalog.views.create("shop", "traces", "first", is_default=True)
    elsewhere = catalog.views.create("shop", "logs", "first", is_default=True)
    second = catalog.views.create("shop", "traces", "second", is_default=True)

    def defaults() -> set[str]:
        return {view.id for view in catalog.views.list("shop") if view.is_default}

    assert defaults() == {elsewhere.id, second.id}
    clock.advance_s(1)
    changed = catalog.views.update("shop", first.id, is_default=True, search="live=1", actor="bob")
    assert (changed.search, changed.changed_ns, changed.created_ns) == ("live=1", clock.now_ns(), first.created_ns)
    assert defaults() == {elsewhere.id, first.id}
    catalog.views.update("shop", first.id, is_default=False)
    catalog.views.delete("shop", elsewhere.id, actor="bob")
    assert defaults() == set()
    actions = [(entry.action, entry.actor) for entry in catalog.audit.entries(noun="view", limit=3)]
    assert actions == [("delete", "bob"), ("update", "system"), ("update", "bob")]


@pytest.mark.parametrize("name", ["", " slow", "a\nb", "x" * 201])
def test_a_name_can_be_read(catalog: Catalog, name: str) -> None:
    with pytest.raises(BadInput, match="printable"):
        catalog.views.create("shop", "traces", name)


def test_what_is_saved_fits_an_address(catalog: Catalog) -> None:
    with pytest.raises(BadInput, match="question mark"):
        catalog.views.create("shop", "traces", "slow", "?where=x")
    with pytest.raises(BadInput, match="at most"):
        catalog.views.create("shop", "traces", "slow", "x" * 64_001)
