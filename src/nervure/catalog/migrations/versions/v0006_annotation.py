"""Annotation queues with items and answers."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "annotation_queues",
        sa.Column("id", sa.String(64), nullable=False),
        *_names("project", "name"),
        sa.Column("instructions", sa.Text, nullable=False),
        *(sa.Column(name, sa.JSON, nullable=False) for name in ("rubric", "rubrics", "rule")),
        *(sa.Column(name, sa.Integer, nullable=False) for name in ("rubric_version", "annotators", "lock_s")),
        sa.Column("is_blind", sa.Boolean, nullable=False),
        *_names("author"),
        *_times("created_ns", "changed_ns"),
        sa.PrimaryKeyConstraint("id", name="pk_annotation_queues"),
        sa.UniqueConstraint("project", "name", name="uq_annotation_queues_project_name"),
    )
    op.create_table(
        "annotation_items",
        sa.Column("id", sa.String(64), nullable=False),
        *_names("queue_id", "trace_id", "span_id"),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("priority", sa.Float, nullable=False),
        sa.Column("origin", sa.String(16), nullable=False),
        *_names("author"),
        *_times("added_ns"),
        sa.Column("done", sa.Integer, nullable=False),
        sa.Column("is_done", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_annotation_items"),
        sa.UniqueConstraint("queue_id", "trace_id", "span_id", name="uq_annotation_items_queue_id_trace_id_span_id"),
        sa.ForeignKeyConstraint(
            ["queue_id"], ["annotation_queues.id"], name="fk_annotation_items_queue_id", ondelete="CASCADE"
        ),
    )
    op.create_index(
        "ix_annotation_items_queue_id_is_done_priority", "annotation_items", ["queue_id", "is_done", "priority"]
    )
    op.create_table(
        "annotation_answers",
        sa.Column("item_id", sa.String(64), nullable=False),
        *_names("annotator", "queue_id"),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("answer", sa.JSON, nullable=False),
        sa.Column("is_final", sa.Boolean, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        *(sa.Column(name, sa.Integer, nullable=False) for name in ("rubric_version", "revision")),
        *_times("until_ns", "started_ns", "changed_ns"),
        sa.PrimaryKeyConstraint("item_id", "annotator", name="pk_annotation_answers"),
        sa.ForeignKeyConstraint(
            ["item_id"], ["annotation_items.id"], name="fk_annotation_answers_item_id", ondelete="CASCADE"
        ),
    )
    op.create_index("ix_annotation_answers_queue_id_state", "annotation_answers", ["queue_id", "state"])


def _names(*names: str) -> tuple[sa.Column[str], ...]:
    return tuple(sa.Column(name, sa.String(256), nullable=False) for name in names)


def _times(*names: str) -> tuple[sa.Column[int], ...]:
    return tuple(sa.Column(name, sa.BigInteger, nullable=False) for name in names)
