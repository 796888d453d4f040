"""Small facts the server keeps about itself, by name."""

from typing import Any

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from nervure.catalog.tables.base import Base, Nanoseconds


class SettingRow(Base):
    """value: a JSON object."""

    __tablename__ = "settings"

    name: Mapped[str] = mapped_column(String(256), primary_key=True)
    value: Mapped[dict[str, Any]]
    changed_ns: Mapped[Nanoseconds]
