"""OpenAI Agents SDK's own exporter (`BackendSpanExporter(endpoint=...)`): traces and spans in one list.

A trace is an object of its own without times: it becomes the root span, from the first to the last span that comes with
it. Source: https://openai.github.io/openai-agents-python/tracing/ and the SDK's processors.
"""

from collections.abc import Mapping
from typing import Any

import orjson

from nervure.base.clock import parse_iso
from nervure.base.errors import DecodeError
from nervure.base.ids import digest
from nervure.decode.formats.json_log import Origins
from nervure.decode.formats.plain_answer import words
from nervure.decode.formats.values import cut, refuse
from nervure.decode.wire import DecodeLimits, Request, Wire
from nervure.model.raw import Attributes, RawBatch, RawSpan

SPAN = "openai_agents.span"
TRACE = "openai_agents.trace"
SHAPE = 'the body is not {"data": [{"object": "trace" or "trace.span", ..}]}'
NO_IDS = "a span must have an id, a trace_id, started_at and ended_at"
RESOURCE: Attributes = {"telemetry.sdk.name": "openai-agents"}
OK, ERROR = 1, 2


def decode(body: bytes | bytearray, request: Request, limits: DecodeLimits) -> RawBatch:
    """Spans, the traces among them. Raises DecodeError for another shape."""
    try:
        items = orjson.loads(body)["data"]
    except (orjson.JSONDecodeError, KeyError, TypeError) as error:
        raise DecodeError(SHAPE) from error
    if not isinstance(items, list):
        raise DecodeError(SHAPE)
    batch, origin = RawBatch(), Origins("openai-agents").of(RESOURCE)
    traces: dict[str, Mapping[str, Any]] = {}
    for item in items:
        if isinstance(item, dict) and item.get("object") == "trace" and item.get("id"):
            traces[str(item["id"])] = item
            continue
        made = _span(item, limits) if isinstance(item, dict) and item.get("object") == "trace.span" else None
        if made is None:
            refuse(batch, NO_IDS)
        else:
            made.origin = origin
            batch.spans.append(made)
    for identity, trace in traces.items():
        root = _root(identity, trace, [span for span in batch.spans if span.trace_id == _hex(identity, 32)], limits)
        if root is not None:
            root.origin = origin
            batch.spans.append(root)
            _share(root, batch.spans)
    return batch


def _span(item: Mapping[str, Any], limits: DecodeLimits) -> RawSpan | None:
    flags: list[str] = []
    identity, trace = item.get("id"), item.get("trace_id")
    data = item.get("span_data") if isinstance(item.get("span_data"), dict) else {}
    try:
        start_ns, end_ns = parse_iso(str(item.get("started_at"))), parse_iso(str(item.get("ended_at")))
    except (ValueError, OverflowError):
        return None
    if not identity or not trace or data is None:
        return None
    error = item.get("error") if isinstance(item.get("error"), dict) else {}
    told = _told(error or {})
    return RawSpan(
        origin=Origins().of({}),
        trace_id=_hex(str(trace), 32),
        span_id=_hex(str(identity), 16),
        # Nobody's child is the trace's.
        parent_id=_hex(str(item.get("parent_id") or trace), 16),
        name=cut(str(data.get("name") or data.get("type") or "span"), limits, flags),
        kind=0,
        start_ns=max(start_ns, 0),
        end_ns=max(end_ns, 0),
        status_code=ERROR if error else OK,
        status_message=cut(told, limits, flags),
        attributes={SPAN: data},
        flags=flags,
    )


def _told(error: Mapping[str, Any]) -> str:
    data = error.get("data")
    inner = data.get("error") if isinstance(data, dict) else None
    return ": ".join(str(text) for text in (error.get("message"), inner) if text)


def _root(identity: str, trace: Mapping[str, Any], spans: list[RawSpan], limits: DecodeLimits) -> RawSpan | None:
    """The trace as a span; None when none of its spans came along, for then nobody knows when it was."""
    if not spans:
        return None
    flags: list[str] = []
    return RawSpan(
        origin=spans[0].origin,
        trace_id=_hex(identity, 32),
        span_id=_hex(identity, 16),
        parent_id="",
        name=cut(str(trace.get("workflow_name") or "trace"), limits, flags),
        kind=0,
        start_ns=min(span.start_ns for span in spans),
        end_ns=max(span.end_ns for span in spans),
        status_code=0,
        status_message="",
        attributes={TRACE: {key: trace[key] for key in ("workflow_name", "group_id", "metadata") if trace.get(key)}},
        flags=flags,
    )


def _share(root: RawSpan, spans: list[RawSpan]) -> None:
    """What the trace says holds for each of its spans."""
    for span in spans:
        if span.trace_id == root.trace_id:
            span.attributes[TRACE] = root.attributes[TRACE]


def _hex(identity: str, digits: int) -> str:
    """The hex digits of trace_<32> and span_<24>, cut; of an id the user made up, its digest."""
    bare = identity.rpartition("_")[2].lower()
    if len(bare) >= digits and all(letter in "0123456789abcdef" for letter in bare) and int(bare[:digits], 16):
        return bare[:digits]
    return digest(identity.encode("utf-8", "replace"))[:digits]


WIRE = Wire(
    name="openai_agents",
    signal="traces",
    paths=("/v1/traces/ingest",),
    decode=decode,
    answer=words(success=b"{}"),
    content_types=("application/json",),
)
