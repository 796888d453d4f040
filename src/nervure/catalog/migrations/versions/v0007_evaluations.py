"""Online evaluation: rules with their versions, the queue of tasks, and what each day came to."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "evaluation_rules",
        sa.Column("id", sa.String(64), nullable=False),
        *_names("project", "name"),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("body", sa.JSON, nullable=False),
        sa.Column("enabled", sa.Boolean, nullable=False),
        *_times("through_ns"),
        sa.Column("problem", sa.Text, nullable=False),
        *_names("author"),
        *_times("created_ns", "changed_ns"),
        sa.PrimaryKeyConstraint("id", name="pk_evaluation_rules"),
    )
    op.create_index("uq_evaluation_rules_project_name", "evaluation_rules", ["project", "name"], unique=True)
    op.create_table(
        "evaluation_rule_versions",
        sa.Column("rule_id", sa.String(64), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("body", sa.JSON, nullable=False),
        *_names("author"),
        *_times("created_ns"),
        _of_rule("evaluation_rule_versions"),
        sa.PrimaryKeyConstraint("rule_id", "version", name="pk_evaluation_rule_versions"),
    )
    _tasks()
    op.create_table(
        "evaluation_days",
        sa.Column("rule_id", sa.String(64), nullable=False),
        sa.Column("day", sa.String(10), nullable=False),
        sa.Column("evaluator", sa.String(256), nullable=False),
        *(sa.Column(name, sa.Integer, nullable=False) for name in ("planned", "scored", "passed", "skipped", "failed")),
        sa.Column("cost_usd", sa.Float, nullable=False),
        _of_rule("evaluation_days"),
        sa.PrimaryKeyConstraint("rule_id", "day", "evaluator", name="pk_evaluation_days"),
    )


def _tasks() -> None:
    op.create_table(
        "evaluation_tasks",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("rule_id", sa.String(64), nullable=False),
        sa.Column("rule_version", sa.Integer, nullable=False),
        *_names("project"),
        sa.Column("backfill_id", sa.String(64), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        *_times("place"),
        sa.Column("targets", sa.JSON, nullable=False),
        *(sa.Column(name, sa.Integer, nullable=False) for name in ("target_count", "attempts")),
        *_names("held_by"),
        *_times("held_until_ns", "created_ns", "oldest_ns", "done_ns"),
        sa.Column("outcome", sa.JSON, nullable=False),
        sa.Column("error", sa.Text, nullable=False),
        _of_rule("evaluation_tasks"),
        sa.PrimaryKeyConstraint("id", name="pk_evaluation_tasks"),
    )
    op.create_index("ix_evaluation_tasks_state_place", "evaluation_tasks", ["state", "place"])
    op.create_index("ix_evaluation_tasks_rule_id_created_ns", "evaluation_tasks", ["rule_id", "created_ns"])
    op.create_index("ix_evaluation_tasks_backfill_id_state", "evaluation_tasks", ["backfill_id", "state"])


def _of_rule(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["rule_id"], ["evaluation_rules.id"], ondelete="CASCADE", name=f"fk_{table}_rule_id_evaluation_rules"
    )


def _names(*names: str) -> tuple[sa.Column[str], ...]:
    return tuple(sa.Column(name, sa.String(256), nullable=False) for name in names)


def _times(*names: str) -> tuple[sa.Column[int], ...]:
    return tuple(sa.Column(name, sa.BigInteger, nullable=False) for name in names)
