"""Dashboards."""

from typing import Any

from sqlalchemy.orm import Mapped

from nervure.catalog.tables.base import Base, Id, Name, Nanoseconds, Words


class DashboardRow(Base):
    """A dashboard. spec: its variables and widgets as `model.dashboard` describes them."""

    __tablename__ = "dashboards"

    id: Mapped[Id]
    project: Mapped[Name]
    name: Mapped[Name]
    description: Mapped[Words]
    spec: Mapped[dict[str, Any]]
    author: Mapped[Name]
    created_ns: Mapped[Nanoseconds]
    changed_ns: Mapped[Nanoseconds]
