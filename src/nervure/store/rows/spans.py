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
    row: Row = {
        "project": span.project,
        "trace_id": span.trace_id,
        "span_id": span.span_id,
        "start": time_text(span.start_ns),
        "duration_ns": span.duration_ns if 0 <= span.duration_ns <= LONGEST else _duration(span),
        "received": time_text(span.received_ns),
        "name": span.name,
        "kind": span.kind,
        "status": span.status,
        "request": request,
    }
    _add_identity(row, span)
    _add_people(row, span)
    if span.provider or span.request_model or span.response_model or span.operation:
        _add_model(row, span)
    _add_tokens(row, span)
    _add_costs(row, span)
    places = Places(span)
    if span.input or span.output or span.input_text or span.output_text:
        _add_messages(row, span, places)
    _add_rest(row, span, places)
    short, long, types = write_attributes(span.attributes, places.shorten)
    if short:
        row["attributes"] = short
    if long:
        row["attributes_long"] = long
    if types:
        row["attribute_types"] = types
    return row


def _duration(span: Span) -> int:
    """As long as fits before the end of time the engine knows."""
    return bounded(span.duration_ns, INT64_MAX - bounded(span.start_ns, INT64_MAX))


def _add_identity(row: Row, span: Span) -> None:
    if span.parent_id:
        row["parent_id"] = span.parent_id
    if span.revision:
        row["revision"] = span.revision
    if span.status_message:
        row["status_message"] = span.status_message
    if span.error_type:
        row["error_type"] = span.error_type
    if span.level:
        row["level"] = span.level
    if span.span_kind:
        row["span_kind"] = span.span_kind
    if span.service:
        row["service"] = span.service
    if span.environment:
        row["environment"] = span.environment
    if span.release:
        row["release"] = span.release
    if span.region:
        row["region"] = span.region
    if span.convention:
        row["convention"] = span.convention
    if span.sdk_name:
        row["sdk_name"] = span.sdk_name
    if span.sdk_version:
        row["sdk_version"] = span.sdk_version
    if span.resource:
        row["resource"] = shared_json(span.resource)
    if span.scope:
        row["scope"] = shared_json(span.scope)


def _add_people(row: Row, span: Span) -> None:
    if span.session:
        row["session"] = span.session
    if span.user:
        row["user"] = span.user
    if span.tenant:
        row["tenant"] = span.tenant
    if span.team:
        row["team"] = span.team
    if span.feature:
        row["feature"] = span.feature
    if span.agent:
        row["agent"] = span.agent
    if span.workflow:
        row["workflow"] = span.workflow
    if span.tags:
        row["tags"] = span.tags
    if span.flags:
        row["flags"] = span.flags
    if span.metadata:
        short, long, types = write_attributes(span.metadata, None)
        row["metadata"] = {**short, **long}
        if types:
            row["metadata_types"] = types


def _add_model(row: Row, span: Span) -> None:
    if span.provider:
        row["provider"] = span.provider
    if span.request_model:
        row["request_model"] = row["model"] = span.request_model
    if span.response_model:
        row["response_model"] = row["model"] = span.response_model
    if span.operation:
        row["operation"] = span.operation


def _add_tokens(row: Row, span: Span) -> None:
    if (value := span.input_tokens) is not None:
        row["input_tokens"] = value if 0 <= value <= UINT32_MAX else bounded(value, UINT32_MAX)
    if (value := span.output_tokens) is not None:
        row["output_tokens"] = value if 0 <= value <= UINT32_MAX else bounded(value, UINT32_MAX)
    if (value := span.total_tokens) is not None:
        row["total_tokens"] = value if 0 <= value <= UINT32_MAX else bounded(value, UINT32_MAX)
    if (value := span.cached_input_tokens) is not None:
        row["cached_input_tokens"] = value if 0 <= value <= UINT32_MAX else bounded(value, UINT32_MAX)
    if (value := span.cache_write_tokens) is not None:
        row["cache_write_tokens"] = value if 0 <= value <= UINT32_MAX else bounded(value, UINT32_MAX)
    if (value := span.reasoning_tokens) is not None:
        row["reasoning_tokens"] = value if 0 <= value <= UINT32_MAX else bounded(value, UINT32_MAX)
    if (value := span.audio_input_tokens) is not None:
        row["audio_input_tokens"] = value if 0 <= value <= UINT32_MAX else bounded(value, UINT32_MAX)
    if (value := span.audio_output_tokens) is not None:
        row["audio_output_tokens"] = value if 0 <= value <= UINT32_MAX else bounded(value, UINT32_MAX)


def _add_costs(row: Row, span: Span) -> None:
    if span.cost_source:
        row["cost_source"] = span.cost_source
    if span.cost_input is not None:
        row["cost_input"] = span.cost_input
    if span.cost_output is not None:
        row["cost_output"] = span.cost_output
    if span.cost_total is not None:
        row["cost_total"] = span.cost_total
    if span.reported_cost_input is not None:
        row["reported_cost_input"] = span.reported_cost_input
    if span.reported_cost_output is not None:
        row["reported_cost_output"] = span.reported_cost_output
    if span.reported_cost_total is not None:
        row["reported_cost_total"] = span.reported_cost_total


def _add_messages(row: Row, span: Span, places: Places) -> None:
    row["has_content"] = True
    if text := span.input_text:
        row["input_text"] = text
        places.add_whole(text, "input_text")
    if text := span.output_text:
        row["output_text"] = text
        places.add_whole(text, "output_text")
    if span.input:
        row["input"] = fragment(fold_messages(span.input, span.input_text, "input_text", places))
    if span.output:
        row["output"] = fragment(fold_messages(span.output, span.output_text, "output_text", places))


def _add_rest(row: Row, span: Span, places: Places) -> None:
    """What few spans have."""
    if span.finish_reasons:
        row["finish_reasons"] = span.finish_reasons
    if span.params:
        row["params"] = fragment(span.params)
    if span.streaming is not None:
        row["streaming"] = span.streaming
    if span.ttft_ns is not None:
        row["ttft_ns"] = bounded(span.ttft_ns, INT64_MAX)
    if span.response_id:
        row["response_id"] = span.response_id
    if span.service_tier:
        row["service_tier"] = span.service_tier
    if span.system_prompt:
        row["system_prompt"] = span.system_prompt
        places.add(span.system_prompt, "system_prompt")
    if span.tool_definitions:
        row["tool_definitions"] = fragment(span.tool_definitions)
    if span.tool_name or span.tool_call_id or span.tool_arguments is not None or span.tool_result is not None:
        _add_tool(row, span)
    if span.documents or span.input_documents or span.query or span.top_k is not None:
        _add_documents(row, span, places)
    if span.embedding_dimensions is not None:
        row["embedding_dimensions"] = bounded(span.embedding_dimensions, UINT32_MAX)
    if span.prompt_name or span.prompt_version or span.prompt_label or span.prompt_template or span.prompt_variables:
        _add_prompt(row, span)
    if span.events:
        row["events"] = fragment([_event(event) for event in span.events])
    if span.links:
        row["links"] = fragment([_link(link) for link in span.links])


def _add_tool(row: Row, span: Span) -> None:
    if span.tool_name:
        row["tool_name"] = span.tool_name
    if span.tool_call_id:
        row["tool_call_id"] = span.tool_call_id
    # JSON text, also of a text: else the text "[1]" and the list [1] would look the same.
    if span.tool_arguments is not None:
        row["tool_arguments"] = dump(span.tool_arguments).decode()
    if span.tool_result is not None:
        row["tool_result"] = dump(span.tool_result).decode()


def _add_prompt(row: Row, span: Span) -> None:
    for name in ("prompt_name", "prompt_version", "prompt_label", "prompt_template"):
        if value := getattr(span, name):
            row[name] = value
    if span.prompt_variables:
        row["prompt_variables"] = fragment(span.prompt_variables)


def _add_documents(row: Row, span: Span, places: Places) -> None:
    if span.query:
        row["query"] = span.query
        places.add(span.query, "query")
    if span.top_k is not None:
        row["top_k"] = bounded(span.top_k, UINT32_MAX)
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
