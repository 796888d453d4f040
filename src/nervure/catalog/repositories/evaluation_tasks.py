"""The queue of online evaluation: tasks are planned with the watermark they move, claimed under a lease, settled once."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from nervure.base.clock import NS_PER_S, Clock
from nervure.base.ids import IdSource
from nervure.catalog.database import Database
from nervure.catalog.tables import EvaluationDayRow, EvaluationRuleRow, EvaluationTaskRow
from nervure.model.evaluation import Outcome, Problem, Rule, Tally, Target, Task

# A worker that has not said that it goes on for so long has died; another takes its task over.
LEASE_S = 20
# A task that so many workers died of is cut in two, until the one target that kills them stands alone.
ATTEMPTS = 2
# A task is asked for and stored in one request each, whose cost hardly grows with it. Judges and users' own code may take
# seconds a target, and what is lost with a worker was paid for: less at a time.
TARGETS_PER_TASK, TARGETS_PER_SLOW_TASK = 128, 64
KEPT_S = 7 * 86_400
# Backfills wait behind everything live.
BEHIND = 1 << 61
EMPTY: dict[str, int] = {"planned": 0, "scored": 0, "passed": 0, "skipped": 0, "failed": 0}


@dataclass(frozen=True, slots=True)
class Queue:
    """What waits. oldest_ns: when the first of the waiting targets was complete, None when none waits."""

    waiting: int = 0
    running: int = 0
    oldest_ns: int | None = None


@dataclass(frozen=True, slots=True)
class Day:
    """What one evaluator did on one UTC day (`YYYY-MM-DD`); planned stands with evaluator ""."""

    day: str
    evaluator: str
    planned: int = 0
    scored: int = 0
    passed: int = 0
    skipped: int = 0
    failed: int = 0
    cost_usd: float = 0.0


class EvaluationTasks:
    """Thread-safe, and safe among processes."""

    def __init__(self, database: Database, clock: Clock, ids: IdSource) -> None:
        self._database, self._clock, self._ids = database, clock, ids

    def plan(self, rule: Rule, through_ns: int, targets: Sequence[Target]) -> bool:
        """Queues a rule's targets and moves its watermark from `rule.through_ns` to `through_ns`, both or neither.

        False when somebody else has planned this stretch, or the rule has changed: nothing was queued then.
        """
        with self._database.write() as session:
            row = session.get(EvaluationRuleRow, rule.id, with_for_update=True)
            if row is None or row.through_ns != rule.through_ns or row.version != rule.version or not row.enabled:
                return False
            row.through_ns, row.problem = through_ns, ""
            self._queue(session, rule, targets, "")
        return True

    def add_backfill(self, session: Session, rule: Rule, targets: Sequence[Target], backfill_id: str) -> None:
        """Queues a backfill's targets in the transaction that notes how far it is."""
        self._queue(session, rule, targets, backfill_id)

    def claim(self, holder: str) -> Task | None:
        """The task that has waited longest, now held by `holder` for LEASE_S seconds; None when there is none.

        holder: names the worker. A running task whose lease is over is taken from a worker that must have died.
        """
        now_ns = self._clock.now_ns()
        statement = (
            select(EvaluationTaskRow)
            .where(EvaluationTaskRow.state.in_(("waiting", "running")), EvaluationTaskRow.held_until_ns < now_ns)
            .order_by(EvaluationTaskRow.place, EvaluationTaskRow.id)
            .limit(20)
            .with_for_update(skip_locked=True)
        )
        with self._database.write() as session:
            for row in session.scalars(statement):
                if row.attempts >= ATTEMPTS and self._divide(session, row, now_ns):
                    continue
                row.state, row.held_by, row.held_until_ns = "running", holder, now_ns + LEASE_S * NS_PER_S
                row.attempts += 1
                return _task(row)
        return None

    def extend(self, task_id: str, holder: str) -> bool:
        """Holds a task for another lease. False when it is no longer the holder's: stop working on it."""
        with self._database.write() as session:
            row = session.get(EvaluationTaskRow, task_id, with_for_update=True)
            if row is None or row.held_by != holder or row.state != "running":
                return False
            row.held_until_ns = self._clock.now_ns() + LEASE_S * NS_PER_S
        return True

    def forsake(self, holders: str) -> int:
        """Of workers whose name begins so the process has ended: their tasks need not wait for the end of a lease.

        Returns how many tasks there were.
        """
        statement = select(EvaluationTaskRow).where(
            EvaluationTaskRow.state == "running", EvaluationTaskRow.held_by.startswith(holders, autoescape=True)
        )
        with self._database.write() as session:
            rows = session.scalars(statement.with_for_update(skip_locked=True)).all()
            for row in rows:
                row.held_until_ns = 0
            return len(rows)

    def release(self, task_id: str, holder: str, why: str, after_s: float = 1.0) -> None:
        """Gives a task back undone, e.g. because the store is down: that is not its fault and no attempt.

        after_s: before that nobody claims it again.
        """
        with self._database.write() as session:
            row = session.get(EvaluationTaskRow, task_id, with_for_update=True)
            if row is not None and row.held_by == holder and row.state == "running":
                row.state, row.held_by, row.error = "waiting", "", why[:1000]
                row.held_until_ns = self._clock.now_ns() + int(after_s * NS_PER_S)
                row.attempts = max(0, row.attempts - 1)

    def finish(self, task_id: str, holder: str, outcome: Outcome) -> bool:
        """Settles a task and adds it to its day. False when somebody else holds or has settled it."""
        with self._database.write() as session:
            row = session.get(EvaluationTaskRow, task_id, with_for_update=True)
            if row is None or row.held_by != holder or row.state != "running":
                return False
            now_ns = self._clock.now_ns()
            row.state, row.done_ns, row.held_by, row.targets, row.error = "done", now_ns, holder, [], ""
            row.outcome = asdict(outcome)
            for name, tally in outcome.tallies.items():
                self._count(session, row.rule_id, name, now_ns, **asdict(tally))
        return True

    def fail(self, task_id: str, holder: str, why: str) -> bool:
        """Ends a task that cannot be done at all, e.g. since an evaluator of its rule is gone."""
        with self._database.write() as session:
            row = session.get(EvaluationTaskRow, task_id, with_for_update=True)
            if row is None or row.held_by != holder or row.state != "running":
                return False
            now_ns = self._clock.now_ns()
            row.state, row.done_ns, row.error, row.targets = "failed", now_ns, why[:2000], []
            self._count(session, row.rule_id, "", now_ns, failed=row.target_count)
        return True

    def cancel(self, rule_id: str = "", backfill_id: str = "") -> int:
        """Ends waiting tasks of a rule or of a backfill; returns how many."""
        wanted = EvaluationTaskRow.backfill_id == backfill_id if backfill_id else EvaluationTaskRow.rule_id == rule_id
        statement = select(EvaluationTaskRow).where(wanted, EvaluationTaskRow.state == "waiting")
        with self._database.write() as session:
            rows = list(session.scalars(statement.with_for_update()))
            for row in rows:
                row.state, row.done_ns, row.targets = "cancelled", self._clock.now_ns(), []
        return len(rows)

    # Asking

    def get(self, task_id: str) -> Task | None:
        with self._database.read() as session:
            row = session.get(EvaluationTaskRow, task_id)
            return _task(row) if row else None

    def queue(self, rule_id: str = "", backfill_id: str | None = None) -> Queue:
        """What waits. rule_id: "" for all. backfill_id: "" for live alone, None for both."""
        statement = select(
            EvaluationTaskRow.state, func.sum(EvaluationTaskRow.target_count), func.min(EvaluationTaskRow.oldest_ns)
        ).where(EvaluationTaskRow.state.in_(("waiting", "running")))
        if rule_id:
            statement = statement.where(EvaluationTaskRow.rule_id == rule_id)
        if backfill_id is not None:
            statement = statement.where(EvaluationTaskRow.backfill_id == backfill_id)
        with self._database.read() as session:
            found = {
                state: (int(count), int(oldest))
                for state, count, oldest in session.execute(statement.group_by(EvaluationTaskRow.state))
            }
        waiting, running = found.get("waiting", (0, None)), found.get("running", (0, None))
        oldest = [one for one in (waiting[1], running[1]) if one is not None]
        return Queue(waiting[0], running[0], min(oldest, default=None))

    def settled(self, backfill_id: str) -> int:
        """Targets of a backfill that are done, failed or cancelled."""
        statement = select(func.sum(EvaluationTaskRow.target_count)).where(
            EvaluationTaskRow.backfill_id == backfill_id, EvaluationTaskRow.state.in_(("done", "failed", "cancelled"))
        )
        with self._database.read() as session:
            return int(session.scalar(statement) or 0)

    def days(self, rule_id: str, since: str = "") -> list[Day]:
        """What each evaluator did on each day, from a day on."""
        statement = select(EvaluationDayRow).where(EvaluationDayRow.rule_id == rule_id, EvaluationDayRow.day >= since)
        with self._database.read() as session:
            rows = session.scalars(statement.order_by(EvaluationDayRow.day, EvaluationDayRow.evaluator))
            return [
                Day(row.day, row.evaluator, row.planned, row.scored, row.passed, row.skipped, row.failed, row.cost_usd)
                for row in rows
            ]

    def planned_on(self, rule_id: str, day: str) -> int:
        """Targets planned on a UTC day."""
        with self._database.read() as session:
            row = session.get(EvaluationDayRow, (rule_id, day, ""))
            return row.planned if row else 0

    def prune(self) -> int:
        """Forgets tasks that were settled long ago; their counts stay with their days. Returns how many."""
        before_ns = self._clock.now_ns() - KEPT_S * NS_PER_S
        old = delete(EvaluationTaskRow).where(
            EvaluationTaskRow.done_ns > 0, EvaluationTaskRow.done_ns < before_ns,
            EvaluationTaskRow.state.in_(("done", "failed", "cancelled")),
        )  # fmt: skip
        with self._database.write() as session:
            return int(getattr(session.execute(old), "rowcount", 0))

    # Inside

    def _queue(self, session: Session, rule: Rule, targets: Sequence[Target], backfill_id: str) -> None:
        now_ns = self._clock.now_ns()
        is_slow = rule.level == "session" or any(":" in choice.evaluator for choice in rule.choices)
        size = TARGETS_PER_SLOW_TASK if is_slow else TARGETS_PER_TASK
        for first in range(0, len(targets), size):
            part = targets[first : first + size]
            session.add(self._row(rule.id, rule.version, rule.project, backfill_id, part, now_ns))
        if targets:
            self._count(session, rule.id, "", now_ns, planned=len(targets))

    def _row(
        self, rule_id: str, version: int, project: str, backfill_id: str, targets: Sequence[Target], now_ns: int
    ) -> EvaluationTaskRow:
        return EvaluationTaskRow(
            id=self._ids.token("task", 8), rule_id=rule_id, rule_version=version, project=project,
            backfill_id=backfill_id, state="waiting", place=now_ns + (BEHIND if backfill_id else 0),
            targets=[_listed(target) for target in targets], target_count=len(targets), attempts=0, held_by="",
            held_until_ns=0, created_ns=now_ns, oldest_ns=min(target.end_ns for target in targets), done_ns=0,
            outcome={}, error="",
        )  # fmt: skip

    def _divide(self, session: Session, row: EvaluationTaskRow, now_ns: int) -> bool:
        """A task its workers died of: in two, or given up when one target is left."""
        why = f"{row.attempts} workers died of it: too much memory or time, or a fault in an evaluator's own code"
        if row.target_count <= 1:
            row.state, row.done_ns, row.error = "failed", now_ns, f"{why}; target {row.targets[0][0]}"
            self._count(session, row.rule_id, "", now_ns, failed=row.target_count)
            return True
        targets, half = [Target(*one) for one in row.targets], row.target_count // 2
        for part in (targets[:half], targets[half:]):
            made = self._row(row.rule_id, row.rule_version, row.project, row.backfill_id, part, now_ns)
            # Its parts do as it did: the time of their scores must not depend on how often somebody died.
            made.created_ns, made.place = row.created_ns, row.place
            session.add(made)
        session.delete(row)
        return True

    def _count(self, session: Session, rule_id: str, evaluator: str, now_ns: int, **more: Any) -> None:
        key = (rule_id, day_of(now_ns), evaluator)
        row = session.get(EvaluationDayRow, key, with_for_update=True)
        if row is None:
            row = EvaluationDayRow(rule_id=rule_id, day=key[1], evaluator=evaluator, cost_usd=0.0, **EMPTY)
            session.add(row)
            session.flush()
        for name, value in more.items():
            setattr(row, name, getattr(row, name) + value)

    def list(
        self, rule_id: str, limit: int = 50, states: Iterable[str] = (), before_ns: int | None = None
    ) -> list[Task]:
        """Tasks of a rule, newest first; before_ns: only those made earlier."""
        statement = select(EvaluationTaskRow).where(EvaluationTaskRow.rule_id == rule_id)
        if wanted := list(states):
            statement = statement.where(EvaluationTaskRow.state.in_(wanted))
        if before_ns is not None:
            statement = statement.where(EvaluationTaskRow.created_ns < before_ns)
        statement = statement.order_by(EvaluationTaskRow.created_ns.desc(), EvaluationTaskRow.id).limit(limit)
        with self._database.read() as session:
            return [_task(row) for row in session.scalars(statement)]


def day_of(ns: int) -> str:
    """The UTC day of a moment."""
    return f"{datetime.fromtimestamp(ns // NS_PER_S, UTC):%Y-%m-%d}"


def _listed(target: Target) -> list[Any]:
    return [target.id, target.trace_id, target.start_ns, target.end_ns, target.why, target.inclusion]


def _task(row: EvaluationTaskRow) -> Task:
    held = row.outcome
    outcome = None
    if held:
        outcome = Outcome(
            {name: Tally(**tally) for name, tally in held["tallies"].items()},
            tuple(Problem(**problem) for problem in held["problems"]),
            dict(held["reasons"]),
            held["seconds"],
        )
    return Task(
        id=row.id, rule_id=row.rule_id, rule_version=row.rule_version, project=row.project,
        backfill_id=row.backfill_id, state=row.state, targets=tuple(Target(*one) for one in row.targets),  # type: ignore[arg-type]
        target_count=row.target_count, attempts=row.attempts, held_by=row.held_by, created_ns=row.created_ns,
        oldest_ns=row.oldest_ns, done_ns=row.done_ns, outcome=outcome, error=row.error,
    )  # fmt: skip
