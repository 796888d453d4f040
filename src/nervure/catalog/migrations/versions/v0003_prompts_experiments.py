"""Prompts with versions and labels, experiments; items of datasets have states, splits and vendors' ids."""

import sqlalchemy as sa
from alembic import op

from nervure.base.ids import name_uuid

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _prompts()
    _experiments()
    _extend_datasets()
    _extend_items()


def _prompts() -> None:
    op.create_table(
        "prompts",
        sa.Column("id", sa.String(64), nullable=False),
        *_names("project", "name"),
        sa.Column("type", sa.String(16), nullable=False),
        sa.Column("description", sa.Text, nullable=False),
        *(sa.Column(name, sa.JSON, nullable=False) for name in ("tags", "details")),
        sa.Column("version", sa.Integer, nullable=False),
        *_names("external_id", "author"),
        *_times("created_ns", "changed_ns", "deleted_ns"),
        sa.PrimaryKeyConstraint("id", name="pk_prompts"),
        sa.UniqueConstraint("project", "name", name="uq_prompts_project_name"),
    )
    op.create_index("ix_prompts_project_external_id", "prompts", ["project", "external_id"])
    op.create_table(
        "prompt_versions",
        sa.Column("id", sa.String(64), nullable=False),
        *_names("prompt_id"),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("template", sa.JSON, nullable=False),
        *(sa.Column(name, sa.JSON, nullable=False) for name in ("config", "variables")),
        sa.Column("commit_hash", sa.String(64), nullable=False),
        sa.Column("message", sa.Text, nullable=False),
        *_names("external_id", "author"),
        *_times("created_ns", "deleted_ns"),
        sa.PrimaryKeyConstraint("id", name="pk_prompt_versions"),
        sa.UniqueConstraint("prompt_id", "version", name="uq_prompt_versions_prompt_id_version"),
        sa.ForeignKeyConstraint(["prompt_id"], ["prompts.id"], name="fk_prompt_versions_prompt_id", ondelete="CASCADE"),
    )
    op.create_index("ix_prompt_versions_external_id", "prompt_versions", ["external_id"])
    op.create_table(
        "prompt_labels",
        *_names("prompt_id", "label"),
        sa.Column("version", sa.Integer, nullable=False),
        *_names("author"),
        *_times("moved_ns"),
        sa.PrimaryKeyConstraint("prompt_id", "label", name="pk_prompt_labels"),
        sa.ForeignKeyConstraint(["prompt_id"], ["prompts.id"], name="fk_prompt_labels_prompt_id", ondelete="CASCADE"),
    )


def _experiments() -> None:
    op.create_table(
        "experiments",
        sa.Column("id", sa.String(64), nullable=False),
        *_names("project", "name"),
        sa.Column("dataset_id", sa.String(64), nullable=False),
        sa.Column("dataset_version", sa.Integer, nullable=True),
        sa.Column("description", sa.Text, nullable=False),
        sa.Column("details", sa.JSON, nullable=False),
        *_names("external_id", "author"),
        *_times("created_ns", "changed_ns", "ended_ns"),
        sa.PrimaryKeyConstraint("id", name="pk_experiments"),
    )
    op.create_index("ix_experiments_project_name", "experiments", ["project", "name"])
    op.create_index("ix_experiments_project_external_id", "experiments", ["project", "external_id"])
    op.create_index("ix_experiments_dataset_id", "experiments", ["dataset_id"])
    op.create_table(
        "experiment_items",
        sa.Column("id", sa.String(64), nullable=False),
        *_names("experiment_id", "item_id", "trace_id", "span_id"),
        sa.Column("details", sa.JSON, nullable=False),
        *_names("external_id"),
        *_times("created_ns"),
        sa.PrimaryKeyConstraint("id", name="pk_experiment_items"),
        sa.ForeignKeyConstraint(
            ["experiment_id"], ["experiments.id"], name="fk_experiment_items_experiment_id", ondelete="CASCADE"
        ),
    )
    op.create_index("ix_experiment_items_experiment_id_created_ns", "experiment_items", ["experiment_id", "created_ns"])
    op.create_index("ix_experiment_items_item_id", "experiment_items", ["item_id"])
    op.create_index("ix_experiment_items_trace_id", "experiment_items", ["trace_id"])


def _extend_datasets() -> None:
    _add("datasets", sa.Column("details", sa.JSON, nullable=False, server_default="{}"))
    _add("datasets", sa.Column("external_id", sa.String(256), nullable=False, server_default=""))
    _name_outside("datasets", "id")
    op.create_index("ix_datasets_project_external_id", "datasets", ["project", "external_id"])


def _extend_items() -> None:
    for column in (
        sa.Column("item_id", sa.String(64), nullable=False, server_default=""),
        sa.Column("first", sa.Integer, nullable=False, server_default="0"),
        sa.Column("splits", sa.JSON, nullable=False, server_default="[]"),
        sa.Column("status", sa.String(16), nullable=False, server_default="active"),
        sa.Column("external_id", sa.String(256), nullable=False, server_default=""),
        sa.Column("changed_ns", sa.BigInteger, nullable=False, server_default="0"),
        sa.Column("removed_ns", sa.BigInteger, nullable=False, server_default="0"),
    ):
        _add("dataset_items", column)
    items = sa.table(
        "dataset_items", *(sa.column(name) for name in ("id", "item_id", "first", "added", "created_ns", "changed_ns"))
    )
    op.execute(items.update().values(item_id=items.c.id, first=items.c.added, changed_ns=items.c.created_ns))
    _name_outside("dataset_items", "item_id")
    op.create_index("ix_dataset_items_dataset_id_first", "dataset_items", ["dataset_id", "first"])
    op.create_index("ix_dataset_items_item_id", "dataset_items", ["item_id"])
    op.create_index("ix_dataset_items_external_id", "dataset_items", ["external_id"])


def _add(table: str, column: sa.Column[str] | sa.Column[int]) -> None:
    # The default is for rows that are there already; the code says every column itself.
    op.add_column(table, column)


def _name_outside(table: str, key: str) -> None:
    """Gives rows that are there already the external id they would have been made with."""
    rows = sa.table(table, sa.column(key), sa.column("external_id"))
    connection = op.get_bind()
    for (identity,) in connection.execute(sa.select(rows.c[key]).distinct()).all():
        connection.execute(rows.update().where(rows.c[key] == identity).values(external_id=name_uuid(identity)))


def _names(*names: str) -> tuple[sa.Column[str], ...]:
    return tuple(sa.Column(name, sa.String(256), nullable=False) for name in names)


def _times(*names: str) -> tuple[sa.Column[int], ...]:
    return tuple(sa.Column(name, sa.BigInteger, nullable=False) for name in names)
