"""Distinct values of a field with their counts, for facets and completion: of spans, log records or metric points."""

from typing import Any

from nervure.base.errors import QueryError
from nervure.query import times
from nervure.query.conditions import Binder, condition, expression
from nervure.query.fields import PREDICTION_FIELDS, SIGNALS, SPAN_FIELDS, Fields
from nervure.query.filter import parse
from nervure.query.lists import MAX_LIMIT
from nervure.query.predicted import labelled_predictions
from nervure.query.query import parse_ref
from nervure.query.revisions import spans_table
from nervure.query.runner import Runner
from nervure.store.sql import Sql

# Rows looked at, newest first, when the roll-ups do not know the field: enough to rank values, few enough to be quick.
SAMPLE = 100_000
# Facets of what keys there are, by the name that is asked for.
KEYS = {"attr": "mapKeys(attributes)", "metadata": "mapKeys(metadata)", "resource": "JSONExtractKeys(resource)"}
KEYS_OF_PREDICTIONS = {
    "feature": "mapKeys(features)", "category": "mapKeys(categories)", "group": "mapKeys(groups)",
    "probability": "mapKeys(probabilities)", "metadata": "mapKeys(metadata)",
}  # fmt: skip

NAMED_BY_SCORES = ("score", "scores")


def list_values(
    runner: Runner, field: str, prefix: str = "", where: str = "", since: str = "", until: str = "", limit: int = 50,
    signal: str = "spans",
) -> dict[str, Any]:  # fmt: skip
    """{"items": [{"value", "count"}], "sample": {"spans", "is_complete"}, "next_cursor": None}, most frequent first.

    field: as in a filter, e.g. model or attr["k"]; attr, metadata or resource alone ask for their keys, score alone
    for the names of scores given in the range, whatever the filter. prefix: values
    that begin so, in any case. Counts are of the sample: everything where the hourly sums know the field, else the
    newest SAMPLE matching rows. signal: whose field, spans, logs, metrics or predictions. Raises QueryError or FilterError.
    """
    if not 1 <= limit <= MAX_LIMIT:
        raise QueryError(f"limit lies between 1 and {MAX_LIMIT}, got {limit}")
    fields = SIGNALS.get(signal)
    if fields is None:
        raise QueryError(f"signal is one of {', '.join(SIGNALS)}, got {signal!r}")
    from_ns = times.parse_time(since, runner.now_ns) if since else times.MIN_NS
    to_ns = times.parse_time(until, runner.now_ns) if until else times.MAX_NS
    test = condition(parse(where, fields), runner.project, runner.now_ns, fields)
    if field in NAMED_BY_SCORES and fields is SPAN_FIELDS:
        return _score_names(runner, prefix, from_ns, to_ns, limit)
    known = fields.find(field)
    binder = Binder("v")
    begins = f" AND startsWith(lowerUTF8(value), lowerUTF8({binder.bind(prefix, 'String')}))" if prefix else ""
    if known and known.is_rolled and test is None and not since and not until:
        sql = Sql(
            f"SELECT toString({known.sql}) AS value, sum(span_count) AS held FROM hours"
            f" WHERE project = {binder.bind(runner.project, 'String')} GROUP BY value"
            f" HAVING value != ''{begins} ORDER BY held DESC, value LIMIT {limit}",
            binder.values,
        )
        rows = runner.query(sql).rows
        return _answer(rows, None, True)
    value = _value(field, fields)
    table = Sql(spans_table(runner, from_ns, to_ns) if fields is SPAN_FIELDS else fields.table)
    if fields is PREDICTION_FIELDS:
        table = labelled_predictions(runner.project, from_ns, to_ns)
    time = "start" if fields is SPAN_FIELDS else "time"
    seen, first_ns = _sample(runner, table, time, test, from_ns, to_ns)
    scope = _scope(runner, time, test, first_ns, to_ns)
    sql = (
        Sql("SELECT value, count() AS held FROM (SELECT ")
        + value
        + Sql(" AS value FROM ")
        + table
        + Sql(" WHERE ")
        + scope
        + Sql(f") WHERE value != ''{begins} GROUP BY value ORDER BY held DESC, value LIMIT {limit}", binder.values)
    )
    return _answer(runner.query(sql).rows, seen, seen < SAMPLE)


def _score_names(runner: Runner, prefix: str, from_ns: int, to_ns: int, limit: int) -> dict[str, Any]:
    binder = Binder("n")
    sql = Sql(
        f"SELECT name, uniqExact(id) AS held FROM scores WHERE project = {binder.bind(runner.project, 'String')}"
        f" AND time >= {binder.time(from_ns)} AND time < {binder.time(to_ns)}"
        f" AND startsWith(lowerUTF8(name), lowerUTF8({binder.bind(prefix, 'String')}))"
        f" GROUP BY name ORDER BY held DESC, name LIMIT {limit}",
        binder.values,
    )
    return _answer(runner.query(sql).rows, None, True)


def _value(field: str, fields: Fields) -> Sql:
    """What a row has of the field, as text; several rows of what holds several."""
    if fields is PREDICTION_FIELDS:
        if field in KEYS_OF_PREDICTIONS:
            return Sql(f"arrayJoin({KEYS_OF_PREDICTIONS[field]})")
    elif field in KEYS and (fields is SPAN_FIELDS or field != "metadata"):
        return Sql(f"arrayJoin({KEYS[field]})")
    known = fields.find(field)
    inner = Binder("x")
    found = expression(parse_ref(field, fields), inner, fields)
    is_list = known is not None and known.type == "list"
    return Sql(f"arrayJoin({found})" if is_list else f"ifNull(toString({found}), '')", inner.values)


def _sample(
    runner: Runner, table: Sql, time: str, test: Sql | None, from_ns: int, to_ns: int
) -> tuple[int, int]:  # fmt: skip
    """How many rows are looked at, and when the first of them was: the newest SAMPLE at most."""
    sql = (
        Sql(f"SELECT count(), toUnixTimestamp64Nano(min({time})) FROM (SELECT {time} FROM ")
        + table
        + Sql(" WHERE ")
        + _scope(runner, time, test, from_ns, to_ns)
        + Sql(f" ORDER BY {time} DESC LIMIT {SAMPLE})")
    )
    seen, first_ns = runner.query(sql).rows[0]
    return int(seen), max(int(first_ns), from_ns) if seen else from_ns


def _scope(runner: Runner, time: str, test: Sql | None, from_ns: int, to_ns: int) -> Sql:
    binder = Binder("s")
    scope = Sql(
        f"project = {binder.bind(runner.project, 'String')} AND {time} >= {binder.time(from_ns)}"
        f" AND {time} < {binder.time(to_ns)}",
        binder.values,
    )
    return scope + Sql(" AND ") + test if test else scope


def _answer(rows: Any, seen: int | None, is_complete: bool) -> dict[str, Any]:
    return {
        "items": [{"value": row[0], "count": int(row[1])} for row in rows],
        "sample": {"spans": seen, "is_complete": is_complete},
        "next_cursor": None,
    }
