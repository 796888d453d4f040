"""Spans that are known to be stored, as they should have been: OTLP traces on a path of their own.

The stored span is looked up however long ago it came, what is sent replaces what it said, and charts and sums count it
once, as it is now. The ordinary path would not look up a span older than a quarter of an hour, and count it again.
"""

from nervure.decode.wire import DecodeLimits, Request, Wire
from nervure.decode.wires import otlp_traces
from nervure.model.raw import RawBatch, RawPart, RawSpan


def decode(body: bytes | bytearray, request: Request, limits: DecodeLimits) -> RawBatch:
    """Parts that continue stored spans. Raises as OTLP traces do."""
    batch = otlp_traces.decode(body, request, limits)
    batch.parts = [_part(span) for span in batch.spans]
    batch.spans = []
    return batch


def _part(span: RawSpan) -> RawPart:
    return RawPart(
        origin=span.origin,
        trace_id=span.trace_id,
        span_id=span.span_id,
        parent_id=span.parent_id,
        name=span.name,
        start_ns=span.start_ns,
        end_ns=span.end_ns,
        status_code=span.status_code,
        status_message=span.status_message,
        attributes=span.attributes,
        events=span.events,
        flags=span.flags,
        kind=span.kind,
        links=span.links,
    )


WIRE = Wire(
    name="otlp_corrections",
    signal="traces",
    paths=("/v1/traces/corrections",),
    decode=decode,
    answer=otlp_traces.WIRE.answer,
    content_types=otlp_traces.WIRE.content_types,
)
