"""Projects."""

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from nervure.catalog.tables.base import Base, Nanoseconds, Words


class ProjectRow(Base):
    """A project. Its telemetry is named by `name`, so a name is never changed."""

    __tablename__ = "projects"

    name: Mapped[str] = mapped_column(String(256), primary_key=True)
    description: Mapped[Words]
    retention_days: Mapped[int | None]
    created_ns: Mapped[Nanoseconds]
