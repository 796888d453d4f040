"""Datasets and their items."""

from typing import Any

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from nervure.catalog.tables.base import Base, Id, Name, Nanoseconds, Words


class DatasetRow(Base):
    """A dataset of a project. version: counts up with every change of its items."""

    __tablename__ = "datasets"
    __table_args__ = (UniqueConstraint("project", "name"),)

    id: Mapped[Id]
    project: Mapped[Name]
    name: Mapped[Name]
    description: Mapped[Words]
    version: Mapped[int]
    author: Mapped[Name]
    created_ns: Mapped[Nanoseconds]
    changed_ns: Mapped[Nanoseconds]


class DatasetItemRow(Base):
    """One case. content: {"input", "output", "expected", "documents", "metadata"}, as far as known.

    trace_id, span_id: what it was made from. added, removed: versions of the dataset; removed 0 while it belongs to it.
    """

    __tablename__ = "dataset_items"
    __table_args__ = (Index("ix_dataset_items_dataset_id_added", "dataset_id", "added"),)

    id: Mapped[Id]
    dataset_id: Mapped[Name] = mapped_column(ForeignKey("datasets.id", ondelete="CASCADE"))
    content: Mapped[dict[str, Any]]
    trace_id: Mapped[Name]
    span_id: Mapped[Name]
    added: Mapped[int]
    removed: Mapped[int]
    created_ns: Mapped[Nanoseconds]
