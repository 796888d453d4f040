"""Datadog LLM Observability's own intake: events of spans, straight or through the agent's proxy."""

from typing import Any

import orjson

from nervure.base.errors import DecodeError
from nervure.decode.formats import datadog
from nervure.decode.formats.json_log import Origins
from nervure.decode.formats.plain_answer import words
from nervure.decode.formats.values import refuse
from nervure.decode.wire import DecodeLimits, Outcome, Request, Wire
from nervure.model.raw import RawBatch

SHAPE = 'the body is not a list of {"event_type": "span", "spans": [..]}'
NO_IDS = "a span must have a trace_id (32 hex digits or a number) and a span_id (a number)"


def decode(body: bytes | bytearray, request: Request, limits: DecodeLimits) -> RawBatch:
    """Spans of all envelopes. Raises DecodeError for another shape."""
    try:
        held = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise DecodeError(f"{SHAPE}: {error}") from error
    batch, origins = RawBatch(), Origins(datadog.SCOPE)
    for envelope in held if isinstance(held, list) else [held]:
        spans: Any = envelope.get("spans") if isinstance(envelope, dict) else None
        if not isinstance(spans, list):
            raise DecodeError(SHAPE)
        for value in spans:
            record = datadog.event(value, origins, limits) if isinstance(value, dict) else None
            if record is None:
                refuse(batch, NO_IDS)
            else:
                batch.spans.append(record)
    return batch


def conclude(outcome: Outcome) -> tuple[int, dict[str, str]]:
    """202, as the intake says it."""
    return 202, {}


WIRE = Wire(
    name="datadog_llmobs",
    signal="traces",
    paths=("/api/v2/llmobs",),
    decode=decode,
    answer=words(success=b"{}"),
    content_types=("application/json",),
    conclude=conclude,
)
