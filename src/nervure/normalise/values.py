"""Attribute values as senders write them, to the type a field wants. None: the value says nothing usable."""

import json
import math
from collections.abc import Mapping
from typing import Any

import orjson

# What redacting senders leave in place of content: the content is absent, this is not it.
REDACTED = frozenset(
    {
        "__REDACTED__",
        "<REDACTED>",
        "[REDACTED]",
        "<elided>",
        "<not specified>",
        "<fully masked due to failed mask function>",
        "[Scrubbed]",
    }
)
# Logfire names the word that made it scrub: [Scrubbed due to 'session'].
SCRUBBED = "[Scrubbed due to "
# What a sender's odd value may make a reader raise: the rule then says nothing, the span lives.
SENDER_FAULTS = (
    ValueError, TypeError, KeyError, IndexError, AttributeError, OverflowError, RecursionError, ZeroDivisionError,
)  # fmt: skip
# The store keeps token counts in 32 bits; a larger number is a mistake of the sender.
MOST_TOKENS = 2**32 - 1
NS_PER_S = 1_000_000_000
NS_PER_MS = 1_000_000


def decode_json(value: Any) -> Any:
    """One JSON decode of a string beginning with [ { or ", else the value as it is. Text that is no JSON stays text."""
    if type(value) is not str or not value:
        return value
    first = value[0]
    if first not in '[{"' and (not first.isspace() or value.lstrip()[:1] not in ("[", "{", '"')):
        return value
    try:
        return orjson.loads(value)
    except ValueError:
        return _decode_lenient(value)


def decode_kept(value: Any) -> Any:
    """As decode_json, for values kept as they are: what is nested deeper than encoders write stays text."""
    decoded = decode_json(value)
    if (type(decoded) is dict or type(decoded) is list) and is_too_deep(decoded):
        return value if isinstance(value, str) else encode_json(value)
    return decoded


def is_too_deep(value: Any) -> bool:
    """Whether a value is nested deeper than the 254 levels that encoders of JSON write."""
    try:
        orjson.dumps(value, option=orjson.OPT_NON_STR_KEYS)
    except (TypeError, ValueError) as error:
        return "ecursion" in str(error)
    return False


def _decode_lenient(value: str) -> Any:
    # Python senders write NaN and Infinity, which orjson refuses.
    if "NaN" not in value and "Infinity" not in value:
        return value
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        return value


def encode_json(value: Any) -> str:
    """Compact JSON text of any attribute value; what JSON cannot say becomes text."""
    try:
        return orjson.dumps(value, default=str, option=orjson.OPT_NON_STR_KEYS).decode()
    except (TypeError, ValueError, RecursionError):
        return _encode_lenient(value)


def _encode_lenient(value: Any) -> str:
    # Integers beyond 64 bits and lone surrogates, which orjson refuses.
    try:
        return json.dumps(value, default=str, separators=(",", ":"))
    except (TypeError, ValueError, RecursionError):
        return f"({type(value).__name__} that JSON cannot say)"


def text_from(value: Any) -> str | None:
    """Text of a scalar; JSON text of a list or dict; None for nothing and for redaction marks."""
    if value is None or value == "":
        return None
    if isinstance(value, str):
        return None if value in REDACTED or value.startswith(SCRUBBED) else value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return str(value)
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return encode_json(value) if value else None


def number_from(value: Any) -> float | None:
    """A finite number, also from its text."""
    if type(value) is not float and type(value) is not int and not (isinstance(value, str) and len(value) <= 64):
        return None
    number = _as_float(value)
    return number if number is not None and math.isfinite(number) else None


def _as_float(value: float | int | str) -> float | None:
    try:
        return float(value)
    except (ValueError, OverflowError):
        return None


def whole_from(value: Any) -> int | None:
    """A whole number, also from its text or a float: 0 and above, at most 64 bits signed."""
    if type(value) is not int:
        number = number_from(value)
        if number is None:
            return None
        value = int(number)
    return value if 0 <= value < 2**63 else None


def count_from(value: Any) -> int | None:
    """A count of tokens: 0 to 2**32 - 1. Some senders write -1 for "not known"."""
    count = whole_from(value)
    return count if count is not None and count <= MOST_TOKENS else None


def cost_from(value: Any) -> float | None:
    """An amount of money: a finite number of 0 and above."""
    number = number_from(value)
    return number if number is not None and number >= 0 else None


def flag_from(value: Any) -> bool | None:
    """A boolean, also from 0, 1 and the words true and false in any case."""
    if isinstance(value, bool):
        return value
    if isinstance(value, str):
        return {"true": True, "false": False, "1": True, "0": False}.get(value.strip().lower())
    return bool(value) if type(value) is int and value in (0, 1) else None


def seconds_from(value: Any) -> int | None:
    """ns of a number of seconds."""
    number = number_from(value)
    return int(number * NS_PER_S) if number is not None and 0 <= number < 1e9 else None


def millis_from(value: Any) -> int | None:
    """ns of a number of milliseconds."""
    number = number_from(value)
    return int(number * NS_PER_MS) if number is not None and 0 <= number < 1e12 else None


def texts_from(value: Any) -> list[str] | None:
    """A list of texts: of a list, a JSON list, or a comma-separated line. None when it is empty."""
    value = decode_json(value)
    if isinstance(value, str):
        value = value.split(",") if "," in value else [value]
    elif not isinstance(value, (list, tuple)):
        value = [value]
    texts = [text.strip() for item in value if (text := text_from(item)) and text.strip()]
    return texts or None


def dict_from(value: Any) -> dict[str, Any] | None:
    """A dict with text keys, also from its JSON text. None for anything else and for an empty one."""
    value = decode_kept(value)
    if not isinstance(value, Mapping) or not value:
        return None
    return {key if isinstance(key, str) else str(key): item for key, item in value.items()}


def content_from(value: Any) -> Any:
    """Content of any shape: JSON text decoded once; None for nothing and for redaction marks."""
    if value is None or value == "" or (isinstance(value, str) and len(value) < 64 and value in REDACTED):
        return None
    return decode_kept(value)
