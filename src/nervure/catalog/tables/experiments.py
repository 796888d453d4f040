"""Experiments and the cases they tried."""

from typing import Any

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from nervure.catalog.tables.base import Base, Id, Name, Nanoseconds, Words


class ExperimentRow(Base):
    """An experiment. dataset_id: "" for none; an experiment outlives its dataset, so it is no foreign key."""

    __tablename__ = "experiments"
    __table_args__ = (
        Index("ix_experiments_project_name", "project", "name"),
        Index("ix_experiments_project_external_id", "project", "external_id"),
        Index("ix_experiments_dataset_id", "dataset_id"),
    )

    id: Mapped[Id]
    project: Mapped[Name]
    name: Mapped[Name]
    dataset_id: Mapped[str] = mapped_column(String(64))
    dataset_version: Mapped[int | None]
    description: Mapped[Words]
    details: Mapped[dict[str, Any]]
    external_id: Mapped[Name]
    author: Mapped[Name]
    created_ns: Mapped[Nanoseconds]
    changed_ns: Mapped[Nanoseconds]
    ended_ns: Mapped[Nanoseconds]


class ExperimentItemRow(Base):
    """A case that was tried: the dataset's item and the trace or span that answered it."""

    __tablename__ = "experiment_items"
    __table_args__ = (
        Index("ix_experiment_items_experiment_id_created_ns", "experiment_id", "created_ns"),
        Index("ix_experiment_items_item_id", "item_id"),
        Index("ix_experiment_items_trace_id", "trace_id"),
    )

    id: Mapped[Id]
    experiment_id: Mapped[Name] = mapped_column(ForeignKey("experiments.id", ondelete="CASCADE"))
    item_id: Mapped[Name]
    trace_id: Mapped[Name]
    span_id: Mapped[Name]
    details: Mapped[dict[str, Any]]
    external_id: Mapped[Name]
    created_ns: Mapped[Nanoseconds]
