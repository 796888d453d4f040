"""Lists of traces, by when they began or by what they took.

A trace stands where its earliest matching span of the range stands. It is found by walking matching spans from one
end of the range: a step takes so many spans, folds them to traces, and leaves out those which have an earlier matching
span beyond the step, for they stand further on. Steps grow until the page is full, so a page costs what it shows.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from nervure.base.clock import NS_PER_S
from nervure.query import cursor
from nervure.query.conditions import Binder, condition
from nervure.query.filter import Filter
from nervure.query.lists import Page, windows
from nervure.query.present import time_text
from nervure.query.revisions import spans_table
from nervure.query.runner import Runner
from nervure.query.times import MAX_NS, MIN_NS
from nervure.store.sql import Sql
from nervure.store.tables.traces import TRACES_OF_SPANS

# Orders by a value of the whole trace, over the columns of the trace's summary.
VALUES = {
    "duration": "toUnixTimestamp64Nano(end) - toUnixTimestamp64Nano(start)",
    "cost": "toInt64(round(cost_total * 1e9))",
    "tokens": "toInt64(total_tokens)",
    "errors": "toInt64(error_count)",
    "spans": "toInt64(span_count)",
}
ORDERS = ("newest", "oldest", *VALUES)
FIRST_STEP = 1000
MAX_STEP = 2_000_000
# How far from its matching span a trace that is not summed up yet is looked for.
AROUND_NS = 86_400 * NS_PER_S
COUNTS = (
    "span_count", "error_count", "call_count", "priced_count", "unpriced_count", "input_tokens", "output_tokens",
    "total_tokens", "cached_input_tokens", "cache_write_tokens", "reasoning_tokens",
)  # fmt: skip
TEXTS = ("root_kind", "root_status", "session", "user", "tenant", "team", "feature", "environment", "release")
LISTS = ("services", "models", "flags")
# One row a trace, also before merges have folded its parts.
FOLDED = (
    "SELECT trace_id, min(traces.start) AS start, max(traces.end) AS end, max(traces.received) AS received, "
    + ", ".join(f"sum(traces.{name}) AS {name}" for name in (*COUNTS, "cost_input", "cost_output", "cost_total"))
    + ", max(traces.has_root) AS has_root, "
    + ", ".join(f"max(traces.{name}) AS {name}" for name in ("root_name", "root_service", *TEXTS))
    + ", "
    + ", ".join(f"groupUniqArrayArray(traces.{name}) AS {name}" for name in LISTS)
    + " FROM traces"
)
# The same with no more than VALUES need.
RANKED = (
    "SELECT trace_id, min(traces.start) AS start, max(traces.end) AS end, sum(traces.cost_total) AS cost_total,"
    " sum(traces.total_tokens) AS total_tokens, sum(traces.error_count) AS error_count,"
    " sum(traces.span_count) AS span_count FROM traces"
)


@dataclass(frozen=True, slots=True)
class Found:
    """A trace and the start of its earliest matching span."""

    trace_id: str
    first_ns: int


def list_traces(runner: Runner, page: Page) -> dict[str, Any]:
    """A page of summaries."""
    where = page.check(ORDERS)
    if page.order in VALUES:
        return _by_value(runner, page, where)
    question = ("traces", runner.project, str(where), page.order, page.since, page.until)
    place = cursor.decode(question, page.cursor, (int, str))
    walk = _Walk(runner, page, where, Found(place[1], place[0]) if place else None)
    found = walk.take(page.limit + 1)
    more, found = len(found) > page.limit, found[: page.limit]
    held = summaries(runner, [one.trace_id for one in found])
    # A span and its trace's summary are stored one after the other: a trace may be seen before its summary is.
    if missing := [one for one in found if one.trace_id not in held]:
        held |= summed_now(runner, missing)
    items = [held[one.trace_id] for one in found if one.trace_id in held]
    following = cursor.encode(question, [found[-1].first_ns, found[-1].trace_id]) if more else None
    return {"items": items, "next_cursor": following}


class _Walk:
    """Finds traces in the order of their earliest matching spans."""

    def __init__(self, runner: Runner, page: Page, where: Filter, after: Found | None) -> None:
        self.runner, self.after = runner, after
        self.is_newest = page.order == "newest"
        self.from_ns, self.to_ns = page.scope(runner.now_ns)
        self.test = condition(where, runner.project, runner.now_ns)
        self.table = spans_table(runner, self.from_ns, self.to_ns)

    def take(self, count: int) -> list[Found]:
        """The first `count` traces behind the cursor, fewer when there are no more."""
        low, high = self.from_ns, self.to_ns
        if self.after and self.is_newest:
            high = min(high, self.after.first_ns + 1)
        elif self.after:
            low = max(low, self.after.first_ns)
        if low >= high:
            return []
        taken: list[Found] = []
        passed: set[str] = set()
        # Without a filter spans are read in their order and the first step is enough.
        parts = [(low, high)] if self.test is None else windows(self.runner, low, high, self.is_newest)
        for begin, end in parts:
            self.walk(begin, end, count, taken, passed)
            if len(taken) >= count:
                break
        return taken[:count]

    def walk(self, low: int, high: int, count: int, taken: list[Found], passed: set[str]) -> None:
        """Adds the traces that stand in one window, step by step until there are enough."""
        step = FIRST_STEP
        while low < high and len(taken) < count:
            seen, spans = self.step(low, high, step)
            is_whole = spans < step
            # The moment up to which (beyond which) all spans were seen. Of those that begin at the very edge some
            # may have been left out: they are for the next step.
            edge = min((one.first_ns for one in seen), default=low) if self.is_newest else self.latest
            if is_whole:
                edge = low - 1 if self.is_newest else high
            whole = [one for one in seen if self.is_inside(one, edge) and one.trace_id not in passed]
            taken += self.kept(whole, edge)
            # Going forward, a trace's first appearance is its place; its later spans are met again.
            passed |= set() if self.is_newest else {one.trace_id for one in whole}
            if is_whole:
                return
            low, high = (low, edge + 1) if self.is_newest else (edge, high)
            # More spans than a step may begin at the very same moment; then only a larger step gets past them.
            step = step * 4 if step < MAX_STEP or not whole else step

    def is_inside(self, one: Found, edge: int) -> bool:
        return one.first_ns > edge if self.is_newest else one.first_ns < edge

    def step(self, low: int, high: int, size: int) -> tuple[list[Found], int]:
        """Traces of the next `size` matching spans, and how many spans there were."""
        binder = Binder("w")
        direction = "DESC" if self.is_newest else "ASC"
        scope = self.scoped(binder, low, high)
        # As for lists of spans: through a filter, reading in order costs several times as much as reading.
        settings = "" if self.test is None else " SETTINGS optimize_read_in_order = 0"
        inner = (
            Sql(f"SELECT trace_id, start FROM {self.table} WHERE ")
            + scope
            + Sql(f" ORDER BY start {direction} LIMIT {size}{settings}")
        )
        rows = self.runner.query(
            Sql("SELECT trace_id, min(toUnixTimestamp64Nano(start)), max(toUnixTimestamp64Nano(start)), count() FROM (")
            + inner
            + Sql(") GROUP BY trace_id")
        ).rows
        self.latest = max((int(row[2]) for row in rows), default=high)
        return [Found(row[0], int(row[1])) for row in rows], sum(int(row[3]) for row in rows)

    def kept(self, seen: list[Found], edge: int) -> list[Found]:
        """Those that stand in this step, in order: behind the cursor and without an earlier match elsewhere."""
        behind = [one for one in seen if self.is_behind(one)]
        low, high = self.before(edge)
        if low < high and behind:
            earlier = self.matched([one.trace_id for one in behind], low, high)
            behind = [one for one in behind if one.trace_id not in earlier]
        return sorted(behind, key=lambda one: (one.first_ns, one.trace_id), reverse=self.is_newest)

    def before(self, edge: int) -> tuple[int, int]:
        """The part of the range in which an earlier match would move a trace out of this step."""
        if self.is_newest:
            return self.from_ns, edge + 1
        return (self.from_ns, self.after.first_ns) if self.after else (0, 0)

    def is_behind(self, one: Found) -> bool:
        if self.after is None:
            return True
        mine, cut = (one.first_ns, one.trace_id), (self.after.first_ns, self.after.trace_id)
        return mine < cut if self.is_newest else mine > cut

    def matched(self, ids: Sequence[str], low: int, high: int) -> set[str]:
        """Which of these traces have a matching span in a part of the range."""
        # Only those that began before the part's end can; for the rest no span need be read.
        binder = Binder("t")
        began = self.runner.query(
            Sql(
                "SELECT trace_id, toUnixTimestamp64Nano(min(traces.start)) AS began FROM traces"
                f" WHERE project = {binder.bind(self.runner.project, 'String')}"
                f" AND trace_id IN {binder.bind(list(ids), 'Array(String)')} GROUP BY trace_id"
                f" HAVING began < {binder.bind(high, 'Int64')}",
                binder.values,
            )
        ).rows
        if not began:
            return set()
        binder = Binder("w")
        scope = self.scoped(binder, max(low, min(int(row[1]) for row in began)), high)
        suspects = Sql(f" AND trace_id IN {binder.bind([row[0] for row in began], 'Array(String)')}", binder.values)
        sql = Sql(f"SELECT DISTINCT trace_id FROM {self.table} WHERE ") + scope + suspects
        return {row[0] for row in self.runner.query(sql).rows}

    def scoped(self, binder: Binder, low: int, high: int) -> Sql:
        text = (
            f"project = {binder.bind(self.runner.project, 'String')}"
            f" AND start >= {binder.time(low)} AND start < {binder.time(high)}"
        )
        scope = Sql(text, binder.values)
        return scope + Sql(" AND ") + self.test if self.test else scope


def _by_value(runner: Runner, page: Page, where: Filter) -> dict[str, Any]:
    """Traces with a matching span in the range, or without a filter those that touch it, largest first."""
    from_ns, to_ns = page.scope(runner.now_ns)
    question = ("traces", runner.project, str(where), page.order, page.since, page.until)
    place = cursor.decode(question, page.cursor, (int, str))
    binder = Binder("t")
    inner = Sql(f"{RANKED} WHERE project = {binder.bind(runner.project, 'String')}", binder.values)
    if where.root is not None:
        table = spans_table(runner, from_ns, to_ns)
        scope = Binder("w")
        matched = Sql(
            f"SELECT trace_id FROM {table} WHERE project = {scope.bind(runner.project, 'String')}"
            f" AND start >= {scope.time(from_ns)} AND start < {scope.time(to_ns)} AND ",
            scope.values,
        )
        test = condition(where, runner.project, runner.now_ns) or Sql("1")
        inner = inner + Sql(" AND trace_id GLOBAL IN (") + matched + test + Sql(")")
    inner = inner + Sql(" GROUP BY trace_id")
    outer = Binder("o")
    value = VALUES[page.order]
    conditions = ["1"]
    if where.root is None and (from_ns > MIN_NS or to_ns < MAX_NS):
        conditions += [f"start < {outer.time(to_ns)}", f"end >= {outer.time(from_ns)}"]
    if place:
        conditions.append(f"({value}, trace_id) < ({outer.bind(place[0], 'Int64')}, {outer.bind(place[1], 'String')})")
    sql = (
        Sql(f"SELECT {value} AS place, trace_id FROM (")
        + inner
        + Sql(
            f") WHERE {' AND '.join(conditions)} ORDER BY place DESC, trace_id DESC LIMIT {page.limit + 1}",
            outer.values,
        )
    )
    rows = runner.query(sql).dicts()
    more, rows = len(rows) > page.limit, rows[: page.limit]
    following = cursor.encode(question, [int(rows[-1]["place"]), rows[-1]["trace_id"]]) if more else None
    held = summaries(runner, [row["trace_id"] for row in rows])
    items = [held[row["trace_id"]] for row in rows if row["trace_id"] in held]
    return {"items": items, "next_cursor": following}


def summaries(runner: Runner, ids: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Summaries by trace id; ids nobody knows are left out."""
    if not ids:
        return {}
    binder = Binder("t")
    sql = Sql(
        f"SELECT {_columns()} FROM ({FOLDED} WHERE project = {binder.bind(runner.project, 'String')}"
        f" AND trace_id IN {binder.bind(list(ids), 'Array(String)')} GROUP BY trace_id)",
        binder.values,
    )
    return {row["trace_id"]: summary(row) for row in runner.query(sql).dicts()}


def summed_now(runner: Runner, found: Sequence[Found]) -> dict[str, dict[str, Any]]:
    """The same from the spans themselves, as the view sums them up."""
    binder = Binder("n")
    low = max(MIN_NS, min(one.first_ns for one in found) - AROUND_NS)
    high = min(MAX_NS, max(one.first_ns for one in found) + AROUND_NS)
    spans = (
        f"(SELECT * FROM spans WHERE project = {binder.bind(runner.project, 'String')}"
        f" AND start >= {binder.time(low)} AND start < {binder.time(high)}"
        f" AND trace_id IN {binder.bind([one.trace_id for one in found], 'Array(String)')})"
    )
    sql = Sql(f"SELECT {_columns()} FROM ({TRACES_OF_SPANS.select.format(source=spans)})", binder.values)
    return {row["trace_id"]: summary(row) for row in runner.query(sql).dicts()}


def _columns() -> str:
    names = (
        *COUNTS,
        "cost_input",
        "cost_output",
        "cost_total",
        "has_root",
        "root_name",
        "root_service",
        *TEXTS,
        *LISTS,
    )
    times = ", ".join(f"toUnixTimestamp64Nano({name}) AS {name}_ns" for name in ("start", "end", "received"))
    return f"trace_id, {times}, {', '.join(f'`{name}`' for name in names)}"


def summary(row: dict[str, Any]) -> dict[str, Any]:
    """A trace as JSON. Costs are null when calls were made and none of them has a price."""
    is_unknown = not row["priced_count"] and row["unpriced_count"]
    services = sorted(row["services"])
    return {
        "trace_id": row["trace_id"],
        "name": row["root_name"],
        "service": row["root_service"] or (services[0] if services else ""),
        "start": time_text(row["start_ns"]),
        "end": time_text(row["end_ns"]),
        "received": time_text(row["received_ns"]),
        "duration_ms": (row["end_ns"] - row["start_ns"]) / 1e6,
        "has_root": bool(row["has_root"]),
        **{name: row[name] for name in (*TEXTS, *COUNTS)},
        **{name: None if is_unknown else row[name] for name in ("cost_input", "cost_output", "cost_total")},
        "services": services,
        "models": sorted(row["models"]),
        "flags": sorted(row["flags"]),
    }
