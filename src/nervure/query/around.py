"""What else a diagnosis reads about a scope: words asked, attributes, users, load, metrics, features, exemplars.

A scope here is a set of traces: those in which every one of its dimension values is said by some span.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from nervure.base.clock import NS_PER_S
from nervure.query.conditions import Binder
from nervure.query.gpu_places import HOSTS
from nervure.query.runner import Runner
from nervure.query.slices import DIMENSIONS, Reach, spans_of
from nervure.store.sql import Sql

MOST_WORDS, MOST_TEXTS = 3000, 20_000
MOST_VALUES, MOST_READ = 4000, 20_000
MOST_USERS = 10
HOUR_S = 3600
# The host a point of a metric tells of, as `gpu_places` finds it in labels.
_SAID = ", ".join(f"attributes['{name}'], JSONExtractString(resource, '{name}')" for name in HOSTS)
HOST = f"arrayFirst(x -> x != '', [{_SAID}])"
GAUGES = r"(?i)gpu|dcgm|kv_?cache|queue|waiting|pending|util|saturat|memory|in_?flight|active|concurren|cpu|load|throttl|running"


@dataclass(frozen=True, slots=True)
class Place:
    """Where to look: what may be read, and the scope by canonical names; `user` is allowed besides DIMENSIONS."""

    reach: Reach
    scope: Mapping[str, str]


def _inside(binder: Binder, project: str, place: Place) -> str:
    """SELECT of the ids of the scope's traces; "" when the scope is everything."""
    if not place.scope:
        return ""
    inner = spans_of(binder, project, place.reach, f"{_columns()}, user AS o_user")
    tests = [f"countIf(o_{name} = {binder.bind(value, 'String')}) > 0" for name, value in place.scope.items()]
    return f"SELECT trace_id FROM ({inner}) GROUP BY trace_id HAVING {' AND '.join(tests)}"


def _columns() -> str:
    return ", ".join(f"{sql} AS o_{name}" for name, sql in DIMENSIONS.items())


def _spans(runner: Runner, place: Place, columns: str) -> tuple[Binder, str]:
    """SELECT of the scope's spans with `period`."""
    binder = Binder("a")
    inside = _inside(binder, runner.project, place)
    spans = spans_of(binder, runner.project, place.reach, columns)
    kept = f" WHERE trace_id IN ({inside})" if inside else ""
    return binder, f"SELECT * FROM ({spans}){kept}"


def read_words(runner: Runner, place: Place) -> tuple[dict[str, int], dict[str, dict[str, int]]]:
    """Of what was asked (the first input of each trace): texts by period, and by period in how many a word stands."""
    columns = "left(input_text, 1500) AS said, start AS began"
    binder, spans = _spans(runner, place, columns)
    texts = f"SELECT period, trace_id, argMin(said, began) AS text FROM ({spans}) WHERE said != '' GROUP BY period, trace_id"
    words = (
        "arrayDistinct(arrayFilter(w -> lengthUTF8(w) > 3 AND lengthUTF8(w) < 25, splitByNonAlpha(lowerUTF8(text))))"
    )
    sql = Sql(
        f"SELECT period, '' AS word, count() AS n FROM ({texts} LIMIT {MOST_TEXTS}) GROUP BY period"
        f" UNION ALL SELECT period, arrayJoin({words}) AS word, count() AS n FROM ({texts} LIMIT {MOST_TEXTS})"
        f" GROUP BY period, word HAVING n > 2 ORDER BY n DESC LIMIT {MOST_WORDS} BY period",
        binder.values,
    )
    counts: dict[str, int] = {}
    found: dict[str, dict[str, int]] = {}
    for period, word, n in runner.query(sql).rows:
        if word:
            found.setdefault(period, {})[word] = int(n)
        else:
            counts[period] = int(n)
    return counts, found


def read_attributes(runner: Runner, place: Place) -> list[dict[str, Any]]:
    """Rows (period, kind, key, value, n, mean, variance, spans): values of original attributes.

    value: "#" for numbers, which have mean and variance; "…" for long texts. spans: all of that period and kind.
    """
    binder, spans = _spans(runner, place, "kind, attributes, span_id AS id")
    texts = f"SELECT period, kind, id, attributes FROM ({spans}) ORDER BY cityHash64(id) LIMIT {MOST_READ} BY period"
    sql = Sql(
        "SELECT period, kind, key, multiIf(isNotNull(number), '#', length(value) > 60, '…', value) AS shown,"
        " count() AS n, avg(number) AS mean, varPop(number) AS variance, any(spans) AS spans FROM ("
        "SELECT period, kind, key, value, toFloat64OrNull(value) AS number, spans FROM ("
        f"SELECT *, count() OVER (PARTITION BY period, kind) AS spans FROM ({texts}))"
        " ARRAY JOIN mapKeys(attributes) AS key, mapValues(attributes) AS value)"
        f" GROUP BY period, kind, key, shown ORDER BY n DESC LIMIT {MOST_VALUES}",
        binder.values,
    )
    return runner.query(sql).dicts()


def read_load(runner: Runner, place: Place, bucket_s: int) -> list[tuple[int, float, float, float]]:
    """By bucket of time: (begin in s, requests, mean logarithm of ms of the model calls, share that failed)."""
    columns = "kind, status, duration_ns, toUnixTimestamp(start) AS at"
    binder, spans = _spans(runner, place, columns)
    width = binder.bind(bucket_s, "UInt32")
    sql = Sql(
        f"SELECT intDiv(at, {width}) * {width} AS bucket, uniqExact(trace_id), ifNotFinite(avgIf(log(duration_ns / 1e6 + 1),"
        " kind = 'llm' AND status != 'error'), 0), countIf(status = 'error') / count()"
        f" FROM ({spans}) WHERE period IN ('before', 'after') GROUP BY bucket ORDER BY bucket",
        binder.values,
    )
    return [(int(at), float(n), float(log), float(failed)) for at, n, log, failed in runner.query(sql).rows]


def read_users(runner: Runner, reach: Reach) -> list[tuple[str, str, int, int]]:
    """(dimension, value, traces after, traces usually): the users and tenants with most traces after, and ("", "") for all."""
    binder = Binder("u")
    spans = spans_of(binder, runner.project, reach, "user AS o_user, tenant AS o_tenant")
    parts = [
        f"SELECT '{name}' AS dimension, o_{name} AS value, uniqExactIf(trace_id, period = 'after') AS now,"
        f" uniqExactIf(trace_id, period IN ('before', 'usual')) AS was FROM ({spans}) WHERE o_{name} != ''"
        f" GROUP BY value ORDER BY now DESC LIMIT {MOST_USERS}"
        for name in ("user", "tenant")
    ]
    whole = (
        "SELECT '' AS dimension, '' AS value, uniqExactIf(trace_id, period = 'after') AS now,"
        f" uniqExactIf(trace_id, period IN ('before', 'usual')) AS was FROM ({spans})"
    )
    text = " UNION ALL ".join(f"SELECT * FROM ({part})" for part in (*parts, whole))
    rows = runner.query(Sql(text, binder.values)).rows
    return [(dimension, value, int(now), int(was)) for dimension, value, now, was in rows]


def read_gauges(runner: Runner, reach: Reach, elsewhere: Sequence[str] = ()) -> list[dict[str, Any]]:
    """Rows (name, service, period, n, mean, variance) of gauges that tell of load and saturation.

    elsewhere: hosts, as their metrics write them, that are left out.
    """
    binder = Binder("g")
    tests = []
    for one in reach.periods:
        until = min(one.to_ns, reach.as_of_ns)
        test = f"(time >= {binder.time(one.from_ns)} AND time < {binder.time(until)})"
        tests.append((one.name, test))
    names = ", ".join(f"{test}, '{name}'" for name, test in tests)
    within = " OR ".join(test for _, test in tests)
    kept = f" AND NOT has({binder.bind(list(elsewhere), 'Array(String)')}, {HOST})" if elsewhere else ""
    sql = Sql(
        f"SELECT name, service, multiIf({names}, '') AS period, count() AS n, avg(reading) AS mean,"
        " varPop(reading) AS variance FROM (SELECT name, service, time, multiIf(value IS NOT NULL, value, value_int IS"
        " NOT NULL, toFloat64(value_int), count > 0 AND sum IS NOT NULL, sum / count, NULL) AS reading FROM metrics"
        f" WHERE project = {binder.bind(runner.project, 'String')} AND NOT is_monotonic"
        f" AND match(name, {binder.bind(GAUGES, 'String')}) AND ({within}){kept}) WHERE reading IS NOT NULL"
        " GROUP BY name, service, period",
        binder.values,
    )
    return runner.query(sql).dicts()


def read_features(runner: Runner, reach: Reach) -> list[dict[str, Any]]:
    """Rows (period, model, feature, n, mean, variance, predictions) of predictions' numeric features and categories.

    A category's mean is NULL. `predictions`: all of the period and model, so that n tells how often one was missing.
    """
    binder = Binder("p")
    tests = []
    for one in reach.periods:
        until = min(one.to_ns, reach.as_of_ns)
        tests.append((one.name, f"(time >= {binder.time(one.from_ns)} AND time < {binder.time(until)})"))
    names = ", ".join(f"{test}, '{name}'" for name, test in tests)
    within = " OR ".join(test for _, test in tests)
    said = (
        "arrayConcat(arrayMap((k, v) -> (k, toNullable(v)), mapKeys(features), mapValues(features)),"
        " arrayMap(k -> (k, CAST(NULL, 'Nullable(Float64)')), arrayFilter((k, v) -> v != '', mapKeys(categories),"
        " mapValues(categories))))"
    )
    sql = Sql(
        "SELECT period, model, pair.1 AS feature, count() AS n, avgIf(pair.2, isFinite(ifNull(pair.2, nan))) AS mean,"
        " varPopIf(pair.2, isFinite(ifNull(pair.2, nan))) AS variance, any(made) AS predictions FROM (SELECT *, count()"
        f" OVER (PARTITION BY period, model) AS made FROM (SELECT multiIf({names}, '') AS period, model, {said} AS said"
        f" FROM predictions WHERE project = {binder.bind(runner.project, 'String')} AND ({within})))"
        " ARRAY JOIN said AS pair GROUP BY period, model, feature",
        binder.values,
    )
    return runner.query(sql).dicts()


def read_exemplars(runner: Runner, place: Place, order: str, count: int = 3) -> dict[str, list[str]]:
    """Trace ids by period: what stands out after by `order` ("failed", "slow", "dear" or ""), ordinary ones before."""
    columns = "status, duration_ns, parent_id = '' AS top, ifNull(cost_total, 0.) AS cost"
    binder, spans = _spans(runner, place, columns)
    ranks = {
        "failed": "countIf(status = 'error')", "slow": "max(duration_ns)", "dear": "sum(cost)", "": "0",
    }  # fmt: skip
    sql = Sql(
        f"SELECT period, trace_id FROM (SELECT period, trace_id, {ranks[order]} AS rank, countIf(status = 'error') AS bad"
        f" FROM ({spans}) WHERE period IN ('before', 'after') GROUP BY period, trace_id)"
        f" ORDER BY period, if(period = 'after', toFloat64(rank), -toFloat64(bad)) DESC, cityHash64(trace_id)"
        f" LIMIT {count} BY period",
        binder.values,
    )
    found: dict[str, list[str]] = {}
    for period, trace_id in runner.query(sql).rows:
        found.setdefault(period, []).append(trace_id)
    return found


def seen_before(
    runner: Runner, values: Iterable[tuple[str, str]], before_ns: int, days: int = 30
) -> set[tuple[str, str]]:
    """Which of (roll-up column, value) were seen in the days before a moment, by the hourly roll-up."""
    wanted: dict[str, list[str]] = {}
    for column, value in values:
        wanted.setdefault(column, []).append(value)
    if not wanted:
        return set()
    binder = Binder("e")
    until_s = before_ns // NS_PER_S // HOUR_S * HOUR_S
    scope = (
        f"project = {binder.bind(runner.project, 'String')}"
        f" AND time >= toDateTime({binder.bind(until_s - days * 24 * HOUR_S, 'Int64')}, 'UTC')"
        f" AND time < toDateTime({binder.bind(until_s, 'Int64')}, 'UTC')"
    )
    parts = [
        f"SELECT DISTINCT '{column}' AS name, toString({column}) AS value FROM hours"
        f" WHERE {scope} AND has({binder.bind(held, 'Array(String)')}, toString({column}))"
        for column, held in wanted.items()
    ]
    return {(str(name), str(value)) for name, value in runner.query(Sql(" UNION ALL ".join(parts), binder.values)).rows}
