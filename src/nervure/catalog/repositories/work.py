"""Long work asked for by the API and done page by page, by whichever process holds the lease."""

from abc import ABC, abstractmethod
from dataclasses import asdict, replace
from typing import Any, Generic, Protocol, TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from nervure.base.clock import NS_PER_S, Clock
from nervure.base.errors import NotFound
from nervure.base.ids import IdSource
from nervure.catalog.database import Database
from nervure.catalog.repositories.audit import AuditLog
from nervure.catalog.tables import SettingRow

# A process that has not saved progress for so long has died; another takes its job over.
LEASE_S = 60


class Job(Protocol):
    """A frozen dataclass with these members."""

    @property
    def id(self) -> str: ...

    @property
    def project(self) -> str: ...

    @property
    def state(self) -> str: ...

    @property
    def created_ns(self) -> int: ...

    @property
    def is_open(self) -> bool: ...


J = TypeVar("J", bound=Job)


class Work(ABC, Generic[J]):
    """Thread-safe. noun: names the work in keys, ids and the audit log. words, address: for messages."""

    noun: str
    words: str
    address: str

    def __init__(self, database: Database, clock: Clock, ids: IdSource, audit: AuditLog) -> None:
        self._database, self._clock, self._ids, self._audit = database, clock, ids, audit

    @abstractmethod
    def read(self, values: dict[str, Any]) -> J:
        """The job of its stored members, in which tuples have become lists."""

    def list(self, project: str = "") -> list[J]:
        """Jobs, newest first. project: "" for all."""
        with self._database.read() as session:
            jobs = [self._job(row) for row in self._rows(session)]
        return sorted((job for job in jobs if project in ("", job.project)), key=lambda job: (-job.created_ns, job.id))

    def get(self, job_id: str) -> J:
        """A job by its id. Raises NotFound."""
        with self._database.read() as session:
            return self._job(self._found(session, job_id))

    def cancel(self, job_id: str, actor: str = "system") -> J:
        """Stops a job after the page in hand; what it has settled stays. Raises NotFound."""
        with self._database.write() as session:
            row = self._found(session, job_id, with_for_update=True)
            before = self._job(row)
            if not before.is_open:
                return before
            after: J = replace(before, state="cancelled", changed_ns=self._clock.now_ns())  # type: ignore[type-var]
            row.value = {**row.value, "job": asdict(after)}  # type: ignore[call-overload]
            self._audit.record(session, actor, "update", self.noun, job_id, before, after, before.project)
        return after

    def claim(self, holder: str) -> J | None:
        """The oldest open job that nobody else is working on, now held by `holder`; None when there is none.

        holder: names the process; the same one may claim its job again.
        """
        now_ns = self._clock.now_ns()
        for waiting in reversed(self.list()):
            if not waiting.is_open:
                continue
            with self._database.write() as session:
                row = session.get(SettingRow, self._key(waiting.id), with_for_update=True)
                if row is None or not self._job(row).is_open:
                    continue
                held_by, until_ns = row.value.get("held_by", ""), row.value.get("held_until_ns", 0)
                if held_by not in ("", holder) and now_ns < until_ns:
                    continue
                job: J = replace(self._job(row), state="running")  # type: ignore[type-var]
                row.value = self._held(job, holder)
                return job
        return None

    def save(self, job: J, holder: str) -> J:
        """Keeps progress and the lease. Returns the job, which may have been cancelled meanwhile."""
        with self._database.write() as session:
            row = self._found(session, job.id, with_for_update=True)
            now_ns = self._clock.now_ns()
            state = "cancelled" if self._job(row).state == "cancelled" else job.state
            kept: J = replace(job, state=state, changed_ns=now_ns)  # type: ignore[type-var]
            row.value = self._held(kept, holder)
            row.changed_ns = now_ns
        return kept

    def _add(self, job: J, actor: str) -> None:
        with self._database.write() as session:
            value = {"job": asdict(job)}  # type: ignore[call-overload]
            session.add(SettingRow(name=self._key(job.id), value=value, changed_ns=job.created_ns))
            self._audit.record(session, actor, "create", self.noun, job.id, None, job, job.project)

    def _held(self, job: J, holder: str) -> dict[str, Any]:
        until_ns = self._clock.now_ns() + LEASE_S * NS_PER_S
        return {"job": asdict(job), "held_by": holder, "held_until_ns": until_ns}  # type: ignore[call-overload]

    def _key(self, job_id: str) -> str:
        return f"{self.noun}/{job_id}"

    def _job(self, row: SettingRow) -> J:
        return self.read(dict(row.value["job"]))

    def _found(self, session: Session, job_id: str, with_for_update: bool = False) -> SettingRow:
        row = session.get(SettingRow, self._key(job_id), with_for_update=with_for_update or None)
        if row is None:
            raise NotFound(f"there is no {self.words} {job_id!r}: GET {self.address} lists those there are")
        return row

    def _rows(self, session: Session) -> Any:
        return session.scalars(select(SettingRow).where(SettingRow.name.startswith(f"{self.noun}/", autoescape=True)))


def place(value: Any) -> Any:
    """A place in the order of work: a tuple again."""
    return None if value is None else tuple(value)
