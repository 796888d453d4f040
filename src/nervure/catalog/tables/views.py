"""Saved views of a page: a name for what otherwise stands in the address."""

from sqlalchemy import String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from nervure.catalog.tables.base import Base, Id, Name, Nanoseconds, Words


class ViewRow(Base):
    """A view. page: which page it is of, e.g. traces. search: the address' query string. The project's people share it."""

    __tablename__ = "views"
    __table_args__ = (UniqueConstraint("project", "page", "name"),)

    id: Mapped[Id]
    project: Mapped[Name]
    page: Mapped[str] = mapped_column(String(64))
    name: Mapped[Name]
    search: Mapped[Words]
    is_default: Mapped[bool]
    author: Mapped[Name]
    created_ns: Mapped[Nanoseconds]
    changed_ns: Mapped[Nanoseconds]
