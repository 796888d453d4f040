"""Metric points: one data point each, with the columns of its type filled. series: one identity per time series.

value_int holds integers Float64 would round. exemplars is a JSON array.
"""

from nervure.store.table import Column, Table
from nervure.store.tables.spans import TEXT, week

METRICS = Table(
    name="metrics",
    columns=(
        Column("project", TEXT),
        Column("name", TEXT),
        Column("series", "UInt64", "ZSTD(1)"),
        Column("time", "DateTime64(9, 'UTC')", "DoubleDelta, ZSTD(1)"),
        Column("start", "DateTime64(9, 'UTC')", "Delta, ZSTD(1)"),
        Column("received", "DateTime64(9, 'UTC')", "Delta, ZSTD(1)"),
        Column("type", TEXT),
        Column("unit", TEXT),
        Column("description", TEXT),
        Column("is_monotonic", "Bool"),
        Column("temporality", TEXT),
        Column("value", "Nullable(Float64)", "Gorilla, ZSTD(1)"),
        Column("value_int", "Nullable(Int64)", "ZSTD(1)"),
        Column("is_int", "Bool"),
        Column("count", "Nullable(UInt64)", "ZSTD(1)"),
        Column("sum", "Nullable(Float64)", "ZSTD(1)"),
        Column("min", "Nullable(Float64)", "ZSTD(1)"),
        Column("max", "Nullable(Float64)", "ZSTD(1)"),
        Column("bounds", "Array(Float64)", "ZSTD(1)"),
        Column("buckets", "Array(UInt64)", "ZSTD(1)"),
        Column("scale", "Nullable(Int32)", "ZSTD(1)"),
        Column("zero_count", "Nullable(UInt64)", "ZSTD(1)"),
        Column("zero_threshold", "Nullable(Float64)", "ZSTD(1)"),
        Column("positive_offset", "Int32", "ZSTD(1)"),
        Column("positive_buckets", "Array(UInt64)", "ZSTD(1)"),
        Column("negative_offset", "Int32", "ZSTD(1)"),
        Column("negative_buckets", "Array(UInt64)", "ZSTD(1)"),
        Column("quantiles", "Array(Tuple(Float64, Nullable(Float64)))", "ZSTD(1)"),
        Column("service", TEXT),
        Column("environment", TEXT),
        Column("attributes", f"Map({TEXT}, String)", "ZSTD(1)"),
        Column("attribute_types", TEXT),
        Column("resource", TEXT),
        Column("scope", TEXT),
        Column("flags", f"Array({TEXT})"),
        Column("exemplars", "String", "ZSTD(1)", is_payload=True),
        Column("attributes_long", f"Map({TEXT}, String)", "ZSTD(1)", is_payload=True),
    ),
    engine="MergeTree",
    order_by=("project", "name", "series", "time"),
    partition_by=week("time"),
    shard_by="series",
)
