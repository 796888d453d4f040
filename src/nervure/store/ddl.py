"""DDL of tables and views, rendered for one server or for a cluster. Names come from our own constants."""

from collections.abc import Iterable

from nervure.store.engine import Layout
from nervure.store.sql import Sql
from nervure.store.table import Column, Table, View

# Blocks whose tokens a table remembers. A spool is replayed within its last few blocks; the rest is margin.
DEDUP_WINDOW = 1000

LOCAL = "_local"


def local_name(name: str, layout: Layout) -> str:
    """The table that holds the rows: `<name>_local` in a cluster, the name itself on one server."""
    return name + LOCAL if layout.cluster else name


def create_database(layout: Layout) -> Sql:
    return Sql(f"CREATE DATABASE IF NOT EXISTS {layout.database}{on_cluster(layout)}")


def create_table(table: Table, layout: Layout) -> list[Sql]:
    """Statements that make the table, and in a cluster the Distributed table over its local ones."""
    name = local_name(table.name, layout)
    body = ",\n  ".join([*map(column_sql, table.columns), *(f"INDEX {index}" for index in table.indexes)])
    window = "replicated_deduplication_window" if layout.replicated else "non_replicated_deduplication_window"
    settings = ", ".join((f"{window} = {DEDUP_WINDOW}", *table.settings))
    statement = (
        f"CREATE TABLE IF NOT EXISTS {layout.database}.{name}{on_cluster(layout)} (\n  {body}\n)\n"
        f"ENGINE = {engine_sql(table, layout)}\n"
        + (f"PARTITION BY {table.partition_by}\n" if table.partition_by else "")
        + (f"PRIMARY KEY ({', '.join(table.primary_key)})\n" if table.primary_key else "")
        + (f"ORDER BY ({', '.join(table.order_by)})\n" if table.order_by else "")
        + (f"TTL {table.ttl}\n" if table.ttl else "")
        # A table without an order keeps nothing (Null) and has nothing to remember.
        + (f"SETTINGS {settings}" if table.order_by else "")
    )
    statements = [Sql(statement)]
    if layout.cluster:
        statements.append(create_distributed(table, layout))
    return statements


def create_distributed(table: Table, layout: Layout, over: str = "") -> Sql:
    """The table that reads and writes all shards. over: what it stands on, by default the local table."""
    columns = ", ".join(f"{column.name} {column.type}" for column in table.columns)
    return Sql(
        f"CREATE TABLE IF NOT EXISTS {layout.database}.{table.name}{on_cluster(layout)} ({columns})\n"
        f"ENGINE = Distributed({layout.cluster}, {layout.database}, {over or table.name + LOCAL},"
        f" {table.shard_by or 'rand()'})"
    )


def create_view(view: View, layout: Layout) -> Sql:
    """The materialised view, between local tables: what a shard receives, it folds itself."""
    source = f"{layout.database}.{local_name(view.source, layout)}"
    target = f"{layout.database}.{local_name(view.target, layout)}"
    return Sql(
        f"CREATE MATERIALIZED VIEW IF NOT EXISTS {layout.database}.{view.name}{on_cluster(layout)} TO {target}\n"
        f"AS {view.select.format(source=source)}"
    )


def alter(table: str, layout: Layout, change: str) -> Sql:
    """ALTER TABLE of the rows' own table, on every server. change: what comes after the table's name."""
    return Sql(f"ALTER TABLE {layout.database}.{local_name(table, layout)}{on_cluster(layout)} {change}")


def on_cluster(layout: Layout) -> str:
    """A layout of shards without replication is the tests' double inside one engine, which has no ON CLUSTER."""
    return f" ON CLUSTER '{layout.cluster}'" if layout.cluster and layout.replicated else ""


def engine_sql(table: Table, layout: Layout) -> str:
    """The engine clause. The embedded engine accepts Replicated* and then hangs on insert, so it never sees it."""
    if not layout.replicated or not table.order_by:
        return table.engine
    family, _, arguments = table.engine.partition("(")
    path = f"'/clickhouse/tables/{{shard}}/{layout.database}/{table.name}', '{{replica}}'"
    rest = arguments.rstrip(")")
    return f"Replicated{family}({path}{', ' + rest if rest else ''})"


def column_sql(column: Column) -> str:
    return f"{column.name} {column.type}" + (f" CODEC({column.codec})" if column.codec else "")


def payload_columns(tables: Iterable[Table]) -> dict[str, tuple[str, ...]]:
    """Columns shed first when the disk is full, by table."""
    return {
        table.name: names
        for table in tables
        if (names := tuple(column.name for column in table.columns if column.is_payload))
    }
