"""How rows go in: settings of every insert, the same for both engines."""

from typing import Any

# The whole file as one block per partition, so that it is stored whole or not at all and its token covers it.
BLOCK: dict[str, Any] = {
    "max_insert_block_size": 1 << 24,
    "min_insert_block_size_rows": 1 << 24,
    "min_insert_block_size_bytes": 4 << 30,
    "max_insert_threads": 1,
    "input_format_skip_unknown_fields": 1,
    "input_format_null_as_default": 1,
    # Seconds with nine decimals; the other format takes small numbers for dates.
    "date_time_input_format": "basic",
    "optimize_on_insert": 0,
    # Text indexes are made by the merge that follows rather than twice; until then search reads the few rows of a new
    # part. A quarter of an insert's CPU (`benchmarks/ingest.md`).
    "exclude_materialize_skip_indexes_on_insert": "input_words,output_words,body_words",
    # Senders choose start times, so one block may touch many weeks; refusing it would make it unstorable for ever.
    "max_partitions_per_insert_block": 0,
    "deduplicate_blocks_in_dependent_materialized_views": 1,
    "async_insert": 0,
    "max_execution_time": 300,
}
