"""The operator's own prices."""

from typing import Any

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from nervure.catalog.tables.base import Base, Id, Nanoseconds, Words


class PriceRow(Base):
    """prices: name of a price to its decimal text, because neither JSON numbers nor SQLite keep decimals exact."""

    __tablename__ = "prices"

    id: Mapped[Id]
    name: Mapped[str] = mapped_column(String(256), unique=True)
    project: Mapped[str] = mapped_column(String(256), default="")
    provider: Mapped[str] = mapped_column(String(256), default="")
    model: Mapped[str] = mapped_column(String(512))
    match: Mapped[str] = mapped_column(String(16))
    valid_from_ns: Mapped[Nanoseconds | None]
    valid_to_ns: Mapped[Nanoseconds | None]
    prices: Mapped[dict[str, Any]]
    book_model: Mapped[str] = mapped_column(String(512), default="")
    note: Mapped[Words]
    created_ns: Mapped[Nanoseconds]
