"""Changes somebody told of."""

from collections.abc import Mapping
from dataclasses import replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from nervure.base.clock import Clock
from nervure.base.errors import BadInput, NotFound
from nervure.base.ids import IdSource
from nervure.catalog.database import Database
from nervure.catalog.repositories.audit import AuditLog
from nervure.catalog.tables.changes import ChangeRow
from nervure.model.change import RECORDED_KINDS, Change

NAME_LENGTH = 200
TEXT_LENGTH = 10_000
MOST_SCOPE = 20


class Changes:
    """Thread-safe."""

    def __init__(self, database: Database, clock: Clock, ids: IdSource, audit: AuditLog) -> None:
        self._database, self._clock, self._ids, self._audit = database, clock, ids, audit

    def create(self, change: Change, actor: str = "system") -> Change:
        """Keeps a change; its id, author and time of creation are made here. Raises BadInput."""
        with self._database.write() as session:
            return self.add(session, change, actor)

    def add(self, session: Session, change: Change, actor: str) -> Change:
        """As `create`, within the transaction of what was changed."""
        made = replace(
            checked(change), id=self._ids.token("change", 8), author=actor, created_ns=self._clock.now_ns(),
            source="recorded",
        )  # fmt: skip
        session.add(
            ChangeRow(
                id=made.id, project=made.project, time_ns=made.time_ns, kind=made.kind, name=made.name,
                before=made.before, after=made.after, scope=dict(made.scope), note=made.note, url=made.url,
                author=made.author, created_ns=made.created_ns,
            )
        )  # fmt: skip
        self._audit.record(session, actor, "create", "change", made.id, None, made, made.project)
        return made

    def list(self, project: str, from_ns: int, to_ns: int, limit: int = 1000) -> list[Change]:
        """Changes of a half-open range, newest first."""
        statement = (
            select(ChangeRow)
            .where(ChangeRow.project == project, ChangeRow.time_ns >= from_ns, ChangeRow.time_ns < to_ns)
            .order_by(ChangeRow.time_ns.desc(), ChangeRow.id)
            .limit(limit)
        )
        with self._database.read() as session:
            return [_change(row) for row in session.scalars(statement)]

    def get(self, project: str, change_id: str) -> Change:
        """A change of the project. Raises NotFound."""
        with self._database.read() as session:
            return _change(_found(session.get(ChangeRow, change_id), project, change_id))

    def delete(self, project: str, change_id: str, actor: str = "system") -> None:
        """Forgets a change. Raises NotFound."""
        with self._database.write() as session:
            row = _found(session.get(ChangeRow, change_id), project, change_id)
            self._audit.record(session, actor, "delete", "change", change_id, _change(row), None, project)
            session.delete(row)


def checked(change: Change) -> Change:
    """A change as it may be kept. Raises BadInput."""
    if change.kind not in RECORDED_KINDS:
        raise BadInput(f"kind = {change.kind!r}: use one of {', '.join(RECORDED_KINDS)}")
    if not 0 < len(change.name.strip()) <= NAME_LENGTH or not change.name.isprintable():
        raise BadInput(f"name: say what was altered in 1 to {NAME_LENGTH} printable characters")
    for member in ("before", "after", "note", "url"):
        if len(getattr(change, member)) > TEXT_LENGTH:
            raise BadInput(f"{member} has at most {TEXT_LENGTH} characters, got {len(getattr(change, member))}")
    # A link is clicked: one that runs a script in the reader's browser must not get in.
    if change.url and not change.url.lower().startswith(("http://", "https://")):
        raise BadInput(f"url = {change.url[:NAME_LENGTH]!r}: write an address that begins with http:// or https://")
    if len(change.scope) > MOST_SCOPE:
        raise BadInput(f"scope names at most {MOST_SCOPE} fields, got {len(change.scope)}")
    return replace(change, name=change.name.strip(), scope=_texts(change.scope))


def _texts(scope: Mapping[str, str]) -> dict[str, str]:
    for name, value in scope.items():
        if len(value) > TEXT_LENGTH:
            raise BadInput(f"scope.{name} has at most {TEXT_LENGTH} characters, got {len(value)}")
    return dict(scope)


def _found(row: ChangeRow | None, project: str, change_id: str) -> ChangeRow:
    if row is None or row.project != project:
        raise NotFound(
            f"there is no recorded change {change_id!r} in project {project!r}: GET /api/v1/changes lists those there are"
        )
    return row


def _change(row: ChangeRow) -> Change:
    return Change(
        row.id, row.project, row.time_ns, row.kind, row.name, row.before, row.after, dict(row.scope), row.note,  # type: ignore[arg-type]
        row.url, row.author, row.created_ns,
    )  # fmt: skip
