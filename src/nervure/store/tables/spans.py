"""Spans: one wide row each. Column names are the canonical field names, with these differences:

start and received are times (the model has start_ns, received_ns), model is the response's model or else the request's,
resource and scope are JSON text, metadata and attributes are maps of text with their types in a column of letters.
Time of the end is `start + duration`; nothing stores it.
"""

from nervure.store.table import Column, Table

TEXT = "LowCardinality(String)"
TOKENS = "Nullable(UInt32)"
USD = "Nullable(Float64)"


def week(time: str) -> str:
    """Partition of a time column.

    Weeks, because a request may spread over days and each partition of a block is a part. Senders choose times:
    everything outside twenty years is one partition each side, so that nonsense cannot make thousands of parts.
    """
    first, last = (f"toDateTime64('{year}-01-01', 9, 'UTC')" for year in (2020, 2040))
    return f"toMonday(least(greatest({time}, {first}), {last}))"


def billable(prefix: str = "") -> str:
    """Condition of spans whose tokens and costs count; those of others repeat their children's. prefix: e.g. "s."."""
    return f"({prefix}kind IN ('llm', 'embedding', 'reranker') AND NOT has({prefix}flags, 'repeats_child'))"


def _words(*names: str) -> tuple[Column, ...]:
    return tuple(Column(name, TEXT) for name in names)


def _payload(*names: str) -> tuple[Column, ...]:
    return tuple(Column(name, "String", "ZSTD(1)", is_payload=True) for name in names)


SPANS = Table(
    name="spans",
    columns=(
        *_words("project"),
        Column("trace_id", "String", "ZSTD(1)"),
        Column("span_id", "String", "ZSTD(1)"),
        Column("parent_id", "String", "ZSTD(1)"),
        Column("start", "DateTime64(9, 'UTC')", "Delta, ZSTD(1)"),
        Column("duration_ns", "UInt64", "ZSTD(1)"),
        Column("received", "DateTime64(9, 'UTC')", "Delta, ZSTD(1)"),
        Column("revision", "UInt32"),
        Column("request", "UInt64", "ZSTD(1)"),
        *_words("name", "kind", "status", "error_type", "level", "span_kind"),
        Column("status_message", "String", "ZSTD(1)"),
        *_words("service", "environment", "release", "region"),
        *_words("provider", "request_model", "response_model", "operation", "service_tier"),
        # Model for charts and filters: the response's, else the one asked for.
        Column("model", TEXT),
        Column("response_id", "String", "ZSTD(1)"),
        Column("streaming", "Nullable(Bool)"),
        Column("ttft_ns", "Nullable(UInt64)"),
        Column("finish_reasons", f"Array({TEXT})"),
        Column("params", "String", "ZSTD(1)"),  # JSON object
        *(
            Column(name, TOKENS)
            for name in (
                "input_tokens", "output_tokens", "total_tokens", "cached_input_tokens", "cache_write_tokens",
                "reasoning_tokens", "audio_input_tokens", "audio_output_tokens",
            )
        ),
        *(
            Column(name, USD)
            for name in (
                "cost_input", "cost_output", "cost_total",
                "reported_cost_input", "reported_cost_output", "reported_cost_total",
            )
        ),
        *_words("cost_source"),
        Column("session", "String", "ZSTD(1)"),
        Column("user", "String", "ZSTD(1)"),
        *_words("tenant", "team", "feature", "agent", "workflow"),
        *_words("prompt_name", "prompt_version", "prompt_label", "tool_name"),
        Column("tool_call_id", "String", "ZSTD(1)"),
        Column("tags", f"Array({TEXT})"),
        Column("flags", f"Array({TEXT})"),
        *_words("convention", "sdk_name", "sdk_version"),
        Column("document_count", "UInt16"),
        Column("document_score", "Nullable(Float64)"),  # mean score of the documents
        Column("top_k", "Nullable(UInt32)"),
        Column("embedding_dimensions", "Nullable(UInt32)"),
        Column("metadata", f"Map({TEXT}, String)", "ZSTD(1)"),
        Column("metadata_types", TEXT),  # a letter per entry; "" when all are text
        Column("attributes", f"Map({TEXT}, String)", "ZSTD(1)"),
        Column("attribute_types", TEXT),  # a letter per attribute, in the order of the two maps; "" when all are text
        Column("resource", TEXT),  # JSON object
        Column("scope", TEXT),  # JSON object
        Column("has_content", "Bool"),
        # What only a span's own page reads. Text of messages stands in *_text, their structure in input and output.
        *_payload(
            "input_text", "output_text", "input", "output", "system_prompt", "tool_definitions", "tool_arguments",
            "tool_result", "query", "documents", "input_documents", "prompt_template", "prompt_variables",
            "events", "links",
        ),
        Column("attributes_long", f"Map({TEXT}, String)", "ZSTD(1)", is_payload=True),
    ),
    engine="ReplacingMergeTree(revision)",
    order_by=("project", "start", "trace_id", "span_id"),
    partition_by=week("start"),
    shard_by="cityHash64(trace_id)",
    indexes=(
        "trace_id_bloom trace_id TYPE bloom_filter(0.01) GRANULARITY 1",
        # Tells in no time whether a range holds later revisions, and so whether it must be read with FINAL.
        "revision_range revision TYPE minmax GRANULARITY 1",
        "input_words input_text TYPE text(tokenizer = 'splitByNonAlpha', preprocessor = lower(input_text))"
        " GRANULARITY 100000000",
        "output_words output_text TYPE text(tokenizer = 'splitByNonAlpha', preprocessor = lower(output_text))"
        " GRANULARITY 100000000",
    ),
)  # fmt: skip
