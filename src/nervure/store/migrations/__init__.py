"""Changes of the tables, in order: a module `m<number>_<name>` each, ending in MIGRATION."""

from collections.abc import Callable
from dataclasses import dataclass

from nervure.store.engine import Layout
from nervure.store.sql import Sql


@dataclass(frozen=True, slots=True)
class Migration:
    """statements(layout): DDL that may be run again after it was interrupted half-way."""

    number: int
    title: str
    statements: Callable[[Layout], list[Sql]]
