"""Predictions of classic models, and their labels, which mostly come days later and are joined by id when asked for."""

from nervure.store.table import Column, Table
from nervure.store.tables.spans import TEXT, week

MOMENT = "DateTime64(9, 'UTC')"
PREDICTIONS = Table(
    name="predictions",
    columns=(
        Column("project", TEXT),
        Column("id", "String", "ZSTD(1)"),
        Column("model", TEXT),
        Column("version", TEXT),
        Column("service", TEXT),
        Column("environment", TEXT),
        Column("time", MOMENT, "Delta, ZSTD(1)"),
        Column("received", MOMENT, "Delta, ZSTD(1)"),
        Column("prediction", TEXT),
        Column("value", "Nullable(Float64)"),
        Column("confidence", "Nullable(Float64)"),
        Column("probabilities", f"Map({TEXT}, Float64)", "ZSTD(1)"),
        Column("features", f"Map({TEXT}, Float64)", "ZSTD(1)"),
        Column("categories", f"Map({TEXT}, {TEXT})", "ZSTD(1)"),
        Column("groups", f"Map({TEXT}, {TEXT})", "ZSTD(1)"),
        Column("trace_id", "String", "ZSTD(1)"),
        Column("span_id", "String", "ZSTD(1)"),
        Column("metadata", f"Map({TEXT}, String)", "ZSTD(1)"),
        Column("metadata_types", TEXT),
    ),
    # What is said again of an id replaces what was said before.
    engine="ReplacingMergeTree(received)",
    order_by=("project", "model", "time", "id"),
    partition_by=week("time"),
    shard_by="cityHash64(id)",
    indexes=(
        "id_bloom id TYPE bloom_filter(0.01) GRANULARITY 1",
        "trace_id_bloom trace_id TYPE bloom_filter(0.01) GRANULARITY 1",
    ),
)
TRUTHS = Table(
    name="truths",
    columns=(
        Column("project", TEXT),
        Column("prediction_id", "String", "ZSTD(1)"),
        Column("label", TEXT),
        Column("value", "Nullable(Float64)"),
        Column("time", MOMENT, "Delta, ZSTD(1)"),
        Column("received", MOMENT, "Delta, ZSTD(1)"),
    ),
    engine="ReplacingMergeTree(received)",
    order_by=("project", "prediction_id"),
    partition_by=week("time"),
    shard_by="cityHash64(prediction_id)",
)
