"""Logs: one record each. body_type: s text, j JSON of a structured body, and the letters of `rows.attributes`."""

from nervure.store.table import Column, Table
from nervure.store.tables.spans import TEXT, week

LOGS = Table(
    name="logs",
    columns=(
        Column("project", TEXT),
        Column("time", "DateTime64(9, 'UTC')", "Delta, ZSTD(1)"),
        Column("observed", "DateTime64(9, 'UTC')", "Delta, ZSTD(1)"),
        Column("received", "DateTime64(9, 'UTC')", "Delta, ZSTD(1)"),
        Column("trace_id", "String", "ZSTD(1)"),
        Column("span_id", "String", "ZSTD(1)"),
        Column("severity", "UInt8"),
        Column("severity_text", TEXT),
        Column("event_name", TEXT),
        Column("service", TEXT),
        Column("environment", TEXT),
        Column("release", TEXT),
        Column("body_type", TEXT),
        Column("flags", f"Array({TEXT})"),
        Column("attributes", f"Map({TEXT}, String)", "ZSTD(1)"),
        Column("attribute_types", TEXT),
        Column("resource", TEXT),
        Column("scope", TEXT),
        Column("body", "String", "ZSTD(1)", is_payload=True),
        Column("attributes_long", f"Map({TEXT}, String)", "ZSTD(1)", is_payload=True),
    ),
    engine="MergeTree",
    order_by=("project", "time", "trace_id", "span_id"),
    partition_by=week("time"),
    shard_by="cityHash64(trace_id)",
    indexes=(
        "trace_id_bloom trace_id TYPE bloom_filter(0.01) GRANULARITY 1",
        "body_words body TYPE text(tokenizer = 'splitByNonAlpha', preprocessor = lower(body)) GRANULARITY 100000000",
    ),
)
