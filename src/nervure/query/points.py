"""Data points of metrics as they were sent: values, buckets, exemplars with the spans they join to."""

from dataclasses import fields
from typing import Any

from nervure.model.metric import Exemplar, MetricPoint
from nervure.query import cursor
from nervure.query.conditions import Binder, condition
from nervure.query.fields import METRIC_FIELDS
from nervure.query.filter import Filter
from nervure.query.lists import Page
from nervure.query.present import time_text
from nervure.query.runner import Runner
from nervure.store.rows import METRIC_COLUMNS, metric_of
from nervure.store.rows.values import load, text_of
from nervure.store.sql import Sql

_TIMES = {"time_ns": "time", "start_ns": "start", "received_ns": "received"}
# Points have no id: what tells those of one moment apart is their series and what they say.
_IDENTITY = "hex(sipHash128(series, start, value, count, sum, received))"


def list_points(runner: Runner, name: str, page: Page) -> dict[str, Any]:
    """{"items": [point, ...], "next_cursor"}: a page of the points of one metric, oldest or newest first.

    A point has the members of model.metric.MetricPoint, its times as text. page.where: a filter over points.
    """
    where = page.check(("newest", "oldest"), METRIC_FIELDS)
    from_ns, to_ns = page.scope(runner.now_ns)
    question = ("points", runner.project, name, str(where), page.order, page.since, page.until)
    place = cursor.decode(question, page.cursor, (int, str))
    direction, sign = ("ASC", ">") if page.order == "oldest" else ("DESC", "<")
    binder = Binder("p")
    beyond = ""
    if place:
        time = binder.time(place[0])
        beyond = f" AND (time, {_IDENTITY}) {sign} ({time}, {binder.bind(place[1], 'String')})"
    sql = (
        Sql(f"SELECT {METRIC_COLUMNS}, {_IDENTITY} AS place FROM metrics WHERE ")
        + _scope(runner, name, where, from_ns, to_ns)
        + Sql(f"{beyond} ORDER BY time {direction}, place {direction} LIMIT {page.limit + 1}", binder.values)
    )
    rows = runner.query(sql).dicts()
    more, rows = len(rows) > page.limit, rows[: page.limit]
    following = cursor.encode(question, [int(rows[-1]["time_ns"]), rows[-1]["place"]]) if more else None
    return {"items": [_point(metric_of(row)) for row in rows], "next_cursor": following}


def list_exemplars(runner: Runner, name: str, page: Page) -> dict[str, Any]:
    """{"items": [exemplar, ...], "next_cursor": None}: measured examples of one metric that name a trace.

    An exemplar has time, value, trace_id, span_id, attributes, and its point's service and labels. order: newest, or
    largest for the greatest values first. Raises QueryError.
    """
    where = page.check(("newest", "largest"), METRIC_FIELDS)
    from_ns, to_ns = page.scope(runner.now_ns)
    value = "JSONExtractFloat(example, 'value')"
    order = f"{value} DESC, place DESC" if page.order == "largest" else "place DESC"
    sql = (
        Sql(
            "SELECT example, JSONExtractInt(example, 'time_ns') AS place, service, attributes FROM ("
            "SELECT arrayJoin(JSONExtractArrayRaw(exemplars)) AS example, service, attributes FROM metrics WHERE "
        )
        + _scope(runner, name, where, from_ns, to_ns)
        + Sql(
            " AND notEmpty(exemplars)) WHERE notEmpty(JSONExtractString(example, 'trace_id'))"
            f" ORDER BY {order} LIMIT {page.limit}"
        )
    )
    items = [
        _exemplar(Exemplar(**load(text_of(row["example"])))) | {"service": row["service"], "labels": row["attributes"]}
        for row in runner.query(sql).dicts()
    ]
    return {"items": items, "next_cursor": None}


def _scope(runner: Runner, name: str, where: Filter, from_ns: int, to_ns: int) -> Sql:
    binder = Binder("s")
    scope = Sql(
        f"project = {binder.bind(runner.project, 'String')} AND name = {binder.bind(name, 'String')}"
        f" AND time >= {binder.time(from_ns)} AND time < {binder.time(to_ns)}",
        binder.values,
    )
    test = condition(where, runner.project, runner.now_ns, METRIC_FIELDS)
    return scope + Sql(" AND ") + test if test else scope


def _point(point: MetricPoint) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for field in fields(point):
        value = getattr(point, field.name)
        if field.name in _TIMES:
            # A gauge's start is not said: the epoch would look like an answer.
            made[_TIMES[field.name]] = time_text(value) if value else None
        elif field.name == "exemplars":
            made["exemplars"] = [_exemplar(exemplar) for exemplar in value]
        elif field.name != "project":
            made[field.name] = value
    return made


def _exemplar(exemplar: Exemplar) -> dict[str, Any]:
    return {
        "time": time_text(exemplar.time_ns),
        "value": exemplar.value,
        "trace_id": exemplar.trace_id,
        "span_id": exemplar.span_id,
        "attributes": exemplar.attributes,
    }
