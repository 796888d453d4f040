"""OTLP traces: ExportTraceServiceRequest in protobuf or JSON."""

from typing import Any

from opentelemetry.proto.collector.trace.v1 import trace_service_pb2
from opentelemetry.proto.trace.v1 import trace_pb2

from nervure.decode.formats import otlp, otlp_json
from nervure.decode.formats.kept import keep, keep_json
from nervure.decode.formats.otlp_answer import CONTENT_TYPES, answers
from nervure.decode.formats.otlp_json import JsonObject, Malformed
from nervure.decode.formats.otlp_mend import Marks
from nervure.decode.formats.values import SENDER_DROPPED, flag, refuse
from nervure.decode.wire import DecodeLimits, Request, Wire, is_json
from nervure.model.raw import Attributes, Origin, RawBatch, RawEvent, RawLink, RawSpan

LEVELS = ("resource_spans", "scope_spans", "spans")
BAD_TRACE_ID = "trace_id must be 16 bytes (32 hex digits in JSON) and not all zero"
BAD_SPAN_ID = "span_id must be 8 bytes (16 hex digits in JSON) and not all zero"
NOT_AN_OBJECT = "a span must be an object"
NO_TRACE, NO_SPAN = bytes(16), bytes(8)
KINDS = {
    f"SPAN_KIND_{name}": number
    for number, name in enumerate(("UNSPECIFIED", "INTERNAL", "SERVER", "CLIENT", "PRODUCER", "CONSUMER"))
}
STATUS_CODES = {"STATUS_CODE_UNSET": 0, "STATUS_CODE_OK": 1, "STATUS_CODE_ERROR": 2}


def decode(body: bytes | bytearray, request: Request, limits: DecodeLimits) -> RawBatch:
    """Spans of a request. A span whose ids are none is refused alone."""
    return read_json(body, limits) if is_json(request.content_type) else PROTOBUF.decode(body, limits)


def read_protobuf(request: Any, limits: DecodeLimits, marks: Marks) -> RawBatch:
    batch = RawBatch()
    add, place = batch.spans.append, 0
    for origin, spans in otlp.groups(request, *LEVELS, limits):
        for span in spans:
            flags = marks.get(place, []) if marks else []
            place += 1
            trace_id, span_id = span.trace_id, span.span_id
            if len(trace_id) != 16 or trace_id == NO_TRACE:
                refuse(batch, BAD_TRACE_ID)
            elif len(span_id) != 8 or span_id == NO_SPAN:
                refuse(batch, BAD_SPAN_ID)
            else:
                add(_span(span, trace_id.hex(), span_id.hex(), origin, limits, flags))
    return batch


def _span(span: Any, trace_id: str, span_id: str, origin: Origin, limits: DecodeLimits, flags: list[str]) -> RawSpan:
    status = span.status
    kind, code, events, links = span.kind, status.code, span.events, span.links
    attributes = otlp.attributes_of(span.attributes, limits, flags)
    state, context = span.trace_state, span.flags
    if state or context:
        keep(attributes, trace_state=state, flags=context)
    if span.dropped_attributes_count or span.dropped_events_count or span.dropped_links_count:
        flag(flags, SENDER_DROPPED)
        keep(
            attributes,
            attributes=span.dropped_attributes_count,
            events=span.dropped_events_count,
            links=span.dropped_links_count,
        )
    return RawSpan(
        origin,
        trace_id,
        span_id,
        otlp.lenient_id(span.parent_span_id, 8, flags),
        span.name,
        kind if 0 <= kind <= 5 else 0,
        span.start_time_unix_nano,
        span.end_time_unix_nano,
        code if 0 <= code <= 2 else 0,
        status.message,
        attributes,
        [_event(event, limits, flags) for event in events] if events else [],
        [_link(link, limits, flags) for link in links] if links else [],
        flags,
    )


def _event(event: Any, limits: DecodeLimits, flags: list[str]) -> RawEvent:
    attributes = otlp.attributes_of(event.attributes, limits, flags)
    if dropped := event.dropped_attributes_count:
        keep(attributes, attributes=dropped)
    return RawEvent(event.name, event.time_unix_nano, attributes)


def _link(link: Any, limits: DecodeLimits, flags: list[str]) -> RawLink:
    attributes = otlp.attributes_of(link.attributes, limits, flags)
    keep(attributes, trace_state=link.trace_state, flags=link.flags, attributes=link.dropped_attributes_count)
    return RawLink(link.trace_id.hex(), link.span_id.hex(), attributes)


def read_json(body: bytes | bytearray, limits: DecodeLimits) -> RawBatch:
    batch = RawBatch()
    request, all_flags = otlp_json.load(body)
    for origin, spans in otlp_json.groups(request, "resourceSpans", "scopeSpans", "spans", limits):
        for span in spans:
            try:
                batch.spans.append(_json_span(span, origin, limits, list(all_flags)))
            except Malformed as reason:
                refuse(batch, str(reason))
    return batch


def _json_span(span: Any, origin: Origin, limits: DecodeLimits, flags: list[str]) -> RawSpan:
    if not isinstance(span, dict):
        raise Malformed(NOT_AN_OBJECT)
    status = span.get("status")
    status = status if isinstance(status, dict) else {}
    kind = otlp_json.enum_of(span.get("kind"), KINDS)
    code = otlp_json.enum_of(status.get("code"), STATUS_CODES)
    if any(span.get(name) for name in ("droppedAttributesCount", "droppedEventsCount", "droppedLinksCount")):
        flag(flags, SENDER_DROPPED)
    return RawSpan(
        origin,
        otlp_json.required_id(span.get("traceId"), 32, BAD_TRACE_ID),
        otlp_json.required_id(span.get("spanId"), 16, BAD_SPAN_ID),
        otlp_json.lenient_id(span.get("parentSpanId"), 16, flags),
        otlp_json.text_of(span.get("name")),
        kind if 0 <= kind <= 5 else 0,
        otlp_json.time_of(span.get("startTimeUnixNano"), "startTimeUnixNano", flags),
        otlp_json.time_of(span.get("endTimeUnixNano"), "endTimeUnixNano", flags),
        code if 0 <= code <= 2 else 0,
        otlp_json.text_of(status.get("message")),
        keep_json(otlp_json.attributes_of(span.get("attributes"), limits, flags), span),
        [
            RawEvent(
                otlp_json.text_of(event.get("name")),
                otlp_json.time_of(event.get("timeUnixNano"), "event.timeUnixNano", flags),
                keep_json(otlp_json.attributes_of(event.get("attributes"), limits, flags), event),
            )
            for event in otlp_json.members(span.get("events"))
        ],
        [_json_link(link, limits, flags) for link in otlp_json.members(span.get("links"))],
        flags,
    )


def _json_link(link: JsonObject, limits: DecodeLimits, flags: list[str]) -> RawLink:
    attributes: Attributes = keep_json(otlp_json.attributes_of(link.get("attributes"), limits, flags), link)
    return RawLink(
        otlp_json.lenient_id(link.get("traceId"), 32, flags),
        otlp_json.lenient_id(link.get("spanId"), 16, flags),
        attributes,
    )


PROTOBUF = otlp.Request(
    (trace_pb2, trace_service_pb2),
    "opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest",
    LEVELS,
    (frozenset({11, 13}),),  # events, links
    read_protobuf,
)

WIRE = Wire(
    name="otlp_traces",
    signal="traces",
    paths=("/v1/traces",),
    decode=decode,
    answer=answers(trace_service_pb2.ExportTraceServiceResponse, "rejected_spans"),
    content_types=CONTENT_TYPES,
)
