"""A span as a row, and back. `span_row` runs for every span received: each line of it is counted."""

from typing import Any

from nervure.model.span import Document, Span, SpanEvent, SpanLink
from nervure.store.rows.attributes import read_attributes, write_attributes
from nervure.store.rows.messages import MARK, MIN_REFERENCE, find_text, fold_messages, unfold_messages
from nervure.store.rows.places import Places, restore
from nervure.store.rows.shared import shared_json
from nervure.store.rows.values import INT64_MAX, UINT32_MAX, bounded, dump, fragment, load, text_of, time_ns, time_text

Row = dict[str, Any]

_WORDS = (
    "span_id", "trace_id", "project", "name", "kind", "status", "parent_id", "status_message", "error_type", "level",
    "service", "environment", "release", "region", "provider", "request_model", "response_model", "response_id",
    "operation", "service_tier", "cost_source", "input_text", "output_text", "system_prompt", "tool_name",
    "tool_call_id", "query", "prompt_name", "prompt_version", "prompt_label", "prompt_template", "session", "user",
    "tenant", "team", "feature", "agent", "workflow", "convention", "sdk_name", "sdk_version", "span_kind",
)  # fmt: skip
_REQUIRED = ("project", "trace_id", "span_id", "name")
_TOKENS = (
    "input_tokens", "output_tokens", "total_tokens", "cached_input_tokens", "cache_write_tokens", "reasoning_tokens",
    "audio_input_tokens", "audio_output_tokens", "top_k", "embedding_dimensions",
)  # fmt: skip
_COSTS = (
    "cost_input", "cost_output", "cost_total", "reported_cost_input", "reported_cost_output", "reported_cost_total",
)  # fmt: skip
# Beyond 100 years (in ns) it takes care that the end still fits a time column.
LONGEST = 100 * 366 * 86_400 * 1_000_000_000
_LISTS = ("finish_reasons", "tags", "flags")
_PLAIN_JSON = ("params", "tool_definitions", "prompt_variables")
# Types whose zero says something.
_NUMBERS = frozenset((int, float, bool))

# What a SELECT must name so that its rows suit `span_of`: DateTime64 loses its nanoseconds in Python.
SPAN_COLUMNS = (
    "toUnixTimestamp64Nano(start) AS start_ns, toUnixTimestamp64Nano(received) AS received_ns, duration_ns, revision, "
    + ", ".join((*_WORDS, *_TOKENS, *_COSTS, *_LISTS))
    + ", streaming, ttft_ns, params, metadata, metadata_types, attributes, attributes_long, attribute_types, resource,"
    " scope, input, output, tool_definitions, tool_arguments, tool_result, documents, input_documents,"
    " prompt_variables, events, links"
)


def span_row(span: Span, request: int) -> Row:
    """The row of a span. request: fingerprint of the request that brought it, 0 for none."""
    row: Row = {name: value for name, value in span.__dict__.items() if value or type(value) in _NUMBERS}
    take = row.pop
    row["start"] = time_text(take("start_ns"))
    row["received"] = time_text(take("received_ns", 0))
    row["duration_ns"] = span.duration_ns if 0 <= span.duration_ns <= LONGEST else _duration(span)
    row["request"] = request
    if "kind" not in row:
        row["kind"] = span.kind
    if model := row.get("response_model") or row.get("request_model"):
        row["model"] = model
    for name in _TOKENS:
        if name in row and not 0 <= row[name] <= UINT32_MAX:
            row[name] = bounded(row[name], UINT32_MAX)
    if not row.get("revision", 1):
        del row["revision"]
    if "resource" in row:
        row["resource"] = shared_json(row["resource"])
    if "scope" in row:
        row["scope"] = shared_json(row["scope"])
    if "metadata" in row:
        _add_metadata(row)
    attributes = take("attributes", None)
    places = Places(span)
    if "input_text" in row or "output_text" in row or "input" in row or "output" in row:
        _add_messages(row, places)
    _add_rest(row, span, places)
    if attributes:
        short, long, types = write_attributes(attributes, places.shorten)
        if short:
            row["attributes"] = short
        if long:
            row["attributes_long"] = long
        if types:
            row["attribute_types"] = types
    return row


def _add_metadata(row: Row) -> None:
    short, long, types = write_attributes(row["metadata"], None)
    row["metadata"] = {**short, **long}
    if types:
        row["metadata_types"] = types


def _duration(span: Span) -> int:
    """As long as fits before the end of time the engine knows."""
    return bounded(span.duration_ns, INT64_MAX - bounded(span.start_ns, INT64_MAX))


def _add_messages(row: Row, places: Places) -> None:
    row["has_content"] = True
    given, said = row.get("input_text", ""), row.get("output_text", "")
    if given:
        places.add_whole(given, "input_text")
    if said:
        places.add_whole(said, "output_text")
    if "input" in row:
        row["input"] = fragment(fold_messages(row["input"], given, "input_text", places))
    if "output" in row:
        row["output"] = fragment(fold_messages(row["output"], said, "output_text", places))


def _add_rest(row: Row, span: Span, places: Places) -> None:
    """What few spans have."""
    for name in _PLAIN_JSON:
        if name in row:
            row[name] = fragment(row[name])
    if "ttft_ns" in row:
        row["ttft_ns"] = bounded(row["ttft_ns"], INT64_MAX)
    if "system_prompt" in row:
        places.add(row["system_prompt"], "system_prompt")
    # JSON text, also of a text: else the text "[1]" and the list [1] would look the same.
    if span.tool_arguments is not None:
        row["tool_arguments"] = dump(span.tool_arguments).decode()
    if span.tool_result is not None:
        row["tool_result"] = dump(span.tool_result).decode()
    if "query" in row:
        places.add(row["query"], "query")
    if "documents" in row or "input_documents" in row:
        _add_documents(row, span, places)
    if "events" in row:
        row["events"] = fragment([_event(event) for event in span.events])
    if "links" in row:
        row["links"] = fragment([_link(link) for link in span.links])


def _add_documents(row: Row, span: Span, places: Places) -> None:
    if span.input_documents:
        row["input_documents"] = _documents(span.input_documents, span.input_text, "input", places)
    if documents := span.documents:
        row["documents"] = _documents(documents, span.output_text, "output", places)
        row["document_count"] = min(len(documents), 65535)
        scores = [document.score for document in documents if document.score is not None]
        if scores:
            row["document_score"] = sum(scores) / len(scores)


def _documents(documents: list[Document], text: str, side: str, places: Places) -> Any:
    """JSON of documents; a content that stands in the span's text is folded as in messages."""
    rows: list[Row] = []
    cursor = 0
    for at, document in enumerate(documents):
        content: Any = document.content
        place = f"{'input_' if side == 'input' else ''}documents:{at}"
        if len(content) >= MIN_REFERENCE and (start := find_text(text, content, cursor)) >= 0:
            cursor = start + len(content)
            place = f"{side}_text:{start}:{cursor}"
            places.add(content, place)
            content = {MARK: (start, cursor)}
        else:
            places.add(content, place)
        row: Row = {"id": document.id, "content": content, "rank": document.rank}
        if document.score is not None:
            row["score"] = document.score
        if document.metadata:
            row["metadata"] = document.metadata
        rows.append(row)
    return fragment(rows)


def _read_documents(rows: Any, text: str) -> list[Document]:
    documents = []
    for row in rows:
        content = row["content"]
        if isinstance(content, dict):
            start, end = content[MARK]
            row["content"] = text[start:end]
        documents.append(Document(**row))
    return documents


def _event(event: SpanEvent) -> Row:
    return {"name": event.name, "time_ns": event.time_ns, "attributes": event.attributes}


def _link(link: SpanLink) -> Row:
    return {"trace_id": link.trace_id, "span_id": link.span_id, "attributes": link.attributes}


def span_of(row: Row) -> Span:
    """The span of a row that was read with SPAN_COLUMNS, or made by span_row.

    Equal to the original, except: numbers and times beyond their columns come back as the nearest that fits, and an
    attribute that repeated the messages comes back as JSON of equal value, perhaps spaced differently.
    """
    get = row.get
    fields: Row = {name: get(name) or "" for name in _REQUIRED}
    fields |= {name: value for name in _WORDS if (value := get(name))}
    fields |= {name: value for name in (*_TOKENS, *_COSTS, "streaming", "ttft_ns") if (value := get(name)) is not None}
    fields |= {name: list(value) for name in _LISTS if (value := get(name))}
    fields |= {name: int(value) for name in ("duration_ns", "revision") if (value := get(name))}
    fields["start_ns"] = time_ns(row["start_ns"] if "start_ns" in row else row["start"])
    fields["received_ns"] = time_ns(row["received_ns"] if "received_ns" in row else row["received"])
    for name in (
        "params",
        "tool_definitions",
        "tool_arguments",
        "tool_result",
        "prompt_variables",
        "resource",
        "scope",
    ):
        if value := get(name):
            fields[name] = load(text_of(value))
    fields["metadata"] = read_attributes(get("metadata") or {}, {}, get("metadata_types") or "")
    for name, text in (("input", "input_text"), ("output", "output_text")):
        if value := get(name):
            fields[name] = unfold_messages(load(text_of(value)), get(text) or "")
    for name, text in (("documents", "output_text"), ("input_documents", "input_text")):
        if value := get(name):
            fields[name] = _read_documents(load(text_of(value)), get(text) or "")
    if value := get("events"):
        fields["events"] = [SpanEvent(**event) for event in load(text_of(value))]
    if value := get("links"):
        fields["links"] = [SpanLink(**link) for link in load(text_of(value))]
    span = Span(**fields)
    span.attributes = read_attributes(
        get("attributes") or {},
        get("attributes_long") or {},
        get("attribute_types") or "",
        lambda letter, text: restore(letter, text, span),
    )
    return span
