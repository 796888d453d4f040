"""Opik's spans and traces: batches of them, and single ones."""

from typing import Any

import orjson

from nervure.base.errors import DecodeError
from nervure.decode.formats import opik
from nervure.decode.formats.json_log import Origins
from nervure.decode.formats.opik_answer import Told, answer, conclude, postpone
from nervure.decode.formats.values import refuse
from nervure.decode.wire import DecodeLimits, Request, Wire
from nervure.model.raw import RawBatch


def decode(body: bytes | bytearray, request: Request, limits: DecodeLimits) -> RawBatch:
    """Parts of spans. Raises DecodeError for another shape."""
    is_batch, is_spans = request.pattern.endswith("/batch"), "/spans" in request.pattern
    what = "spans" if is_spans else "traces"
    batch, origins = RawBatch(), Origins("opik")
    for item in _items(body, what) if is_batch else [_object(body, what)]:
        make = opik.span_part if is_spans else opik.trace_part
        part = make(item, item.get("id"), origins, limits) if isinstance(item, dict) else None
        if part is None:
            refuse(batch, opik.NO_SPAN if is_spans else opik.NO_TRACE)
        else:
            batch.parts.append(part)
    batch.receipt = Told(204 if is_batch else 201, len(batch.parts))
    return batch


def _items(body: bytes | bytearray, what: str) -> list[Any]:
    items = _object(body, what).get(what)
    if not isinstance(items, list):
        raise DecodeError(f'the body is not {{"{what}": [{{"id": .., "start_time": ..}}]}}')
    return items


def _object(body: bytes | bytearray, what: str) -> dict[str, Any]:
    try:
        held = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise DecodeError(f"the body is not JSON: {error}") from error
    if not isinstance(held, dict):
        raise DecodeError(f"the body is not an object of {what}")
    return held


WIRE = Wire(
    name="opik_batches",
    signal="traces",
    paths=(
        "/v1/private/spans/batch",
        "/v1/private/traces/batch",
        "/v1/private/spans",
        "/v1/private/traces",
    ),
    decode=decode,
    answer=answer,
    content_types=("application/json",),
    conclude=conclude,
    postpone=postpone,
    is_itemised=True,
)
