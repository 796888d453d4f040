"""Notifications on their way to people, and what became of them."""

from typing import Any

from sqlalchemy import Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from nervure.catalog.tables.base import Base, Id, Name, Nanoseconds, Words


class DeliveryRow(Base):
    """One message to one channel. next_ns: when it is tried next, also the lease of whoever tries it now."""

    __tablename__ = "deliveries"
    __table_args__ = (
        UniqueConstraint("channel_id", "key"),
        Index("ix_deliveries_state_next_ns", "state", "next_ns"),
        Index("ix_deliveries_created_ns", "created_ns"),
    )

    id: Mapped[Id]
    project: Mapped[Name]
    channel_id: Mapped[str] = mapped_column(String(64))
    key: Mapped[Name]
    state: Mapped[str] = mapped_column(String(16))
    message: Mapped[dict[str, Any]]
    tries: Mapped[int]
    next_ns: Mapped[Nanoseconds]
    reason: Mapped[Words]
    created_ns: Mapped[Nanoseconds]
    settled_ns: Mapped[Nanoseconds]
