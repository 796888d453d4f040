"""Error budgets and how fast they burn: arithmetic over counts of valid and bad events. Pure.

Multi-window, multi-burn-rate alerts (Beyer et al., The Site Reliability Workbook, 2018, chapter 5). A burn rate is the
bad share over the share the target allows; it can never exceed 1 / (1 - target), so the book's 14.4 cannot fire for a
target below 93.06 %. Lenient targets, usual for quality, get lower rates over longer windows. A share counts as above
its threshold when the lower end of its interval is: few or sampled events prove nothing by their point value.
"""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Literal

from nervure.stats.intervals import wilson

Severity = Literal["page", "ticket"]
MINUTE_S, HOUR_S, DAY_S = 60, 3600, 86_400
BASE_DAYS = 30
# One-sided 95 %.
SIDE_LEVEL = 0.90
# A threshold beyond this share of the highest burn rate there can be would hardly ever be reached.
REACHABLE = 0.95
# Nobody is woken by a budget that burns little faster than it refills.
LEAST: dict[Severity, float] = {"page": 2.0, "ticket": 1.0}


@dataclass(frozen=True, slots=True)
class Count:
    """Events of a bucket of time: bad of the valid ones."""

    start_s: int
    valid: int
    bad: int


@dataclass(frozen=True, slots=True)
class Rule:
    """Fires while both windows burn faster than `burn`; the short one ends the alert soon after recovery."""

    severity: Severity
    burn: float
    long_s: int
    short_s: int


# (lowest target, rules for a period of 30 days)
TABLE: tuple[tuple[float, tuple[Rule, ...]], ...] = (
    (0.95, (
        Rule("page", 14.4, HOUR_S, 5 * MINUTE_S), Rule("page", 6, 6 * HOUR_S, 30 * MINUTE_S),
        Rule("ticket", 3, DAY_S, 2 * HOUR_S), Rule("ticket", 1, 3 * DAY_S, 6 * HOUR_S),
    )),
    (0.90, (
        Rule("page", 6, HOUR_S, 5 * MINUTE_S), Rule("page", 3, 6 * HOUR_S, 30 * MINUTE_S),
        Rule("ticket", 1.5, DAY_S, 2 * HOUR_S), Rule("ticket", 1, 3 * DAY_S, 6 * HOUR_S),
    )),
    (0.80, (
        Rule("page", 3, 2 * HOUR_S, 10 * MINUTE_S), Rule("page", 2, 12 * HOUR_S, HOUR_S),
        Rule("ticket", 1.5, 2 * DAY_S, 4 * HOUR_S), Rule("ticket", 1, 3 * DAY_S, 6 * HOUR_S),
    )),
    (0.0, (
        Rule("page", 1.5, 6 * HOUR_S, 30 * MINUTE_S), Rule("ticket", 1.2, DAY_S, 2 * HOUR_S),
        Rule("ticket", 1, 3 * DAY_S, 6 * HOUR_S),
    )),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Window:
    """Counts of a stretch of time. ratio: bad / valid; None without events. low: its one-sided 95 % lower bound."""

    valid: int
    bad: int
    ratio: float | None
    low: float | None


class Counts:
    """Counts of buckets by time, whose stretches are summed at once."""

    def __init__(self, counts: Iterable[Count]) -> None:
        ordered = sorted(counts, key=lambda one: one.start_s)
        self._starts = [one.start_s for one in ordered]
        self._valid = [0, *accumulate(one.valid for one in ordered)]
        self._bad = [0, *accumulate(one.bad for one in ordered)]

    def window(self, from_s: int, to_s: int) -> Window:
        """Of the buckets that begin in [from_s, to_s). Sums first, then the ratio: ratios do not average."""
        first, last = bisect_left(self._starts, from_s), bisect_left(self._starts, to_s)
        valid, bad = self._valid[last] - self._valid[first], self._bad[last] - self._bad[first]
        interval = wilson(bad, valid, SIDE_LEVEL)
        return Window(valid, bad, bad / valid if valid else None, interval.low if interval else None)


@dataclass(frozen=True, slots=True)
class Firing:
    """A rule and what its windows hold. least: valid events the short window should hold to say anything."""

    rule: Rule
    long: Window
    short: Window
    is_firing: bool
    least: int


@dataclass(frozen=True, slots=True)
class Budgeted:
    """An error budget over its period.

    good_ratio with its 95 % interval; None without events. allowed: bad events the target allows for the valid ones.
    left: share of the budget that is left, negative when overspent; None without events. exhausted_in_s: when the
    budget ends at the rate of the last day; None when it does not burn faster than it refills.
    """

    valid: int
    bad: int
    good_ratio: float | None
    low: float | None
    high: float | None
    allowed: float
    left: float | None
    exhausted_in_s: float | None


def rules_of(target: float, period_days: int) -> list[Rule]:
    """Rules that can fire for the target, with burn rates for the period.

    The burn rate that uses the same share of the budget in the same window is proportional to the period. Raises
    ValueError for a target outside (0, 1).
    """
    if not 0 < target < 1:
        raise ValueError(f"a target lies strictly between 0 and 1, got {target}")
    chosen = next(rules for lowest, rules in TABLE if target >= lowest)
    highest = REACHABLE / (1 - target)
    made: list[Rule] = []
    for rule in chosen:
        # What a short period scales below its least is raised to it, what a long one lifts out of reach is lowered.
        burn = min(max(LEAST[rule.severity], rule.burn * period_days / BASE_DAYS), highest)
        if burn < 1 or rule.long_s >= period_days * DAY_S:
            continue
        if made and (made[-1].severity, made[-1].burn) == (rule.severity, burn):
            made.pop()  # the same threshold over a longer window needs less luck
        made.append(Rule(rule.severity, burn, rule.long_s, rule.short_s))
    return made


def firing(rule: Rule, target: float, counts: Counts, now_s: int) -> Firing:
    """Whether a rule fires at now_s: the long window's bound and the short window's ratio lie above the threshold."""
    threshold = rule.burn * (1 - target)
    long = counts.window(now_s - rule.long_s, now_s)
    short = counts.window(now_s - rule.short_s, now_s)
    is_firing = (long.low or 0.0) > threshold and (short.ratio or 0.0) > threshold
    return Firing(rule, long, short, is_firing, least_events(rule.burn, target))


def least_events(burn: float, target: float) -> int:
    """Valid events at which ten bad ones are expected at the threshold; with fewer an alert is a matter of luck."""
    return max(1, round(10 / min(1.0, burn * (1 - target))))


def budget(target: float, counts: Counts, now_s: int, period_days: int) -> Budgeted:
    """The error budget of the period that ends at now_s."""
    held = counts.window(now_s - period_days * DAY_S, now_s)
    interval = wilson(held.valid - held.bad, held.valid)
    left = _left(target, held)
    day = counts.window(now_s - DAY_S, now_s)
    return Budgeted(
        held.valid,
        held.bad,
        None if held.ratio is None else 1 - held.ratio,
        interval.low if interval else None,
        interval.high if interval else None,
        (1 - target) * held.valid,
        left,
        None if left is None else _exhausted(target, left, day, held, period_days),
    )


def burn_down(target: float, counts: Counts, times_s: Sequence[int], period_days: int) -> list[float | None]:
    """What was left of the budget at each of the times; None where the period before it held no events."""
    return [_left(target, counts.window(now_s - period_days * DAY_S, now_s)) for now_s in times_s]


def _left(target: float, period: Window) -> float | None:
    return 1 - period.bad / ((1 - target) * period.valid) if period.valid else None


def _exhausted(target: float, left: float, day: Window, period: Window, period_days: int) -> float | None:
    """At the last day's traffic and bad ratio."""
    if left <= 0:
        return 0.0
    # Where the history is shorter than the period, its allowance is that of a whole period at today's traffic.
    allowed = (1 - target) * max(period.valid, day.valid * period_days)
    spent_a_day = day.bad / allowed
    return left / spent_a_day * DAY_S if spent_a_day * period_days > 1 else None
