"""Named things of people that need no table of their own: a JSON object each, audited, with secrets left out of the audit."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import asdict, replace
from typing import Any, Generic, Protocol, TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from nervure.base.clock import Clock
from nervure.base.errors import BadInput, Conflict, NotFound
from nervure.base.ids import IdSource
from nervure.catalog.database import Database
from nervure.catalog.repositories.audit import AuditLog
from nervure.catalog.tables import SettingRow

HIDDEN = "***"


class Entry(Protocol):
    """A frozen dataclass with these members."""

    @property
    def id(self) -> str: ...

    @property
    def project(self) -> str: ...

    @property
    def name(self) -> str: ...


E = TypeVar("E", bound=Entry)


class Entries(ABC, Generic[E]):
    """Thread-safe. noun: names them in keys, ids and the audit log. address: where the API lists them."""

    noun: str
    address: str
    most: int = 200

    def __init__(self, database: Database, clock: Clock, ids: IdSource, audit: AuditLog) -> None:
        self._database, self._clock, self._ids, self._audit = database, clock, ids, audit

    @abstractmethod
    def read(self, values: dict[str, Any]) -> E:
        """The entry of its stored members, in which tuples have become lists."""

    def with_secrets(self, values: dict[str, Any], change: Callable[[str], str]) -> dict[str, Any]:
        """The stored members, each secret among them replaced by what `change` makes of it; none unless a noun has some."""
        return values

    @abstractmethod
    def without_secrets(self, entry: E) -> E:
        """The entry as it may be shown and written into the audit log."""

    def seal(self) -> None:
        """Encrypts what was written before secrets were sealed."""
        statement = select(SettingRow).where(SettingRow.name.startswith(f"{self.noun}/", autoescape=True))
        with self._database.write() as session:
            for row in session.scalars(statement):
                row.value = self.with_secrets(dict(row.value), self._database.seal.close)

    def list(self) -> list[E]:
        """All, by name."""
        statement = select(SettingRow).where(SettingRow.name.startswith(f"{self.noun}/", autoescape=True))
        with self._database.read() as session:
            found = [self._opened(row) for row in session.scalars(statement)]
        return sorted(found, key=lambda entry: (entry.name, entry.id))

    def get(self, entry_id: str) -> E:
        """One of them. Raises NotFound."""
        with self._database.read() as session:
            return self._opened(self._row(session, entry_id))

    def create(self, entry: E, actor: str = "system") -> E:
        """Keep a new one; id, author and times are made here. Raises Conflict when the name is taken, BadInput for too many."""
        now_ns = self._clock.now_ns()
        made: E = replace(  # type: ignore[type-var]
            entry, id=self._ids.token(self.noun, 8), author=actor, created_ns=now_ns, changed_ns=now_ns
        )
        if len(self.list()) >= self.most:
            raise BadInput(f"there are {self.most} already: delete one that nobody needs")
        self._check_name(made)
        with self._database.write() as session:
            session.add(SettingRow(name=self._key(made.id), value=self._values(made), changed_ns=now_ns))
            self._audit.record(
                session, actor, "create", self.noun, made.id, None, self.without_secrets(made), made.project
            )
        return made

    def update(self, entry: E, actor: str = "system") -> E:
        """Keep another state of one there is. Raises NotFound, Conflict when the name is taken."""
        self._check_name(entry)
        with self._database.write() as session:
            row = self._row(session, entry.id)
            before = self._opened(row)
            if before == entry:
                return before
            made: E = replace(entry, changed_ns=self._clock.now_ns())  # type: ignore[type-var]
            row.value, row.changed_ns = self._values(made), self._clock.now_ns()
            shown = self.without_secrets(before), self.without_secrets(made)
            self._audit.record(session, actor, "update", self.noun, made.id, *shown, made.project)
        return made

    def delete(self, entry_id: str, actor: str = "system") -> None:
        """Forget one. Raises NotFound."""
        with self._database.write() as session:
            row = self._row(session, entry_id)
            before = self._opened(row)
            self._audit.record(
                session, actor, "delete", self.noun, entry_id, self.without_secrets(before), None, before.project
            )
            session.delete(row)

    def _check_name(self, entry: E) -> None:
        for other in self.list():
            if other.name == entry.name and other.project == entry.project and other.id != entry.id:
                raise Conflict(f"there is one named {entry.name!r} already ({other.id}): choose another name")

    def _values(self, entry: E) -> dict[str, Any]:
        values: dict[str, Any] = asdict(entry)  # type: ignore[call-overload]
        return self.with_secrets(values, self._database.seal.close)

    def _opened(self, row: SettingRow) -> E:
        seal = self._database.seal
        return self.read(self.with_secrets(dict(row.value), lambda sealed: seal.open(sealed, row.name)))

    def _key(self, entry_id: str) -> str:
        return f"{self.noun}/{entry_id}"

    def _row(self, session: Session, entry_id: str) -> SettingRow:
        row = session.get(SettingRow, self._key(entry_id))
        if row is None:
            raise NotFound(f"there is no {self.noun} {entry_id!r}: GET {self.address} lists those there are")
        return row
