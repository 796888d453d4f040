"""Limits on single values, and the marks they leave on a record."""

from nervure.decode.wire import DecodeLimits
from nervure.model.raw import RawBatch

TRUNCATED = "truncated"
ATTRIBUTES_DROPPED = "attributes_dropped"
INVALID_UTF8 = "invalid_utf8"
INVALID_VALUE = "invalid_value"
INVALID_TIME = "invalid_time"
INVALID_ID = "invalid_id"
SENDER_DROPPED = "sender_dropped"

MAX_TIME_NS = (1 << 64) - 1


def flag(flags: list[str], name: str) -> bool:
    """Marks once. True, so that it can stand in a condition."""
    if name not in flags:
        flags.append(name)
    return True


def refuse(batch: RawBatch, reason: str) -> None:
    """Counts one record that could not be read."""
    batch.refused[reason] = batch.refused.get(reason, 0) + 1


def cut(text: str, limits: DecodeLimits, flags: list[str]) -> str:
    """The text, or as much of its beginning as fits `max_attribute_bytes` of UTF-8, flagged."""
    # A character takes at most four bytes: short texts need no encoding to know that they fit.
    if len(text) * 4 <= limits.max_attribute_bytes:
        return text
    data = text.encode("utf-8", "replace")
    if len(data) <= limits.max_attribute_bytes:
        return text
    flag(flags, TRUNCATED)
    return data[: limits.max_attribute_bytes].decode("utf-8", "ignore")
