"""Deletes what is past its project's retention: whole weeks where every project is past it, else row by row."""

from datetime import UTC, datetime

from nervure.base.clock import NS_PER_S
from nervure.base.journal import journal
from nervure.intake.upkeep import AGED, WEEK_NS, Aged, Partition, clear_texts, drop_partition, expire, partitions
from nervure.jobs.loop import Hands, Loop
from nervure.model.retention import RetentionPolicy
from nervure.store.schema import BY_NAME

DAY_NS = 86_400 * NS_PER_S


def run(hands: Hands) -> None:
    """One round."""
    now_ns = hands.clock.now_ns()
    policies = hands.catalog.retention.effective(hands.settings.retention_days)
    weeks = partitions(hands.engine)
    for aged in AGED:
        own = [policy for by_signal in policies.values() if (policy := by_signal.get(aged.signal))]
        longest = max([hands.settings.retention_days, *(policy.days for policy in own)])
        _drop_weeks(hands, aged, weeks, now_ns - longest * DAY_NS)
        # Whole days, so that a row-wise delete, which rewrites parts, happens once a day and not every round.
        for policy in own:
            _expire(hands, aged, policy, now_ns // DAY_NS * DAY_NS)
        if longest > hands.settings.retention_days:
            _expire_others(hands, aged, set(policies), now_ns // DAY_NS * DAY_NS)


def _drop_weeks(hands: Hands, aged: Aged, weeks: list[Partition], before_ns: int) -> None:
    if not BY_NAME[aged.table].partition_by:
        expire(hands.engine, aged, "", before_ns // DAY_NS * DAY_NS)
        return
    for week in weeks:
        if week.table == aged.table and _ended_before(week.monday, before_ns):
            drop_partition(hands.engine, week)
            journal("retention").info("a week past every retention is gone", table=week.table, week=week.monday)


def _expire(hands: Hands, aged: Aged, policy: RetentionPolicy, today_ns: int) -> None:
    if count := expire(hands.engine, aged, policy.project, today_ns - policy.days * DAY_NS):
        journal("retention").info("rows past retention are gone", table=aged.table, project=policy.project, rows=count)
    if policy.payload_days is None:
        return
    if count := clear_texts(hands.engine, aged, policy.project, today_ns - policy.payload_days * DAY_NS):
        journal("retention").info("texts past retention are gone", table=aged.table, project=policy.project, rows=count)


def _expire_others(hands: Hands, aged: Aged, written: set[str], today_ns: int) -> None:
    """Projects without a policy of their own, when another project's longer one keeps the week."""
    names = {project.name for project in hands.catalog.projects.list()} | {hands.settings.default_project}
    for project in sorted(names - written):
        policy = RetentionPolicy(project, days=hands.settings.retention_days)
        _expire(hands, aged, policy, today_ns)


def _ended_before(monday: str, time_ns: int) -> bool:
    try:
        start = datetime.strptime(monday[:10], "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError:
        return False
    return int(start.timestamp()) * NS_PER_S + WEEK_NS <= time_ns


LOOP = Loop(name="retention", every_s=3600.0, run=run, first_s=60.0)
