"""What judges spend, what they have answered before, and how they did on their frozen sets."""

from typing import Any

from sqlalchemy import BigInteger, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from nervure.catalog.tables.base import Base, Id, Nanoseconds, Words


class JudgeAccountRow(Base):
    """Money of one purpose in whole billionths of a USD, so that sums are exact."""

    __tablename__ = "judge_accounts"

    name: Mapped[str] = mapped_column(String(256), primary_key=True)
    spent_nano: Mapped[int] = mapped_column(BigInteger)
    reserved_nano: Mapped[int] = mapped_column(BigInteger)
    calls: Mapped[int] = mapped_column(BigInteger)
    changed_ns: Mapped[Nanoseconds]


class JudgeReservationRow(Base):
    """A call under way. accounts: names in the order they are locked in."""

    __tablename__ = "judge_reservations"
    __table_args__ = (Index("ix_judge_reservations_expires_ns", "expires_ns"),)

    id: Mapped[Id]
    accounts: Mapped[list[str]]
    nano: Mapped[int] = mapped_column(BigInteger)
    expires_ns: Mapped[Nanoseconds]


class JudgeAnswerRow(Base):
    """An answer kept for the next time the same is asked. key: digest of all that was asked."""

    __tablename__ = "judge_answers"
    __table_args__ = (Index("ix_judge_answers_made_ns", "made_ns"),)

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    answer: Mapped[str] = mapped_column(Text)
    made_ns: Mapped[Nanoseconds]


class JudgeProbeRow(Base):
    """An example of a frozen set."""

    __tablename__ = "judge_probes"
    __table_args__ = (Index("ix_judge_probes_judge_id", "judge_id"),)

    id: Mapped[Id]
    judge_id: Mapped[str] = mapped_column(String(64))
    example: Mapped[dict[str, Any]]
    label: Mapped[float | None]
    created_ns: Mapped[Nanoseconds]


class JudgeCheckRow(Base):
    """A round over a frozen set. result: `scores`, `labels` and `models` of model.judge.Check."""

    __tablename__ = "judge_checks"
    __table_args__ = (Index("ix_judge_checks_judge_id_started_ns", "judge_id", "started_ns"),)

    id: Mapped[Id]
    judge_id: Mapped[str] = mapped_column(String(64))
    judge_version: Mapped[int]
    started_ns: Mapped[Nanoseconds]
    ended_ns: Mapped[Nanoseconds]
    result: Mapped[dict[str, Any]]
    cost_usd: Mapped[float | None]
    state: Mapped[str] = mapped_column(String(16))
    error: Mapped[Words]
