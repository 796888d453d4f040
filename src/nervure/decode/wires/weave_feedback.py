"""Weave's feedback on calls: reactions, notes and values."""

from typing import Any

import orjson

from nervure.base.errors import DecodeError
from nervure.decode.formats import weave
from nervure.decode.formats.values import refuse
from nervure.decode.formats.weave_answer import answer, conclude
from nervure.decode.wire import DecodeLimits, Request, Wire
from nervure.model.raw import RawBatch

SHAPE = 'the body is not {"weave_ref": "weave:///..", "feedback_type": .., "payload": {..}} or {"batch": [..]} of these'


def decode(body: bytes | bytearray, request: Request, limits: DecodeLimits) -> RawBatch:
    """Scores. Raises DecodeError for another shape."""
    try:
        held = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise DecodeError(f"{SHAPE}: {error}") from error
    if not isinstance(held, dict):
        raise DecodeError(SHAPE)
    is_batch = request.pattern.endswith("/batch/create")
    items: Any = held.get("batch") if is_batch else [held]
    if not isinstance(items, list):
        raise DecodeError(SHAPE)
    batch, told = RawBatch(), list[dict[str, Any]]()
    for item in items:
        score = weave.score(item) if isinstance(item, dict) else None
        if score is None:
            refuse(batch, weave.NO_FEEDBACK)
            continue
        batch.scores.append(score)
        told.append({
            "id": score.id, "created_at": item.get("created_at") or "", "wb_user_id": score.author,
            "payload": item["payload"],
        })  # fmt: skip
    batch.receipt = ("feedback_batch" if is_batch else "feedback", told)
    return batch


WIRE = Wire(
    name="weave_feedback",
    signal="traces",
    paths=("/feedback/batch/create", "/feedback/create"),
    decode=decode,
    answer=answer,
    content_types=("application/json",),
    conclude=conclude,
    is_itemised=True,
)
