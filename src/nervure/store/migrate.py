"""Brings the store's tables to the form this version of the code knows."""

import importlib
import pkgutil

from nervure.base.errors import StoreError
from nervure.store import migrations
from nervure.store.ddl import create_table
from nervure.store.engine import Engine
from nervure.store.migrations import Migration
from nervure.store.sql import Sql
from nervure.store.table import Column, Table

RECORD = Table(
    name="schema_migrations",
    columns=(
        Column("number", "UInt32"),
        Column("title", "String"),
        Column("applied", "DateTime64(3, 'UTC') DEFAULT now64(3)"),
    ),
    engine="ReplacingMergeTree(applied)",
    order_by=("number",),
)


def known_migrations() -> list[Migration]:
    """All migrations of this version, lowest number first. Raises StoreError for a number used twice."""
    found: list[Migration] = []
    for info in pkgutil.iter_modules(migrations.__path__):
        found.append(importlib.import_module(f"{migrations.__name__}.{info.name}").MIGRATION)
    found.sort(key=lambda migration: migration.number)
    numbers = [migration.number for migration in found]
    if len(set(numbers)) != len(numbers):
        raise StoreError(f"two migrations have the same number: {numbers}")
    return found


def applied_migrations(engine: Engine) -> set[int]:
    """Numbers already applied; empty for a new store."""
    for statement in create_table(RECORD, engine.layout):
        engine.command(statement)
    rows = engine.query(Sql(f"SELECT DISTINCT number FROM {RECORD.name}")).rows
    return {int(number) for (number,) in rows}


def migrate(engine: Engine, known: list[Migration] | None = None) -> list[int]:
    """Applies what is missing and returns its numbers; run again it does nothing.

    Every statement can be repeated, so a migration that was interrupted is run again from its beginning. Raises
    StoreError when the store was written by a newer version.
    """
    known = known_migrations() if known is None else known
    applied = applied_migrations(engine)
    newest = known[-1].number if known else 0
    if applied and max(applied) > newest:
        raise StoreError(
            f"the store has schema {max(applied)}, this version of Nervure knows schemas up to {newest}:"
            " start the version that wrote it, or a newer one"
        )
    missing = [migration for migration in known if migration.number not in applied]
    for migration in missing:
        for statement in migration.statements(engine.layout):
            engine.command(statement)
        engine.command(
            Sql(
                f"INSERT INTO {RECORD.name} (number, title) VALUES ({migration.number}, {{title:String}})",
                {"title": migration.title},
            )
        )
    if missing and engine.layout.cluster:
        # Else the record lies in this server's queue for the other shards, and the next start might not see it.
        engine.command(Sql(f"SYSTEM FLUSH DISTRIBUTED {engine.layout.database}.{RECORD.name}"))
    return [migration.number for migration in missing]
