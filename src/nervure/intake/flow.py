"""The ledger over time: what arrived and what became of it, in buckets."""

from dataclasses import dataclass, field
from typing import Any

from nervure.base.clock import NS_PER_S
from nervure.base.errors import QueryError
from nervure.store.engine import Engine
from nervure.store.sql import Sql

MOST_BUCKETS = 2000
# Seconds of the buckets a range is divided into: the finest that gives at most AIM of them.
WIDTHS_S = (1, 5, 10, 30, 60, 300, 600, 1800, 3600, 10_800, 21_600, 43_200, 86_400, 604_800)
AIM = 120


@dataclass(slots=True)
class Bucket:
    """Items that arrived in a bucket, by what became of them. dropped: reason to count."""

    time_ns: int
    requests: int = 0
    received: int = 0
    stored: int = 0
    refused: int = 0
    bytes: int = 0
    dropped: dict[str, int] = field(default_factory=dict)


def width_for(from_ns: int, to_ns: int) -> int:
    """Seconds of a bucket that suit a range."""
    span_s = max(1, (to_ns - from_ns) // NS_PER_S)
    return next((width for width in WIDTHS_S if span_s / width <= AIM), WIDTHS_S[-1])


def read_flow(
    engine: Engine, project: str, from_ns: int, to_ns: int, every_s: int, signal: str = "", sdk: str | None = None
) -> list[Bucket]:
    """Every bucket of the half-open range of arrival times, empty ones too, oldest first.

    signal: "" for all; sdk: None for all. Raises QueryError for more than MOST_BUCKETS buckets; StoreDown, StoreError,
    QueryStopped.
    """
    first_s, last_s = from_ns // NS_PER_S // every_s * every_s, -(-to_ns // NS_PER_S)
    times = range(first_s, last_s, every_s)
    if len(times) > MOST_BUCKETS:
        raise QueryError(f"that is {len(times)} buckets, at most {MOST_BUCKETS} are answered: choose a longer `every`")
    only = "".join(
        (" AND signal = {signal:String}" if signal else "", " AND sdk = {sdk:String}" if sdk is not None else "")
    )
    text = (
        "SELECT intDiv(toUnixTimestamp(time), {every:Int64}) * {every:Int64} AS bucket, countIf(request != 0), sum(received),\n"
        "sum(stored), sum(refused), sum(bytes), sumMap(dropped)\n"
        "FROM ledger WHERE project = {project:String} AND time >= toDateTime64({from_s:Int64}, 3, 'UTC')\n"
        f"AND time < toDateTime64({{to_s:Int64}}, 3, 'UTC'){only} GROUP BY bucket"
    )
    values: dict[str, Any] = {"project": project, "from_s": from_ns // NS_PER_S, "to_s": last_s, "every": every_s}
    if signal:
        values["signal"] = signal
    if sdk is not None:
        values["sdk"] = sdk
    made = {at: Bucket(at * NS_PER_S) for at in times}
    for at, requests, received, stored, refused, size, dropped in engine.query(Sql(text, values)).rows:
        made[int(at)] = Bucket(
            int(at) * NS_PER_S, int(requests), int(received), int(stored), int(refused), int(size),
            {reason: int(count) for reason, count in dict(dropped).items() if count},
        )  # fmt: skip
    return list(made.values())
