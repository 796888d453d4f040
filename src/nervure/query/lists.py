"""Lists of spans: keyset pages over narrow columns; payloads are never read for a list."""

from collections.abc import Iterator, Sequence
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

Key = tuple[int, int, str, str]
MAX_LIMIT = 1000
WINDOW_NS = times.UNITS_NS["h"]
MAX_WINDOWS = 4
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
    is_timed = page.order in ("newest", "oldest")
    place = cursor.decode(question, page.cursor, (int, str, str) if is_timed else (int, int, str, str))
    test = condition(where, runner.project, runner.now_ns)
    search = _Search(runner, page.order, spans_table(runner, from_ns, to_ns), test, place)
    keys = search.keys(from_ns, to_ns, page.limit + 1)
    more, keys = len(keys) > page.limit, keys[: page.limit]
    # A revision stored after the table was chosen gives its span a second key.
    keys = list({key[1:]: key for key in keys}.values())
    rows = _read(runner, keys, FULL_COLUMNS if content else NARROW_COLUMNS)
    items = [span_json(span_of(row), content) for row in rows]
    if preview and not content:
        _add_previews(runner, rows, items)
    following = cursor.encode(question, list(keys[-1][1:] if is_timed else keys[-1])) if more else None
    return {"items": items, "next_cursor": following}


@dataclass(frozen=True, slots=True)
class _Search:
    """Finds the keys of a page: (value, start_ns, trace_id, span_id) in order. Reads what the filter needs, no more."""

    runner: Runner
    order: str
    table: str
    test: Sql | None
    place: list[Any] | None

    def keys(self, from_ns: int, to_ns: int, limit: int) -> list[Key]:
        """The first `limit` keys behind the cursor."""
        if self.order not in ("newest", "oldest"):
            return self._largest(from_ns, to_ns, limit)
        found: list[Key] = []
        if self.place:
            at, *last = self.place
            # Of the moment the page before ended at, what is left of it; then everything beyond.
            ties = [
                key
                for key in self._at(at)
                if (list(key[2:]) > last) == (self.order == "oldest") and list(key[2:]) != last
            ]
            found = self._sorted(ties)
            from_ns, to_ns = (at + 1, to_ns) if self.order == "oldest" else (from_ns, min(to_ns, at))
        if from_ns >= to_ns:
            return found[:limit]
        parts = (
            [(from_ns, to_ns)] if self.test is None else windows(self.runner, from_ns, to_ns, self.order == "newest")
        )
        for low, high in parts:
            if len(found) >= limit:
                break
            found += self._next(low, high, limit - len(found))
        return found[:limit]

    def _next(self, low: int, high: int, limit: int) -> list[Key]:
        """The first keys of a window, by start alone: ids are read for the rows that are shown, not for all that match."""
        direction = "ASC" if self.order == "oldest" else "DESC"
        # In the order of the table a page of a few rows is read at once; through a filter that lets little pass,
        # reading in order costs several times as much as reading.
        settings = "" if self.test is None else " SETTINGS optimize_read_in_order = 0"
        found = self._rows("toInt64(0)", low, high, f"ORDER BY start {direction} LIMIT {limit}{settings}")
        if len(found) == limit:
            # Others of the last moment may have been cut off, and the order among them is by id.
            last = found[-1][1]
            found = [key for key in found if key[1] != last] + self._at(last)
        return self._sorted(found)

    def _at(self, at: int) -> list[Key]:
        return self._rows("toInt64(0)", at, at + 1, "")

    def _sorted(self, keys: list[Key]) -> list[Key]:
        return sorted(keys, key=lambda key: key[1:], reverse=self.order == "newest")

    def _largest(self, low: int, high: int, limit: int) -> list[Key]:
        value = ORDERS[self.order]
        tail = f"ORDER BY {value} DESC, start DESC, trace_id DESC, span_id DESC LIMIT {limit}"
        return self._rows(value, low, high, f"{tail} SETTINGS optimize_read_in_order = 0", self.place)

    def _rows(self, value: str, low: int, high: int, tail: str, place: list[Any] | None = None) -> list[Key]:
        binder = Binder("p")
        conditions = [
            f"project = {binder.bind(self.runner.project, 'String')}",
            f"start >= {binder.time(low)}",
            f"start < {binder.time(high)}",
        ]
        if place:
            conditions.append(_beyond(value, place, binder))
        scope = Sql(" AND ".join(conditions), binder.values)
        scope = scope + Sql(" AND ") + self.test if self.test else scope
        # Plain columns inside, so that the engine reads ids only of the rows it keeps.
        inner = (
            Sql(f"SELECT {value} AS place, start, trace_id, span_id FROM {self.table} WHERE ") + scope + Sql(f" {tail}")
        )
        sql = Sql("SELECT place, toUnixTimestamp64Nano(start), trace_id, span_id FROM (") + inner + Sql(")")
        return [(int(row[0]), int(row[1]), row[2], row[3]) for row in self.runner.query(sql).rows]


def windows(runner: Runner, from_ns: int, to_ns: int, is_newest: bool) -> Iterator[tuple[int, int]]:
    """The range in windows from the end a list begins at: an hour, then each eight times as long, then the rest.

    The last hour is enough for a page through most filters, and what is looked at in vain is a seventh of it all.
    """
    low, high = from_ns, to_ns
    edge = min(to_ns, runner.now_ns)
    if not is_newest:
        edge = _first_start(runner, from_ns, to_ns)
    size = WINDOW_NS
    for _ in range(MAX_WINDOWS):
        edge = max(edge - size, low) if is_newest else min(edge + size, high)
        yield (edge, high) if is_newest else (low, edge)
        low, high = (low, edge) if is_newest else (edge, high)
        if low >= high:
            return
        size *= 8
    yield low, high


def _first_start(runner: Runner, from_ns: int, to_ns: int) -> int:
    """When the earliest span of the range began."""
    binder = Binder("w")
    rows = runner.query(
        Sql(
            f"SELECT toUnixTimestamp64Nano(start) FROM spans WHERE project = {binder.bind(runner.project, 'String')}"
            f" AND start >= {binder.time(from_ns)} AND start < {binder.time(to_ns)} ORDER BY start LIMIT 1",
            binder.values,
        )
    ).rows
    return int(rows[0][0]) if rows else to_ns


def _beyond(value: str, place: list[Any], binder: Binder) -> str:
    """What lies behind the last row of the page before, in an order by value."""
    last, start_ns, trace_id, span_id = place
    key = f"({binder.time(start_ns)}, {binder.bind(trace_id, 'String')}, {binder.bind(span_id, 'String')})"
    held = binder.bind(last, "Int64")
    return f"({value} < {held} OR ({value} = {held} AND (start, trace_id, span_id) < {key}))"


def _read(runner: Runner, keys: Sequence[Key], columns: str) -> list[dict[str, Any]]:
    """The rows of these spans in the same order, each in its latest revision."""
    if not keys:
        return []
    binder = Binder("v")
    starts = sorted({key[1] for key in keys})
    # The engine goes to the spans' places by their exact starts; ids alone would be looked for everywhere.
    scope = (
        f"project = {binder.bind(runner.project, 'String')}"
        f" AND start >= {binder.time(starts[0])} AND start <= {binder.time(starts[-1])}"
        f" AND start IN ({', '.join(map(binder.time, starts))})"
        f" AND span_id IN {binder.bind([key[3] for key in keys], 'Array(String)')}"
    )
    sql = Sql(f"SELECT {columns} FROM spans WHERE {scope} ORDER BY revision", binder.values)
    found = {(int(row["start_ns"]), row["trace_id"], row["span_id"]): row for row in runner.query(sql).dicts()}
    return [found[key[1:]] for key in keys if key[1:] in found]


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
