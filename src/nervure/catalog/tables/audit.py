"""Who changed what. The database itself refuses to change or delete a row (see the first migration)."""

from typing import Any

from sqlalchemy import JSON, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from nervure.catalog.tables.base import Base, Nanoseconds, Serial


class AuditRow(Base):
    """One change; before and after are JSON objects."""

    __tablename__ = "audit"
    __table_args__ = (Index("ix_audit_noun_noun_id", "noun", "noun_id"),)

    id: Mapped[Serial]
    time_ns: Mapped[Nanoseconds] = mapped_column(index=True)
    actor: Mapped[str] = mapped_column(String(256))
    action: Mapped[str] = mapped_column(String(32))
    noun: Mapped[str] = mapped_column(String(64))
    noun_id: Mapped[str] = mapped_column(String(512))
    project: Mapped[str] = mapped_column(String(256), default="")
    before: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    after: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
