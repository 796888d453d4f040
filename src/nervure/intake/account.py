"""Reads the ledger back: what became of what was sent, per project, SDK, signal and minute."""

from dataclasses import dataclass, field
from typing import Any

from nervure.base.clock import NS_PER_S
from nervure.store.engine import Engine
from nervure.store.sql import Sql

MOST_LINES = 10_000


@dataclass(slots=True)
class AccountLine:
    """Sums of one project, SDK and signal (in one minute, when asked by minute). minute_ns: None for the whole range."""

    project: str
    sdk: str
    signal: str
    minute_ns: int | None = None
    requests: int = 0
    received: int = 0
    stored: int = 0
    refused: int = 0
    dropped: dict[str, int] = field(default_factory=dict)
    bytes: int = 0

    @property
    def is_balanced(self) -> bool:
        """received = stored + refused + dropped."""
        return self.received == self.stored + self.refused + sum(self.dropped.values())


def read_ledger(
    engine: Engine, project: str, from_ns: int, to_ns: int, by_minute: bool = False, limit: int = 1000
) -> list[AccountLine]:
    """Account lines of a half-open range of arrival times, newest minute first.

    project: "" for all. limit: at most MOST_LINES lines. Raises StoreDown, StoreError, QueryStopped.
    """
    minute = "toUnixTimestamp(toStartOfMinute(time))" if by_minute else "toUInt32(0)"
    where = "project = {project:String} AND " if project else ""
    text = (
        f"SELECT project, sdk, signal, {minute} AS minute, countIf(request != 0) AS requests,\n"
        "sum(received) AS received, sum(stored) AS stored, sum(refused) AS refused,\n"
        "sumMap(dropped) AS dropped, sum(bytes) AS bytes\n"
        f"FROM ledger WHERE {where}time >= toDateTime64({{from_s:Int64}}, 3, 'UTC') AND time < toDateTime64({{to_s:Int64}}, 3, 'UTC')\n"
        "GROUP BY project, sdk, signal, minute ORDER BY minute DESC, project, sdk, signal LIMIT {most:UInt32}"
    )
    values: dict[str, Any] = {
        "from_s": from_ns // NS_PER_S,
        "to_s": -(-to_ns // NS_PER_S),
        "most": min(max(limit, 1), MOST_LINES),
    }
    if project:
        values["project"] = project
    rows = engine.query(Sql(text, values)).dicts()
    return [
        AccountLine(
            project=row["project"],
            sdk=row["sdk"],
            signal=row["signal"],
            minute_ns=int(row["minute"]) * NS_PER_S if by_minute else None,
            requests=int(row["requests"]),
            received=int(row["received"]),
            stored=int(row["stored"]),
            refused=int(row["refused"]),
            dropped={reason: int(count) for reason, count in dict(row["dropped"]).items() if count},
            bytes=int(row["bytes"]),
        )
        for row in rows
    ]
