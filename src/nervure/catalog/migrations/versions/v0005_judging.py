"""Judges: what they spend, their answers, their frozen sets and how they did on them."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "judge_accounts",
        sa.Column("name", sa.String(256), nullable=False),
        sa.Column("spent_nano", sa.BigInteger, nullable=False),
        sa.Column("reserved_nano", sa.BigInteger, nullable=False),
        sa.Column("calls", sa.BigInteger, nullable=False),
        sa.Column("changed_ns", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_judge_accounts"),
    )
    op.create_table(
        "judge_reservations",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("accounts", sa.JSON, nullable=False),
        sa.Column("nano", sa.BigInteger, nullable=False),
        sa.Column("expires_ns", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_judge_reservations"),
    )
    op.create_index("ix_judge_reservations_expires_ns", "judge_reservations", ["expires_ns"])
    op.create_table(
        "judge_answers",
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("answer", sa.Text, nullable=False),
        sa.Column("made_ns", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_judge_answers"),
    )
    op.create_index("ix_judge_answers_made_ns", "judge_answers", ["made_ns"])
    op.create_table(
        "judge_probes",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("judge_id", sa.String(64), nullable=False),
        sa.Column("example", sa.JSON, nullable=False),
        sa.Column("label", sa.Float, nullable=True),
        sa.Column("created_ns", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_judge_probes"),
    )
    op.create_index("ix_judge_probes_judge_id", "judge_probes", ["judge_id"])
    op.create_table(
        "judge_checks",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("judge_id", sa.String(64), nullable=False),
        sa.Column("judge_version", sa.Integer, nullable=False),
        sa.Column("started_ns", sa.BigInteger, nullable=False),
        sa.Column("ended_ns", sa.BigInteger, nullable=False),
        sa.Column("result", sa.JSON, nullable=False),
        sa.Column("cost_usd", sa.Float, nullable=True),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("error", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_judge_checks"),
    )
    op.create_index("ix_judge_checks_judge_id_started_ns", "judge_checks", ["judge_id", "started_ns"])
