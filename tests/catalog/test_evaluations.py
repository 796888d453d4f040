"""Rules in versions, tasks under leases, backfills: on SQLite and on PostgreSQL."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from nervure.base.clock import FixedClock
from nervure.base.errors import Conflict, NotFound
from nervure.base.ids import RandomIds
from nervure.catalog.catalog import Catalog, open_catalog
from nervure.catalog.repositories.evaluation_tasks import LEASE_S, TARGETS_PER_TASK
from nervure.model.evaluation import Backfill, Choice, Expression, Outcome, Problem, Rule, Sampling, Tally, Target

RULE = Rule("", "shop", "answers", (Choice("groundedness", settings={"threshold": 0.6}),), where='kind = "llm"')


def targets(count: int, first: int = 0) -> list[Target]:
    return [Target(f"t{n}", f"t{n}", n, n) for n in range(first, first + count)]


def outcome(scored: int = 0, failed: int = 0) -> Outcome:
    problems = (Problem("groundedness", "t1", "boom"),) if failed else ()
    return Outcome(
        {"groundedness": Tally(scored, scored, 0, failed, 0.25)}, problems, {"boom": failed} if failed else {}, 1.5
    )


def planned(catalog: Catalog, count: int) -> Rule:
    rule = catalog.evaluation_rules.create(RULE)
    assert catalog.evaluation_tasks.plan(rule, rule.through_ns + 5, targets(count))
    return rule


def test_what_a_rule_scores_is_a_version_and_its_name_is_not(catalog: Catalog, clock: FixedClock) -> None:
    rules = catalog.evaluation_rules
    first = rules.create(RULE, "ada")
    assert (first.version, first.through_ns) == (1, clock.now_ns())
    renamed = rules.update(replace(first, name="better"), "bob")
    assert (renamed.version, renamed.name) == (1, "better")
    second = rules.update(replace(renamed, sampling=Sampling(rate=0.5)), "bob")
    assert second.version == 2
    assert rules.at_version(first.id, 1).sampling.rate == 1.0
    assert [(one.version, one.author) for one in rules.versions("shop", first.id)] == [(2, "bob"), (1, "ada")]
    assert rules.get("shop", first.id).choices == RULE.choices
    with pytest.raises(Conflict, match="a rule named"):
        rules.create(replace(RULE, name="better"))
    with pytest.raises(NotFound, match="GET /api/v1/evaluations/rules"):
        rules.get("other", first.id)


def test_a_rule_that_was_off_begins_anew_and_leaves_the_gap(catalog: Catalog, clock: FixedClock) -> None:
    rules = catalog.evaluation_rules
    rule = rules.create(RULE)
    off = rules.update(replace(rule, enabled=False))
    clock.advance_s(3600)
    assert rules.update(replace(off, enabled=True)).through_ns == clock.now_ns()


def test_a_stretch_is_planned_once_with_its_watermark(catalog: Catalog) -> None:
    rule = planned(catalog, 100)
    tasks = catalog.evaluation_tasks
    assert not tasks.plan(rule, rule.through_ns + 5, targets(100)), "somebody else was first"
    assert catalog.evaluation_rules.get("shop", rule.id).through_ns == rule.through_ns + 5
    assert (tasks.queue(rule.id).waiting, tasks.planned_on(rule.id, tasks.days(rule.id)[0].day)) == (100, 100)


def test_a_task_is_settled_once_by_who_holds_it(catalog: Catalog, clock: FixedClock) -> None:
    rule = planned(catalog, 64)
    tasks = catalog.evaluation_tasks
    held = tasks.claim("one")
    assert held is not None
    assert held.targets == tuple(targets(64))
    assert tasks.claim("two") is None
    assert tasks.extend(held.id, "one")
    clock.advance_s(LEASE_S + 1)
    taken = tasks.claim("two")
    assert taken is not None
    assert (taken.id, taken.attempts, taken.created_ns) == (held.id, 2, held.created_ns)
    assert not tasks.extend(held.id, "one")
    assert not tasks.finish(held.id, "one", outcome(64))
    assert tasks.finish(held.id, "two", outcome(60, 4))
    assert not tasks.finish(held.id, "two", outcome(60, 4))
    (day,) = [one for one in tasks.days(rule.id) if one.evaluator]
    assert (day.scored, day.passed, day.failed, day.cost_usd) == (60, 60, 4, 0.25)
    done = tasks.list(rule.id)[0]
    assert done.outcome is not None
    assert (done.state, done.outcome.reasons, done.outcome.problems[0].reason) == ("done", {"boom": 4}, "boom")


def test_what_a_dead_worker_held_need_not_wait_for_its_lease(catalog: Catalog) -> None:
    planned(catalog, 64)
    tasks = catalog.evaluation_tasks
    held = tasks.claim("host-41-ab")
    assert held is not None
    assert tasks.forsake("host-4-") == 0
    assert tasks.claim("host-42-cd") is None
    assert tasks.forsake("host-41-") == 1
    taken = tasks.claim("host-42-cd")
    assert taken is not None
    assert (taken.id, taken.attempts) == (held.id, 2)
    assert not tasks.finish(held.id, "host-41-ab", outcome(64))


def test_a_task_that_kills_its_workers_is_cut_until_the_culprit_stands_alone(
    catalog: Catalog, clock: FixedClock
) -> None:
    rule = planned(catalog, 4)
    tasks = catalog.evaluation_tasks
    survived: list[str] = []
    for _ in range(100):
        task = tasks.claim("worker")
        if task is None and not tasks.queue(rule.id).waiting and not tasks.queue(rule.id).running:
            break
        if task is not None and all(one.id != "t2" for one in task.targets):
            survived += [one.id for one in task.targets]
            tasks.finish(task.id, "worker", outcome(len(task.targets)))
        # Whoever takes t2 dies, and its lease runs out.
        clock.advance_s(LEASE_S + 1)
    assert sorted(survived) == ["t0", "t1", "t3"]
    (failed,) = tasks.list(rule.id, states=("failed",))
    assert "workers died of it" in failed.error
    assert "target t2" in failed.error


def test_a_task_given_back_waits_and_costs_no_attempt(catalog: Catalog, clock: FixedClock) -> None:
    planned(catalog, 1)
    tasks = catalog.evaluation_tasks
    task = tasks.claim("one")
    assert task is not None
    tasks.release(task.id, "one", "the store is down", 5)
    assert tasks.claim("two") is None
    clock.advance_s(6)
    again = tasks.claim("two")
    assert again is not None
    assert again.attempts == 1


def test_workers_that_claim_at_once_never_hold_the_same_task(where: str, catalog: Catalog, clock: FixedClock) -> None:
    planned(catalog, TARGETS_PER_TASK * 12)
    other = open_catalog(where, clock, RandomIds())
    try:

        def work(name: str) -> Sequence[str]:
            found = []
            source = catalog if name < "c" else other
            while (task := source.evaluation_tasks.claim(name)) is not None:
                found.append(task.id)
            return found

        with ThreadPoolExecutor(4) as pool:
            claimed = [task_id for part in pool.map(work, "abcd") for task_id in part]
        assert len(claimed) == len(set(claimed)) == 12
    finally:
        other.close()


def test_a_backfill_waits_behind_live_traffic_and_moves_with_its_tasks(catalog: Catalog, clock: FixedClock) -> None:
    rule = catalog.evaluation_rules.create(RULE)
    tasks = catalog.evaluation_tasks
    asked = catalog.backfills.create(Backfill("", "shop", rule.id, 1, 0, 1000))
    moved = catalog.backfills.advance(replace(asked, at_ns=500, planned=3), "server", rule, targets(3), tasks)
    again = catalog.backfills.advance(replace(asked, at_ns=500, planned=3), "server", rule, targets(3), tasks)
    assert (again.planned, tasks.queue(backfill_id=moved.id).waiting) == (3, 3), "the same stretch counts once"
    clock.advance_s(5)
    assert tasks.plan(rule, rule.through_ns + 5, targets(2, 10))
    first = tasks.claim("worker")
    assert first is not None
    assert first.backfill_id == ""
    assert catalog.backfills.cancel(moved.id).state == "cancelled"
    assert tasks.cancel(backfill_id=moved.id) == 1
    assert tasks.settled(moved.id) == 3


def test_an_expression_of_another_text_is_another_version(catalog: Catalog) -> None:
    kept = catalog.expressions.put(Expression("", "shop", "short", "len(output) < 9"), "ada")
    same = catalog.expressions.put(Expression("", "shop", "short", "len(output) < 9", "Is it short?"), "ada")
    other = catalog.expressions.put(Expression("", "shop", "short", "len(output) < 5"), "ada")
    assert [kept.version, same.version, other.version] == [1, 1, 2]
    with pytest.raises(NotFound, match="no expression named"):
        catalog.expressions.named("other", "short")


def test_a_rule_goes_with_its_queue_and_counts(catalog: Catalog) -> None:
    rule = planned(catalog, 5)
    catalog.evaluation_rules.delete("shop", rule.id)
    assert catalog.evaluation_tasks.queue(rule.id).waiting == 0
    assert catalog.evaluation_tasks.days(rule.id) == []
