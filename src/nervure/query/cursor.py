"""Cursors of lists: opaque to the caller, checked on return, free of state on our side."""

import base64
import binascii
import hashlib
import json
from typing import Any

from nervure.base.errors import QueryError

ADVICE = "a cursor is the next_cursor of the page before, with the same filter and order: begin again without one"


def encode(question: tuple[Any, ...], place: list[Any]) -> str:
    """The cursor of a place in the answer to a question (filter, order ...). place: JSON values."""
    body = json.dumps([_mark(question), *place], separators=(",", ":"), ensure_ascii=False)
    return base64.urlsafe_b64encode(body.encode()).decode().rstrip("=")


def decode(question: tuple[Any, ...], cursor: str, kinds: tuple[type, ...]) -> list[Any] | None:
    """The place of a cursor, None for no cursor. kinds: types of the place's values.

    Raises QueryError for anything `encode` did not make for this question.
    """
    if not cursor:
        return None
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        held: list[Any] = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
        mark, place = held[0], held[1:]
    except (binascii.Error, ValueError, TypeError, LookupError, RecursionError):
        raise QueryError(f"this cursor cannot be read: {ADVICE}") from None
    if mark != _mark(question):
        raise QueryError(f"this cursor belongs to another question: {ADVICE}")
    if len(place) != len(kinds) or any(type(value) is not kind for value, kind in zip(place, kinds, strict=False)):
        raise QueryError(f"this cursor cannot be read: {ADVICE}")
    return place


def _mark(question: tuple[Any, ...]) -> str:
    return hashlib.blake2b(repr(question).encode(), digest_size=6).hexdigest()
