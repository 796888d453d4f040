"""What detection must remember outlives its process, on both databases; of two processes one looks."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from nervure.act.live import Live, explaining
from nervure.act.rules import of_budget_alert
from nervure.base.clock import NS_PER_S, FixedClock
from nervure.base.errors import Conflict, QueryStopped
from nervure.base.ids import RandomIds
from nervure.base.settings import Settings
from nervure.catalog.catalog import Catalog, open_catalog
from nervure.detect.slo.alerts import Alerts, ObjectiveAlert
from nervure.jobs.loops import detect
from nervure.model.alert import Raised
from nervure.model.objective import Budget
from nervure.query.asker import Asker
from nervure.query.runner import Runner
from nervure.store import migrate
from nervure.store.engines.embedded import EmbeddedEngine

MINUTE = 60 * NS_PER_S


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedEngine]:
    made = EmbeddedEngine(tmp_path_factory.mktemp("store"))
    migrate(made)
    yield made
    made.close()


class Overloaded(Asker):
    """Whose every statement is stopped. asked: how many were."""

    asked = 0

    def runner(self, project: str) -> Runner:
        self.asked += 1
        raise QueryStopped("the statement was stopped because it took too long: ask for less")


def spent(now_ns: int) -> ObjectiveAlert:
    text = "tokens: $12.00 of $10.00 a day are spent (120%)."
    return ObjectiveAlert("tokens 1.0", "page", text, now_ns, now_ns, opens=True, observed=12.0, limit=10.0)


def raised(now_ns: int) -> list[Raised]:
    return [of_budget_alert(Budget("bud", "p", "tokens", 10.0, "day"), spent(now_ns))]


def test_a_diagnosis_that_was_stopped_is_tried_again_when_it_is_due_also_by_the_next_process(
    catalog: Catalog, clock: FixedClock, engine: EmbeddedEngine, tmp_path: Path
) -> None:
    settings = Settings(data=tmp_path)
    asker, overloaded = Asker(engine, settings, clock), Overloaded(engine, settings, clock)
    alerts = raised(clock.now_ns())

    def began(explaining_by: Asker) -> Live:
        live = Live.begin("p", asker, catalog, clock.now_ns())
        live.detective.explain = explaining("p", explaining_by, catalog)
        return live

    def minute(live: Live) -> tuple[int, bool, int]:
        """One more. Returns tries, whether any was made, and how often one was tried."""
        clock.advance_s(60)
        live.advance(clock.now_ns(), alerts)
        (case,) = live.detective.cases.values()
        return case.tries, case.is_known, overloaded.asked

    live = began(overloaded)
    # At once, after a minute, and then after two.
    assert [minute(live) for _ in range(2)] == [(1, False, 1), (2, False, 2)]
    (before,) = live.detective.cases.values()
    (incident,) = catalog.incidents.list("p")
    assert "Why is not known yet, because the statement was stopped" in incident.diagnosis.narrative

    live = began(overloaded)
    (after,) = live.detective.cases.values()
    kept = ("looked", "ages", "tries", "again", "is_known")
    assert [getattr(after, name) for name in kept] == [getattr(before, name) for name in kept]
    assert [minute(live) for _ in range(2)] == [(2, False, 2), (3, False, 3)]

    live = began(asker)
    assert [minute(live) for _ in range(4)] == [(3, False, 3)] * 3 + [(0, True, 3)]
    (known,) = catalog.incidents.list("p")
    assert (known.id, known.opened_ns) == (incident.id, incident.opened_ns)
    assert "not known yet" not in known.diagnosis.narrative

    live = began(overloaded)
    assert minute(live) == (0, True, 3), "what is known is not asked for again"
    assert len(catalog.incidents.list("p")) == 1


def test_of_two_processes_that_look_at_once_one_keeps_what_it_opened(
    catalog: Catalog, where: str, clock: FixedClock, engine: EmbeddedEngine, tmp_path: Path
) -> None:
    asker, other = Asker(engine, Settings(data=tmp_path), clock), open_catalog(where, clock, RandomIds())
    lives = [Live.begin("p", asker, one, clock.now_ns()) for one in (catalog, other)]
    alerts, ready, results = raised(clock.now_ns()), threading.Barrier(2), list[str]()
    clock.advance_s(60)

    def look(live: Live) -> None:
        ready.wait()
        try:
            live.advance(clock.now_ns(), alerts)
            results.append("kept")
        except Conflict:
            results.append("late")

    threads = [threading.Thread(target=look, args=(live,)) for live in lives]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    other.close()
    assert sorted(results) == ["kept", "late"]
    (incident,) = catalog.incidents.list("p")
    assert [one.text for one in incident.timeline if one.kind == "status"] == [f"opened: {incident.diagnosis.title}"]


@dataclass
class Hands:
    """Of one process. asked: statements it made."""

    settings: Settings
    clock: FixedClock
    catalog: Catalog
    engine: Any
    asked: int = 0
    asker: Asker = field(init=False)

    def __post_init__(self) -> None:
        hands, engine = self, self.engine

        class Counted:
            def __getattr__(self, name: str) -> Any:
                hands.asked += name == "query"
                return getattr(engine, name)

        self.asker = Asker(Counted(), self.settings, self.clock)  # type: ignore[arg-type]


def test_of_servers_that_share_a_catalog_one_diagnoses(
    catalog: Catalog, where: str, clock: FixedClock, engine: EmbeddedEngine, tmp_path: Path
) -> None:
    settings, other = Settings(data=tmp_path, default_project="p"), open_catalog(where, clock, RandomIds())
    one, two = Hands(settings, clock, catalog, engine), Hands(settings, clock, other, engine)
    budget = catalog.budgets.create(Budget("", "p", "tokens", 10.0, "day"))
    for _ in range(3):
        Alerts(catalog.notes).seen(budget.id, [spent(clock.now_ns())], clock.now_ns())
        detect.run(one)  # type: ignore[arg-type]
        detect.run(two)  # type: ignore[arg-type]
        clock.advance_s(60)
    assert one.asked > 0
    if catalog.leases.is_shared:
        assert two.asked == 0
        # The first is gone: its lease runs out, and the second goes on with the same incident.
        clock.advance_s(int(detect.LEASE_S))
        detect.run(two)  # type: ignore[arg-type]
        assert two.asked > 0
    other.close()
    (incident,) = catalog.incidents.list("p")
    assert [alert.rule for alert in incident.alerts] == [budget.id]


def test_an_incident_says_of_a_budget_that_is_kept_again_when_it_was_and_is_over(
    catalog: Catalog, clock: FixedClock, engine: EmbeddedEngine, tmp_path: Path
) -> None:
    hands = Hands(Settings(data=tmp_path, default_project="p"), clock, catalog, engine)
    budget, alerts = catalog.budgets.create(Budget("", "p", "tokens", 10.0, "day")), Alerts(catalog.notes)
    detect.run(hands)  # type: ignore[arg-type]
    clock.advance_s(60)
    last_ns = clock.now_ns()
    alerts.seen(budget.id, [spent(last_ns)], last_ns)
    # It is held for half an hour, in which detection gets further.
    for seconds in (0, 1200, 601):
        clock.advance_s(seconds)
        detect.run(hands)  # type: ignore[arg-type]
    (incident,) = catalog.incidents.list("p")
    assert (incident.status, incident.alerts[0].end_ns) == ("open", 0)
    # Series are looked at a minute late, the budget is not.
    assert incident.opened_ns == incident.onset_ns == last_ns
    alerts.seen(budget.id, [], clock.now_ns())
    clock.advance_s(60)
    detect.run(hands)  # type: ignore[arg-type]
    (incident,) = catalog.incidents.list("p")
    assert (incident.status, [one.end_ns for one in incident.alerts]) == ("closed", [last_ns])
    assert [one.time_ns for one in incident.timeline if one.text == "tokens: the budget is kept again"] == [last_ns]
    assert alerts.of(budget.id)[0].end_ns == last_ns
