"""Annotation queues, their items, and the annotators' answers."""

from typing import Any

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from nervure.catalog.tables.base import Base, Id, Name, Nanoseconds, Words


class AnnotationQueueRow(Base):
    """A queue. rubric: {"criteria": [..]}. rule: how it fills by itself, {} when it does not.

    rubrics: earlier states of the rubric by version, as answers refer to them.
    """

    __tablename__ = "annotation_queues"
    __table_args__ = (UniqueConstraint("project", "name"),)

    id: Mapped[Id]
    project: Mapped[Name]
    name: Mapped[Name]
    instructions: Mapped[Words]
    rubric: Mapped[dict[str, Any]]
    rubric_version: Mapped[int]
    rubrics: Mapped[dict[str, Any]]
    annotators: Mapped[int]
    lock_s: Mapped[int]
    is_blind: Mapped[bool]
    rule: Mapped[dict[str, Any]]
    author: Mapped[Name]
    created_ns: Mapped[Nanoseconds]
    changed_ns: Mapped[Nanoseconds]


class AnnotationItemRow(Base):
    """What is to be judged. done: how many people have; is_done: as many as the queue asks for."""

    __tablename__ = "annotation_items"
    __table_args__ = (
        UniqueConstraint("queue_id", "trace_id", "span_id"),
        Index("ix_annotation_items_queue_id_is_done_priority", "queue_id", "is_done", "priority"),
    )

    id: Mapped[Id]
    queue_id: Mapped[Name] = mapped_column(ForeignKey("annotation_queues.id", ondelete="CASCADE"))
    trace_id: Mapped[Name]
    span_id: Mapped[Name]
    reason: Mapped[Words]
    priority: Mapped[float]
    origin: Mapped[str] = mapped_column(String(16))
    author: Mapped[Name]
    added_ns: Mapped[Nanoseconds]
    done: Mapped[int]
    is_done: Mapped[bool]


class AnnotationAnswerRow(Base):
    """What an annotator does or said: a lock until `until_ns`, an answer, or a skip. answer: {"values", "comments"}."""

    __tablename__ = "annotation_answers"
    __table_args__ = (Index("ix_annotation_answers_queue_id_state", "queue_id", "state"),)

    item_id: Mapped[str] = mapped_column(
        String(64), ForeignKey("annotation_items.id", ondelete="CASCADE"), primary_key=True
    )
    annotator: Mapped[str] = mapped_column(String(256), primary_key=True)
    queue_id: Mapped[Name]
    state: Mapped[str] = mapped_column(String(16))
    answer: Mapped[dict[str, Any]]
    is_final: Mapped[bool]
    reason: Mapped[Words]
    rubric_version: Mapped[int]
    revision: Mapped[int]
    until_ns: Mapped[Nanoseconds]
    started_ns: Mapped[Nanoseconds]
    changed_ns: Mapped[Nanoseconds]
