"""The last step: what all dialects have in common, once their fields are read.

Kinds, tool calls, retrievals, models, tokens, status and errors, times: inferred or corrected here, the same way for
every dialect. Nothing the sender said about attributes, events or links is changed.
"""

from typing import Any

from nervure.model.raw import RawEvent, RawSpan
from nervure.model.span import Span, SpanEvent, SpanLink
from nervure.normalise.calls import arguments_of
from nervure.normalise.convention import Fields
from nervure.normalise.documents import documents_of
from nervure.normalise.messages import text_of
from nervure.normalise.records import is_plausible
from nervure.normalise.tokens import settle_tokens
from nervure.normalise.turns import is_message, message_from
from nervure.normalise.values import decode_json, text_from, texts_from
from nervure.normalise.vocabulary import finish_from, provider_from

# The start a sender wrote when it could not be true; the store then keeps the time of arrival.
ORIGINAL_START = "nervure.original_start_ns"
# Resource attribute of simulated telemetry, which is marked and can be removed by one command.
DEMO = "nervure.demo"
SPAN_KINDS = ("", "internal", "server", "client", "producer", "consumer")
_STATUSES = ("unset", "ok", "error")
_CHUNKS = frozenset({"gen_ai.content.completion.chunk", "llm.content.completion.chunk", "ai.stream.firstChunk",
                     "First Token Stream Event"})  # fmt: skip
_DAY_NS = 86_400_000_000_000
TRACEBACK = "Traceback (most recent call last):"


def finalise(
    raw: RawSpan, fields: Fields, convention: str, project: str, received_ns: int, scope: dict[str, Any]
) -> Span:
    """The canonical span of a raw one and the fields its dialects gave; `fields` becomes the span's own."""
    fields.setdefault("name", raw.name)
    has_kind = "kind" in fields
    origin = raw.origin
    fields["trace_id"] = raw.trace_id
    fields["span_id"] = raw.span_id
    fields["start_ns"] = raw.start_ns
    fields["project"] = project
    fields["parent_id"] = raw.parent_id
    fields["received_ns"] = received_ns
    fields["convention"] = convention
    fields["span_kind"] = SPAN_KINDS[raw.kind] if 0 <= raw.kind <= 5 else ""
    fields["attributes"] = raw.attributes
    fields["resource"] = origin.resource
    fields["scope"] = scope
    span = Span.of(fields)
    if raw.flags:
        span.flags = list(raw.flags)
    if DEMO in origin.resource:
        add_flag(span, "demo")
    settle_time(span, raw, received_ns)
    settle_status(span, raw)
    if raw.events:
        _read_events(span, raw)
    if raw.links:
        span.links = [SpanLink(link.trace_id, link.span_id, link.attributes) for link in raw.links]
    settle_content(span)
    if not has_kind:
        _infer_kind(span)
    _settle_kind(span)
    settle_call(span)
    if span.ttft_ns is not None:
        _settle_ttft(span)
    if span.metadata or span.tags:
        _settle_context(span)
    return span


def _settle_kind(span: Span) -> None:
    """What belongs to the kind of work a span is."""
    kind = span.kind
    if kind == "tool":
        _settle_tool(span)
    elif kind == "retriever" or kind == "reranker":
        _settle_retrieval(span)
    elif kind == "llm" and span.tool_name:
        # OpenLIT names on the call the tools that the model asked for: its answer says so, and no tool ran here.
        span.tool_name = span.tool_call_id = ""
        span.tool_arguments = span.tool_result = None


def settle_call(span: Span) -> None:
    """Models, provider and token counts of a call."""
    if span.request_model or span.response_model:
        _settle_model(span)
    if span.input_tokens is not None or span.output_tokens is not None or span.total_tokens is not None:
        settle_tokens(span)


def settle_time(span: Span, raw: RawSpan, received_ns: int) -> None:
    """Duration of at least 0; a start that cannot be true becomes the time of arrival."""
    duration = raw.end_ns - raw.start_ns
    if duration < 0:
        duration = 0
        add_flag(span, "negative_duration")
    if not is_plausible(raw.start_ns, received_ns):
        add_flag(span, "clock")
        span.attributes = {**span.attributes, ORIGINAL_START: raw.start_ns}
        span.start_ns = received_ns
        # The end may be as wrong as the start: only a short distance between them is believed.
        duration = duration if duration <= _DAY_NS else 0
    span.duration_ns = duration


def settle_status(span: Span, raw: RawSpan) -> None:
    """Status: what a dialect said, made an error by the OTLP status; the message beside it."""
    code = raw.status_code
    if code == 2 or span.status == "unset":
        span.status = _STATUSES[code] if 0 <= code <= 2 else "unset"  # type: ignore[assignment]
    if raw.status_message and not span.status_message:
        span.status_message = raw.status_message
    if span.error_type and span.status == "unset":
        span.status = "error"
    if TRACEBACK in span.status_message and (
        "error.message" in raw.attributes or any(event.attributes.get("exception.stacktrace") for event in raw.events)
    ):
        span.status_message = _reason(span.status_message)


def _reason(message: str) -> str:
    """What went wrong, without the traceback that some senders append to it and that is kept elsewhere."""
    head, _, rest = message.partition(TRACEBACK)
    return head.strip() or rest.strip().rpartition("\n")[2].strip() or message


def _read_events(span: Span, raw: RawSpan) -> None:
    events = raw.events
    span.events = [SpanEvent(event.name, event.time_ns, event.attributes) for event in events]
    for event in events:
        name = event.name
        if name == "exception":
            _read_exception(span, event)
        elif name in _CHUNKS:
            if span.ttft_ns is None and event.time_ns >= raw.start_ns:
                span.ttft_ns = event.time_ns - raw.start_ns
            if span.streaming is None:
                span.streaming = True


def _read_exception(span: Span, event: RawEvent) -> None:
    # A handled exception is recorded without failing the span: then it is only an event.
    if span.status != "error":
        return
    if not span.error_type:
        span.error_type = text_from(event.attributes.get("exception.type")) or ""
    if not span.status_message:
        span.status_message = text_from(event.attributes.get("exception.message")) or ""


def settle_content(span: Span) -> None:
    """System prompt apart from the messages, and their text."""
    messages = span.input
    if messages:
        if messages[0]["role"] == "system":
            count = 1
            while count < len(messages) and messages[count]["role"] == "system":
                count += 1
            if not span.system_prompt:
                span.system_prompt = text_of(messages[:count])
            span.input = messages = messages[count:]
        if not span.input_text:
            span.input_text = text_of(messages)
    if span.output:
        if not span.output_text:
            span.output_text = text_of(span.output)
        if not span.finish_reasons and span.kind in ("llm", "other"):
            span.finish_reasons = [
                reason for message in span.output if (reason := finish_from(message.get("finish_reason")))
            ]


def _infer_kind(span: Span) -> None:
    has_model = bool(span.request_model or span.response_model)
    if has_model and (span.input_tokens is not None or span.output_tokens is not None or span.output):
        span.kind = "embedding" if "embed" in (span.request_model or span.response_model).lower() else "llm"
    elif span.tool_name:
        span.kind = "tool"
    elif span.documents:
        span.kind = "retriever"


def _settle_tool(span: Span) -> None:
    """Name, arguments and result of a call, from the general input and output where nothing better was sent."""
    if not span.tool_name:
        span.tool_name = span.name.removeprefix("execute_tool ").removeprefix("running tool: ")
    if span.tool_arguments is None and span.input:
        span.tool_arguments = arguments_of(span.input_text)
    if span.tool_result is None and span.output:
        span.tool_result = decode_json(span.output_text)
    elif isinstance(span.tool_result, dict) and is_message(span.tool_result):
        _unwrap_result(span, span.tool_result)
    if not span.input and not span.input_text and span.tool_arguments is not None:
        span.input_text = text_from(span.tool_arguments) or ""
    if not span.output and not span.output_text and span.tool_result is not None:
        span.output_text = text_from(span.tool_result) or ""


def _unwrap_result(span: Span, said: dict[str, Any]) -> None:
    """LangChain's tools answer with a message, which holds the result and the id of the call."""
    message = message_from(said, "")
    parts = [part for part in message["parts"] if part.get("type") == "tool_call_response"]
    if message["role"] == "tool" and len(parts) == 1:
        span.tool_result = parts[0].get("response")
        span.tool_call_id = span.tool_call_id or parts[0].get("id") or ""


def _settle_retrieval(span: Span) -> None:
    if not span.query and span.input_text:
        query = arguments_of(span.input_text)
        if isinstance(query, dict):
            query = next((query[key] for key in ("query", "question", "input", "text") if query.get(key)), None)
        elif isinstance(query, list):
            query = query[0] if query and isinstance(query[0], str) else None
        span.query = text_from(query) or span.input_text
    if not span.documents and span.output_text:
        span.documents = documents_of(decode_json(span.output_text))
    if span.kind == "reranker" and not span.input_documents:
        given = arguments_of(span.input_text)
        span.input_documents = documents_of(given) if isinstance(given, dict) else []
    if not span.input_text:
        span.input_text = span.query
    if not span.output and not span.output_text and span.documents:
        span.output_text = "\n".join(document.content for document in span.documents if document.content)


def _settle_model(span: Span) -> None:
    if not span.request_model:
        span.request_model = span.response_model
    if not span.provider and span.kind in ("llm", "embedding", "reranker"):
        span.provider = provider_of_model(span.response_model or span.request_model)


# Beginnings of model names that only one maker uses.
_MAKERS = (
    ("gpt-", "openai"), ("o1", "openai"), ("o3", "openai"), ("o4", "openai"), ("text-embedding-3", "openai"),
    ("text-embedding-ada", "openai"), ("claude-", "anthropic"), ("gemini-", "gcp.gemini"), ("command-", "cohere"),
    ("mistral-", "mistral_ai"), ("grok-", "x_ai"), ("deepseek-", "deepseek"),
)  # fmt: skip


def provider_of_model(model: str) -> str:
    """The maker a model's name tells, "" when it tells none. "anthropic/claude-sonnet-4-5" names it outright."""
    head, slash, rest = model.lower().partition("/")
    if slash and rest:
        return provider_from(head) or ""
    return next((provider for start, provider in _MAKERS if head.startswith(start)), "")


def _settle_ttft(span: Span) -> None:
    """Who tells of a first token streams. One after the end: some write milliseconds where seconds are the rule."""
    if span.streaming is None:
        span.streaming = True
    ttft = span.ttft_ns or 0
    if ttft <= span.duration_ns:
        return
    if ttft // 1000 <= span.duration_ns:
        span.ttft_ns = ttft // 1000
    else:
        add_flag(span, "ttft")


_CONTEXT = {
    "session_id": "session", "session.id": "session", "sessionId": "session", "thread_id": "session",
    "conversation_id": "session", "user_id": "user", "user.id": "user", "userId": "user", "tenant": "tenant",
    "tenant_id": "tenant", "tenantId": "tenant", "org_id": "tenant", "customer_id": "tenant", "team": "team",
    "team_id": "team", "feature": "feature", "environment": "environment", "env": "environment",
    "release": "release", "version": "release", "prompt_label": "prompt_label", "lc_agent_name": "agent",
    "langfuse_session_id": "session", "langfuse_user_id": "user",
}  # fmt: skip


_RANKS = {key: rank for rank, key in enumerate(_CONTEXT)}


def _rank(key: str) -> int:
    return _RANKS.get(key, len(_RANKS))


def _settle_context(span: Span) -> None:
    """Who and what for, from metadata and from tags such as "team:search", where nothing better was sent."""
    said = span.metadata
    for tag in span.tags:
        if ":" in tag:
            key, _, value = tag.partition(":")
            if value:
                said = {key: value, **said}
    # The more usual word comes first in _CONTEXT; the keys of one span are fewer than those words.
    for key in said if len(said) < 2 else sorted(said, key=_rank):
        name = _CONTEXT.get(key)
        if name is not None and not getattr(span, name) and (text := text_from(said[key])) is not None:
            setattr(span, name, text)
    if not span.tags and "tags" in said:
        span.tags = texts_from(said["tags"]) or []


def add_flag(span: Span, flag: str) -> None:
    """Marks a defect of the data once."""
    if flag not in span.flags:
        span.flags = [*span.flags, flag]
