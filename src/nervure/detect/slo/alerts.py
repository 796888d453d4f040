"""Alerts of SLOs and budgets as they come and go, kept so that they survive the process."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from nervure.base.clock import NS_PER_S
from nervure.catalog.repositories.notes import Notes
from nervure.detect.slo.spending import Spent
from nervure.detect.slo.status import HOLD_S, Status
from nervure.model.notification import Urgency

MOST_KEPT = 500


@dataclass(frozen=True, slots=True)
class ObjectiveAlert:
    """key: which alert of the objective, the same each time it comes. urgency: page or ticket.

    last_ns: when it fired last; end_ns: 0 while it lasts. opens: whether it is (part of) an incident, and then of which
    scope, what was observed of how many events (0: it is no share), and what the limit is.
    """

    key: str
    urgency: Urgency
    text: str
    start_ns: int
    last_ns: int
    end_ns: int = 0
    opens: bool = False
    scope: dict[str, str] = field(default_factory=dict)
    observed: float = 0.0
    limit: float = 0.0
    n: int = 0


def of_slo(status: Status) -> list[ObjectiveAlert]:
    """Alerts that fire now."""
    made = [
        ObjectiveAlert(
            f"burn {one.rule.long_s}", one.rule.severity,
            f"{status.slo.name}: {one.long.ratio or 0:.2%} bad in {_span(one.rule.long_s)} and {one.short.ratio or 0:.2%} in "
            f"{_span(one.rule.short_s)}; {one.rule.burn * (1 - status.slo.target):.2%} or less keeps the promise.",
            status.at_ns, status.at_ns, opens=True, observed=one.long.ratio or 0.0, limit=one.rule.burn * (1 - status.slo.target),
            n=one.long.valid,
        )
        for one in status.rules
        if one.is_firing
    ]  # fmt: skip
    if status.budget.left is not None and status.budget.left <= 0:
        text = f"{status.slo.name}: the error budget of {status.slo.period_days} days is spent."
        made.append(ObjectiveAlert("exhausted", "ticket", text, status.at_ns, status.at_ns))
    return made


def of_budget(lines: Iterable[Spent], now_ns: int) -> list[ObjectiveAlert]:
    """The same of a cost budget: shares that are reached, and a forecast that lies above the limit as a whole."""
    made: list[ObjectiveAlert] = []
    for one in lines:
        budget = one.budget
        whose = budget.name + (f" ({', '.join(one.scope.values())})" if one.scope else "")
        period = f"{one.begin_ns}"
        if one.reached is not None:
            spent = f"{one.share:.0%}" if one.share < 10 else f"{one.share:,.0f} times as much"
            text = f"{whose}: ${one.spent_usd:,.2f} of ${budget.limit_usd:,.2f} a {budget.period} are spent ({spent})."
            urgency: Urgency = "page" if one.share >= 1 else "ticket"
            made.append(ObjectiveAlert(
                f"{whose} {period} {one.reached}", urgency, text, now_ns, now_ns, opens=one.share >= 1, scope=one.scope,
                observed=one.spent_usd, limit=budget.limit_usd,
            ))  # fmt: skip
        if one.state == "at_risk" and one.projected_usd is not None:
            text = f"{whose}: the {budget.period} will end at about ${one.projected_usd:,.2f}, over its ${budget.limit_usd:,.2f}."
            made.append(ObjectiveAlert(f"{whose} {period} forecast", "ticket", text, now_ns, now_ns))
    return made


class Alerts:
    """What an objective's alerts were, newest first, in the catalog. Thread-safe."""

    def __init__(self, notes: Notes) -> None:
        self._notes = notes

    def of(self, objective_id: str) -> list[ObjectiveAlert]:
        """At most MOST_KEPT."""
        kept = self._notes.find(_key(objective_id))
        return [ObjectiveAlert(**one) for one in (kept or {}).get("alerts", ())]

    def seen(self, objective_id: str, firing: Iterable[ObjectiveAlert], now_ns: int) -> list[ObjectiveAlert]:
        """Keeps what fires now. Returns the alerts that have just begun or ended.

        Of processes that see the same at once one begins the alert and the others find it begun.
        """
        now = list(firing)
        news: list[ObjectiveAlert] = []

        def fold(held: dict[str, Any] | None) -> dict[str, Any]:
            kept = [ObjectiveAlert(**one) for one in (held or {}).get("alerts", ())]
            begun, after, ended = _folded(kept, now, now_ns)
            news[:] = [*begun, *ended]
            return {"alerts": [asdict(one) for one in (*begun, *after)][:MOST_KEPT]}

        self._notes.change(_key(objective_id), fold)
        return news

    def forget(self, objective_id: str) -> None:
        """After an objective was deleted."""
        self._notes.delete(_key(objective_id))


def _folded(
    kept: Iterable[ObjectiveAlert], firing: Iterable[ObjectiveAlert], now_ns: int
) -> tuple[list[ObjectiveAlert], list[ObjectiveAlert], list[ObjectiveAlert]]:
    """(those that begin, those there were as they are now, of these the ones that end)."""
    now = {one.key: one for one in firing}
    after: list[ObjectiveAlert] = []
    ended: list[ObjectiveAlert] = []
    for one in kept:
        fires = now.pop(one.key, None) if not one.end_ns else None
        if fires is not None:
            # What it began as stays, but for what is told; a budget's share may come to be over its limit.
            now_told = fires if fires.opens and not one.opens else one
            after.append(replace(
                now_told, text=fires.text, urgency=fires.urgency, start_ns=one.start_ns, last_ns=max(one.last_ns, now_ns)
            ))  # fmt: skip
        elif not one.end_ns and now_ns - one.last_ns > HOLD_S * NS_PER_S:
            ended.append(replace(one, end_ns=one.last_ns))
            after.append(ended[-1])
        else:
            after.append(one)
    return list(now.values()), after, ended


def _key(objective_id: str) -> str:
    return f"objective-alerts/{objective_id}"


def _span(seconds: int) -> str:
    for size, unit in ((86_400, "day"), (3600, "hour"), (60, "minute")):
        if seconds >= size:
            count = seconds // size
            return f"{count} {unit}{'' if count == 1 else 's'}"
    return f"{seconds} seconds"
