"""Sessions and users: traces gathered by whom they served, newest activity first."""

from typing import Any, Literal

from nervure.base.errors import NotFound
from nervure.query import cursor
from nervure.query.conditions import Binder, condition
from nervure.query.lists import Page
from nervure.query.present import time_text
from nervure.query.revisions import spans_table
from nervure.query.runner import Runner
from nervure.query.times import MAX_NS, MIN_NS
from nervure.store.sql import Sql

Who = Literal["session", "user"]
VALUES = {
    "newest": "toUnixTimestamp64Nano(last)",
    "cost": "toInt64(round(cost * 1e9))",
    "tokens": "toInt64(tokens)",
    "errors": "toInt64(errors)",
    "traces": "toInt64(trace_count)",
}
# One row a trace, with no more columns than are summed.
TRACES = (
    "SELECT min(traces.start) AS start, max(traces.end) AS end, sum(traces.span_count) AS span_count,"
    " sum(traces.error_count) AS error_count, sum(traces.total_tokens) AS total_tokens,"
    " sum(traces.cost_total) AS cost_total, sum(traces.priced_count) AS priced_count,"
    " sum(traces.unpriced_count) AS unpriced_count, max(traces.session) AS session, max(traces.user) AS user FROM traces"
)
SUMS = (
    "count() AS trace_count, sum(span_count) AS spans, sum(error_count) AS errors, sum(total_tokens) AS tokens,"
    " sum(cost_total) AS cost, sum(priced_count) AS priced, sum(unpriced_count) AS unpriced, min(start) AS first,"
    " max(end) AS last"
)


def list_people(runner: Runner, who: Who, page: Page, only: str = "") -> dict[str, Any]:
    """A page of sessions or users with the sums of their traces.

    where keeps those traces that have a matching span; the range those that touch it. only: this one session or user.
    """
    where = page.check(tuple(VALUES))
    from_ns, to_ns = page.scope(runner.now_ns)
    question = (who, runner.project, str(where), page.order, page.since, page.until)
    place = cursor.decode(question, page.cursor, (int, str))
    binder = Binder("t")
    project = binder.bind(runner.project, "String")
    # A trace touches the range if one of its parts does: the others need not be folded.
    touching = (
        f"trace_id IN (SELECT trace_id FROM traces WHERE project = {project}"
        f" AND traces.start < {binder.time(to_ns)} AND traces.end >= {binder.time(from_ns)})"
    )
    is_whole = from_ns <= MIN_NS and to_ns >= MAX_NS
    inner = Sql(f"{TRACES} WHERE project = {project}" + ("" if is_whole else f" AND {touching}"), binder.values)
    test = condition(where, runner.project, runner.now_ns)
    if test:
        scope = Binder("w")
        text = (
            f" AND trace_id GLOBAL IN (SELECT trace_id FROM {spans_table(runner, from_ns, to_ns)}"
            f" WHERE project = {scope.bind(runner.project, 'String')}"
            f" AND start >= {scope.time(from_ns)} AND start < {scope.time(to_ns)} AND "
        )
        inner = inner + Sql(text, scope.values) + test + Sql(")")
    outer = Binder("o")
    held = f"`{who}` = {outer.bind(only, 'String')}" if only else f"`{who}` != ''"
    conditions = f"{held} AND start < {outer.time(to_ns)} AND end >= {outer.time(from_ns)}"
    other = "user" if who == "session" else "session"
    others = f"groupUniqArrayIf(20)(`{other}`, `{other}` != '') AS others"
    value = VALUES[page.order]
    having = ""
    if place:
        having = f" HAVING (place, id) < ({outer.bind(place[0], 'Int64')}, {outer.bind(place[1], 'String')})"
    sql = (
        Sql(f"SELECT id, {value} AS place, toUnixTimestamp64Nano(first) AS first_ns, toUnixTimestamp64Nano(last) AS last_ns,"
            " trace_count, spans, errors, tokens, cost, priced, unpriced, others FROM (SELECT "
            f"`{who}` AS id, {others}, {SUMS} FROM (")
        + inner
        + Sql(
            f" GROUP BY trace_id) WHERE {conditions} GROUP BY id)"
            + having.replace(" HAVING ", " WHERE ")
            + f" ORDER BY place DESC, id DESC LIMIT {page.limit + 1}",
            outer.values,
        )
    )  # fmt: skip
    rows = runner.query(sql).dicts()
    more, rows = len(rows) > page.limit, rows[: page.limit]
    following = cursor.encode(question, [int(rows[-1]["place"]), rows[-1]["id"]]) if more else None
    return {"items": [_person(who, row) for row in rows], "next_cursor": following}


def read_person(runner: Runner, who: Who, name: str) -> dict[str, Any]:
    """One session or user. Raises NotFound."""
    items = list_people(runner, who, Page(limit=1), only=name)["items"] if name else []
    if not items:
        raise NotFound(f"project {runner.project!r} has no {who} {name!r}")
    found: dict[str, Any] = items[0]
    return found


def _person(who: Who, row: dict[str, Any]) -> dict[str, Any]:
    is_unknown = not row["priced"] and row["unpriced"]
    return {
        "id": row["id"],
        "users" if who == "session" else "sessions": sorted(row["others"]),
        "start": time_text(row["first_ns"]),
        "end": time_text(row["last_ns"]),
        "duration_ms": (row["last_ns"] - row["first_ns"]) / 1e6,
        "trace_count": row["trace_count"],
        "span_count": row["spans"],
        "error_count": row["errors"],
        "total_tokens": row["tokens"],
        "cost_total": None if is_unknown else row["cost"],
        "unpriced_count": row["unpriced"],
    }
