"""Deletes what is past its project's retention: whole weeks where every project is past it, else row by row."""

from datetime import UTC, datetime

from nervure.base.clock import NS_PER_S
from nervure.base.journal import journal
from nervure.intake.upkeep import AGED, WEEK_NS, Aged, drop_partition, expire, partitions
from nervure.jobs.loop import Hands, Loop

DAY_NS = 86_400 * NS_PER_S


def run(hands: Hands) -> None:
    """One round."""
    now_ns = hands.clock.now_ns()
    projects = sorted({project.name for project in hands.catalog.projects.list()} | {hands.settings.default_project})
    weeks = partitions(hands.engine)
    for aged in AGED:
        days = {project: _days(hands, project, aged) for project in projects}
        longest = max([*days.values(), hands.settings.retention_days])
        for week in weeks:
            if week.table == aged.table and _ended_before(week.monday, now_ns - longest * DAY_NS):
                drop_partition(hands.engine, week)
                journal("retention").info("a week past every retention is gone", table=week.table, week=week.monday)
        for project, kept in days.items():
            # Whole days, so that a row-wise delete, which rewrites parts, happens once a day and not every round.
            before_ns = (now_ns - kept * DAY_NS) // DAY_NS * DAY_NS
            if count := expire(hands.engine, aged, project, before_ns):
                journal("retention").info("rows past retention are gone", table=aged.table, project=project, rows=count)


def _days(hands: Hands, project: str, aged: Aged) -> int:
    """Days a project keeps a signal."""
    return hands.catalog.retention.days(project, aged.signal) or hands.settings.retention_days


def _ended_before(monday: str, time_ns: int) -> bool:
    try:
        start = datetime.strptime(monday[:10], "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError:
        return False
    return int(start.timestamp()) * NS_PER_S + WEEK_NS <= time_ns


LOOP = Loop(name="retention", every_s=3600.0, run=run, first_s=60.0)
