"""What retention will delete: counted beforehand, so that nobody learns it afterwards."""

from dataclasses import dataclass
from typing import Any

from nervure.base.clock import NS_PER_S
from nervure.intake.upkeep import AGED, Aged
from nervure.model.retention import KeptSignal
from nervure.store.engine import Engine, Limits
from nervure.store.sql import Sql

DAY_NS = 86_400 * NS_PER_S
LIMITS = Limits(timeout_s=30.0, tag="nervure-expiry")
# The tables people know; traces and roll-ups go with their spans.
SHOWN: dict[KeptSignal, Aged] = {
    aged.signal: aged for aged in AGED if aged.table in ("spans", "logs", "metrics", "scores", "predictions")
}


@dataclass(frozen=True, slots=True)
class Expiring:
    """One signal of one project kept for `days`. oldest_ns: of the oldest record, None without any.

    due: records past the retention that the next round deletes; soon: those that follow within seven days.
    """

    signal: KeptSignal
    days: int
    items: int
    oldest_ns: int | None
    due: int
    soon: int


def count_expiring(engine: Engine, project: str, signal: KeptSignal, days: int, now_ns: int) -> Expiring:
    """Raises StoreDown, StoreError, QueryStopped."""
    aged = SHOWN[signal]
    # As the retention loop counts: by whole days.
    before_ns = (now_ns // DAY_NS - days) * DAY_NS
    column = aged.column
    text = (
        f"SELECT count(), toUnixTimestamp64Nano(min({column})),\n"
        f"countIf({column} < toDateTime64({{due:Int64}}, 0, 'UTC')), countIf({column} < toDateTime64({{soon:Int64}}, 0, 'UTC'))\n"
        f"FROM {aged.table} WHERE project = {{project:String}}"
    )
    values: dict[str, Any] = {
        "project": project,
        "due": before_ns // NS_PER_S,
        "soon": (before_ns + 7 * DAY_NS) // NS_PER_S,
    }
    items, oldest, due, soon = engine.query(Sql(text, values), LIMITS).rows[0]
    return Expiring(signal, days, int(items), int(oldest) if items else None, int(due), int(soon) - int(due))
