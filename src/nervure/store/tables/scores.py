"""Scores: every revision is kept; the one in force is the highest of its id, of two alike the later received.

`ORDER BY revision DESC, received DESC LIMIT 1 BY id`.
"""

from nervure.store.table import Column, Table
from nervure.store.tables.spans import TEXT, week

SCORES = Table(
    name="scores",
    columns=(
        Column("project", TEXT),
        Column("id", "String", "ZSTD(1)"),
        Column("revision", "UInt32"),
        Column("name", TEXT),
        Column("target_type", TEXT),
        Column("target_id", "String", "ZSTD(1)"),
        Column("trace_id", "String", "ZSTD(1)"),
        Column("data_type", TEXT),
        Column("value", "Nullable(Float64)"),
        Column("label", "String", "ZSTD(1)"),
        Column("explanation", "String", "ZSTD(1)"),
        Column("source", TEXT),
        Column("evaluator", TEXT),
        Column("evaluator_version", TEXT),
        Column("author", TEXT),
        Column("time", "DateTime64(9, 'UTC')", "Delta, ZSTD(1)"),
        Column("received", "DateTime64(9, 'UTC')", "Delta, ZSTD(1)"),
        Column("cost_usd", "Nullable(Float64)"),
        Column("metadata", f"Map({TEXT}, String)", "ZSTD(1)"),
        Column("metadata_types", TEXT),
    ),
    # The same revision stored twice (a retry beyond the window) folds into one.
    engine="ReplacingMergeTree(received)",
    order_by=("project", "name", "time", "id", "revision"),
    partition_by=week("time"),
    shard_by="cityHash64(trace_id)",
    indexes=(
        "id_bloom id TYPE bloom_filter(0.01) GRANULARITY 1",
        "target_id_bloom target_id TYPE bloom_filter(0.01) GRANULARITY 1",
        "trace_id_bloom trace_id TYPE bloom_filter(0.01) GRANULARITY 1",
    ),
)
