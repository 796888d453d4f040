"""Lists of logs, scores and metrics."""

from collections.abc import Mapping, Sequence
from typing import Any

from nervure.base.errors import NotFound
from nervure.query import cursor
from nervure.query.conditions import Binder, condition
from nervure.query.fields import LOG_FIELDS
from nervure.query.lists import Page
from nervure.query.present import record_json, time_text
from nervure.query.runner import Runner
from nervure.store.rows import LOG_COLUMNS, SCORE_COLUMNS, log_of, score_of
from nervure.store.sql import Sql

# Orders of a list by time: the direction of sorting, and the sign of what comes later in the list.
DIRECTIONS = {"newest": ("DESC", "<"), "oldest": ("ASC", ">")}


def list_logs(runner: Runner, page: Page, trace_id: str = "", span_id: str = "") -> dict[str, Any]:
    """A page of log records. trace_id, span_id: only those joined to a trace or a span.

    An item's id tells records of one moment apart; the same record sent twice has the same.
    """
    where = page.check(tuple(DIRECTIONS), LOG_FIELDS)
    from_ns, to_ns = page.scope(runner.now_ns)
    question = ("logs", runner.project, str(where), page.order, page.since, page.until, trace_id, span_id)
    place = cursor.decode(question, page.cursor, (int, str))
    direction, sign = DIRECTIONS[page.order]
    binder = Binder("p")
    conditions = [
        f"project = {binder.bind(runner.project, 'String')}",
        f"time >= {binder.time(from_ns)}",
        f"time < {binder.time(to_ns)}",
    ]
    for name, value in (("trace_id", trace_id), ("span_id", span_id)):
        if value:
            conditions.append(f"{name} = {binder.bind(value, 'String')}")
    # Log records have no id: what tells those of one moment apart is all they say.
    identity = "hex(sipHash128(trace_id, span_id, severity, event_name, service, body, attributes))"
    if place:
        time = binder.time(place[0])
        conditions.append(
            f"time {sign}= {time} AND (time, {identity}) {sign} ({time}, {binder.bind(place[1], 'String')})"
        )
    scope = Sql(" AND ".join(conditions), binder.values)
    test = condition(where, runner.project, runner.now_ns, LOG_FIELDS)
    scope = scope + Sql(" AND ") + test if test else scope
    rows = runner.query(
        Sql(f"SELECT {LOG_COLUMNS}, {identity} AS place FROM logs WHERE ")
        + scope
        + Sql(f" ORDER BY time {direction}, place {direction} LIMIT {page.limit + 1}")
    ).dicts()
    more, rows = len(rows) > page.limit, rows[: page.limit]
    following = cursor.encode(question, [int(rows[-1]["time_ns"]), rows[-1]["place"]]) if more else None
    return {"items": [record_json(log_of(row)) | {"id": row["place"]} for row in rows], "next_cursor": following}


def list_scores(runner: Runner, page: Page, only: Mapping[str, str | Sequence[str]]) -> dict[str, Any]:
    """A page of scores, each in its latest revision. only: columns and the value, or one of the values, they must have."""
    page.check(tuple(DIRECTIONS))
    from_ns, to_ns = page.scope(runner.now_ns)
    question = ("scores", runner.project, page.order, page.since, page.until, sorted(only.items()))
    place = cursor.decode(question, page.cursor, (int, str))
    direction, sign = DIRECTIONS[page.order]
    binder = Binder("p")
    own = f"project = {binder.bind(runner.project, 'String')}"
    conditions = [
        f"time >= {binder.time(from_ns)}",
        f"time < {binder.time(to_ns)}",
        *(_equal(binder, name, value) for name, value in only.items() if value),
    ]
    if place:
        time = binder.time(place[0])
        conditions.append(f"(time, id) {sign} ({time}, {binder.bind(place[1], 'String')})")
    asked = " AND ".join(conditions)
    # Asked twice: which scores may match, and whether their latest revision still does.
    sql = Sql(
        f"SELECT {SCORE_COLUMNS} FROM (SELECT * FROM scores WHERE {own}"
        f" AND id GLOBAL IN (SELECT id FROM scores WHERE {own} AND {asked})"
        " ORDER BY revision DESC, received DESC LIMIT 1 BY id)"
        f" WHERE {asked} ORDER BY time {direction}, id {direction} LIMIT {page.limit + 1}",
        binder.values,
    )
    rows = runner.query(sql).dicts()
    more, rows = len(rows) > page.limit, rows[: page.limit]
    following = cursor.encode(question, [int(rows[-1]["time_ns"]), rows[-1]["id"]]) if more else None
    return {"items": [record_json(score_of(row)) for row in rows], "next_cursor": following}


def _equal(binder: Binder, name: str, value: str | Sequence[str]) -> str:
    if isinstance(value, str):
        return f"{name} = {binder.bind(value, 'String')}"
    return f"{name} IN {binder.bind(list(value), 'Array(String)')}"


def read_score(runner: Runner, identity: str) -> dict[str, Any]:
    """A score by its id. Raises NotFound."""
    items = list_scores(runner, Page(limit=1), {"id": identity})["items"]
    if not items:
        raise NotFound(f"project {runner.project!r} has no score {identity!r}")
    found: dict[str, Any] = items[0]
    return found


def score_history(runner: Runner, identity: str) -> dict[str, Any]:
    """All revisions of a score, the one in force first. Raises NotFound."""
    binder = Binder("p")
    sql = Sql(
        f"SELECT {SCORE_COLUMNS} FROM scores WHERE project = {binder.bind(runner.project, 'String')}"
        f" AND id = {binder.bind(identity, 'String')} ORDER BY revision DESC, received DESC LIMIT 1 BY revision LIMIT 1000",
        binder.values,
    )
    rows = runner.query(sql).dicts()
    if not rows:
        raise NotFound(f"project {runner.project!r} has no score {identity!r}")
    return {"items": [record_json(score_of(row)) for row in rows], "next_cursor": None}


def list_metrics(
    runner: Runner, prefix: str = "", since: str = "", until: str = "", limit: int = 200, search: str = "",
    after: str = "",
) -> dict[str, Any]:  # fmt: skip
    """{"items": [{"name", "type", "unit", "description", "series", "points", "first", "last", "labels"}]}, by name.

    search: words that name or description contain, in any case. after: next_cursor of the page before.
    """
    page = Page(since=since, until=until, limit=limit)
    page.check(("newest",))
    from_ns, to_ns = page.scope(runner.now_ns)
    question = ("metrics", runner.project, prefix, search, since, until)
    place = cursor.decode(question, after, (str,))
    binder = Binder("p")
    conditions = [
        f"project = {binder.bind(runner.project, 'String')}",
        f"time >= {binder.time(from_ns)}",
        f"time < {binder.time(to_ns)}",
    ]
    if prefix:
        conditions.append(f"startsWith(name, {binder.bind(prefix, 'String')})")
    for word in search.split():
        text = "concat(name, ' ', description)"
        conditions.append(f"positionCaseInsensitiveUTF8({text}, {binder.bind(word, 'String')}) > 0")
    if place:
        conditions.append(f"name > {binder.bind(place[0], 'String')}")
    sql = Sql(
        "SELECT name, any(type) AS kind, any(unit) AS unit_, any(description) AS about, uniq(series) AS series_count,"
        " count() AS points, toUnixTimestamp64Nano(min(time)) AS first_ns, toUnixTimestamp64Nano(max(time)) AS last_ns,"
        " argMax(value, time) AS newest, max(notEmpty(exemplars)) AS is_exemplified,"
        " arraySort(groupUniqArrayArray(100)(mapKeys(attributes))) AS labels, groupUniqArray(20)(service) AS services,"
        " any(temporality) AS temporality_, any(is_monotonic) AS monotonic"
        f" FROM metrics WHERE {' AND '.join(conditions)} GROUP BY name ORDER BY name LIMIT {page.limit + 1}",
        binder.values,
    )
    rows = runner.query(sql).dicts()
    more, rows = len(rows) > page.limit, rows[: page.limit]
    following = cursor.encode(question, [rows[-1]["name"]]) if more else None
    return {"items": [_metric(row) for row in rows], "next_cursor": following}


def _metric(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": row["name"],
        "type": row["kind"],
        "unit": row["unit_"],
        "description": row["about"],
        "temporality": row["temporality_"],
        "is_monotonic": bool(row["monotonic"]),
        "series": row["series_count"],
        "points": row["points"],
        "first": time_text(int(row["first_ns"])),
        "last": time_text(int(row["last_ns"])),
        # Of several series the newest point would be that of whichever reported last.
        "value": row["newest"] if row["series_count"] == 1 else None,
        "has_exemplars": bool(row["is_exemplified"]),
        "labels": list(row["labels"]),
        "services": sorted(service for service in row["services"] if service),
    }
