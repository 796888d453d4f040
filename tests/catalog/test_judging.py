"""Judges in the catalog, on SQLite and on PostgreSQL: money, secrets, answers, frozen sets."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select

from nervure.base.clock import FixedClock
from nervure.base.errors import Conflict, NotFound
from nervure.catalog.catalog import Catalog
from nervure.catalog.repositories.judge_memory import KEEP_S
from nervure.catalog.repositories.judge_purse import KEEP_RUNS_S, OverLimit
from nervure.catalog.tables import AuditRow
from nervure.model.judge import Account, Check, Endpoint, Judge, Seat


def test_reservations_of_many_threads_never_pass_a_limit(catalog: Catalog) -> None:
    accounts = [Account("judge/a", 1.0), Account("judge/a/day", 0.5), Account("run/r")]

    def spend(_: int) -> bool:
        try:
            hold = catalog.judge_purse.reserve(accounts, 0.03, 60)
        except OverLimit:
            return False
        catalog.judge_purse.settle(hold, 0.02)
        return True

    with ThreadPoolExecutor(6) as pool:
        bought = sum(pool.map(spend, range(60)))
    held = {one.name: one for one in catalog.judge_purse.balances("")}
    # The last one may be bought while 0.47 or less is gone: 0.48 at least is spent in the end, and never more than 0.5.
    assert held["judge/a/day"].spent_usd == pytest.approx(0.02 * bought)
    assert 0.4 < held["judge/a/day"].spent_usd <= 0.5
    assert {one.spent_usd for one in held.values()} == {held["judge/a"].spent_usd}
    assert all((one.reserved_usd, one.calls) == (0.0, bought) for one in held.values())


def test_what_was_not_settled_in_time_counts_as_spent(catalog: Catalog, clock: FixedClock) -> None:
    hold = catalog.judge_purse.reserve([Account("x", 1.0)], 0.6, 30)
    clock.advance_s(31)
    assert catalog.judge_purse.balances("x")[0].spent_usd == 0.6
    catalog.judge_purse.settle(hold, 0.1)
    assert catalog.judge_purse.balances("x")[0].spent_usd == 0.6


def test_runs_of_long_ago_are_forgotten_and_judges_are_not(catalog: Catalog, clock: FixedClock) -> None:
    catalog.judge_purse.settle(catalog.judge_purse.reserve([Account("run/1"), Account("judge/1")], 0.1, 60), 0.1)
    clock.advance_s(KEEP_RUNS_S + 1)
    catalog.judge_purse.forget_runs()
    assert [one.name for one in catalog.judge_purse.balances("")] == ["judge/1"]


def test_secrets_are_in_no_audit_entry(catalog: Catalog) -> None:
    made = catalog.judge_endpoints.create(
        Endpoint("", "", "e", url="https://x/v1", api_key="sk-1", headers={"a": "sk-2"}), "ann"
    )
    assert catalog.judge_endpoints.get(made.id).api_key == "sk-1"
    with catalog.database.read() as session:
        told = [str((row.before, row.after)) for row in session.scalars(select(AuditRow))]
    assert any("https://x/v1" in one for one in told)
    assert not any("sk-" in one for one in told)


def test_a_judge_comes_back_as_it_was_kept_and_is_found_by_name(catalog: Catalog) -> None:
    panel = (Seat("e", "m", params={"top_p": 0.5}),)
    everywhere = catalog.judges.create(Judge("", "", "tone", "tone", panel))
    own = catalog.judges.create(Judge("", "shop", "tone", "tone", panel, needs=("output",)))
    assert catalog.judges.get(own.id) == own
    assert (catalog.judges.named("judge:tone", "shop"), catalog.judges.named("tone", "other")) == (own, everywhere)
    with pytest.raises(NotFound, match="there is no judge 'x' in the project 'shop'; there are: tone"):
        catalog.judges.named("judge:x", "shop")
    with pytest.raises(Conflict):
        catalog.judges.create(Judge("", "shop", "tone", "tone", panel))


def test_answers_are_remembered_and_forgotten(catalog: Catalog, clock: FixedClock) -> None:
    memory = catalog.judge_memory
    memory.keep("k", {"text": "a"})
    memory.keep("k", {"text": "b"})
    assert memory.recall("k") == {"text": "b"}
    clock.advance_s(KEEP_S + 1)
    assert memory.recall("k") is None
    memory.forget()


def test_a_new_frozen_set_forgets_rounds_over_the_former(catalog: Catalog) -> None:
    memory = catalog.judge_memory
    probes = memory.freeze("j", [({"output": "a"}, 1.0), ({"output": "b"}, None)])
    assert [(one.example, one.label) for one in probes] == [({"output": "a"}, 1.0), ({"output": "b"}, None)]
    check = Check("", "j", 2, 1, 2, {probes[0].id: [1.0, None]}, {probes[0].id: ["x", "abstained"]}, ("m",), 0.1)
    kept = memory.add_check(check)
    assert (kept.scores, kept.labels, kept.models) == (check.scores, check.labels, ("m",))
    memory.freeze("j", [({"output": "c"}, None)])
    assert memory.checks("j") == []
