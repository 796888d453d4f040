"""Rules of online evaluation, their versions, the queue of tasks, and what each day came to."""

from typing import Any

from sqlalchemy import Float, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from nervure.catalog.tables.base import Base, Id, Name, Nanoseconds, Words


class EvaluationRuleRow(Base):
    """body: what a version may change. through_ns: targets that settled before are planned."""

    __tablename__ = "evaluation_rules"
    __table_args__ = (Index("uq_evaluation_rules_project_name", "project", "name", unique=True),)

    id: Mapped[Id]
    project: Mapped[Name]
    name: Mapped[Name]
    version: Mapped[int]
    body: Mapped[dict[str, Any]]
    enabled: Mapped[bool]
    through_ns: Mapped[Nanoseconds]
    problem: Mapped[Words]
    author: Mapped[Name]
    created_ns: Mapped[Nanoseconds]
    changed_ns: Mapped[Nanoseconds]


class EvaluationRuleVersionRow(Base):
    """A rule as it was: tasks run by the version they were planned with."""

    __tablename__ = "evaluation_rule_versions"

    rule_id: Mapped[str] = mapped_column(ForeignKey("evaluation_rules.id", ondelete="CASCADE"), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    body: Mapped[dict[str, Any]]
    author: Mapped[Name]
    created_ns: Mapped[Nanoseconds]


class EvaluationTaskRow(Base):
    """targets: [id, trace id, start, end, why, inclusion] each, empty once done. place: order of claiming, live first."""

    __tablename__ = "evaluation_tasks"
    __table_args__ = (
        Index("ix_evaluation_tasks_state_place", "state", "place"),
        Index("ix_evaluation_tasks_rule_id_created_ns", "rule_id", "created_ns"),
        Index("ix_evaluation_tasks_backfill_id_state", "backfill_id", "state"),
    )

    id: Mapped[Id]
    rule_id: Mapped[str] = mapped_column(ForeignKey("evaluation_rules.id", ondelete="CASCADE"))
    rule_version: Mapped[int]
    project: Mapped[Name]
    backfill_id: Mapped[str] = mapped_column(String(64))
    state: Mapped[str] = mapped_column(String(16))
    place: Mapped[Nanoseconds]
    targets: Mapped[list[Any]]
    target_count: Mapped[int]
    attempts: Mapped[int]
    held_by: Mapped[Name]
    held_until_ns: Mapped[Nanoseconds]
    created_ns: Mapped[Nanoseconds]
    oldest_ns: Mapped[Nanoseconds]
    done_ns: Mapped[Nanoseconds]
    outcome: Mapped[dict[str, Any]]
    error: Mapped[Words]


class EvaluationDayRow(Base):
    """What a rule's evaluator did on a UTC day; evaluator "" holds what was planned for all of them."""

    __tablename__ = "evaluation_days"

    rule_id: Mapped[str] = mapped_column(ForeignKey("evaluation_rules.id", ondelete="CASCADE"), primary_key=True)
    day: Mapped[str] = mapped_column(String(10), primary_key=True)
    evaluator: Mapped[str] = mapped_column(String(256), primary_key=True)
    planned: Mapped[int]
    scored: Mapped[int]
    passed: Mapped[int]
    skipped: Mapped[int]
    failed: Mapped[int]
    cost_usd: Mapped[float] = mapped_column(Float)
