"""All tables and views, in the order they are made."""

from nervure.store.table import Table, View
from nervure.store.tables.spans import SPANS

TABLES: tuple[Table, ...] = (SPANS,)
VIEWS: tuple[View, ...] = ()

BY_NAME: dict[str, Table] = {table.name: table for table in TABLES}
