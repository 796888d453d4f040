"""The ledger: what became of each request's items, one row per request and signal. received = stored + refused + dropped."""

from nervure.store.table import Column, Table
from nervure.store.tables.spans import TEXT, week

LEDGER = Table(
    name="ledger",
    columns=(
        Column("time", "DateTime64(9, 'UTC')", "Delta, ZSTD(1)"),
        Column("project", TEXT),
        Column("signal", TEXT),
        Column("sdk", TEXT),
        Column("sdk_version", TEXT),
        Column("wire", TEXT),
        Column("request", "UInt64", "ZSTD(1)"),
        Column("received", "UInt64", "ZSTD(1)"),
        Column("stored", "UInt64", "ZSTD(1)"),
        Column("refused", "UInt64", "ZSTD(1)"),
        Column("dropped", f"Map({TEXT}, UInt64)", "ZSTD(1)"),
        Column("bytes", "UInt64", "ZSTD(1)"),
    ),
    engine="MergeTree",
    # By time first: a request's fingerprint is looked for among the last hour's, whatever their project.
    order_by=("time", "project"),
    partition_by=week("time"),
    shard_by="request",
)
