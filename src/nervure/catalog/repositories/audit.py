"""The audit log: written by the other repositories inside their own transactions, read here."""

from dataclasses import asdict, is_dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from nervure.base.clock import Clock
from nervure.catalog.database import Database
from nervure.catalog.tables import AuditRow
from nervure.model.audit import AuditEntry


class AuditLog:
    """Who changed what."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database, self._clock = database, clock

    def record(
        self,
        session: Session,
        actor: str,
        action: str,
        noun: str,
        noun_id: str,
        before: Any = None,
        after: Any = None,
        project: str = "",
    ) -> None:
        """Adds an entry to a transaction: the change and its record are kept together or not at all.

        before, after: dataclasses (or dicts) of the noun, None when it was not there.
        """
        session.add(
            AuditRow(
                time_ns=self._clock.now_ns(),
                actor=actor or "anonymous",
                action=action,
                noun=noun,
                noun_id=noun_id[:512],
                project=project,
                before=_plain(before),
                after=_plain(after),
            )
        )

    def entries(
        self, *, noun: str = "", noun_id: str = "", project: str = "", before_id: int | None = None, limit: int = 100
    ) -> list[AuditEntry]:
        """Newest first. before_id: the page continues below this id. project: "" for all."""
        statement = select(AuditRow).order_by(AuditRow.id.desc()).limit(limit)
        for column, wanted in ((AuditRow.noun, noun), (AuditRow.noun_id, noun_id), (AuditRow.project, project)):
            if wanted:
                statement = statement.where(column == wanted)
        if before_id is not None:
            statement = statement.where(AuditRow.id < before_id)
        with self._database.read() as session:
            return [
                AuditEntry(
                    row.id,
                    row.time_ns,
                    row.actor,
                    row.action,
                    row.noun,
                    row.noun_id,
                    row.project,
                    row.before,
                    row.after,
                )
                for row in session.scalars(statement)
            ]


def _plain(value: Any) -> dict[str, Any] | None:
    if value is None:
        return None
    fields = asdict(value) if is_dataclass(value) and not isinstance(value, type) else dict(value)
    return {name: _json(field) for name, field in fields.items()}


def _json(value: Any) -> Any:
    if isinstance(value, frozenset):
        return sorted(value)
    return str(value) if isinstance(value, Decimal) else value
