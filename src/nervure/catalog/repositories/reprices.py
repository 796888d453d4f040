"""Re-pricing jobs: asked for by the API, worked on by whichever process holds the lease."""

from dataclasses import asdict, replace
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from nervure.base.clock import NS_PER_S, Clock
from nervure.base.errors import BadInput, NotFound
from nervure.base.ids import IdSource
from nervure.catalog.database import Database
from nervure.catalog.repositories.audit import AuditLog
from nervure.catalog.tables import SettingRow
from nervure.model.reprice import RepriceJob

PREFIX = "reprice/"
# A process that has not saved progress for so long has died; another takes its job over.
LEASE_S = 60


class Reprices:
    """Thread-safe."""

    def __init__(self, database: Database, clock: Clock, ids: IdSource, audit: AuditLog) -> None:
        self._database, self._clock, self._ids, self._audit = database, clock, ids, audit

    def create(self, project: str, from_ns: int, to_ns: int, where: str = "", actor: str = "system") -> RepriceJob:
        """Asks for a re-pricing. where: a filter that was found valid. Raises BadInput for an empty range."""
        if from_ns >= to_ns:
            raise BadInput("the time range is empty: `from` must lie before `to`")
        now_ns = self._clock.now_ns()
        job = RepriceJob(
            self._ids.token("reprice", 8),
            project,
            from_ns,
            to_ns,
            where,
            created_ns=now_ns,
            changed_ns=now_ns,
            actor=actor,
        )
        with self._database.write() as session:
            session.add(SettingRow(name=PREFIX + job.id, value={"job": asdict(job)}, changed_ns=now_ns))
            self._audit.record(session, actor, "create", "reprice", job.id, None, job, project)
        return job

    def list(self, project: str = "") -> list[RepriceJob]:
        """Jobs, newest first. project: "" for all."""
        with self._database.read() as session:
            jobs = [_job(row) for row in self._rows(session)]
        return sorted((job for job in jobs if project in ("", job.project)), key=lambda job: (-job.created_ns, job.id))

    def get(self, job_id: str) -> RepriceJob:
        """A job by its id. Raises NotFound."""
        with self._database.read() as session:
            return _job(_found(session.get(SettingRow, PREFIX + job_id), job_id))

    def cancel(self, job_id: str, actor: str = "system") -> RepriceJob:
        """Stops a job after the page in hand; what it has settled stays. Raises NotFound."""
        with self._database.write() as session:
            row = _found(session.get(SettingRow, PREFIX + job_id, with_for_update=True), job_id)
            before = _job(row)
            if not before.is_open:
                return before
            after = replace(before, state="cancelled", changed_ns=self._clock.now_ns())
            row.value = {**row.value, "job": asdict(after)}
            self._audit.record(session, actor, "update", "reprice", job_id, before, after, before.project)
        return after

    def claim(self, holder: str) -> RepriceJob | None:
        """The oldest open job that nobody else is working on, now held by `holder`; None when there is none.

        holder: names the process; the same one may claim its job again.
        """
        now_ns = self._clock.now_ns()
        for waiting in reversed(self.list()):
            if not waiting.is_open:
                continue
            with self._database.write() as session:
                row = session.get(SettingRow, PREFIX + waiting.id, with_for_update=True)
                if row is None or not _job(row).is_open:
                    continue
                held_by, until_ns = row.value.get("held_by", ""), row.value.get("held_until_ns", 0)
                if held_by not in ("", holder) and now_ns < until_ns:
                    continue
                job = replace(_job(row), state="running")
                row.value = self._held(job, holder)
                return job
        return None

    def save(self, job: RepriceJob, holder: str) -> RepriceJob:
        """Keeps progress and the lease. Returns the job, which may have been cancelled meanwhile."""
        with self._database.write() as session:
            row = _found(session.get(SettingRow, PREFIX + job.id, with_for_update=True), job.id)
            if _job(row).state == "cancelled":
                job = replace(job, state="cancelled")
            job = replace(job, changed_ns=self._clock.now_ns())
            row.value = self._held(job, holder)
            row.changed_ns = job.changed_ns
        return job

    def _held(self, job: RepriceJob, holder: str) -> dict[str, Any]:
        until_ns = self._clock.now_ns() + LEASE_S * NS_PER_S
        return {"job": asdict(job), "held_by": holder, "held_until_ns": until_ns}

    def _rows(self, session: Session) -> Any:
        return session.scalars(select(SettingRow).where(SettingRow.name.startswith(PREFIX, autoescape=True)))


def _found(row: SettingRow | None, job_id: str) -> SettingRow:
    if row is None:
        raise NotFound(f"there is no re-pricing {job_id!r}: GET /api/v1/prices/reprice lists those there are")
    return row


def _job(row: SettingRow) -> RepriceJob:
    values = dict(row.value["job"])
    for name in ("at", "until"):
        if values.get(name) is not None:
            values[name] = tuple(values[name])
    return RepriceJob(**values)
