"""How long telemetry is kept: a policy per project and signal over the project's and the server's own setting."""

from sqlalchemy import select

from nervure.base.clock import Clock
from nervure.base.errors import BadInput, NotFound
from nervure.catalog.database import Database
from nervure.catalog.repositories.audit import AuditLog
from nervure.catalog.repositories.projects import checked_days, checked_name
from nervure.catalog.tables import ProjectRow, RetentionRow
from nervure.model.retention import KEPT_SIGNALS, KeptSignal, RetentionPolicy

SIGNALS = KEPT_SIGNALS[1:]


class Retention:
    """Thread-safe."""

    def __init__(self, database: Database, clock: Clock, audit: AuditLog) -> None:
        self._database, self._clock, self._audit = database, clock, audit

    def list(self, project: str = "") -> list[RetentionPolicy]:
        """Policies as written. project: "" for all."""
        statement = select(RetentionRow).order_by(RetentionRow.project, RetentionRow.signal)
        if project:
            statement = statement.where(RetentionRow.project == project)
        with self._database.read() as session:
            return [_policy(row) for row in session.scalars(statement)]

    def set(self, policy: RetentionPolicy, actor: str = "system") -> RetentionPolicy:
        """Writes the policy of its project and signal. Raises BadInput."""
        checked_name(policy.project)
        checked_days(policy.days)
        if policy.signal not in KEPT_SIGNALS:
            raise BadInput(f"signal = {policy.signal!r}: choose one of {', '.join(KEPT_SIGNALS)}")
        if policy.payload_days is not None and not 1 <= policy.payload_days <= policy.days:
            raise BadInput(f"payload_days = {policy.payload_days}: write a number from 1 to days ({policy.days})")
        with self._database.write() as session:
            row = session.get(RetentionRow, (policy.project, policy.signal))
            before = _policy(row) if row else None
            row = row or RetentionRow(project=policy.project, signal=policy.signal)
            row.days, row.payload_days, row.changed_ns = policy.days, policy.payload_days, self._clock.now_ns()
            session.add(row)
            after = _policy(row)
            self._audit.record(
                session, actor, "update" if before else "create", "retention", f"{policy.project}/{policy.signal}",
                before, after, policy.project,
            )  # fmt: skip
        return after

    def delete(self, project: str, signal: str, actor: str = "system") -> None:
        """Takes a policy away, so that the more general one holds. Raises NotFound."""
        with self._database.write() as session:
            row = session.get(RetentionRow, (project, signal))
            if row is None:
                raise NotFound(f"{project!r} has no retention policy for {signal!r}")
            self._audit.record(
                session, actor, "delete", "retention", f"{project}/{signal}", _policy(row), None, project
            )
            session.delete(row)

    def effective(self, default_days: int) -> dict[str, dict[KeptSignal, RetentionPolicy]]:
        """For every project that differs from the server's setting: the policy in force for each signal.

        Order: the signal's own policy, the policy for "all", the project's retention_days, `default_days`. Projects
        that are missing here keep every signal for `default_days`.
        """
        with self._database.read() as session:
            own_days = {
                row.name: row.retention_days
                for row in session.scalars(select(ProjectRow).where(ProjectRow.retention_days.is_not(None)))
            }
            written = {(row.project, row.signal): _policy(row) for row in session.scalars(select(RetentionRow))}
        answer: dict[str, dict[KeptSignal, RetentionPolicy]] = {}
        for project in sorted({*own_days, *(name for name, _ in written)}):
            general = written.get((project, "all")) or RetentionPolicy(
                project, "all", own_days.get(project) or default_days
            )
            answer[project] = {
                signal: written.get((project, signal))
                or RetentionPolicy(project, signal, general.days, general.payload_days, general.changed_ns)
                for signal in SIGNALS
            }
        return answer


def _policy(row: RetentionRow) -> RetentionPolicy:
    signal = next(signal for signal in KEPT_SIGNALS if signal == row.signal)
    return RetentionPolicy(row.project, signal, row.days, row.payload_days, row.changed_ns)
