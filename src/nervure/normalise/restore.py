"""Stored spans back to raw ones, so that new or changed rules can be applied to history."""

from nervure.model.raw import Origin, RawEvent, RawLink, RawSpan
from nervure.model.span import Span
from nervure.normalise.content import BROUGHT
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
    scope, resource = span.scope, span.resource
    inner = scope.get("attributes")
    return RawSpan(
        origin=Origin(
            resource=resource,
            scope_name=text_from(scope.get("name")) or "",
            scope_version=text_from(scope.get("version")) or "",
            scope_attributes=inner if isinstance(inner, dict) else {},
            schema_url=text_from(scope.get("schema_url")) or "",
            resource_json=encode_json(resource),
            scope_json=encode_json(scope),
        ),
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
