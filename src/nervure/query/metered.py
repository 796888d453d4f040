"""Measures of OpenTelemetry metrics: metric:<name>.<avg|sum|rate|p50|p90|p95|p99|min|max|count>.

What counts is the growth: of a cumulative counter or histogram the difference to the point before it in its series
(after a restart, the point itself), of a delta the point itself, of a gauge its value. The first cumulative point of a
series counts only when it began within an hour before the range: else nobody knows how much of it belongs here.
"""

import math
from collections.abc import Callable, Mapping
from typing import Any

from nervure.query.conditions import Binder
from nervure.query.intervals import Grid
from nervure.query.measures import GRID, LEVELS, Figure, Measure, Parts, mean_figure, number, quantile_figure
from nervure.query.query import Checked
from nervure.query.rollup import Source
from nervure.query.times import UNITS_NS
from nervure.store.sql import Sql

LOOK_BACK_NS = UNITS_NS["h"]
IS_GAUGE = "(type = 'gauge' OR (type = 'sum' AND NOT is_monotonic))"
HISTOGRAMS = ("histogram", "exponential_histogram")
PARTS: Mapping[str, str] = {
    "points": "count()",
    "held_type": "any(type)",
    "gauge_n": f"countIf({IS_GAUGE} AND value IS NOT NULL)",
    "gauge_sum": f"sumIf(ifNull(value, 0), {IS_GAUGE})",
    "gauge_squares": f"sumIf(pow(ifNull(value, 0), 2), {IS_GAUGE})",
    "gauge_spread": f"quantilesTDigestIf({GRID})(ifNull(value, 0), {IS_GAUGE} AND value IS NOT NULL)",
    "grown_value": "sum(grown)",
    "grown_n": "sum(grown_count)",
    "grown_total": "sum(grown_sum)",
    "grown_buckets": "sumMap(mapFilter((upper, n) -> n > 0, grown_map))",
    "least": "min(ifNull(min, value))",
    "most": "max(ifNull(max, value))",
}
# Upper bounds to counts, the same for both kinds of histogram. Index i of an exponential one ends at base ** (i + 1).
# Keys are text because the engine sums no maps of floats.
BUCKETS = (
    "multiIf(type = 'histogram', mapFromArrays(arrayMap(x -> toString(x), arrayConcat(bounds, [inf])),"
    " arrayMap(n -> toInt64(n), arrayResize(buckets, length(bounds) + 1))),"
    " type = 'exponential_histogram', mapFromArrays(arrayConcat(['0'],"
    " arrayMap((n, i) -> toString(pow(2, (positive_offset + i) * pow(2, -ifNull(scale, 0)))),"
    " positive_buckets, arrayEnumerate(positive_buckets))),"
    " arrayConcat([toInt64(ifNull(zero_count, 0))], arrayMap(n -> toInt64(n), positive_buckets))),"
    " map()::Map(String, Int64))"
)


def metric_measure(name: str) -> Measure:
    """The measure of metric:<name>.<suffix>."""
    suffix = name.rpartition(".")[2]
    parts, figure, value = _MEASURES[suffix]
    return Measure(name, "", f"{suffix} of the metric", ("held_type", "points", *parts), figure, "points", value)


def metric_source(name: str, checked: Checked, project: str, where: Sql | None) -> Source:
    """Points of one metric with their growth."""
    binder = Binder("c")
    begin = checked.from_ns - LOOK_BACK_NS
    scope = Sql(
        f"project = {binder.bind(project, 'String')} AND name = {binder.bind(name, 'String')}"
        f" AND time >= {binder.time(begin)} AND time < {binder.time(checked.to_ns)}",
        binder.values,
    )
    scope = scope + Sql(" AND ") + where if where else scope
    began = binder.time(begin)

    def grown(now: str, before: str, none: str, less: str) -> str:
        first = f"if(start >= {began}, {now}, {none})"
        return (
            f"multiIf(temporality = 'delta', {now}, turn = 1, {first}, is_restart, {now}, {less.format(now, before)})"
        )

    points = (
        f"SELECT *, {BUCKETS} AS bucket_map, row_number() OVER series_w AS turn, lagInFrame(value) OVER series_w AS value_1,"
        " lagInFrame(count) OVER series_w AS count_1, lagInFrame(sum) OVER series_w AS sum_1,"
        " lagInFrame(bucket_map) OVER series_w AS bucket_map_1,"
        " turn > 1 AND (ifNull(count < count_1, 0) OR (is_monotonic AND ifNull(value < value_1, 0))) AS is_restart"
        " FROM metrics WHERE "
    )
    window = " WINDOW series_w AS (PARTITION BY series ORDER BY time ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)"
    columns = (
        f"*, if(type = 'sum' AND is_monotonic, {grown('value', 'value_1', 'NULL', '{} - {}')}, NULL) AS grown,"
        f" toInt64(ifNull({grown('count', 'count_1', 'NULL', 'toInt64({}) - toInt64({})')}, 0)) AS grown_count,"
        f" {grown('sum', 'sum_1', 'NULL', '{} - {}')} AS grown_sum,"
        f" {grown('bucket_map', 'bucket_map_1', 'map()::Map(String, Int64)', 'mapSubtract({}, {})')} AS grown_map"
    )
    body = Sql(f"(SELECT {columns} FROM ({points}", binder.values) + scope + Sql(f"{window}))")
    outer = Binder("o")
    return Source(
        "metrics", body, Sql(f"time >= {outer.time(checked.from_ns)}", outer.values), "toUnixTimestamp64Nano(time)"
    )


def metric_parts(measures: list[Measure]) -> dict[str, Sql]:
    return {part: Sql(PARTS[part]) for measure in measures for part in measure.parts}


def bucket_quantile(buckets: Mapping[str, int], level: float) -> float | None:
    """The quantile of counts by upper bound, linear within a bucket; of the last, open one its lower end."""
    pairs = sorted((float(upper), int(count)) for upper, count in buckets.items() if count > 0)
    total = sum(count for _, count in pairs)
    if not total:
        return None
    bounds = sorted(float(upper) for upper in buckets)
    rank, seen = level * total, 0
    for upper, count in pairs:
        if seen + count >= rank:
            place = bounds.index(upper)
            lower = bounds[place - 1] if place else min(0.0, upper)
            if math.isinf(upper):
                return lower
            return lower + (upper - lower) * (rank - seen) / count
        seen += count
    return pairs[-1][0]


def _is_histogram(parts: Parts) -> bool:
    return parts["held_type"] in HISTOGRAMS


def _is_counter(parts: Parts) -> bool:
    return parts["held_type"] == "sum" and not int(parts["gauge_n"])


def _avg(parts: Parts, seconds: float) -> Figure:
    if _is_histogram(parts):
        n = int(parts["grown_n"])
        return Figure(number((parts["grown_total"] or 0) / n) if n else None, n)
    if _is_counter(parts):
        n = int(parts["points"])
        return Figure(number((parts["grown_value"] or 0) / n) if n else None, n)
    return mean_figure("gauge_n", "gauge_sum", "gauge_squares", least=None)(parts, seconds)


def _sum(parts: Parts, seconds: float) -> Figure:
    n = int(parts["points"])
    held: Any = parts["gauge_sum"]
    if _is_histogram(parts):
        held = parts["grown_total"]
    elif _is_counter(parts):
        held = parts["grown_value"]
    return Figure(number(held) if n else None, n)


def _rate(parts: Parts, seconds: float) -> Figure:
    n = int(parts["points"])
    held: Any = parts["grown_n"] if _is_histogram(parts) else parts["grown_value"] if _is_counter(parts) else None
    found = number(held)
    return Figure(None if found is None or not n else found / seconds, n)


def _count(parts: Parts, seconds: float) -> Figure:
    n = int(parts["grown_n"] if _is_histogram(parts) else parts["points"])
    return Figure(n, n)


def _quantile(level: float) -> Callable[[Parts, float], Figure]:
    of_gauges = quantile_figure("gauge_n", "gauge_spread", level)

    def figure(parts: Parts, seconds: float) -> Figure:
        if _is_histogram(parts):
            return Figure(number(bucket_quantile(parts["grown_buckets"], level)), int(parts["grown_n"]))
        return of_gauges(parts, seconds)

    return figure


def _least(parts: Parts, seconds: float) -> Figure:
    return Figure(number(parts["least"]), int(parts["points"]))


def _most(parts: Parts, seconds: float) -> Figure:
    return Figure(number(parts["most"]), int(parts["points"]))


_GAUGE = ("gauge_n", "gauge_sum")
_SPREAD = ("gauge_n", "gauge_spread", "grown_n", "grown_buckets")
_MEASURES: Mapping[str, Any] = {
    "avg": ((*_GAUGE, "gauge_squares", "grown_n", "grown_total", "grown_value"), _avg, "gauge_sum / gauge_n"),
    "sum": ((*_GAUGE, "grown_total", "grown_value"), _sum, "coalesce(grown_value, grown_total, gauge_sum)"),
    "rate": (("gauge_n", "grown_n", "grown_value"), _rate, "ifNull(grown_value, grown_n)"),
    "count": (("grown_n",), _count, "points"),
    **{
        name: (_SPREAD, _quantile(level), f"gauge_spread[{Grid.LEVELS.index(level) + 1}]")
        for name, level in LEVELS.items()
    },
    "min": (("least",), _least, "least"),
    "max": (("most",), _most, "most"),
}
