"""Original attributes as two maps of text and a letter for each type.

s text, i integer, f float, b bool, n null, y bytes, j JSON, r text that stands elsewhere in the row, m text that is
JSON with such texts in it (see rows.places).
Short values lie apart from long ones, so that filtering by an attribute never reads payloads.
"""

import base64
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

import orjson

from nervure.store.rows.values import dump, load

SHORT = 256

# Shortens a long text: (letter, shorter text), or None to keep it.
Shorten = Callable[[str], tuple[str, str] | None]
# What a letter r or m and its text stand for; LookupError: the text it names is gone.
Reader = Callable[[str, str], Any]


def write_attributes(
    attributes: Mapping[str, Any], shorten: Shorten | None
) -> tuple[dict[str, str], dict[str, str], str]:
    """(short, long, letters): letters stand in the order of the short ones, then the long ones; "" if all are text."""
    short: dict[str, str] = {}
    long: dict[str, str] = {}
    letters = ""
    long_letters = ""
    for key, value in attributes.items():
        kind = type(value)
        if kind is str:
            if len(value) <= SHORT:
                short[key] = value
                letters += "s"
            elif shorten is not None and (found := shorten(value)) is not None:
                letter, text = found
                if len(text) <= SHORT:
                    short[key] = text
                    letters += letter
                else:
                    long[key] = text
                    long_letters += letter
            else:
                long[key] = value
                long_letters += "s"
            continue
        if kind is int:
            short[key] = str(value)
            letters += "i"
            continue
        letter, text = _other(value, kind)
        if len(text) <= SHORT:
            short[key] = text
            letters += letter
        else:
            long[key] = text
            long_letters += letter
    letters += long_letters
    return short, long, letters if letters.strip("s") else ""


def read_attributes(
    short: Mapping[str, str], long: Mapping[str, str], letters: str, read: Reader | None = None
) -> dict[str, Any]:
    """The attributes as they were. Order: short ones, then long ones.

    Where payloads were shed to free the disk, the long ones are gone and their letters are left over; so are the texts
    that references name, for which `read` raises LookupError: those attributes are left out.
    """
    pairs = [*short.items(), *long.items()]
    if not letters:
        return dict(pairs)
    found: dict[str, Any] = {}
    for (key, text), letter in zip(pairs, letters, strict=False):
        with suppress(LookupError):
            found[key] = read_value(letter, text, read)
    return found


def write_value(value: Any) -> tuple[str, str]:
    """(letter, text) of one value."""
    kind = type(value)
    if kind is str:
        return "s", value
    if kind is int:
        return "i", str(value)
    return _other(value, kind)


def _other(value: Any, kind: type) -> tuple[str, str]:
    if kind is float:
        return "f", repr(value)
    if kind is bool:
        return "b", "true" if value else "false"
    if value is None:
        return "n", ""
    if kind is bytes:
        return "y", base64.b64encode(value).decode()
    if kind is list:
        try:
            text = orjson.dumps(value).decode()
        except TypeError:
            return "j", dump(value).decode()
        return "j", text if "null" not in text else dump(value).decode()
    return "j", dump(value).decode()


def read_value(letter: str, text: str, read: Reader | None = None) -> Any:
    """The value `write_value` was given."""
    match letter:
        case "s":
            return text
        case "i":
            return int(text)
        case "f":
            return float(text)
        case "b":
            return text == "true"
        case "n":
            return None
        case "y":
            return base64.b64decode(text)
        case "r" | "m":
            return read(letter, text) if read else text
        case _:
            return load(text)
