"""LangSmith's feedback on its own path."""

import orjson

from nervure.base.errors import DecodeError
from nervure.decode.formats import langsmith
from nervure.decode.formats.plain_answer import words
from nervure.decode.wire import DecodeLimits, Outcome, Request, Wire
from nervure.decode.wires.langsmith_runs import NO_FEEDBACK
from nervure.model.raw import RawBatch


def decode(body: bytes | bytearray, request: Request, limits: DecodeLimits) -> RawBatch:
    """One score. Raises DecodeError for anything else."""
    try:
        held = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise DecodeError(f"the body is not JSON: {error}") from error
    score = langsmith.score(held) if isinstance(held, dict) else None
    if score is None:
        raise DecodeError(NO_FEEDBACK)
    return RawBatch(scores=[score], receipt=held)


def answer(outcome: Outcome, content_type: str) -> bytes:
    """The feedback as it was sent: what the client reads back."""
    if not outcome.is_success:
        return words("detail")(outcome, content_type)
    return orjson.dumps(outcome.receipt or {})


WIRE = Wire(
    name="langsmith_feedback",
    signal="mixed",
    paths=("/feedback",),
    decode=decode,
    answer=answer,
    content_types=("application/json",),
    is_itemised=True,
)
