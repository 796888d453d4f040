"""Erases a project's simulated telemetry (flag `demo`) from every table, and nothing else.

Roll-ups hold sums without a mark: the sums of services that sent demo data are deleted and, for a service that sent
real spans too, made again from these.
"""

from typing import Any

from nervure.store.ddl import alter
from nervure.store.engine import Engine, Limits
from nervure.store.sql import Sql
from nervure.store.tables.rollups import MINUTES, MINUTES_OF_SPANS

LIMITS = Limits(timeout_s=600.0, memory_bytes=2 << 30)
OF_PROJECT = "project = {project:String}"
MARKED = f"{OF_PROJECT} AND has(flags, 'demo')"
# Logs and metrics have no such flag; their resource tells.
FROM_DEMO = f"{OF_PROJECT} AND JSONExtractBool(toString(resource), 'nervure.demo')"
OF_SERVICES = f"{OF_PROJECT} AND service IN {{services:Array(String)}}"
IDS_AT_ONCE = 5000


def erase_demo(engine: Engine, project: str) -> dict[str, int]:
    """Rows erased, by table. Run again after an interruption it finishes what was left.

    Raises StoreDown and StoreError as the engine does.
    """
    values: dict[str, Any] = {"project": project}
    traces = [
        row[0] for row in engine.query(Sql(f"SELECT DISTINCT trace_id FROM traces WHERE {MARKED}", values), LIMITS).rows
    ]
    removed = {"scores": _erase_scores(engine, project, traces)}
    services = [
        row[0] for row in engine.query(Sql(f"SELECT DISTINCT service FROM spans WHERE {MARKED}", values), LIMITS).rows
    ]
    # First the sums, then the spans they were made of: whoever is interrupted between them still finds the services.
    with_services = {**values, "services": services}
    if services:
        for table in ("minutes", "hours"):
            _delete(engine, table, OF_SERVICES, with_services)
        _sum_again(engine, with_services)
    removed["spans"] = _delete(engine, "spans", MARKED, values)
    removed["traces"] = len(traces)
    _delete(engine, "traces", MARKED, values)
    removed["logs"] = _delete(engine, "logs", FROM_DEMO, values)
    removed["metrics"] = _delete(engine, "metrics", FROM_DEMO, values)
    return removed


def _erase_scores(engine: Engine, project: str, traces: list[str]) -> int:
    count = 0
    for begin in range(0, len(traces), IDS_AT_ONCE):
        chunk = {"project": project, "traces": traces[begin : begin + IDS_AT_ONCE]}
        count += _delete(engine, "scores", f"{OF_PROJECT} AND trace_id IN {{traces:Array(String)}}", chunk)
    return count


def _sum_again(engine: Engine, values: dict[str, Any]) -> None:
    """Minutes of the real spans of these services; hours follow by their view."""
    names = ", ".join(column.name for column in MINUTES.columns)
    real = f"(SELECT * REPLACE (0 AS revision) FROM spans FINAL WHERE {OF_SERVICES} AND NOT has(flags, 'demo'))"
    select = MINUTES_OF_SPANS.select.format(source=real)
    engine.command(Sql(f"INSERT INTO minutes ({names}) SELECT {names} FROM ({select})", values), LIMITS)


def _delete(engine: Engine, table: str, where: str, values: dict[str, Any]) -> int:
    """Deletes and waits; returns how many rows there were."""
    count = int(engine.query(Sql(f"SELECT count() FROM {table} WHERE {where}", values), LIMITS).rows[0][0])
    if count:
        change = alter(table, engine.layout, f"DELETE WHERE {where} SETTINGS mutations_sync = 2")
        engine.command(Sql(change.text, values), LIMITS)
    return count
