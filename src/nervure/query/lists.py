"""Lists of spans: keyset pages over narrow columns; payloads are never read for a list."""

from dataclasses import dataclass
from typing import Any

from nervure.base.errors import QueryError
from nervure.query import cursor, times
from nervure.query.conditions import Binder, condition
from nervure.query.fields import SPAN_FIELDS, Fields
from nervure.query.filter import Filter, parse
from nervure.query.present import FULL_COLUMNS, NARROW_COLUMNS, span_json
from nervure.query.revisions import spans_table
from nervure.query.runner import Runner
from nervure.store.rows import span_of
from nervure.store.sql import Sql

MAX_LIMIT = 1000
PREVIEW = 200
# What a list may be ordered by: value to sort by, and whether the largest come first. Times need no sorting.
ORDERS = {
    "duration": "toInt64(duration_ns)",
    "tokens": "toInt64(ifNull(total_tokens, 0))",
    # Whole nano-dollars: a sum of floats may come out differently on the next page.
    "cost": "toInt64(round(ifNull(cost_total, 0) * 1e9))",
}


@dataclass(frozen=True, slots=True)
class Page:
    """A question for one page of a list.

    where: a filter; since, until: ISO 8601 or relative, "" for all that is kept; order: newest, oldest, or a value
    with the largest first; cursor: next_cursor of the page before.
    """

    where: str = ""
    since: str = ""
    until: str = ""
    limit: int = 50
    cursor: str = ""
    order: str = "newest"

    def scope(self, now_ns: int) -> tuple[int, int]:
        """The range in ns. Raises QueryError for an empty one."""
        from_ns = times.parse_time(self.since, now_ns) if self.since else times.MIN_NS
        to_ns = times.parse_time(self.until, now_ns) if self.until else times.MAX_NS
        if from_ns >= to_ns:
            raise QueryError(f"the time range is empty: from ({self.since}) must lie before to ({self.until})")
        return from_ns, to_ns

    def check(self, orders: tuple[str, ...], fields: Fields = SPAN_FIELDS) -> Filter:
        """The filter, when limit and order are possible. Raises QueryError or FilterError."""
        if not 1 <= self.limit <= MAX_LIMIT:
            raise QueryError(f"limit lies between 1 and {MAX_LIMIT}, got {self.limit}")
        if self.order not in orders:
            raise QueryError(f"order is one of {', '.join(orders)}, got {self.order!r}")
        return parse(self.where, fields)


def list_spans(runner: Runner, page: Page, content: bool = False, preview: bool = False) -> dict[str, Any]:
    """A page of spans. content: with everything; preview: with the first 200 characters of input and output."""
    where = page.check(("newest", "oldest", *ORDERS))
    from_ns, to_ns = page.scope(runner.now_ns)
    question = ("spans", runner.project, str(where), page.order, page.since, page.until)
    binder = Binder("p")
    conditions = [
        f"project = {binder.bind(runner.project, 'String')}",
        f"start >= {binder.time(from_ns)}",
        f"start < {binder.time(to_ns)}",
    ]
    is_timed = page.order in ("newest", "oldest")
    place = cursor.decode(question, page.cursor, (int, str, str) if is_timed else (int, int, str, str))
    if place:
        conditions.append(_beyond(page.order, place, binder))
    test = condition(where, runner.project, runner.now_ns)
    scope = Sql(" AND ".join(conditions), binder.values)
    scope = scope + Sql(" AND ") + test if test else scope
    direction = "ASC" if page.order == "oldest" else "DESC"
    keys = f"start {direction}, trace_id {direction}, span_id {direction}"
    by = keys if is_timed else f"{ORDERS[page.order]} DESC, {keys}"
    value = "0" if is_timed else ORDERS[page.order]
    columns = FULL_COLUMNS if content else NARROW_COLUMNS
    table = spans_table(runner, from_ns, to_ns)
    rows = runner.query(
        Sql(f"SELECT {value} AS place, {columns} FROM {table} WHERE ")
        + scope
        + Sql(f" ORDER BY {by} LIMIT {page.limit + 1}")
    ).dicts()
    more, rows = len(rows) > page.limit, rows[: page.limit]
    items = [span_json(span_of(row), content) for row in rows]
    if preview and not content:
        _add_previews(runner, rows, items)
    following = None
    if more:
        last = rows[-1]
        key = [int(last["start_ns"]), last["trace_id"], last["span_id"]]
        following = cursor.encode(question, key if is_timed else [int(last["place"]), *key])
    return {"items": items, "next_cursor": following}


def _beyond(order: str, place: list[Any], binder: Binder) -> str:
    """What lies behind the last row of the page before."""
    *value, start_ns, trace_id, span_id = place
    start = binder.time(start_ns)
    sign = ">" if order == "oldest" else "<"
    bound = f"({start}, {binder.bind(trace_id, 'String')}, {binder.bind(span_id, 'String')})"
    # The plain comparison of the first key lets the engine skip by the primary key; of the tuple it cannot be sure.
    tie = f"(start {sign}= {start} AND (start, trace_id, span_id) {sign} {bound})"
    if not value:
        return tie
    held = binder.bind(value[0], "Int64")
    return f"({ORDERS[order]} < {held} OR ({ORDERS[order]} = {held} AND (start, trace_id, span_id) < {bound}))"


def _add_previews(runner: Runner, rows: list[dict[str, Any]], items: list[dict[str, Any]]) -> None:
    """The beginnings of the texts, by a second statement for just these spans."""
    if not rows:
        return
    binder = Binder("v")
    starts = [int(row["start_ns"]) for row in rows]
    ids = list(dict.fromkeys(row["span_id"] for row in rows))
    text = (
        f"SELECT trace_id, span_id, substringUTF8(input_text, 1, {PREVIEW}), substringUTF8(output_text, 1, {PREVIEW})"
        f" FROM spans WHERE project = {binder.bind(runner.project, 'String')}"
        f" AND start >= {binder.time(min(starts))} AND start <= {binder.time(max(starts))}"
        f" AND span_id IN {binder.bind(ids, 'Array(String)')} ORDER BY revision"
    )
    found = {(row[0], row[1]): row[2:] for row in runner.query(Sql(text, binder.values)).rows}
    for item in items:
        item["input_preview"], item["output_preview"] = found.get((item["trace_id"], item["span_id"]), ("", ""))
