"""Langfuse's scores on their own path: one, or from SDK 5 on a list of them."""

from typing import Any

import orjson

from nervure.base.errors import DecodeError
from nervure.decode.formats.plain_answer import words
from nervure.decode.formats.values import refuse
from nervure.decode.formats.vendor_scores import langfuse_score
from nervure.decode.wire import DecodeLimits, Outcome, Request, Wire
from nervure.model.raw import RawBatch

SHAPE = 'the body is not a score such as {"traceId": .., "name": .., "value": ..}, or a list of them'
NO_SCORE = "a score must have a name, a value and a traceId, observationId, sessionId or datasetRunId"


def decode(body: bytes | bytearray, request: Request, limits: DecodeLimits) -> RawBatch:
    """Scores. Raises DecodeError for another shape."""
    try:
        held: Any = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise DecodeError(f"{SHAPE}: {error}") from error
    listed = held if isinstance(held, list) else [held]
    batch = RawBatch()
    for value in listed:
        # From version 5 on each is wrapped like an event of the batch ingestion, or bare.
        bare = value.get("body", value) if isinstance(value, dict) else None
        score = langfuse_score(bare) if isinstance(bare, dict) else None
        if score is None:
            refuse(batch, NO_SCORE)
        else:
            batch.scores.append(score)
    # One is answered by its id, of a list is said how many were taken.
    batch.receipt = batch.scores[0].id if isinstance(held, dict) and batch.scores else len(batch.scores)
    return batch


def answer(outcome: Outcome, content_type: str) -> bytes:
    """One score is answered by its id, a list by its counts: an answer of ids makes the SDK believe they were dropped."""
    if not outcome.is_success:
        return words("message")(outcome, content_type)
    if isinstance(outcome.receipt, str):
        return orjson.dumps({"id": outcome.receipt})
    if not outcome.rejected:
        return orjson.dumps({"message": "Accepted"})
    told = {"accepted": outcome.receipt or 0, "rejected": outcome.rejected, "errors": [{"message": outcome.message}]}
    return orjson.dumps(told)


def conclude(outcome: Outcome) -> tuple[int, dict[str, str]]:
    """200 for one, 202 for a list, 207 when some were refused."""
    return (207 if outcome.rejected else 200 if isinstance(outcome.receipt, str) else 202), {}


WIRE = Wire(
    name="langfuse_scores",
    signal="mixed",
    paths=("/api/public/scores",),
    decode=decode,
    answer=answer,
    content_types=("application/json",),
    conclude=conclude,
    is_itemised=True,
)
