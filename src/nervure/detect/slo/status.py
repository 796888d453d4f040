"""How an SLO stands: its indicator, what is left of the error budget, which alerts fire, and what to do about releases."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from nervure.base.clock import NS_PER_S
from nervure.detect.slo.burn import (
    DAY_S,
    HOUR_S,
    MINUTE_S,
    Budgeted,
    Counts,
    Firing,
    Rule,
    Severity,
    budget,
    burn_down,
    firing,
    rules_of,
)
from nervure.detect.slo.tally import PREVIEW_S, Tally
from nervure.model.objective import Slo

SloState = Literal["page", "ticket", "exhausted", "ok", "no_data"]
POINTS = 240
# An alert that swings about its threshold is one alert.
HOLD_S = 30 * MINUTE_S
# (left of the budget more than, what that means for releases): the usual error budget policy.
POLICY: tuple[tuple[float, str], ...] = (
    (0.5, "Normal releases."),
    (0.2, "Release through a canary; raise the bar of evaluations."),
    (0.0, "Only fixes and what lowers risk."),
)
FROZEN = "Freeze, but for security and corrections; review with the owner."
NOTHING = "No events yet: nothing can be said."


@dataclass(frozen=True, slots=True)
class Status:
    """rules: each alert with its windows. dropped: what the target makes unreachable, in words. policy: for releases."""

    slo: Slo
    budget: Budgeted
    rules: tuple[Firing, ...]
    policy: str
    at_ns: int

    @property
    def state(self) -> SloState:
        """The worst that is true."""
        severities: tuple[Severity, ...] = ("page", "ticket")
        for severity in severities:
            if any(one.is_firing and one.rule.severity == severity for one in self.rules):
                return severity
        if self.budget.left is None:
            return "no_data"
        return "ok" if self.budget.left > 0 else "exhausted"


@dataclass(frozen=True, slots=True)
class Fired:
    """A stretch of time in which an alert would have fired; end_s 0: it still would."""

    rule: Rule
    start_s: int
    end_s: int


def status_of(slo: Slo, counts: Counts, now_ns: int) -> Status:
    """How the SLO stands at now_ns."""
    now_s = now_ns // NS_PER_S + 1
    held = budget(slo.target, counts, now_s, slo.period_days)
    rules = tuple(firing(rule, slo.target, counts, now_s) for rule in rules_of(slo.target, slo.period_days))
    return Status(slo, held, rules, _policy(held.left), now_ns)


def assess(slo: Slo, tally: Tally, now_ns: int) -> Status:
    """The same, counted now."""
    return status_of(slo, tally.counts(slo)[0], now_ns)


def history(slo: Slo, counts: Counts, now_ns: int) -> list[tuple[int, float | None]]:
    """(s, share of the budget left) over the last period, at most POINTS of them."""
    now_s = now_ns // NS_PER_S + 1
    step_s = max(HOUR_S, slo.period_days * DAY_S // POINTS)
    times = [*range(now_s - slo.period_days * DAY_S, now_s, step_s), now_s]
    return list(zip(times, burn_down(slo.target, counts, times, slo.period_days), strict=True))


def would_have_fired(slo: Slo, counts: Counts, from_s: int, to_s: int) -> list[Fired]:
    """Alerts step by step over the past, each from what was known by then."""
    steps = range(from_s // PREVIEW_S * PREVIEW_S + PREVIEW_S, to_s + 1, PREVIEW_S)
    return [one for rule in rules_of(slo.target, slo.period_days) for one in _stretches(slo, rule, counts, steps)]


def _stretches(slo: Slo, rule: Rule, counts: Counts, steps: Sequence[int]) -> list[Fired]:
    made: list[Fired] = []
    began_s = last_s = 0
    for now_s in steps:
        if firing(rule, slo.target, counts, now_s).is_firing:
            began_s, last_s = began_s or now_s, now_s
        elif began_s and now_s - last_s > HOLD_S:
            made.append(Fired(rule, began_s, last_s))
            began_s = 0
    return [*made, Fired(rule, began_s, 0)] if began_s else made


def _policy(left: float | None) -> str:
    if left is None:
        return NOTHING
    return next((words for above, words in POLICY if left > above), FROZEN)
