"""Answers as Opik gives them: nothing when all is well, a list of errors otherwise."""

import math
from dataclasses import dataclass

import orjson

from nervure.decode.wire import Outcome


@dataclass(frozen=True, slots=True)
class Told:
    """status: of an answer that says all is well. taken: items that could be read."""

    status: int
    taken: int


def answer(outcome: Outcome, content_type: str) -> bytes:
    """Empty, or the errors."""
    if outcome.is_success and not outcome.rejected:
        return b""
    return orjson.dumps({"errors": [outcome.message], "code": outcome.status, "message": outcome.message})


def postpone(outcome: Outcome) -> tuple[int, dict[str, str]]:
    """429 with RateLimit-Reset, in seconds, whatever the trouble: until then Opik's client keeps what it could not send.

    Without that header, and of any 503, it tries a few times and then drops the batch.
    """
    return 429, {"ratelimit-reset": str(max(1, math.ceil(outcome.retry_after_s or 0)))}


def conclude(outcome: Outcome) -> tuple[int, dict[str, str]]:
    """204 (201 for a single item). 207 when some items were refused; 422, as Opik, when nothing could be read."""
    told = outcome.receipt if isinstance(outcome.receipt, Told) else Told(204, 1)
    if not outcome.rejected:
        return told.status, {}
    return (207, {}) if told.taken else (422, {})
