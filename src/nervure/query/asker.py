"""Asks: the one door to what the store knows about spans, traces, sessions, logs, metrics and scores."""

from dataclasses import dataclass
from typing import Any

from nervure.base.clock import Clock, iso
from nervure.base.settings import Settings
from nervure.query import aggregate
from nervure.query.plans import Key, Plan, plans_of
from nervure.query.query import Checked, Query, check
from nervure.query.runner import Runner
from nervure.store.engine import Engine, Limits


class Asker:
    """Thread-safe; every call may block and may raise FilterError, QueryError, QueryStopped, StoreDown, StoreError."""

    def __init__(self, engine: Engine, settings: Settings, clock: Clock, tag: str = "") -> None:
        self.engine, self.settings, self.clock = engine, settings, clock
        self.limits = Limits(settings.query_timeout_s, settings.query_memory_bytes, tag=tag)

    def tagged(self, tag: str) -> "Asker":
        """The same asker, whose statements `engine.kill(tag)` stops."""
        return Asker(self.engine, self.settings, self.clock, tag)

    def runner(self, project: str) -> Runner:
        """For one question in one project."""
        return Runner(self.engine, self.limits, project, self.clock.now_ns())

    def ask(self, query: Query, project: str) -> dict[str, Any]:
        """The answer: {"series": [{"measure", "unit", "by", "points": [{"time", "value", "low", "high", "n"}]}], "stats"}.

        value None: not enough data to say. low, high: 95 % interval, None where there is none. A series with
        `other: true` sums up the groups beyond the limit. Costs tell in `unpriced` how many calls have no price.
        """
        runner = self.runner(project)
        checked = check(query, runner.now_ns)
        series: list[dict[str, Any]] = []
        sources: list[str] = []
        groups: Groups | None = None
        for plan in plans_of(checked, project, runner.now_ns):
            made, groups = _run(plan, runner, groups)
            series.extend(made)
            sources.append(plan.source.name)
        order = {name: place for place, name in enumerate(query.measure)}
        series.sort(key=lambda one: order[one["measure"]])
        return {"series": series, "stats": _stats(runner, checked, sources)}


@dataclass(frozen=True, slots=True)
class Groups:
    """The groups an answer shows, best first. has_rest: whether there are more, summed up as `other`."""

    keys: list[Key]
    has_rest: bool


def _run(plan: Plan, runner: Runner, groups: Groups | None) -> tuple[list[dict[str, Any]], Groups]:
    """Series of one plan. groups: those of the query's first plan, which the later ones answer for, too."""
    width, limit = len(plan.dimensions), plan.checked.query.limit
    is_timed = bool(plan.checked.every_ns)
    rows: list[tuple[Any, ...]] = []
    if not width:
        groups = Groups([()], False)
    if (width and (groups is None or not is_timed)) or not is_timed:
        rows = runner.query(aggregate.totals(plan, groups.keys if groups and width else None)).rows
    if groups is None:
        groups = Groups([tuple(row[:width]) for row in rows[:limit]], len(rows) > limit)
        rows = rows[:limit]
    if is_timed:
        timed = runner.query(aggregate.points(plan, groups.keys, groups.has_rest)).rows
        return aggregate.timed(plan, groups.keys, timed, groups.has_rest), groups
    other = runner.query(aggregate.rest(plan, groups.keys)).rows[0] if groups.has_rest else None
    return aggregate.single(plan, groups.keys, rows, other), groups


def _stats(runner: Runner, checked: Checked, sources: list[str]) -> dict[str, Any]:
    names = list(dict.fromkeys(sources))
    return {
        **runner.stats(),
        "source": names[0] if len(names) == 1 else names,
        "from": iso(checked.from_ns),
        "to": iso(checked.to_ns),
    }
