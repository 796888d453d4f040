"""Predictions and their labels."""

from nervure.store.ddl import create_table
from nervure.store.engine import Layout
from nervure.store.migrations import Migration
from nervure.store.sql import Sql
from nervure.store.tables.predictions import PREDICTIONS, TRUTHS


def _statements(layout: Layout) -> list[Sql]:
    return [statement for table in (PREDICTIONS, TRUTHS) for statement in create_table(table, layout)]


MIGRATION = Migration(2, "predictions and their labels", _statements)
