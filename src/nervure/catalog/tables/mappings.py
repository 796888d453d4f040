"""Mapping rules of the user, every version kept."""

from sqlalchemy import String, Text
from sqlalchemy.orm import Mapped, mapped_column

from nervure.catalog.tables.base import Base, Nanoseconds


class MappingRow(Base):
    """One version of one mapping. At most one version of a name is active."""

    __tablename__ = "mappings"

    name: Mapped[str] = mapped_column(String(256), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    text: Mapped[str] = mapped_column(Text)
    author: Mapped[str] = mapped_column(String(256), default="")
    active: Mapped[bool]
    created_ns: Mapped[Nanoseconds]
