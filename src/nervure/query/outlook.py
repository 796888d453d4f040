"""What a sum will come to: history of a measure, its forecast, and what the month will end at."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from nervure.base.clock import NS_PER_S, iso, parse_iso
from nervure.base.errors import QueryError
from nervure.query.asker import Asker
from nervure.query.forecast import LEAST_FOR_MEAN, LEAST_SEASONS, Outlook, forecast, mean_forecast
from nervure.query.query import Query
from nervure.query.times import UNITS_NS, parse_offset

HISTORY = "56d"
DAY = UNITS_NS["d"]
WEEK_DAYS = 7
# Only what adds up over time can be summed up to a month.
SUMS = ("count", "traces", "cost.sum", "cost.input", "cost.output", "cost.unpriced")
SEASONAL = "additive Holt-Winters with a damped trend and a season of a week, ETS(A,Ad,A)"
MEAN = "mean of the last days"


@dataclass(frozen=True, slots=True)
class Days:
    """Whole days from begin_ns on. The day after them is the unfinished one."""

    begin_ns: int
    values: list[float]

    @property
    def end_ns(self) -> int:
        """Where the unfinished day begins."""
        return self.begin_ns + len(self.values) * DAY


def outlook_of(asker: Asker, project: str, measure: str, where: str = "", offset: str = "") -> dict[str, Any]:
    """The answer of /api/v1/forecast, whose shape its route describes.

    With two whole weeks of days: Holt-Winters with a season of a week; with less: the mean of the last week's days.
    offset: east of UTC, for days and months that begin at local midnight. Raises QueryError for a measure that is
    no sum.
    """
    if measure not in SUMS and not measure.startswith("tokens."):
        raise QueryError(f"{measure!r} does not add up over time: ask for one of {', '.join(SUMS)} or tokens.<class>")
    now_ns = asker.clock.now_ns()
    query = Query((measure,), where, every="1d", since=f"-{HISTORY}", offset=offset)
    days, unit = _days(asker, project, query)
    is_seasonal = len(days.values) >= LEAST_SEASONS * WEEK_DAYS
    told: dict[str, Any] = {
        "measure": measure, "unit": unit, "every": "1d", "method": SEASONAL if is_seasonal else MEAN, "level": 0.95,
        "enough": False, "reason": "", "history": _points(days), "forecast": [], "month": None,
    }  # fmt: skip
    begin_ns, end_ns = month_of(now_ns, parse_offset(offset))
    to_end = max(1, (end_ns - days.end_ns) // DAY)
    shown = _look_ahead(days.values, max(to_end, WEEK_DAYS))
    outlook = _look_ahead(days.values, to_end)
    if shown is None or outlook is None:
        held = f"{len(days.values)} whole day{'' if len(days.values) == 1 else 's'}"
        return told | {"reason": f"A forecast needs {LEAST_FOR_MEAN} whole days of data; there is {held} so far."}
    if not is_seasonal:
        told["reason"] = f"From {len(days.values)} whole days: weekdays cannot be told apart before two weeks."
    spent = _spent(asker, project, Query((measure,), where, since=iso(begin_ns), until=iso(now_ns)))
    # Of today only the share of time that is left is still to come.
    gone = outlook.points[0][0] * min(1.0, (now_ns - days.end_ns) / DAY)
    projected, low, high = (spent + max(0.0, value - gone) for value in outlook.total)
    month = {
        "from": iso(begin_ns), "to": iso(end_ns), "spent": spent, "projected": projected, "low": low, "high": high,
    }  # fmt: skip
    return told | {"enough": True, "forecast": _ahead(days, shown), "month": month}


def month_of(now_ns: int, offset_ns: int) -> tuple[int, int]:
    """Where the month of a moment begins and ends, by a clock that stands offset_ns east of UTC."""
    local = datetime.fromtimestamp((now_ns + offset_ns) // NS_PER_S, UTC)
    begin = local.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    end = begin.replace(year=begin.year + begin.month // 12, month=begin.month % 12 + 1)
    return int(begin.timestamp()) * NS_PER_S - offset_ns, int(end.timestamp()) * NS_PER_S - offset_ns


def _look_ahead(values: list[float], steps: int) -> Outlook | None:
    if len(values) >= LEAST_SEASONS * WEEK_DAYS:
        return forecast(values, WEEK_DAYS, steps)
    return mean_forecast(values[-WEEK_DAYS:], steps)


def _days(asker: Asker, project: str, query: Query) -> tuple[Days, str]:
    """The whole days of a measure and its unit."""
    series = asker.ask(query, project)["series"][0]
    # The last point is today.
    points = series["points"][:-1]
    first = next((at for at, point in enumerate(points) if point["n"] or point["value"]), len(points))
    # The first day with data is rarely whole: counted as if it were, it would look like growth.
    whole = points[first + 1 :]
    begin_ns = parse_iso(whole[0]["time"]) if whole else parse_iso(series["points"][-1]["time"])
    return Days(begin_ns, [float(point["value"] or 0) for point in whole]), series["unit"]


def _spent(asker: Asker, project: str, query: Query) -> float:
    if query.since >= query.until:
        return 0.0
    return float(asker.ask(query, project)["series"][0]["points"][0]["value"] or 0)


def _points(days: Days) -> list[dict[str, Any]]:
    return [{"time": iso(days.begin_ns + at * DAY), "value": value} for at, value in enumerate(days.values)]


def _ahead(days: Days, outlook: Outlook) -> list[dict[str, Any]]:
    return [
        {"time": iso(days.end_ns + at * DAY), "value": value, "low": low, "high": high}
        for at, (value, low, high) in enumerate(outlook.points)
    ]
