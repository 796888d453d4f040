"""Making room in the store: what is past its retention, and at the disk ceiling payloads before metadata."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from nervure.base.clock import NS_PER_S
from nervure.model.retention import KeptSignal
from nervure.store.ddl import alter, payload_columns
from nervure.store.engine import Engine, Limits
from nervure.store.schema import BY_NAME, TABLES
from nervure.store.sql import Sql

WEEK_NS = 7 * 86_400 * NS_PER_S
# A mutation rewrites parts, so it may take long; it runs beside everything else.
LIMITS = Limits(timeout_s=600.0, memory_bytes=512 << 20, tag="nervure-upkeep")


@dataclass(frozen=True, slots=True)
class Partition:
    """A week of one table. id: as the engine names it. monday: ISO date the week begins with, "" when unknown."""

    table: str
    id: str
    monday: str
    bytes: int


@dataclass(frozen=True, slots=True)
class Aged:
    """A table whose rows expire. column: the time that counts. signal: as retention policies call it."""

    table: str
    column: str
    signal: KeptSignal


# Roll-ups and traces are kept as long as the spans they were made from: a chart must not show what cannot be opened.
AGED = (
    Aged("spans", "start", "spans"),
    Aged("traces", "start", "spans"),
    Aged("minutes", "time", "spans"),
    Aged("hours", "time", "spans"),
    Aged("logs", "time", "logs"),
    Aged("metrics", "time", "metrics"),
    Aged("scores", "time", "scores"),
    Aged("predictions", "time", "predictions"),
    # A label mostly comes after its prediction: it stays as long as that one may.
    Aged("truths", "time", "predictions"),
    Aged("ledger", "time", "all"),
)


def partitions(engine: Engine) -> list[Partition]:
    """All weeks of all tables with their active bytes, oldest first."""
    text = (
        "SELECT table, partition_id, any(partition) AS monday, sum(bytes_on_disk) AS bytes\n"
        f"FROM {_system(engine, 'parts')} WHERE active AND database = {{database:String}}\n"
        "GROUP BY table, partition_id ORDER BY monday, table"
    )
    rows = engine.query(Sql(text, {"database": engine.layout.database}), LIMITS).rows
    found = []
    for table, identity, monday, size in rows:
        name = str(table).removesuffix("_local")
        if name in BY_NAME and BY_NAME[name].partition_by:
            found.append(Partition(name, str(identity), str(monday).strip("'()"), int(size)))
    return found


def drop_partition(engine: Engine, partition: Partition) -> None:
    """Delete a week of a table; its files go within a minute."""
    engine.command(alter(partition.table, engine.layout, f"DROP PARTITION ID '{_safe(partition.id)}'"), LIMITS)


def expire(engine: Engine, aged: Aged, project: str, before_ns: int) -> int:
    """Delete a project's rows older than a time. Returns how many there were; 0 costs one cheap question.

    project: "" for all.
    """
    where = f"{aged.column} < toDateTime64({{before_s:Int64}}, 0, 'UTC')"
    values: dict[str, Any] = {"before_s": before_ns // NS_PER_S}
    if project:
        where, values = f"project = {{project:String}} AND {where}", {**values, "project": project}
    count = int(engine.query(Sql(f"SELECT count() FROM {aged.table} WHERE {where}", values), LIMITS).rows[0][0])
    if count:
        change = alter(aged.table, engine.layout, f"DELETE WHERE {where}")
        engine.command(Sql(change.text, values), LIMITS)
    return count


def clear_texts(engine: Engine, aged: Aged, project: str, before_ns: int) -> int:
    """Empty the payload columns of a project's rows older than a time. Returns how many rows still had any."""
    columns = payload_columns(TABLES).get(aged.table, ())
    if not columns:
        return 0
    held = " OR ".join(f"notEmpty({column})" for column in columns)
    where = f"project = {{project:String}} AND {aged.column} < toDateTime64({{before_s:Int64}}, 0, 'UTC') AND ({held})"
    values: dict[str, Any] = {"project": project, "before_s": before_ns // NS_PER_S}
    count = int(engine.query(Sql(f"SELECT count() FROM {aged.table} WHERE {where}", values), LIMITS).rows[0][0])
    if count:
        kinds = {column.name: column.type for column in BY_NAME[aged.table].columns}
        empty = ", ".join(f"{column} = defaultValueOfTypeName('{_quoted(kinds[column])}')" for column in columns)
        engine.command(Sql(alter(aged.table, engine.layout, f"UPDATE {empty} WHERE {where}").text, values), LIMITS)
    return count


def clear_payloads(engine: Engine, partition: Partition) -> None:
    """Empty the payload columns of a week, keeping every row's metadata."""
    columns = payload_columns(TABLES).get(partition.table, ())
    identity = _safe(partition.id)
    indexed = [index.split()[0] for index in BY_NAME[partition.table].indexes
               if any(column in index for column in columns)]  # fmt: skip
    changes = [f"CLEAR INDEX {name} IN PARTITION ID '{identity}'" for name in indexed]
    changes += [f"CLEAR COLUMN {column} IN PARTITION ID '{identity}'" for column in columns]
    # One statement is one mutation: the week's parts are rewritten once, not once a column.
    engine.command(alter(partition.table, engine.layout, ", ".join(changes)), LIMITS)


def has_payloads(engine: Engine, partition: Partition) -> bool:
    """Whether a week still holds payloads worth shedding."""
    columns = payload_columns(TABLES).get(partition.table, ())
    if not columns:
        return False
    held = " OR ".join(f"notEmpty({column})" for column in columns)
    text = f"SELECT 1 FROM {partition.table} WHERE _partition_id = {{id:String}} AND ({held}) LIMIT 1"
    return bool(engine.query(Sql(text, {"id": partition.id}), LIMITS).rows)


def _system(engine: Engine, table: str) -> str:
    layout = engine.layout
    return f"clusterAllReplicas('{layout.cluster}', system.{table})" if layout.replicated else f"system.{table}"


def _quoted(text: str) -> str:
    return text.replace("\\", "\\\\").replace("'", "\\'")


def _safe(identity: str) -> str:
    # Partition ids come from the engine: digits, or hex digits of a hash.
    if not identity.replace("-", "").isalnum():
        raise ValueError(f"{identity!r} is not a partition id")
    return identity


def oldest_first(found: Iterable[Partition]) -> list[Partition]:
    """By week, and within a week by size, largest first."""
    return sorted(found, key=lambda partition: (partition.monday, -partition.bytes))
