"""Reference windows: what later telemetry is compared with."""

from sqlalchemy import String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from nervure.catalog.tables.base import Base, Id, Name, Nanoseconds, Words


class ReferenceWindowRow(Base):
    """A window. kind: absolute, rolling or release; times and lengths its kind does not use are 0."""

    __tablename__ = "reference_windows"
    __table_args__ = (UniqueConstraint("project", "name"),)

    id: Mapped[Id]
    project: Mapped[Name]
    name: Mapped[Name]
    kind: Mapped[str] = mapped_column(String(16))
    from_ns: Mapped[Nanoseconds]
    to_ns: Mapped[Nanoseconds]
    length_ns: Mapped[Nanoseconds]
    gap_ns: Mapped[Nanoseconds]
    release: Mapped[Name]
    where: Mapped[Words]
    note: Mapped[Words]
    author: Mapped[Name]
    created_ns: Mapped[Nanoseconds]
    changed_ns: Mapped[Nanoseconds]
