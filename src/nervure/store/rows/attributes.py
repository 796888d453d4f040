"""Original attributes as two maps of text and a letter for each type.

s text, i integer, f float, b bool, n null, y bytes, j JSON, r text that stands elsewhere in the row.
Short values lie apart from long ones, so that filtering by an attribute never reads payloads.
"""

import base64
from collections.abc import Callable, Mapping
from typing import Any

import orjson

from nervure.store.rows.values import dump, load

SHORT = 256

# Finds the place in the row where a long text stands already, or "" (see rows.places).
Finder = Callable[[str], str]
# Text of such a place.
Reader = Callable[[str], str]


def write_attributes(attributes: Mapping[str, Any], find: Finder | None) -> tuple[dict[str, str], dict[str, str], str]:
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
            elif find is not None and (place := find(value)):
                short[key] = place
                letters += "r"
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
    """The attributes as they were. Order: short ones, then long ones."""
    pairs = [*short.items(), *long.items()]
    if not letters:
        return dict(pairs)
    return {key: read_value(letter, text, read) for (key, text), letter in zip(pairs, letters, strict=True)}


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
        case "r":
            return read(text) if read else text
        case _:
            return load(text)
