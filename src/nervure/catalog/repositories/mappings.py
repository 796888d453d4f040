"""Mapping rules of the user: every version is kept, at most one of a name is active."""

from dataclasses import replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from nervure.base.clock import Clock
from nervure.base.errors import BadInput, NotFound
from nervure.catalog.database import Database
from nervure.catalog.repositories.audit import AuditLog
from nervure.catalog.tables import MappingRow
from nervure.model.mapping import MappingVersion

LONGEST_TEXT = 1 << 20


class Mappings:
    """Thread-safe. Whether a text is a valid mapping is for `normalise` to say before it is put here."""

    def __init__(self, database: Database, clock: Clock, audit: AuditLog) -> None:
        self._database, self._clock, self._audit = database, clock, audit

    def active(self) -> list[MappingVersion]:
        """The versions in force, by name."""
        statement = select(MappingRow).where(MappingRow.active.is_(True)).order_by(MappingRow.name)
        with self._database.read() as session:
            return [_version(row) for row in session.scalars(statement)]

    def latest(self) -> list[MappingVersion]:
        """Of every mapping, by name: the version in force, else the newest."""
        statement = select(MappingRow).order_by(MappingRow.name, MappingRow.active.desc(), MappingRow.version.desc())
        found: dict[str, MappingVersion] = {}
        with self._database.read() as session:
            for row in session.scalars(statement):
                found.setdefault(row.name, _version(row))
        return list(found.values())

    def versions(self, name: str) -> list[MappingVersion]:
        """All versions of a mapping, newest first. Raises NotFound when there is none."""
        statement = select(MappingRow).where(MappingRow.name == name).order_by(MappingRow.version.desc())
        with self._database.read() as session:
            found = [_version(row) for row in session.scalars(statement)]
        if not found:
            raise NotFound(f"there is no mapping {name!r}: GET /api/v1/mappings lists those there are")
        return found

    def put(self, name: str, text: str, actor: str = "system") -> MappingVersion:
        """Keeps a text as the next version and makes it active; the same text again is the same version."""
        if not 0 < len(name) <= 200 or not name.isprintable():
            raise BadInput("name: use 1 to 200 printable characters")
        if len(text) > LONGEST_TEXT:
            raise BadInput(f"a mapping has at most {LONGEST_TEXT} characters, got {len(text)}")
        with self._database.write() as session:
            rows = self._rows(session, name)
            current = next((row for row in rows if row.active), None)
            if current is not None and current.text == text:
                return _version(current)
            made = MappingVersion(
                name, max((row.version for row in rows), default=0) + 1, text, actor, True, self._now()
            )
            before = _version(current) if current else None
            if current is not None:
                current.active = False
            session.add(
                MappingRow(
                    name=name, version=made.version, text=text, author=actor, active=True, created_ns=made.created_ns
                )
            )
            self._audit.record(session, actor, "update" if rows else "create", "mapping", name, before, made)
        return made

    def activate(self, name: str, version: int | None, actor: str = "system") -> MappingVersion | None:
        """Makes a version the one in force, or none at all (version None). Raises NotFound."""
        with self._database.write() as session:
            rows = self._rows(session, name)
            chosen = next((row for row in rows if row.version == version), None)
            if not rows or (version is not None and chosen is None):
                raise NotFound(f"there is no version {version} of a mapping {name!r}")
            before = next((_version(row) for row in rows if row.active), None)
            for row in rows:
                row.active = row is chosen
            after = replace(_version(chosen), active=True) if chosen else None
            if before != after:
                action = "update" if after else "delete"
                self._audit.record(session, actor, action, "mapping", name, before, after)
        return after

    def _rows(self, session: Session, name: str) -> list[MappingRow]:
        return list(session.scalars(select(MappingRow).where(MappingRow.name == name)))

    def _now(self) -> int:
        return self._clock.now_ns()


def _version(row: MappingRow) -> MappingVersion:
    return MappingVersion(row.name, row.version, row.text, row.author, row.active, row.created_ns)
