"""Backtests as jobs, on both databases: none is run twice or for ever, and old ones are forgotten."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import cast

import pytest

from nervure.act import lifecycle
from nervure.base.clock import NS_PER_S, SystemClock
from nervure.base.errors import Conflict, NotFound
from nervure.base.settings import Settings
from nervure.catalog.catalog import Catalog
from nervure.catalog.repositories.backtests import KEPT, MOST_OPEN
from nervure.catalog.repositories.findings import Wanted
from nervure.jobs.loop import Hands
from nervure.jobs.loops import backtest
from tests.catalog.test_incidents import T, diagnosis, finding

WINDOW = (T, T + 86_400 * NS_PER_S, 300)


@dataclass
class Idle:
    """A house without a store: whoever asks it something fails."""

    settings: Settings
    catalog: Catalog
    clock: SystemClock


def test_what_was_found_is_kept_as_it_was(catalog: Catalog) -> None:
    job = catalog.backtests.create("p", *WINDOW)
    findings = [finding("a"), finding("b")]
    incident = lifecycle.open_incident("p", "k", findings, diagnosis(), T)
    catalog.backtests.finish(job, [(incident, findings)], "me")
    assert catalog.backtests.found(job.id) == [(incident, findings)]
    assert (catalog.backtests.get(job.id).state, catalog.backtests.get(job.id).found) == ("done", 1)
    with pytest.raises(NotFound, match="found no incident"):
        catalog.backtests.found_one(job.id, "nope")


def test_incidents_of_the_past_are_kept_once_and_can_be_forgotten(catalog: Catalog) -> None:
    cases = []
    for key in ("k1", "k2"):
        findings = [finding(f"{key}-a"), finding(f"{key}-b")]
        cases.append((lifecycle.close(lifecycle.open_incident("p", key, findings, diagnosis(), T), T + 9), findings))
    ids = [incident.id for incident, _ in cases]
    assert catalog.incidents.keep("p", cases[:1], "me") == ids[:1]
    assert catalog.incidents.keep("p", cases, "me") == ids[1:]
    assert [catalog.incidents.get("p", one) for one in ids] == [incident for incident, _ in cases]
    assert [one for one, _ in catalog.incidents.findings("p", ids[0])] == cases[0][1]
    assert catalog.incidents.forget("q", ids, "me") == 0
    assert catalog.incidents.forget("p", [*ids, "nope"], "me") == 2
    assert (catalog.incidents.list("p"), catalog.incidents.findings("p")) == ([], [])


def test_a_project_has_so_many_at_a_time_and_keeps_so_many(catalog: Catalog) -> None:
    first = [catalog.backtests.create("p", *WINDOW) for _ in range(MOST_OPEN)]
    catalog.backtests.create("q", *WINDOW)
    with pytest.raises(Conflict, match="cancel one, or wait"):
        catalog.backtests.create("p", *WINDOW)
    for job in first:
        catalog.backtests.cancel(job.id)
    for _ in range(KEPT + 1):
        catalog.backtests.finish(catalog.backtests.create("p", *WINDOW), [], "me")
    assert len(catalog.backtests.list("p")) == KEPT
    assert len(catalog.backtests.list("q")) == 1


def test_one_that_was_cancelled_is_not_begun_and_one_that_never_ends_is_given_up(
    catalog: Catalog, tmp_path: Path
) -> None:
    idle = Idle(Settings(data=tmp_path), catalog, SystemClock())
    cancelled = catalog.backtests.create("p", *WINDOW)
    catalog.backtests.cancel(cancelled.id)
    lost = catalog.backtests.create("p", *WINDOW)
    # Its process died as often; nobody holds it.
    catalog.backtests.save(replace(lost, state="running", tries=backtest.MOST_TRIES), "")
    backtest.run(cast(Hands, idle))
    given_up = catalog.backtests.get(lost.id)
    assert (given_up.state, "ask for a shorter window" in given_up.error) == ("failed", True)
    assert catalog.backtests.get(cancelled.id).state == "cancelled"


def test_a_finding_that_two_incidents_share_is_kept_with_the_first(catalog: Catalog) -> None:
    shared, own = finding("a"), finding("b")
    first = lifecycle.open_incident("p", "one", [shared], diagnosis(), T)
    second = lifecycle.open_incident("p", "two", [own, shared], diagnosis(), T)
    assert catalog.incidents.keep("p", [(first, [shared, shared]), (second, [own, shared])], "me") == [
        first.id,
        second.id,
    ]
    kept = {one.finding.id: one.incident for one in catalog.findings.list("p", Wanted())}
    assert kept == {"a": first.id, "b": second.id}


def test_detection_keeps_a_finding_that_is_told_twice_once(catalog: Catalog) -> None:
    shared, own = finding("a"), finding("b")
    first = lifecycle.open_incident("p", "one", [shared], diagnosis(), T)
    second = lifecycle.open_incident("p", "two", [own, shared], diagnosis(), T)
    told = [(first, [shared, shared]), (second, [own, shared])]
    catalog.incidents.advance("p", 0, 1, {}, told, lifecycle.rebased)
    kept = {one.finding.id: one.incident for one in catalog.findings.list("p", Wanted())}
    assert kept == {"a": second.id, "b": second.id}
