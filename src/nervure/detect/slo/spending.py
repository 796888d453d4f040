"""How a cost budget stands: spent, left, and what the period will end at."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from nervure.base.clock import NS_PER_S
from nervure.model.objective import Budget
from nervure.query.forecast import forecast, mean_forecast
from nervure.query.outlook import month_of
from nervure.query.times import UNITS_NS, parse_offset

BudgetState = Literal["ok", "alert", "may_exceed", "at_risk", "over"]
DAY, HOUR = UNITS_NS["d"], UNITS_NS["h"]
WEEK_DAYS = 7
# Season and history of the forecast by period: hours within days, days within weeks.
STEPS = {
    "day": ("1h", HOUR, 24, 14 * DAY),
    "week": ("1h", HOUR, 24, 14 * DAY),
    "month": ("1d", DAY, WEEK_DAYS, 56 * DAY),
}


@dataclass(frozen=True, slots=True)
class Spent:
    """A budget of one scope. projected with its 95 % interval: what the period will end at; None: too little history.

    state: ok; alert (a share of alert_at is reached); at_risk (the forecast's lower end lies above the limit: it will
    be overspent unless something changes); may_exceed (the forecast does); over.
    """

    budget: Budget
    scope: dict[str, str]
    spent_usd: float
    begin_ns: int
    end_ns: int
    projected_usd: float | None = None
    low_usd: float | None = None
    high_usd: float | None = None

    @property
    def left_usd(self) -> float:
        return self.budget.limit_usd - self.spent_usd

    @property
    def share(self) -> float:
        return self.spent_usd / self.budget.limit_usd

    @property
    def reached(self) -> float | None:
        """The highest share of alert_at that is reached."""
        return max((one for one in self.budget.alert_at if self.share >= one), default=None)

    @property
    def state(self) -> BudgetState:
        if self.left_usd <= 0:
            return "over"
        if self.low_usd is not None and self.low_usd > self.budget.limit_usd:
            return "at_risk"
        if self.projected_usd is not None and self.projected_usd > self.budget.limit_usd:
            return "may_exceed"
        return "alert" if self.reached is not None else "ok"


def period_of(budget: Budget, now_ns: int) -> tuple[int, int]:
    """Where the running day, week (from Monday) or month begins and ends, in ns."""
    offset_ns = parse_offset(budget.offset)
    if budget.period == "month":
        return month_of(now_ns, offset_ns)
    local = now_ns + offset_ns
    begin = local // DAY * DAY
    if budget.period == "week":
        begin -= datetime.fromtimestamp(begin // NS_PER_S, UTC).weekday() * DAY
    return begin - offset_ns, begin - offset_ns + (DAY if budget.period == "day" else WEEK_DAYS * DAY)


def projected(
    budget: Budget, past: Sequence[tuple[int, float]], spent_usd: float, now_ns: int
) -> tuple[float, float, float] | None:
    """(expected, low, high) USD at the end of the period. past: whole steps of STEPS before the one that runs.

    Of the running step only the share of time that is left is still to come. None: not enough history.
    """
    _, step_ns, season, _ = STEPS[budget.period]
    end_ns = period_of(budget, now_ns)[1]
    whole = [value for begin_ns, value in past if begin_ns + step_ns <= now_ns]
    # Before anything was ever spent there was no traffic to learn from.
    first = next((at for at, value in enumerate(whole) if value > 0), len(whole))
    values = whole[first:]
    running_ns = now_ns // step_ns * step_ns if not past else past[-1][0]
    steps = max(1, -(-(end_ns - running_ns) // step_ns))
    outlook = forecast(values, season, steps) or mean_forecast(values[-season:], steps)
    if outlook is None:
        return None
    gone = outlook.points[0][0] * min(1.0, max(0.0, (now_ns - running_ns) / step_ns))
    expected, low, high = (spent_usd + max(0.0, value - gone) for value in outlook.total)
    return expected, low, high
