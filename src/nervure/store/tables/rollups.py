"""Roll-ups: sums by minute and by hour over the dimensions people chart, so that a month reads thousands of rows.

Every column but the dimensions is additive (histograms by sumMap): read with GROUP BY, never with FINAL. Minutes are
folded from spans, hours from minutes. Tokens, costs and call counts cover billable spans only. Squares serve the
intervals of means. Later revisions of a span are not counted again.
"""

from nervure.store import histogram
from nervure.store.table import Column, Table, View
from nervure.store.tables.spans import TEXT, billable, week
from nervure.store.tables.traces import COSTS, TOKENS, billable_columns, billable_sums, call_counts, folded

DIMENSIONS = (
    "service", "environment", "release", "region", "kind", "provider", "model", "status", "error_type", "tenant",
    "team", "feature", "prompt_name", "prompt_version", "tool_name",
)  # fmt: skip

COUNTS = ("span_count", "error_count", "trace_count", "call_count", "priced_count", "unpriced_count", "ttft_count")
# ms squared: squares of ns would leave the exact range of a float.
SUMS = {
    "duration_ns": "UInt64",
    "duration_ms_squared": "Float64",
    "ttft_ns": "UInt64",
    "ttft_ms_squared": "Float64",
    "cost_squared": "Float64",
    # Time of the calls that reported output tokens: the denominator of tokens per second.
    "output_duration_ns": "UInt64",
}
HISTOGRAMS = ("duration_histogram", "ttft_histogram")


def _table(name: str) -> Table:
    return Table(
        name=name,
        columns=(
            Column("project", TEXT),
            Column("time", "DateTime('UTC')", "Delta, ZSTD(1)"),
            *(Column(dimension, TEXT) for dimension in DIMENSIONS),
            *(Column(count, folded("sum", "UInt64"), "ZSTD(1)") for count in COUNTS),
            *(Column(total, folded("sum", type_), "ZSTD(1)") for total, type_ in SUMS.items()),
            *billable_columns(),
            *(Column(column, folded("sumMap", histogram.TYPE), "ZSTD(1)") for column in HISTOGRAMS),
        ),
        engine="AggregatingMergeTree",
        order_by=("project", "time", *DIMENSIONS),
        primary_key=("project", "time"),
        partition_by=week("time"),
        shard_by=f"cityHash64(project, time, {', '.join(DIMENSIONS)})",
    )


MINUTES = _table("minutes")
HOURS = _table("hours")


def _minutes() -> str:
    is_billable = billable("s.")
    results = [
        "s.project AS project",
        "toStartOfMinute(s.start, 'UTC') AS time",
        *(f"s.{dimension} AS {dimension}" for dimension in DIMENSIONS),
        "count() AS span_count",
        "countIf(s.status = 'error') AS error_count",
        "countIf(s.parent_id = '') AS trace_count",
        *call_counts(),
        "countIf(isNotNull(s.ttft_ns)) AS ttft_count",
        "sum(s.duration_ns) AS duration_ns",
        "sum(pow(s.duration_ns / 1e6, 2)) AS duration_ms_squared",
        "sum(ifNull(s.ttft_ns, 0)) AS ttft_ns",
        "sum(pow(ifNull(s.ttft_ns, 0) / 1e6, 2)) AS ttft_ms_squared",
        f"sumIf(pow(ifNull(s.cost_total, 0.), 2), {is_billable}) AS cost_squared",
        f"sumIf(s.duration_ns, {is_billable} AND isNotNull(s.output_tokens)) AS output_duration_ns",
        *billable_sums(),
        f"{histogram.filled_sql('s.duration_ns')} AS duration_histogram",
        f"{histogram.filled_sql('s.ttft_ns', 'isNotNull(s.ttft_ns)')} AS ttft_histogram",
    ]
    return (
        f"SELECT {', '.join(results)}\nFROM {{source}} AS s WHERE s.revision = 0\n"
        f"GROUP BY project, time, {', '.join(DIMENSIONS)}"
    )


def _hours() -> str:
    sums = (*COUNTS, *SUMS, *TOKENS, *COSTS)
    results = [
        "m.project AS project",
        "toStartOfHour(m.time, 'UTC') AS time",
        *(f"m.{dimension} AS {dimension}" for dimension in DIMENSIONS),
        *(f"sum(m.{name}) AS {name}" for name in sums),
        *(f"sumMap(m.{name}) AS {name}" for name in HISTOGRAMS),
    ]
    return f"SELECT {', '.join(results)}\nFROM {{source}} AS m\nGROUP BY project, time, {', '.join(DIMENSIONS)}"


MINUTES_OF_SPANS = View("minutes_of_spans", source="arrivals", target="minutes", select=_minutes())
HOURS_OF_MINUTES = View("hours_of_minutes", source="minutes", target="hours", select=_hours())
