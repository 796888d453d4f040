"""Changes people and pipelines tell of: releases, prompts, models, routing, indexes, configuration."""

from typing import Any

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from nervure.catalog.tables.base import Base, Id, Name, Nanoseconds, Words


class ChangeRow(Base):
    """A change. scope: canonical field names to values, e.g. {"service": "checkout"}; url: where to read more."""

    __tablename__ = "changes"
    __table_args__ = (Index("ix_changes_project_time_ns", "project", "time_ns"),)

    id: Mapped[Id]
    project: Mapped[Name]
    time_ns: Mapped[Nanoseconds]
    kind: Mapped[str] = mapped_column(String(32))
    name: Mapped[Words]
    before: Mapped[Words]
    after: Mapped[Words]
    scope: Mapped[dict[str, Any]]
    note: Mapped[Words]
    url: Mapped[Words]
    author: Mapped[Name]
    created_ns: Mapped[Nanoseconds]
