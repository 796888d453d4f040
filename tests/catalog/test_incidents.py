"""Incidents and the progress of detection, on both databases: nothing is opened twice, nothing people wrote is lost."""

import threading
from dataclasses import replace

import pytest

from nervure.act import lifecycle
from nervure.base.clock import NS_PER_S
from nervure.base.errors import BadInput, Conflict, NotFound
from nervure.catalog.catalog import Catalog
from nervure.detect.slo.alerts import Alerts, ObjectiveAlert
from nervure.model.finding import Finding
from nervure.model.incident import Diagnosis, Evidence, Happening, Hypothesis, Incident

T = 1_800_000_000 * NS_PER_S
MINUTE = 60 * NS_PER_S


def finding(name: str, onset_ns: int = T) -> Finding:
    return Finding(
        name, "p", "error_rate", {"service": name}, onset_ns, onset_ns + MINUTE, onset_ns, onset_ns + MINUTE, 0.3, 0.01,
        0.0, 0.05, 7.0, "up", 40, 40.0, e_value=1e9,
    )  # fmt: skip


def diagnosis(cause: str = "tool_failure") -> Diagnosis:
    said = Evidence("3 of 4 calls fail", True, 2.0, {"measure": "error_rate"})
    return Diagnosis(
        cause, "systematic", 0.9, "high", ({"tool": "search"},), "search fails", "Search fails.", (said,),  # type: ignore[arg-type]
        (Hypothesis("unknown", 0.1, (said,)),), before=("a",), after=("b",), ruled_out=("rate limits",),
    )  # fmt: skip


def opened(key: str = "k", *names: str) -> tuple[Incident, list[Finding]]:
    findings = [finding(name) for name in names or ("one",)]
    return lifecycle.open_incident("p", key, findings, diagnosis(), T + MINUTE), findings


def advance(catalog: Catalog, from_ns: int, until_ns: int, *found: tuple[Incident, list[Finding]]) -> None:
    catalog.incidents.advance("p", from_ns, until_ns, {"alarms": []}, found, lifecycle.rebased)


def test_an_incident_comes_back_as_it_was_kept(catalog: Catalog) -> None:
    incident, findings = opened()
    advance(catalog, 0, T, (incident, findings))
    assert catalog.incidents.get("p", incident.id) == incident
    assert catalog.incidents.findings("p", incident.id) == [(findings[0], incident.id)]
    assert catalog.incidents.progress("p") == (T, {"alarms": []})
    assert catalog.incidents.list("p", ("open",)) == [incident]
    assert catalog.incidents.list("p", ("closed",)) == []
    with pytest.raises(NotFound, match="no incident"):
        catalog.incidents.get("another", incident.id)


def test_of_two_workers_that_look_at_the_same_time_one_keeps_what_it_found(catalog: Catalog) -> None:
    for until_ns in (T, T + MINUTE, T + 2 * MINUTE):
        from_ns = catalog.incidents.progress("p")[0]
        results: list[str] = []
        ready = threading.Barrier(2)

        def work(from_ns: int, until_ns: int, ready: threading.Barrier, results: list[str]) -> None:
            ready.wait()
            try:
                advance(catalog, from_ns, until_ns, opened(f"k{until_ns}"))
                results.append("kept")
            except Conflict:
                results.append("late")

        workers = [threading.Thread(target=work, args=(from_ns, until_ns, ready, results)) for _ in range(2)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        assert sorted(results) == ["kept", "late"]
    assert len(catalog.incidents.list("p")) == 3


def test_what_fails_in_the_middle_is_not_kept_at_all(catalog: Catalog) -> None:
    incident, findings = opened()

    def broken(mine: Incident, theirs: Incident) -> Incident:
        raise RuntimeError("killed")

    advance(catalog, 0, T, (incident, findings))
    other = opened("other", "two")
    with pytest.raises(RuntimeError):
        catalog.incidents.advance("p", T, T + MINUTE, {}, [other, (incident, findings)], broken)
    assert catalog.incidents.progress("p")[0] == T
    assert catalog.incidents.list("p") == [incident]


def test_what_people_did_meanwhile_stays(catalog: Catalog) -> None:
    incident, findings = opened()
    advance(catalog, 0, T, (incident, findings))

    def acknowledge(held: Incident) -> Incident:
        held = lifecycle.assign(held, {"lead": "mia"}, T + MINUTE, "mia")
        held = lifecycle.note(held, "looking", T + MINUTE, "mia")
        return lifecycle.change_severity(
            lifecycle.change_status(held, "acknowledged", T + 2 * MINUTE, "mia"), "low", T + 2 * MINUTE, "mia"
        )

    catalog.incidents.change("p", incident.id, acknowledge, "mia")
    grown = lifecycle.grow(incident, [*findings, finding("late")], diagnosis("provider_outage"), T + 3 * MINUTE)
    advance(catalog, T, T + MINUTE, (grown, [finding("late")]))
    kept = catalog.incidents.get("p", incident.id)
    assert (kept.status, kept.roles, kept.diagnosis.severity) == ("acknowledged", {"lead": "mia"}, "low")
    assert kept.diagnosis.cause == "provider_outage"
    assert "looking" in [line.text for line in kept.timeline]
    assert kept.findings == ("one", "late")


def test_incidents_are_merged_and_split_with_their_findings(catalog: Catalog) -> None:
    one, first = opened("one", "a", "b")
    two, second = opened("two", "c")
    advance(catalog, 0, T, (one, first), (two, second))
    merged = catalog.incidents.merge("p", one.id, two.id, lambda x, y: lifecycle.merge(x, y, T + MINUTE, "mia"), "mia")
    assert merged.findings == ("a", "b", "c")
    assert catalog.incidents.get("p", two.id).status == "closed"
    assert {held.id for held, _ in catalog.incidents.findings("p", one.id)} == {"a", "b", "c"}
    taken = [finding("b")]
    made = catalog.incidents.split("p", one.id, lambda x: lifecycle.split(x, taken, T + MINUTE, "mia"), "mia")
    assert made.findings == ("b",)
    assert catalog.incidents.get("p", one.id).findings == ("a", "c")
    with pytest.raises(BadInput, match="not all of them"):
        lifecycle.split(made, taken, T, "mia")


def test_closing_twice_is_closing_once_and_it_may_come_back() -> None:
    incident, _ = opened()
    closed = lifecycle.close(incident, T + 5 * MINUTE)
    assert lifecycle.close(closed, T + 9 * MINUTE) == closed
    again = lifecycle.reopen(closed, T + 10 * MINUTE)
    assert (again.status, again.closed_ns) == ("open", 0)
    assert again.timeline[-1] == Happening(T + 10 * MINUTE, "status", "opened again: it came back", ref=incident.id)
    assert replace(again, timeline=()) != incident


def test_an_alert_that_two_processes_see_at_once_begins_once(catalog: Catalog) -> None:
    ready, news = threading.Barrier(2), list[ObjectiveAlert]()

    def see(at_ns: int) -> None:
        ready.wait()
        news.extend(Alerts(catalog.notes).seen("slo", [ObjectiveAlert("burn", "page", "bad", at_ns, at_ns)], at_ns))

    threads = [threading.Thread(target=see, args=(T + at,)) for at in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    (kept,) = Alerts(catalog.notes).of("slo")
    assert [one.start_ns for one in news] == [kept.start_ns]


def test_requests_that_came_are_told_by_the_hour_whatever_a_step_is() -> None:
    """Twelve steps of five minutes, with two requests each where eight were expected."""
    fewer = replace(
        finding("one"), measure="traces", unit="traces", observed=2.0, expected=8.0, direction="down", n=12,
        end_ns=T + 60 * MINUTE,
    )  # fmt: skip
    incident = lifecycle.open_incident("p", "k", [fewer], diagnosis(), T + 60 * MINUTE)
    assert incident.timeline[0].text == "traces down to 24 traces an hour (expected 96), service one"
