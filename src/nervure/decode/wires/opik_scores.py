"""Opik's feedback scores of spans, traces and threads."""

from typing import Any

import orjson

from nervure.base.errors import DecodeError
from nervure.decode.formats import opik
from nervure.decode.formats.opik_answer import Told, answer, conclude, postpone
from nervure.decode.formats.values import refuse
from nervure.decode.wire import DecodeLimits, Request, Wire
from nervure.model.raw import RawBatch
from nervure.model.score import Score

SHAPE = 'the body is not {"scores": [{"id": .., "name": .., "value": 0.5}]}'


def decode(body: bytes | bytearray, request: Request, limits: DecodeLimits) -> RawBatch:
    """Scores. Raises DecodeError for another shape."""
    try:
        held = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise DecodeError(f"{SHAPE}: {error}") from error
    if not isinstance(held, dict):
        raise DecodeError(SHAPE)
    target = request.path.get("id")
    items: Any = [{**held, "id": target}] if target else held.get("scores")
    if not isinstance(items, list):
        raise DecodeError(SHAPE)
    what = next(word for word in ("threads", "traces", "spans") if f"/{word}/" in request.pattern)
    batch, made = RawBatch(), dict[str, Score]()
    for item in items:
        score = opik.score(item, what) if isinstance(item, dict) else None
        if score is None:
            refuse(batch, opik.NO_SCORE)
        else:
            # Of one score said twice the last counts.
            made[score.id] = score
    batch.scores = list(made.values())
    batch.receipt = Told(204, len(batch.scores))
    return batch


WIRE = Wire(
    name="opik_scores",
    signal="traces",
    paths=(
        "/v1/private/traces/threads/feedback-scores",
        "/v1/private/spans/feedback-scores",
        "/v1/private/traces/feedback-scores",
        "/v1/private/spans/{id}/feedback-scores",
        "/v1/private/traces/{id}/feedback-scores",
    ),
    methods=("PUT",),
    decode=decode,
    answer=answer,
    content_types=("application/json",),
    conclude=conclude,
    postpone=postpone,
    is_itemised=True,
)
