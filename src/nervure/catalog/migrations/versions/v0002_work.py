"""What people make while they look: views, dashboards, changes, datasets."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "views",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("project", sa.String(256), nullable=False),
        sa.Column("page", sa.String(64), nullable=False),
        sa.Column("name", sa.String(256), nullable=False),
        sa.Column("search", sa.Text, nullable=False),
        sa.Column("is_default", sa.Boolean, nullable=False),
        *_made_and_changed(),
        sa.PrimaryKeyConstraint("id", name="pk_views"),
        sa.UniqueConstraint("project", "page", "name", name="uq_views_project_page_name"),
    )
    op.create_table(
        "dashboards",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("project", sa.String(256), nullable=False),
        sa.Column("name", sa.String(256), nullable=False),
        sa.Column("description", sa.Text, nullable=False),
        sa.Column("spec", sa.JSON, nullable=False),
        *_made_and_changed(),
        sa.PrimaryKeyConstraint("id", name="pk_dashboards"),
    )
    op.create_table(
        "changes",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("project", sa.String(256), nullable=False),
        sa.Column("time_ns", sa.BigInteger, nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("name", "before", "after")),
        sa.Column("scope", sa.JSON, nullable=False),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("note", "url")),
        sa.Column("author", sa.String(256), nullable=False),
        sa.Column("created_ns", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_changes"),
    )
    op.create_index("ix_changes_project_time_ns", "changes", ["project", "time_ns"])
    op.create_table(
        "datasets",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("project", sa.String(256), nullable=False),
        sa.Column("name", sa.String(256), nullable=False),
        sa.Column("description", sa.Text, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        *_made_and_changed(),
        sa.PrimaryKeyConstraint("id", name="pk_datasets"),
        sa.UniqueConstraint("project", "name", name="uq_datasets_project_name"),
    )
    op.create_table(
        "dataset_items",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("dataset_id", sa.String(256), nullable=False),
        sa.Column("content", sa.JSON, nullable=False),
        sa.Column("trace_id", sa.String(256), nullable=False),
        sa.Column("span_id", sa.String(256), nullable=False),
        sa.Column("added", sa.Integer, nullable=False),
        sa.Column("removed", sa.Integer, nullable=False),
        sa.Column("created_ns", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_dataset_items"),
        sa.ForeignKeyConstraint(
            ["dataset_id"], ["datasets.id"], name="fk_dataset_items_dataset_id", ondelete="CASCADE"
        ),
    )
    op.create_index("ix_dataset_items_dataset_id_added", "dataset_items", ["dataset_id", "added"])


def _made_and_changed() -> tuple[sa.Column[str] | sa.Column[int], ...]:
    return (
        sa.Column("author", sa.String(256), nullable=False),
        sa.Column("created_ns", sa.BigInteger, nullable=False),
        sa.Column("changed_ns", sa.BigInteger, nullable=False),
    )
