"""Stored spans back to raw ones, so that new or changed rules can be applied to history."""

from typing import Any

from nervure.model.log import LogRecord
from nervure.model.raw import Origin, RawEvent, RawLink, RawLog, RawSpan
from nervure.model.span import Span
from nervure.normalise.content import BROUGHT, TIME, contents_of
from nervure.normalise.finalise import ORIGINAL_START, SPAN_KINDS
from nervure.normalise.values import encode_json, text_from

_CODES = {"unset": 0, "ok": 1, "error": 2}
# Flags that normalising sets again when they still hold; others were set before it and stay.
_REMADE = frozenset({"token_breakdown", "ttft", "clock"})


def raw_of(span: Span) -> RawSpan:
    """The raw span a stored one was made of: normalising it again gives the same span while the rules are the same.

    Content that log records added is not part of it: see `content.contents_of`. The status is the canonical one, as
    the store keeps no other; a duration clamped to 0 stays 0 and keeps its flag.
    """
    attributes, start_ns = span.attributes, span.start_ns
    if BROUGHT in attributes:
        attributes = {key: value for key, value in attributes.items() if key != BROUGHT}
    if ORIGINAL_START in attributes:
        attributes = {key: value for key, value in attributes.items() if key != ORIGINAL_START}
        original = text_from(span.attributes[ORIGINAL_START]) or "0"
        start_ns = int(original) if original.lstrip("-").isdecimal() else 0
    return RawSpan(
        origin=origin_of(span.resource, span.scope),
        trace_id=span.trace_id,
        span_id=span.span_id,
        parent_id=span.parent_id,
        name=span.name,
        kind=SPAN_KINDS.index(span.span_kind) if span.span_kind in SPAN_KINDS else 0,
        start_ns=start_ns,
        end_ns=start_ns + span.duration_ns,
        status_code=_CODES[span.status],
        status_message=span.status_message,
        attributes=attributes,
        events=[RawEvent(event.name, event.time_ns, event.attributes) for event in span.events],
        links=[RawLink(link.trace_id, link.span_id, link.attributes) for link in span.links],
        flags=[flag for flag in span.flags if flag not in _REMADE],
    )


def origin_of(resource: dict[str, Any], scope: dict[str, Any]) -> Origin:
    """Resource and scope of a stored record."""
    inner = scope.get("attributes")
    return Origin(
        resource=resource,
        scope_name=text_from(scope.get("name")) or "",
        scope_version=text_from(scope.get("version")) or "",
        scope_attributes=inner if isinstance(inner, dict) else {},
        schema_url=text_from(scope.get("schema_url")) or "",
        resource_json=encode_json(resource),
        scope_json=encode_json(scope),
    )


def raw_log_of(log: LogRecord) -> RawLog:
    """The raw log record a stored one was made of."""
    return RawLog(
        origin_of(log.resource, log.scope), log.time_ns, log.observed_ns, log.trace_id, log.span_id, log.severity,
        log.severity_text, log.event_name, log.body, log.attributes, log.flags,
    )  # fmt: skip


# Where attributes say what log records brought: the first keys of `conventions.otel_genai`.
_KEYS = {
    "input": "gen_ai.input.messages", "output": "gen_ai.output.messages", "system_prompt": "gen_ai.system_instructions",
    "tool_definitions": "gen_ai.tool.definitions", "provider": "gen_ai.provider.name",
    "request_model": "gen_ai.request.model", "response_model": "gen_ai.response.model",
    "response_id": "gen_ai.response.id", "finish_reasons": "gen_ai.response.finish_reasons",
    "service_tier": "openai.response.service_tier", "input_tokens": "gen_ai.usage.input_tokens",
    "output_tokens": "gen_ai.usage.output_tokens", "total_tokens": "gen_ai.usage.total_tokens",
    "cached_input_tokens": "gen_ai.usage.cache_read.input_tokens",
    "cache_write_tokens": "gen_ai.usage.cache_write.input_tokens",
    "reasoning_tokens": "gen_ai.usage.reasoning.output_tokens",
    "audio_input_tokens": "gen_ai.usage.audio.input_tokens", "audio_output_tokens": "gen_ai.usage.audio.output_tokens",
    "error_type": "error.type",
}  # fmt: skip


def portable(span: Span) -> RawSpan:
    """The raw span with what log records brought to it as attributes, so that it says everything by itself."""
    raw = raw_of(span)
    more: dict[str, Any] = {}
    for content in contents_of(span):
        for field, value in content.items():
            key = _KEYS.get(field)
            if key is None or key in raw.attributes:
                continue
            if field in ("input", "output"):
                value = [{name: part for name, part in message.items() if name != TIME} for message in value]
            more[key] = value if isinstance(value, str | int) or field == "finish_reasons" else encode_json(value)
    if more:
        raw.attributes = {**raw.attributes, **more}
    return raw
