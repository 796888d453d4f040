"""How much room the store has left, and for how long, at the pace telemetry has been arriving."""

from dataclasses import dataclass

from nervure.base.clock import NS_PER_S
from nervure.base.settings import Settings
from nervure.store.engine import DiskUse, Engine
from nervure.store.sql import Sql

DAY_NS = 86_400 * NS_PER_S
HOUR_NS = 3600 * NS_PER_S
# Fewer hours of arrivals than this say nothing about a day.
LEAST_HOURS = 3


@dataclass(frozen=True, slots=True)
class Room:
    """tables: bytes by table; used: their sum. free, total: None when the store does not tell.

    limit_bytes: what the store may hold before something is shed, by the ceiling or by the disk. bytes_per_day: None
    until LEAST_HOURS hours have been seen. full_ns: when the limit is reached at that pace, None: not within retention,
    or not known. level_bytes: what it holds when as much expires as arrives.
    """

    tables: dict[str, int]
    used_bytes: int
    free_bytes: int | None
    total_bytes: int | None
    limit_bytes: int | None
    bytes_per_day: float | None
    full_ns: int | None
    level_bytes: float | None


def read_room(engine: Engine, settings: Settings, now_ns: int) -> Room:
    """Raises StoreDown, StoreError, QueryStopped."""
    use = engine.disk()
    return forecast(use, settings, hourly_items(engine, now_ns), stored_items(engine), now_ns)


def hourly_items(engine: Engine, now_ns: int) -> list[int]:
    """Items stored in each whole hour of the last day since the first one that had any, oldest first."""
    last = now_ns // HOUR_NS
    text = (
        "SELECT intDiv(toUnixTimestamp(time), 3600) AS hour, sum(stored) FROM ledger\n"
        "WHERE time >= toDateTime64({from_s:Int64}, 3, 'UTC') AND time < toDateTime64({to_s:Int64}, 3, 'UTC') GROUP BY hour"
    )
    rows = engine.query(Sql(text, {"from_s": (last - 24) * 3600, "to_s": last * 3600})).rows
    found = {int(hour): int(items) for hour, items in rows}
    return [found.get(hour, 0) for hour in range(min(found), last)] if found else []


def stored_items(engine: Engine) -> int:
    """Spans, records and points the store holds."""
    counts = " + ".join(f"(SELECT count() FROM {table})" for table in ("spans", "logs", "metrics"))
    return int(engine.query(Sql(f"SELECT {counts}", {})).rows[0][0])


def forecast(use: DiskUse, settings: Settings, hours: list[int], items: int, now_ns: int) -> Room:
    """Bytes an item x items a day, against the limit. The busiest hour is left out: an import is no habit.

    hours: items stored in each whole hour, at most 24. items: what the store holds.
    """
    used = sum(use.tables.values())
    limits = [settings.disk_ceiling_bytes] if settings.disk_ceiling_bytes else []
    if use.free_bytes is not None:
        limits.append(used + max(0, use.free_bytes - settings.disk_free_min_bytes))
    limit = min(limits) if limits else None
    if len(hours) < LEAST_HOURS or not items:
        return Room(use.tables, used, use.free_bytes, use.total_bytes, limit, None, None, None)
    usual = sorted(hours)[:-1]
    per_day = sum(usual) / len(usual) * 24 * used / items
    level = per_day * settings.retention_days
    full_ns = None
    if limit is not None and per_day > 0 and max(level, used) > limit:
        full_ns = now_ns + int(max(0, limit - used) / per_day * DAY_NS)
    return Room(use.tables, used, use.free_bytes, use.total_bytes, limit, per_day, full_ns, level)
