"""Recorded changes: kept on either database, checked, audited, by project."""

from dataclasses import replace

import pytest

from nervure.base.clock import NS_PER_S
from nervure.base.errors import BadInput, NotFound
from nervure.catalog.catalog import Catalog
from nervure.model.change import Change

AT = 1_799_999_000 * NS_PER_S
RELEASE = Change(
    "", "shop", AT, "release", "checkout", "1.4", "1.5", {"service": "checkout"}, "canary first", "https://ci/15"
)


def test_a_change_is_kept_as_told_with_who_told_it(catalog: Catalog) -> None:
    made = catalog.changes.create(RELEASE, "pipeline")
    assert made == replace(RELEASE, id=made.id, author="pipeline", created_ns=1_800_000_000 * NS_PER_S)
    assert catalog.changes.get("shop", made.id) == made
    (entry,) = catalog.audit.entries(noun="change")
    assert (entry.actor, entry.action, entry.noun_id, entry.project) == ("pipeline", "create", made.id, "shop")


def test_lists_are_of_one_project_and_a_half_open_range_newest_first(catalog: Catalog) -> None:
    times = [AT, AT + 10, AT + 20]
    for at in times:
        catalog.changes.create(replace(RELEASE, time_ns=at))
    catalog.changes.create(replace(RELEASE, project="desk"))
    assert [change.time_ns for change in catalog.changes.list("shop", AT, AT + 20)] == [AT + 10, AT]
    assert len(catalog.changes.list("shop", 0, AT * 2)) == 3
    assert len(catalog.changes.list("shop", 0, AT * 2, limit=2)) == 2


def test_a_change_is_forgotten_only_by_its_own_project(catalog: Catalog) -> None:
    made = catalog.changes.create(RELEASE)
    for project in ("desk", "shop"):
        if project == "desk":
            with pytest.raises(NotFound, match="no recorded change"):
                catalog.changes.delete(project, made.id)
        else:
            catalog.changes.delete(project, made.id, "ann")
    with pytest.raises(NotFound):
        catalog.changes.get("shop", made.id)
    assert [entry.action for entry in catalog.audit.entries(noun="change")] == ["delete", "create"]


@pytest.mark.parametrize(
    ("wrong", "problem"),
    [
        ({"kind": "error"}, "kind = 'error'"),
        ({"name": "  "}, "name: say what"),
        ({"url": "javascript:alert(1)"}, "begins with http"),
        ({"note": "x" * 10_001}, "note has at most"),
        ({"scope": {f"attr{n}": "" for n in range(21)}}, "at most 20 fields"),
        ({"scope": {"service": "x" * 10_001}}, "scope.service"),
    ],
)
def test_nonsense_is_refused_and_nothing_kept(catalog: Catalog, wrong: dict[str, object], problem: str) -> None:
    with pytest.raises(BadInput, match=problem):
        catalog.changes.create(replace(RELEASE, **wrong))  # type: ignore[arg-type]
    assert catalog.changes.list("shop", 0, AT * 2) == []
