"""Sessions and users: traces gathered by whom they served, newest activity first."""

from typing import Any, Literal

from nervure.base.errors import NotFound
from nervure.query import cursor
from nervure.query.conditions import Binder, condition
from nervure.query.filter import Filter
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
    "duration": "toUnixTimestamp64Nano(last) - toUnixTimestamp64Nano(first)",
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
    " max(end) AS last, countIf(error_count > 0) AS failed, uniqExactIf(session, session != '') AS session_count,"
    " avg(toUnixTimestamp64Nano(end) - toUnixTimestamp64Nano(start)) AS mean_ns"
)
COLUMNS = (
    "id, toUnixTimestamp64Nano(first) AS first_ns, toUnixTimestamp64Nano(last) AS last_ns, trace_count, spans, errors,"
    " tokens, cost, priced, unpriced, others, failed, session_count, mean_ns"
)
# What a page's people had to do with: names a row shows, at most so many of each.
MOST_NAMES = 20
NAMED = (
    "SELECT min(traces.start) AS start, max(traces.end) AS end, max(traces.session) AS session,"
    " max(traces.user) AS user, max(traces.tenant) AS tenant, groupUniqArrayArray(traces.services) AS services,"
    " groupUniqArrayArray(traces.models) AS models FROM traces"
)
NAMES = (
    f"groupUniqArrayIf({MOST_NAMES})(tenant, tenant != '') AS tenants,"
    f" groupUniqArrayArray({MOST_NAMES})(services) AS all_services, groupUniqArrayArray({MOST_NAMES})(models) AS all_models"
)


def list_people(runner: Runner, who: Who, page: Page, only: str = "", search: str = "") -> dict[str, Any]:
    """A page of sessions or users with the sums of their traces.

    where keeps those traces that have a matching span; the range those that touch it. only: this one session or user.
    search: those whose id contains it, in any case.
    """
    where = page.check(tuple(VALUES))
    question = (who, runner.project, str(where), page.order, page.since, page.until, search)
    place = cursor.decode(question, page.cursor, (int, str))
    folding = _Folding(runner, who, page, where)
    outer = Binder("o")
    held = f"`{who}` = {outer.bind(only, 'String')}" if only else f"`{who}` != ''"
    if search:
        held += f" AND positionCaseInsensitiveUTF8(`{who}`, {outer.bind(search, 'String')}) > 0"
    other = "user" if who == "session" else "session"
    others = f"groupUniqArrayIf({MOST_NAMES})(`{other}`, `{other}` != '') AS others"
    beyond = ""
    if place:
        beyond = f" WHERE (place, id) < ({outer.bind(place[0], 'Int64')}, {outer.bind(place[1], 'String')})"
    sql = (
        Sql(f"SELECT {VALUES[page.order]} AS place, {COLUMNS} FROM (SELECT `{who}` AS id, {others}, {SUMS} FROM (")
        + folding.traces(TRACES)
        + Sql(
            f") WHERE {held} AND {folding.touches(outer)} GROUP BY id){beyond}"
            f" ORDER BY place DESC, id DESC LIMIT {page.limit + 1}",
            outer.values,
        )
    )
    rows = runner.query(sql).dicts()
    more, rows = len(rows) > page.limit, rows[: page.limit]
    following = cursor.encode(question, [int(rows[-1]["place"]), rows[-1]["id"]]) if more else None
    names = _names(folding, [row["id"] for row in rows])
    return {"items": [_person(who, row | names.get(row["id"], {})) for row in rows], "next_cursor": following}


class _Folding:
    """The traces of a page's question, one row each: those that touch its range and have a span its filter matches."""

    def __init__(self, runner: Runner, who: Who, page: Page, where: Filter) -> None:
        self.runner, self.who = runner, who
        self.from_ns, self.to_ns = page.scope(runner.now_ns)
        self.test = condition(where, runner.project, runner.now_ns)

    def traces(self, head: str, only: list[str] | None = None) -> Sql:
        """head: what is folded of a trace. only: traces of these people."""
        binder = Binder("t")
        project = binder.bind(self.runner.project, "String")
        conditions = [f"project = {project}"]
        if self.from_ns > MIN_NS or self.to_ns < MAX_NS:
            # A trace touches the range if one of its parts does: the others need not be folded.
            conditions.append(
                f"trace_id GLOBAL IN (SELECT trace_id FROM traces WHERE project = {project}"
                f" AND traces.start < {binder.time(self.to_ns)} AND traces.end >= {binder.time(self.from_ns)})"
            )
        if only is not None:
            people = binder.bind(only, "Array(String)")
            conditions.append(
                f"trace_id GLOBAL IN (SELECT trace_id FROM traces WHERE project = {project} AND traces.`{self.who}` IN {people})"
            )
        return (
            Sql(f"{head} WHERE {' AND '.join(conditions)}", binder.values) + self.matched() + Sql(" GROUP BY trace_id")
        )

    def matched(self) -> Sql:
        """The filter as one condition more."""
        if self.test is None:
            return Sql("")
        scope = Binder("w")
        text = (
            f" AND trace_id GLOBAL IN (SELECT trace_id FROM {spans_table(self.runner, self.from_ns, self.to_ns)}"
            f" WHERE project = {scope.bind(self.runner.project, 'String')}"
            f" AND start >= {scope.time(self.from_ns)} AND start < {scope.time(self.to_ns)} AND "
        )
        return Sql(text, scope.values) + self.test + Sql(")")

    def touches(self, binder: Binder) -> str:
        """Whether a folded trace touches the range."""
        return f"start < {binder.time(self.to_ns)} AND end >= {binder.time(self.from_ns)}"


def _names(folding: _Folding, ids: list[str]) -> dict[str, dict[str, Any]]:
    """Tenants, services and models by person. A statement of its own, so that arrays are folded for one page only."""
    if not ids:
        return {}
    outer = Binder("o")
    sql = (
        Sql(f"SELECT `{folding.who}` AS id, {NAMES} FROM (")
        + folding.traces(NAMED, ids)
        + Sql(
            f") WHERE {folding.touches(outer)} AND id IN {outer.bind(ids, 'Array(String)')} GROUP BY id", outer.values
        )
    )
    return {row["id"]: row for row in folding.runner.query(sql).dicts()}


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
        "tenants": sorted(row.get("tenants", ())),
        "services": sorted(row.get("all_services", ())),
        "models": sorted(row.get("all_models", ())),
        "session_count": row["session_count"],
        "trace_count": row["trace_count"],
        "failed_trace_count": row["failed"],
        "mean_trace_ms": row["mean_ns"] / 1e6,
        "span_count": row["spans"],
        "error_count": row["errors"],
        "total_tokens": row["tokens"],
        "cost_total": None if is_unknown else row["cost"],
        "unpriced_count": row["unpriced"],
    }
