"""Answers as Weave's trace server gives them; its errors say their reason."""

from typing import Any

import orjson

from nervure.decode.wire import Outcome


def answer(outcome: Outcome, content_type: str) -> bytes:
    """What became of each call or piece of feedback; a request of which nothing could be read says why."""
    if not outcome.is_success:
        return orjson.dumps({"reason": outcome.message, "detail": outcome.message})
    what, told = outcome.receipt or ("", [])
    said: dict[str, Any]
    if what in ("start", "feedback"):
        said = told[0] if told else {}
    elif what in ("upsert_batch", "feedback_batch"):
        said = {"res": told}
    else:
        said = {}
    return orjson.dumps({**said, "errors": [outcome.message]} if outcome.rejected else said)


def conclude(outcome: Outcome) -> tuple[int, dict[str, str]]:
    """200; 422, as Weave, when nothing could be read."""
    _, told = outcome.receipt or ("", [None])
    return (422, {}) if outcome.rejected and not told else (200, {})
