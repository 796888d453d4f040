"""Asks: the one door to what the store knows about spans, traces, sessions, logs, metrics and scores."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from nervure.base.clock import Clock, iso
from nervure.base.settings import Settings
from nervure.model.span import Span
from nervure.query import aggregate
from nervure.query.export import Format, Kept, export
from nervure.query.lists import Page, list_spans
from nervure.query.outline import MAX_LIMIT as MOST_OUTLINED
from nervure.query.outline import read_outline
from nervure.query.people import list_people, read_person
from nervure.query.plans import Key, Plan, plans_of
from nervure.query.points import list_exemplars, list_points
from nervure.query.predicted import list_predictions
from nervure.query.query import Checked, Query, check
from nervure.query.records import list_logs, list_metrics, list_scores, read_score
from nervure.query.revisions import spans_table
from nervure.query.runner import Runner
from nervure.query.senders import Demo, SeenSender, count_demo, list_senders
from nervure.query.traces import list_traces
from nervure.query.tree import TreeCache, read_span, read_spans, read_trace, stored_span, whole_spans
from nervure.query.turns import list_turns
from nervure.query.values import list_values
from nervure.store.engine import Engine, Limits

FIRST = Page()


def always_settled() -> bool:
    """For a store whose summaries are written with its spans."""
    return True


class Asker:
    """Thread-safe; every call may block and may raise FilterError, QueryError, QueryStopped, StoreDown, StoreError."""

    def __init__(
        self,
        engine: Engine,
        settings: Settings,
        clock: Clock,
        tag: str = "",
        settle: Callable[[], bool] = always_settled,
    ) -> None:
        """settle: brings traces and roll-ups up to date before they are read; whether that was possible."""
        self.engine, self.settings, self.clock, self.settle = engine, settings, clock, settle
        self.trees = TreeCache()
        self.limits = Limits(settings.query_timeout_s, settings.query_memory_bytes, tag=tag)

    def tagged(self, tag: str) -> "Asker":
        """The same asker, whose statements `engine.kill(tag)` stops."""
        asker = Asker(self.engine, self.settings, self.clock, tag, self.settle)
        asker.trees = self.trees
        return asker

    def lasting(self, timeout_s: float) -> "Asker":
        """The same asker, whose statements may take that long."""
        asker = self.tagged(self.limits.tag)
        asker.limits = replace(self.limits, timeout_s=timeout_s)
        return asker

    def runner(self, project: str) -> Runner:
        """For one question in one project."""
        return Runner(self.engine, self.limits, project, self.clock.now_ns())

    def settled(self, project: str) -> tuple[Runner, bool]:
        """For a question that summaries answer: they count everything acknowledged before it, unless False."""
        is_settled = self.settle()
        return self.runner(project), is_settled

    def ask(self, query: Query, project: str) -> dict[str, Any]:
        """The answer: {"series": [{"measure", "unit", "by", "points": [{"time", "value", "low", "high", "n"}]}], "stats"}.

        value None: not enough data to say. low, high: 95 % interval, None where there is none. A series with
        `other: true` sums up the groups beyond the limit. Costs tell in `unpriced` how many calls have no price.
        """
        runner, is_settled = self.settled(project)
        checked = check(query, runner.now_ns)
        series: list[dict[str, Any]] = []
        sources: list[str] = []
        groups: Groups | None = None
        table = spans_table(runner, checked.from_ns, checked.to_ns)
        for plan in plans_of(checked, project, runner.now_ns, table):
            made, groups = _run(plan, runner, groups)
            series.extend(made)
            sources.append(plan.source.name)
        order = {name: place for place, name in enumerate(query.measure)}
        series.sort(key=lambda one: order[one["measure"]])
        return {"series": series, "stats": _stats(runner, checked, sources, is_settled)}

    # Lists answer {"items": [...], "next_cursor": text or None}.

    def traces(self, project: str, page: Page = FIRST) -> dict[str, Any]:
        """Summaries of traces. Orders: newest, oldest, duration, cost, tokens, errors, spans."""
        return list_traces(self.settled(project)[0], page)

    def trace(
        self, project: str, trace_id: str, limit: int = 1000, cursor: str = "", content: bool | None = None
    ) -> dict[str, Any]:
        """One trace's summary and a page of its tree. Raises NotFound."""
        return read_trace(self.settled(project)[0], trace_id, limit, cursor, content, self.trees)

    def outline(self, project: str, trace_id: str, offset: int = 0, limit: int = MOST_OUTLINED) -> dict[str, Any]:
        """One trace's summary and what its tree draws, as columns. Raises NotFound."""
        return read_outline(self.settled(project)[0], trace_id, offset, limit, self.trees)

    def contents(self, project: str, trace_id: str, ids: Sequence[str]) -> dict[str, Any]:
        """Spans of one trace with everything, by id."""
        return {"items": read_spans(self.runner(project), trace_id, ids), "next_cursor": None}

    def spans(self, project: str, page: Page = FIRST, content: bool = False, preview: bool = False) -> dict[str, Any]:
        """Spans. Orders: newest, oldest, duration, cost, tokens."""
        return list_spans(self.runner(project), page, content, preview)

    def span(self, project: str, trace_id: str, span_id: str) -> dict[str, Any]:
        """One span with everything. Raises NotFound."""
        return read_span(self.runner(project), trace_id, span_id)

    def stored_span(self, project: str, trace_id: str, span_id: str) -> Span:
        """One span with everything, as the model has it. Raises NotFound."""
        return stored_span(self.runner(project), trace_id, span_id)

    def trace_spans(self, project: str, trace_id: str, limit: int) -> list[Span]:
        """The first spans of a trace with everything, by start, as the model has them; [] for an unknown trace."""
        return whole_spans(self.runner(project), trace_id, limit)

    def sessions(self, project: str, page: Page = FIRST, search: str = "") -> dict[str, Any]:
        """Sessions with the sums of their traces. Orders: newest, cost, tokens, errors, traces, duration."""
        return list_people(self.settled(project)[0], "session", page, search=search)

    def session(self, project: str, session: str) -> dict[str, Any]:
        """One session. Raises NotFound."""
        return read_person(self.settled(project)[0], "session", session)

    def turns(self, project: str, session: str, limit: int = 50, cursor: str = "") -> dict[str, Any]:
        """A session's traces in order, with what was asked and answered. Raises NotFound."""
        return list_turns(self.settled(project)[0], session, limit, cursor)

    def users(self, project: str, page: Page = FIRST, search: str = "") -> dict[str, Any]:
        """Users with the sums of their traces. Orders as of sessions."""
        return list_people(self.settled(project)[0], "user", page, search=search)

    def user(self, project: str, user: str) -> dict[str, Any]:
        """One user. Raises NotFound."""
        return read_person(self.settled(project)[0], "user", user)

    def values(
        self,
        project: str,
        field: str,
        prefix: str = "",
        where: str = "",
        since: str = "",
        until: str = "",
        limit: int = 50,
        signal: str = "spans",
    ) -> dict[str, Any]:
        """Distinct values of a field with counts, and of how large a sample they are. signal: spans, logs, metrics."""
        return list_values(self.runner(project), field, prefix, where, since, until, limit, signal)

    def logs(self, project: str, page: Page = FIRST, trace_id: str = "", span_id: str = "") -> dict[str, Any]:
        """Log records."""
        return list_logs(self.runner(project), page, trace_id, span_id)

    def predictions(self, project: str, page: Page = FIRST) -> dict[str, Any]:
        """Predictions of classic models with their labels."""
        return list_predictions(self.runner(project), page)

    def scores(self, project: str, page: Page = FIRST, **only: str | Sequence[str]) -> dict[str, Any]:
        """Scores. only: name, target_type, target_id, trace_id, source, evaluator, author; each a value or several."""
        return list_scores(self.runner(project), page, only)

    def score(self, project: str, score_id: str) -> dict[str, Any]:
        """One score in its latest revision. Raises NotFound."""
        return read_score(self.runner(project), score_id)

    def export(
        self, project: str, page: Page = FIRST, format_: Format = "otlp", signal: Kept = "spans"
    ) -> Iterator[bytes]:
        """All matching records as OTLP/JSON lines or Parquet, in pieces. Holds a query slot until exhausted or closed."""
        return export(self.runner(project), page, format_, signal)

    def metrics(
        self, project: str, prefix: str = "", since: str = "", until: str = "", limit: int = 200, search: str = "",
        cursor: str = "",
    ) -> dict[str, Any]:  # fmt: skip
        """Names of metrics with types, units, labels and how many series they have."""
        return list_metrics(self.runner(project), prefix, since, until, limit, search, cursor)

    def exemplars(self, project: str, name: str, page: Page = FIRST) -> dict[str, Any]:
        """Measured examples of one metric that name a trace. Orders: newest, largest."""
        return list_exemplars(self.runner(project), name, page)

    def senders(self, project: str, from_ns: int, to_ns: int) -> list[SeenSender]:
        """Who sent the telemetry of a range: SDKs, versions, dialects, services."""
        return list_senders(self.runner(project), from_ns, to_ns)

    def demo(self, project: str) -> Demo:
        """How much of the project is the simulated company's."""
        return count_demo(self.runner(project))

    def points(self, project: str, name: str, page: Page = FIRST) -> dict[str, Any]:
        """Data points of one metric, with buckets and exemplars."""
        return list_points(self.runner(project), name, page)


@dataclass(frozen=True, slots=True)
class Groups:
    """The groups an answer shows, best first. has_rest: whether there are more, summed up as `other`."""

    keys: list[Key]
    has_rest: bool


def _run(plan: Plan, runner: Runner, groups: Groups | None) -> tuple[list[dict[str, Any]], Groups]:
    """Series of one plan. groups: those of the query's first plan, which the later ones answer for, too."""
    width, limit = len(plan.dimensions), plan.checked.query.limit
    if plan.checked.every_ns:
        return _run_timed(plan, runner, groups)
    if not width:
        groups = Groups([()], False)
    rows = runner.query(aggregate.totals(plan, groups.keys if groups and width else None)).rows
    if groups is None:
        groups = Groups([tuple(row[:width]) for row in rows[:limit]], len(rows) > limit)
        rows = rows[:limit]
    other = None
    if groups.has_rest:
        other = aggregate.rest_of(plan, rows) or runner.query(aggregate.rest(plan, groups.keys)).rows[0]
    return aggregate.single(plan, groups.keys, rows, other), groups


def _run_timed(plan: Plan, runner: Runner, groups: Groups | None) -> tuple[list[dict[str, Any]], Groups]:
    limit, width = plan.checked.query.limit, len(plan.dimensions)
    if not width:
        groups = Groups([()], False)
    elif groups is None and not plan.checked.query.order:
        # Most charts have few lines: then one statement gives them all, and nobody need be ranked beforehand.
        most = plan.checked.bucket_count * limit
        rows = runner.query(aggregate.points(plan, [], False, most + 1)).rows
        keys = aggregate.ranked(plan, rows)
        if len(rows) <= most and len(keys) <= limit:
            groups = Groups(keys, False)
            return aggregate.timed(plan, keys, rows, False), groups
    if groups is None:
        found = runner.query(aggregate.totals(plan)).rows
        groups = Groups([tuple(row[:width]) for row in found[:limit]], len(found) > limit)
    rows = runner.query(aggregate.points(plan, groups.keys, groups.has_rest)).rows
    return aggregate.timed(plan, groups.keys, rows, groups.has_rest), groups


def _stats(runner: Runner, checked: Checked, sources: list[str], is_settled: bool) -> dict[str, Any]:
    names = list(dict.fromkeys(sources))
    return {
        **runner.stats(),
        # True when the store did not let the roll-ups catch up: they may lack what was acknowledged last.
        **({} if is_settled else {"lagging": True}),
        "source": names[0] if len(names) == 1 else names,
        "from": iso(checked.from_ns),
        "to": iso(checked.to_ns),
    }
