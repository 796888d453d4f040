"""Values as the store keeps them: exact JSON, bounded numbers, times as decimal text."""

import base64
import math
import re
from typing import Any

import orjson

UINT32_MAX = (1 << 32) - 1
UINT64_MAX = (1 << 64) - 1
INT64_MAX = (1 << 63) - 1
NS_PER_S = 1_000_000_000

# Marks JSON that plain JSON cannot hold: bytes, NaN, infinities, integers over 64 bits, keys that look like our marks.
EXACT = "$exact"
_SURROGATE = re.compile("[\ud800-\udfff]")


def dump(value: Any) -> bytes:
    """Compact JSON from which `load` restores the same value; tuples come back as lists."""
    try:
        text = orjson.dumps(value)
    except TypeError:
        return orjson.dumps({EXACT: _tag(value)})
    # orjson writes NaN as null without a word.
    if (b"null" in text and _has_odd_float(value)) or (type(value) is dict and EXACT in value):
        return orjson.dumps({EXACT: _tag(value)})
    return text


def load(text: str | bytes) -> Any:
    """The value `dump` was given."""
    value = orjson.loads(text)
    if type(value) is dict and EXACT in value:
        return _untag(value[EXACT])
    return value


def fragment(value: Any) -> Any:
    """A container as a column's value: the engine reads an object or array into a String column as its raw text,

    which spares escaping it a second time.
    """
    return orjson.Fragment(dump(value))


def text_of(stored: Any) -> str | bytes:
    """The text of a stored container, whether it comes from the engine or straight from a row."""
    if isinstance(stored, orjson.Fragment):
        return orjson.dumps(stored)
    return stored if isinstance(stored, str | bytes) else dump(stored)


def clean_text(text: str) -> str:
    """Text that UTF-8 can hold: lone surrogates become U+FFFD."""
    return _SURROGATE.sub("\ufffd", text)


def bounded(value: int, largest: int) -> int:
    """The nearest number an unsigned column can hold."""
    return 0 if value < 0 else largest if value > largest else value


def time_text(ns: int) -> str:
    """Seconds and nine decimals: the engine takes large integers for DateTime64(9) as overflowing seconds.

    Times before 1970 or after 2262 become the nearest the column can hold.
    """
    if ns < 0:
        ns = 0
    elif ns > INT64_MAX:
        ns = INT64_MAX
    return f"{ns // NS_PER_S}.{ns % NS_PER_S:09d}"


def time_ns(stored: Any) -> int:
    """ns of what `time_text` wrote, or of an integer that is ns already. Raises ValueError for a datetime."""
    if isinstance(stored, int):
        return stored
    if not isinstance(stored, str):
        raise ValueError(
            f"a time came as {type(stored).__name__}, which has no nanoseconds: select SPAN_COLUMNS (LOG_COLUMNS, ...)"
        )
    seconds, _, fraction = stored.partition(".")
    return int(seconds) * NS_PER_S + int(fraction.ljust(9, "0")[:9] or 0)


def _has_odd_float(value: Any) -> bool:
    if isinstance(value, float):
        return not math.isfinite(value)
    if isinstance(value, dict):
        return any(map(_has_odd_float, value.values()))
    return isinstance(value, list | tuple) and any(map(_has_odd_float, value))


def _tag(value: Any) -> Any:
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return clean_text(value)
    if isinstance(value, int):
        return value if -INT64_MAX - 1 <= value <= UINT64_MAX else {"$int": str(value)}
    if isinstance(value, float):
        return value if math.isfinite(value) else {"$float": repr(value)}
    if isinstance(value, bytes | bytearray):
        return {"$bytes": base64.b64encode(value).decode()}
    if isinstance(value, dict):
        pairs = {clean_text(str(key)): _tag(item) for key, item in value.items()}
        return {"$dict": pairs} if any(key.startswith("$") for key in pairs) else pairs
    if isinstance(value, list | tuple):
        return [_tag(item) for item in value]
    return clean_text(str(value))


def _untag(value: Any) -> Any:
    if isinstance(value, list):
        return [_untag(item) for item in value]
    if not isinstance(value, dict):
        return value
    if len(value) == 1:
        mark, held = next(iter(value.items()))
        if mark == "$int":
            return int(held)
        if mark == "$float":
            return float(held)
        if mark == "$bytes":
            return base64.b64decode(held)
        if mark == "$dict":
            return {key: _untag(item) for key, item in held.items()}
    return {key: _untag(item) for key, item in value.items()}
