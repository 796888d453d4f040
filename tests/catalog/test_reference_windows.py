"""Reference windows: kept on either database, checked, audited, by project."""

from dataclasses import replace
from typing import Any

import pytest

from nervure.base.errors import BadInput, Conflict, NotFound
from nervure.catalog.catalog import Catalog
from nervure.model.reference_window import LOOK_BACK_NS, ReferenceWindow, Stretch

LAUNCH = ReferenceWindow(
    "", "shop", "launch", "absolute", from_ns=100, to_ns=200, where='kind = "llm"', note="first day"
)


def test_a_window_is_kept_changed_and_forgotten_with_who_did_it(catalog: Catalog) -> None:
    made = catalog.reference_windows.create(LAUNCH, "mia")
    assert made == replace(LAUNCH, id=made.id, author="mia", created_ns=made.created_ns, changed_ns=made.created_ns)
    assert catalog.reference_windows.named("shop", "launch") == made
    changed = catalog.reference_windows.update("shop", made.id, "ben", kind="rolling", length_ns=50, gap_ns=5)
    assert (changed.from_ns, changed.to_ns, changed.length_ns, changed.author) == (0, 0, 50, "mia")
    catalog.reference_windows.delete("shop", made.id, "ben")
    assert catalog.reference_windows.list("shop") == []
    assert [(one.actor, one.action) for one in catalog.audit.entries(noun="reference window")] == [
        ("ben", "delete"), ("ben", "update"), ("mia", "create"),
    ]  # fmt: skip


def test_names_are_of_one_project(catalog: Catalog) -> None:
    made = catalog.reference_windows.create(LAUNCH)
    catalog.reference_windows.create(replace(LAUNCH, project="desk"))
    with pytest.raises(Conflict, match=made.id):
        catalog.reference_windows.create(LAUNCH)
    with pytest.raises(NotFound, match="there: launch"):
        catalog.reference_windows.named("shop", "lunch")
    with pytest.raises(NotFound, match="no reference window"):
        catalog.reference_windows.get("desk", made.id)


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        pytest.param({"from_ns": 200}, "`from` before `to`", id="backwards"),
        pytest.param({"kind": "rolling"}, "length", id="no length"),
        pytest.param({"kind": "release"}, "release", id="no release"),
        pytest.param({"kind": "weekly"}, "use one of absolute", id="no such kind"),
        pytest.param({"name": " "}, "name", id="no name"),
    ],
)
def test_a_window_that_means_nothing_is_refused(catalog: Catalog, changed: dict[str, Any], says: str) -> None:
    with pytest.raises(BadInput, match=says):
        catalog.reference_windows.create(replace(LAUNCH, **changed))


def test_what_a_window_means_depends_on_what_is_compared_with_it() -> None:
    current = Stretch(1000, 1100)
    assert LAUNCH.stretch(current) == Stretch(100, 200, 'kind = "llm"')
    assert replace(LAUNCH, kind="rolling", length_ns=70, gap_ns=10).stretch(current) == Stretch(
        920, 990, 'kind = "llm"'
    )
    pinned = replace(LAUNCH, kind="release", release='1.0 "beta"').stretch(current)
    assert pinned == Stretch(1100 - LOOK_BACK_NS, 1100, '(kind = "llm") and release = "1.0 \\"beta\\""')
