"""Datadog's trace agent: chunks of APM spans in MessagePack (v0.3, v0.4: lists of objects; v0.5: a table of texts).

LLM Observability rides along in `meta_struct._llmobs`. Spans of a chunk that holds such events belong to the trace those
name, which is another than APM's own.
Source: https://docs.datadoghq.com/tracing/guide/send_traces_to_agent_by_api/ and ddtrace's encoders.
"""

from collections.abc import Iterator
from typing import Any

import msgpack
import orjson

from nervure.base.errors import DecodeError
from nervure.decode.formats import datadog
from nervure.decode.formats.json_log import Origins
from nervure.decode.formats.values import refuse
from nervure.decode.wire import DecodeLimits, Outcome, Request, Wire
from nervure.model.raw import RawBatch

MSGPACK = "application/msgpack"
NO_IDS = "a span must have a span_id and its chunk a trace_id, both numbers other than 0"
SHAPE = "the body is not a list of chunks, each a list of spans"
# Positions of a span's values in v0.5; the first three are texts of the table.
COLUMNS = (
    "service", "name", "resource", "trace_id", "span_id", "parent_id", "start", "duration", "error", "meta", "metrics", "type",
)  # fmt: skip
TEXTS = frozenset({"service", "name", "resource", "type"})


def decode(body: bytes | bytearray, request: Request, limits: DecodeLimits) -> RawBatch:
    """Spans of all chunks. Raises DecodeError when the body is not what an agent gets."""
    batch, origins = RawBatch(), Origins(datadog.SCOPE)
    if not body:
        return batch
    for chunk in _chunks(bytes(body), request.content_type, limits):
        if not isinstance(chunk, list):
            raise DecodeError(SHAPE)
        spans = [span for span in chunk if isinstance(span, dict)]
        events = [_event(span) for span in spans]
        trace_id = _trace(spans, events)
        for span, event in zip(spans, events, strict=True):
            record = datadog.apm_span(span, trace_id, origins, limits, event) if trace_id else None
            if record is None:
                refuse(batch, NO_IDS)
            else:
                batch.spans.append(record)
        for _ in range(len(chunk) - len(spans)):
            refuse(batch, NO_IDS)
    return batch


def _chunks(body: bytes, content_type: str, limits: DecodeLimits) -> Iterator[Any]:
    try:
        if content_type.startswith("application/json"):
            held = orjson.loads(body)
        else:
            held = msgpack.unpackb(body, strict_map_key=False, unicode_errors="replace")
    except (ValueError, msgpack.UnpackException, RecursionError) as error:
        raise DecodeError(f"the body is not {content_type.partition(';')[0] or MSGPACK}: {error}") from error
    if not isinstance(held, list):
        raise DecodeError(SHAPE)
    is_table = len(held) == 2 and isinstance(held[0], list) and all(isinstance(text, str) for text in held[0])
    if not is_table or not held[0]:
        yield from held
        return
    texts, chunks = held
    for chunk in chunks if isinstance(chunks, list) else ():
        if not isinstance(chunk, list):
            raise DecodeError(SHAPE)
        yield [_from_table(texts, row) for row in chunk]


def _from_table(texts: list[str], row: Any) -> dict[str, Any]:
    if not isinstance(row, list) or len(row) != len(COLUMNS):
        return {}

    def text(at: Any) -> str:
        return texts[at] if isinstance(at, int) and 0 <= at < len(texts) else ""

    span = {name: text(value) if name in TEXTS else value for name, value in zip(COLUMNS, row, strict=True)}
    meta, metrics = span["meta"], span["metrics"]
    span["meta"] = {text(key): text(value) for key, value in meta.items()} if isinstance(meta, dict) else {}
    span["metrics"] = {text(key): value for key, value in metrics.items()} if isinstance(metrics, dict) else {}
    return span


def _event(span: dict[str, Any]) -> Any:
    """What LLM Observability says of a span: MessagePack within MessagePack."""
    struct = span.get("meta_struct")
    held = struct.get("_llmobs") if isinstance(struct, dict) else None
    if not isinstance(held, bytes):
        return held if isinstance(held, dict) else None
    try:
        event = msgpack.unpackb(held, strict_map_key=False, unicode_errors="replace")
    except (ValueError, msgpack.UnpackException, RecursionError):
        return None
    return event if isinstance(event, dict) else None


def _trace(spans: list[dict[str, Any]], events: list[Any]) -> str:
    for event in events:
        if event and (trace_id := datadog.trace_of(event.get("trace_id"))):
            return trace_id
    for span in spans:
        if low := datadog.whole(span.get("trace_id")) & 0xFFFFFFFFFFFFFFFF:
            meta = span.get("meta")
            # The upper half stands only at the first span of a chunk.
            high = next(
                (held for one in spans if isinstance(m := one.get("meta"), dict) and (held := m.get("_dd.p.tid"))), ""
            )
            return f"{high if isinstance(high, str) and len(high) == 16 and meta is not None else '0' * 16}{low:016x}"
    return ""


def answer(outcome: Outcome, content_type: str) -> bytes:
    """Sampling rates, as an agent tells them: everything is kept."""
    if outcome.is_success:
        return orjson.dumps({"rate_by_service": {"service:,env:": 1}})
    return orjson.dumps({"error": outcome.message})


WIRE = Wire(
    name="datadog_traces",
    signal="traces",
    paths=("/v0.3/traces", "/v0.4/traces", "/v0.5/traces"),
    decode=decode,
    answer=answer,
    content_types=("application/json", MSGPACK, "application/x-msgpack"),
)
