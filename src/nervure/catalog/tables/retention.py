"""How long each project's telemetry is kept, signal by signal."""

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from nervure.catalog.tables.base import Base, Nanoseconds


class RetentionRow(Base):
    """A policy of one project and signal."""

    __tablename__ = "retention"

    project: Mapped[str] = mapped_column(String(256), primary_key=True)
    signal: Mapped[str] = mapped_column(String(16), primary_key=True)
    days: Mapped[int]
    payload_days: Mapped[int | None]
    changed_ns: Mapped[Nanoseconds]
