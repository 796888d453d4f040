"""Dashboards of people: kept by project, never lost to somebody else's change; shipped ones cannot be changed."""

from dataclasses import replace

import pytest

from nervure.base.clock import FixedClock
from nervure.base.errors import BadInput, Conflict, Forbidden, NotFound
from nervure.catalog.catalog import Catalog
from nervure.catalog.repositories.dashboards import shipped
from nervure.model.dashboard import Dashboard, DashboardSpec, Layout, Threshold, Variable, Widget, WidgetQuery

SPEC = DashboardSpec(
    [Variable("service", field="service", default=["shop"])],
    [
        Widget(
            "w1", "timeseries", Layout(0, 0, 6, 6), "Calls", queries=[WidgetQuery({"measure": ["count"], "by": ["model"]}, "all")],
            thresholds=[Threshold(0.5, "critical", "below")],
        )
    ],
)  # fmt: skip


def test_what_is_kept_is_what_is_read(catalog: Catalog, clock: FixedClock) -> None:
    made = catalog.dashboards.create("shop", " Calls ", "all of them", SPEC, "ada")
    assert made == Dashboard(made.id, "shop", "Calls", "all of them", SPEC, "ada", clock.now_ns(), clock.now_ns())
    assert catalog.dashboards.get("shop", made.id) == made
    assert catalog.dashboards.list("shop") == [made, *shipped()]
    assert catalog.dashboards.list("bank") == list(shipped())


def test_a_dashboard_of_another_project_is_not_there(catalog: Catalog) -> None:
    made = catalog.dashboards.create("shop", "Calls", "", SPEC)
    for refused in (
        lambda: catalog.dashboards.get("bank", made.id),
        lambda: catalog.dashboards.update("bank", made.id, "x", "", SPEC, made.changed_ns),
        lambda: catalog.dashboards.delete("bank", made.id),
    ):
        with pytest.raises(NotFound, match="no dashboard"):
            refused()
    assert catalog.dashboards.get("shop", made.id) == made


def test_a_change_of_what_somebody_else_changed_meanwhile_is_refused(catalog: Catalog) -> None:
    read = catalog.dashboards.create("shop", "Calls", "", SPEC, "ada")
    first = catalog.dashboards.update("shop", read.id, "Calls 2", "", SPEC, read.changed_ns, "ada")
    assert first.changed_ns > read.changed_ns  # though the clock stands still
    with pytest.raises(Conflict, match="after you opened it"):
        catalog.dashboards.update("shop", read.id, "Calls 3", "", SPEC, read.changed_ns, "bob")
    assert catalog.dashboards.get("shop", read.id) == first
    assert catalog.dashboards.update("shop", read.id, "Calls 3", "", SPEC, first.changed_ns, "bob").name == "Calls 3"


def test_saving_without_a_change_changes_nothing(catalog: Catalog) -> None:
    read = catalog.dashboards.create("shop", "Calls", "", SPEC)
    assert catalog.dashboards.update("shop", read.id, "Calls", "", SPEC, read.changed_ns) == read
    assert [entry.action for entry in catalog.audit.entries(noun="dashboard")] == ["create"]


def test_every_change_is_in_the_audit_log(catalog: Catalog) -> None:
    made = catalog.dashboards.create("shop", "Calls", "", SPEC, "ada")
    empty = replace(SPEC, widgets=[])
    changed = catalog.dashboards.update("shop", made.id, "Calls", "", empty, made.changed_ns, "bob")
    catalog.dashboards.delete("shop", made.id, "cy")
    with pytest.raises(NotFound):
        catalog.dashboards.get("shop", made.id)
    entries = catalog.audit.entries(noun="dashboard", noun_id=made.id)
    assert [(entry.actor, entry.action, entry.project) for entry in entries] == [
        ("cy", "delete", "shop"), ("bob", "update", "shop"), ("ada", "create", "shop"),
    ]  # fmt: skip
    assert entries[0].before is not None
    assert entries[0].before["changed_ns"] == changed.changed_ns
    assert entries[1].before is not None
    assert entries[1].before["spec"]["widgets"][0]["title"] == "Calls"


def test_shipped_dashboards_are_read_and_never_changed(catalog: Catalog) -> None:
    assert [one.id for one in shipped()] == ["llm-service", "rag", "agents", "cost", "provider-health"]
    one = catalog.dashboards.get("any", "cost")
    assert one.is_shipped
    with pytest.raises(Forbidden, match="duplicate it"):
        catalog.dashboards.update("any", "cost", "Mine", "", SPEC, 0)
    with pytest.raises(Forbidden, match="duplicate it"):
        catalog.dashboards.delete("any", "cost")


@pytest.mark.parametrize(
    ("name", "description", "words"),
    [("  ", "", "1 to 200"), ("x" * 201, "", "1 to 200"), ("a\nb", "", "printable"), ("a", "x" * 4001, "at most 4000")],
)
def test_names_and_descriptions_have_bounds(catalog: Catalog, name: str, description: str, words: str) -> None:
    with pytest.raises(BadInput, match=words):
        catalog.dashboards.create("shop", name, description, SPEC)


def test_a_dashboard_has_a_largest_size(catalog: Catalog) -> None:
    texts = [Widget(f"w{n}", "text", Layout(0, 0, 6, 6), text="x" * 20_000) for n in range(25)]
    with pytest.raises(BadInput, match="at most 400000 bytes"):
        catalog.dashboards.create("shop", "Large", "", DashboardSpec([], texts))
