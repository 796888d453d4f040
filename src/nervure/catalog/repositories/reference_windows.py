"""Reference windows: named per project."""

from dataclasses import fields, replace
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from nervure.base.clock import Clock
from nervure.base.errors import BadInput, Conflict, NotFound
from nervure.base.ids import IdSource
from nervure.catalog.database import Database
from nervure.catalog.repositories.audit import AuditLog
from nervure.catalog.tables.reference_windows import ReferenceWindowRow
from nervure.model.reference_window import WINDOW_KINDS, ReferenceWindow

LONGEST_NAME, LONGEST_TEXT = 200, 10_000
NAMES = tuple(field.name for field in fields(ReferenceWindow))
KEPT = ("id", "project", "author", "created_ns")


class ReferenceWindows:
    """Thread-safe."""

    def __init__(self, database: Database, clock: Clock, ids: IdSource, audit: AuditLog) -> None:
        self._database, self._clock, self._ids, self._audit = database, clock, ids, audit

    def list(self, project: str) -> list[ReferenceWindow]:
        """By name."""
        statement = (
            select(ReferenceWindowRow).where(ReferenceWindowRow.project == project).order_by(ReferenceWindowRow.name)
        )
        with self._database.read() as session:
            return [_window(row) for row in session.scalars(statement)]

    def get(self, project: str, window_id: str) -> ReferenceWindow:
        """By id. Raises NotFound."""
        with self._database.read() as session:
            return _window(_found(session.get(ReferenceWindowRow, window_id), project, window_id))

    def find(self, project: str, name: str) -> ReferenceWindow | None:
        """By name."""
        return next((one for one in self.list(project) if one.name == name), None)

    def named(self, project: str, name: str) -> ReferenceWindow:
        """By name. Raises NotFound with the names there are."""
        found = self.find(project, name)
        if found is not None:
            return found
        known = ", ".join(one.name for one in self.list(project)[:20]) or "none"
        raise NotFound(f"there is no reference window {name!r} in project {project!r} (there: {known})")

    def create(self, window: ReferenceWindow, actor: str = "system") -> ReferenceWindow:
        """Keeps a window; its id, author and times are made here. Raises BadInput, and Conflict for a taken name."""
        now_ns = self._clock.now_ns()
        made = replace(
            checked(window), id=self._ids.token("window"), author=actor, created_ns=now_ns, changed_ns=now_ns
        )
        with self._database.write() as session:
            _check_name_is_free(session, made)
            session.add(ReferenceWindowRow(**{name: getattr(made, name) for name in NAMES}))
            self._audit.record(session, actor, "create", "reference window", made.id, None, made, made.project)
        return made

    def update(self, project: str, window_id: str, actor: str = "system", **changed: Any) -> ReferenceWindow:
        """Changes what is given. Raises NotFound, BadInput, Conflict."""
        with self._database.write() as session:
            row = _found(session.get(ReferenceWindowRow, window_id), project, window_id)
            before = _window(row)
            after = checked(replace(before, **changed))
            if after == before:
                return before
            after = replace(after, changed_ns=self._clock.now_ns())
            _check_name_is_free(session, after)
            for name in NAMES:
                if name not in KEPT:
                    setattr(row, name, getattr(after, name))
            self._audit.record(session, actor, "update", "reference window", window_id, before, after, project)
        return after

    def delete(self, project: str, window_id: str, actor: str = "system") -> None:
        """Forgets a window. Raises NotFound."""
        with self._database.write() as session:
            row = _found(session.get(ReferenceWindowRow, window_id), project, window_id)
            self._audit.record(session, actor, "delete", "reference window", window_id, _window(row), None, project)
            session.delete(row)


def checked(window: ReferenceWindow) -> ReferenceWindow:
    """A window as it may be kept, without what its kind does not use. Raises BadInput."""
    if window.kind not in WINDOW_KINDS:
        raise BadInput(f"kind = {window.kind!r}: use one of {', '.join(WINDOW_KINDS)}")
    name = window.name.strip()
    if not 0 < len(name) <= LONGEST_NAME or not name.isprintable():
        raise BadInput(f"name: use 1 to {LONGEST_NAME} printable characters")
    if len(window.where) > LONGEST_TEXT or len(window.note) > LONGEST_TEXT:
        raise BadInput(f"where and note have at most {LONGEST_TEXT} characters")
    held: dict[str, Any] = {"from_ns": 0, "to_ns": 0, "length_ns": 0, "gap_ns": 0, "release": ""}
    if window.kind == "absolute":
        if window.from_ns >= window.to_ns:
            raise BadInput("an absolute window needs `from` before `to`")
        held |= {"from_ns": window.from_ns, "to_ns": window.to_ns}
    elif window.kind == "rolling":
        if window.length_ns <= 0 or window.gap_ns < 0:
            raise BadInput('a rolling window needs a length such as "7d", and a gap that is not negative')
        held |= {"length_ns": window.length_ns, "gap_ns": window.gap_ns}
    else:
        if not 0 < len(window.release) <= LONGEST_NAME:
            raise BadInput(f"a window pinned to a release needs its name in 1 to {LONGEST_NAME} characters")
        held |= {"release": window.release}
    return replace(window, name=name, **held)


def _check_name_is_free(session: Session, window: ReferenceWindow) -> None:
    statement = select(ReferenceWindowRow).where(
        ReferenceWindowRow.project == window.project,
        ReferenceWindowRow.name == window.name,
        ReferenceWindowRow.id != window.id,
    )
    taken = session.scalars(statement).first()
    if taken is not None:
        raise Conflict(f"the reference window {window.name!r} exists already ({taken.id}): choose another name")


def _found(row: ReferenceWindowRow | None, project: str, window_id: str) -> ReferenceWindowRow:
    if row is None or row.project != project:
        raise NotFound(
            f"there is no reference window {window_id!r} in project {project!r}:"
            " GET /api/v1/reference-windows lists those there are"
        )
    return row


def _window(row: ReferenceWindowRow) -> ReferenceWindow:
    return ReferenceWindow(**{name: getattr(row, name) for name in NAMES})
