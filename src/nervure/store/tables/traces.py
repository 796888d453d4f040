"""Traces: one row each once merged, folded from spans as they arrive. Read with GROUP BY trace_id, or FINAL.

Tokens and costs count billable spans only, so a trace's sum counts nothing twice. The root's columns are "" until the
root has come. Later revisions of a span are not folded again.
"""

from nervure.store.table import Column, Table, View
from nervure.store.tables.spans import TEXT, billable

TIME = "DateTime64(9, 'UTC')"
# Columns of spans whose sums over billable spans the traces and the roll-ups keep.
TOKENS = (
    "input_tokens", "output_tokens", "total_tokens", "cached_input_tokens", "cache_write_tokens", "reasoning_tokens",
    "audio_input_tokens", "audio_output_tokens",
)  # fmt: skip
COSTS = ("cost_input", "cost_output", "cost_total")
# Source columns carry the prefix s., because results are named as the columns they are made of.
IS_BILLABLE = billable("s.")
END = "fromUnixTimestamp64Nano(toInt64(toUnixTimestamp64Nano(s.start) + s.duration_ns), 'UTC')"
# One value a trace, whichever span brings it; should spans differ, the greatest, so that merging in any order agrees.
ANY_SPAN = ("session", "user", "tenant", "team", "feature", "environment", "release")
ROOT = {"root_name": "name", "root_kind": "kind", "root_service": "service", "root_status": "status"}


def folded(function: str, type_: str) -> str:
    """Column type of an aggregate whose state is its value."""
    return f"SimpleAggregateFunction({function}, {type_})"


def billable_sums() -> list[str]:
    """Aggregates of tokens and costs over billable spans, named as their columns."""
    tokens = [f"sumIf(toUInt64(ifNull(s.{name}, 0)), {IS_BILLABLE}) AS {name}" for name in TOKENS]
    return tokens + [f"sumIf(ifNull(s.{name}, 0.), {IS_BILLABLE}) AS {name}" for name in COSTS]


def call_counts() -> list[str]:
    """Aggregates of billable spans: all, those with a price, those without."""
    return [
        f"countIf({IS_BILLABLE}) AS call_count",
        f"countIf({IS_BILLABLE} AND isNotNull(s.cost_total)) AS priced_count",
        f"countIf({IS_BILLABLE} AND s.cost_source = 'unpriced') AS unpriced_count",
    ]


def call_columns() -> tuple[Column, ...]:
    """Columns of `call_counts`."""
    names = ("call_count", "priced_count", "unpriced_count")
    return tuple(Column(name, folded("sum", "UInt64"), "ZSTD(1)") for name in names)


def billable_columns() -> tuple[Column, ...]:
    """Columns of `billable_sums`."""
    return tuple(
        Column(name, folded("sum", "UInt64" if name in TOKENS else "Float64"), "ZSTD(1)") for name in (*TOKENS, *COSTS)
    )


TRACES = Table(
    name="traces",
    columns=(
        Column("project", TEXT),
        Column("trace_id", "String", "ZSTD(1)"),
        Column("start", folded("min", TIME), "ZSTD(1)"),
        Column("end", folded("max", TIME), "ZSTD(1)"),
        Column("received", folded("max", TIME), "ZSTD(1)"),
        Column("span_count", folded("sum", "UInt64"), "ZSTD(1)"),
        Column("error_count", folded("sum", "UInt64"), "ZSTD(1)"),
        *call_columns(),
        *billable_columns(),
        Column("has_root", folded("max", "UInt8")),
        *(Column(name, folded("max", "String"), "ZSTD(1)") for name in (*ROOT, *ANY_SPAN)),
        Column("services", folded("groupUniqArrayArray", "Array(String)"), "ZSTD(1)"),
        Column("models", folded("groupUniqArrayArray", "Array(String)"), "ZSTD(1)"),
        Column("flags", folded("groupUniqArrayArray", "Array(String)"), "ZSTD(1)"),
    ),
    engine="AggregatingMergeTree",
    order_by=("project", "trace_id"),
    shard_by="cityHash64(trace_id)",
    # Read by id, one trace at a time or fifty.
    settings=("index_granularity = 512",),
)


def _select() -> str:
    results = [
        "s.project AS project",
        "s.trace_id AS trace_id",
        "min(s.start) AS start",
        f"max({END}) AS end",
        "max(s.received) AS received",
        "count() AS span_count",
        "countIf(s.status = 'error') AS error_count",
        *call_counts(),
        *billable_sums(),
        "toUInt8(max(s.parent_id = '')) AS has_root",
        *(f"maxIf(toString(s.{source}), s.parent_id = '') AS {name}" for name, source in ROOT.items()),
        *(f"max(toString(s.{name})) AS {name}" for name in ANY_SPAN),
        "groupUniqArrayIf(toString(s.service), s.service != '') AS services",
        "groupUniqArrayIf(toString(s.model), s.model != '') AS models",
        "groupUniqArrayArray(CAST(s.flags, 'Array(String)')) AS flags",
    ]
    return f"SELECT {', '.join(results)}\nFROM {{source}} AS s WHERE s.revision = 0\nGROUP BY project, trace_id"


TRACES_OF_SPANS = View("traces_of_spans", source="arrivals", target="traces", select=_select())
