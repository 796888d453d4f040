"""Datasets and their items."""

from typing import Any

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from nervure.catalog.tables.base import Base, Id, Name, Nanoseconds, Words


class DatasetRow(Base):
    """A dataset of a project. version: counts up with every change of its items."""

    __tablename__ = "datasets"
    __table_args__ = (
        UniqueConstraint("project", "name"),
        Index("ix_datasets_project_external_id", "project", "external_id"),
    )

    id: Mapped[Id]
    project: Mapped[Name]
    name: Mapped[Name]
    description: Mapped[Words]
    version: Mapped[int]
    author: Mapped[Name]
    created_ns: Mapped[Nanoseconds]
    changed_ns: Mapped[Nanoseconds]
    details: Mapped[dict[str, Any]]
    external_id: Mapped[Name]


class DatasetItemRow(Base):
    """One state of an item. content: {"input", "output", "expected", "documents", "metadata"}, as far as known.

    item_id: the item's, the same in all its states. trace_id, span_id: what it was made from. first, added, removed:
    versions of the dataset the item came with, this state came and went with; removed 0 while it belongs to it.
    """

    __tablename__ = "dataset_items"
    __table_args__ = (
        Index("ix_dataset_items_dataset_id_added", "dataset_id", "added"),
        Index("ix_dataset_items_dataset_id_first", "dataset_id", "first"),
        Index("ix_dataset_items_item_id", "item_id"),
        Index("ix_dataset_items_external_id", "external_id"),
    )

    id: Mapped[Id]
    dataset_id: Mapped[Name] = mapped_column(ForeignKey("datasets.id", ondelete="CASCADE"))
    content: Mapped[dict[str, Any]]
    trace_id: Mapped[Name]
    span_id: Mapped[Name]
    added: Mapped[int]
    removed: Mapped[int]
    created_ns: Mapped[Nanoseconds]
    item_id: Mapped[str] = mapped_column(String(64))
    first: Mapped[int]
    splits: Mapped[list[str]]
    status: Mapped[str] = mapped_column(String(16))
    external_id: Mapped[Name]
    changed_ns: Mapped[Nanoseconds]
    removed_ns: Mapped[Nanoseconds]
