"""The first tables."""

from nervure.store.ddl import create_table, create_view
from nervure.store.engine import Layout
from nervure.store.migrations import Migration
from nervure.store.schema import TABLES, VIEWS
from nervure.store.sql import Sql


def _statements(layout: Layout) -> list[Sql]:
    tables = [statement for table in TABLES for statement in create_table(table, layout)]
    return tables + [create_view(view, layout) for view in VIEWS]


MIGRATION = Migration(1, "the first tables", _statements)
