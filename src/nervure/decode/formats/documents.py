"""JSON documents of a body as clouds, gateways and shippers write them: one, a list, lines, or run together."""

import json
from collections.abc import Iterator, Sequence
from typing import Any

import orjson

from nervure.base.errors import DecodeError
from nervure.decode.formats.origin import compact_json
from nervure.decode.formats.values import ATTRIBUTES_DROPPED, TRUNCATED, cut, flag
from nervure.decode.wire import DecodeLimits
from nervure.model.raw import Attributes

DEEPEST = 16


class Unreadable:
    """Stands for a stretch of a body that is no JSON. text: its beginning."""

    def __init__(self, text: str) -> None:
        self.text = text[:200]


def documents(body: bytes, members: Sequence[str] = ()) -> Iterator[Any]:
    """Each document of a body; an Unreadable where there is none.

    members: an object with one of these and a list below it stands for the documents of that list.
    """
    body = body.removeprefix(b"\xef\xbb\xbf").strip()
    if not body:
        return
    for held in _values(body):
        yield from _opened(held, members)


def only_objects(body: bytes, members: Sequence[str], what: str) -> Iterator[dict[str, Any] | None]:
    """Each document that is an object, None for any other. Raises DecodeError when there is none at all.

    what: what a document should be, for the error's words.
    """
    count, good = 0, 0
    for document in documents(body, members):
        count += 1
        good += isinstance(document, dict)
        yield document if isinstance(document, dict) else None
    if count and not good:
        raise DecodeError(f"the body holds no {what}: nothing was stored")


def _opened(held: Any, members: Sequence[str]) -> Iterator[Any]:
    if isinstance(held, list):
        for item in held:
            yield from _opened(item, members)
        return
    if isinstance(held, dict):
        for member in members:
            if isinstance(inner := held.get(member), list):
                yield from _opened(inner, members)
                return
    yield held


def _values(body: bytes) -> Iterator[Any]:
    try:
        yield orjson.loads(body)
        return
    except orjson.JSONDecodeError:
        pass
    for line in body.split(b"\n"):
        if line.strip():
            try:
                held = orjson.loads(line)
            except orjson.JSONDecodeError:
                yield from _run_together(line)
            else:
                yield held


def _run_together(line: bytes) -> Iterator[Any]:
    """Documents without anything between them, as Firehose joins what producers wrote."""
    text, at, decoder = line.decode("utf-8", "replace").strip(), 0, json.JSONDecoder()
    while at < len(text):
        try:
            held, at = decoder.raw_decode(text, at)
        except (ValueError, RecursionError):
            yield Unreadable(text[at:])
            return
        yield held
        while at < len(text) and text[at] in " \t\r,":
            at += 1


def flat(
    record: dict[str, Any], prefix: str, limits: DecodeLimits, flags: list[str], whole: Sequence[str] = ()
) -> Attributes:
    """The members of a record as attributes under dotted names.

    whole: dotted names (without the prefix) of members that stay one value: bodies of requests and answers.
    """
    into: Attributes = {}
    _flatten(record, "", prefix, limits, flags, frozenset(whole), into, 0)
    return into


def _flatten(
    value: dict[str, Any],
    path: str,
    prefix: str,
    limits: DecodeLimits,
    flags: list[str],
    whole: frozenset[str],
    into: Attributes,
    depth: int,
) -> None:
    for key, held in value.items():
        name = f"{path}{key}"
        if held is None:
            continue
        if isinstance(held, dict) and held and name not in whole and depth < DEEPEST:
            _flatten(held, f"{name}.", prefix, limits, flags, whole, into, depth + 1)
        elif len(into) >= limits.max_attributes:
            flag(flags, ATTRIBUTES_DROPPED)
            return
        else:
            into[prefix + name] = kept(held, limits, flags)


def kept(value: Any, limits: DecodeLimits, flags: list[str]) -> Any:
    """A value as an attribute may hold it: long text is cut, also inside a list or object that is too long.

    What is nested too deep for JSON, or too long although its texts are cut, becomes text.
    """
    if isinstance(value, str):
        return cut(value, limits, flags)
    if isinstance(value, dict | list):
        try:
            text = compact_json(value)
        except (TypeError, ValueError, RecursionError):
            return cut(_as_text(value), limits, flags)
        if len(text) * 4 <= limits.max_attribute_bytes or len(text.encode()) <= limits.max_attribute_bytes:
            return value
        flag(flags, TRUNCATED)
        for part in (2, 8, 32, 128):
            shorter = _shortened(value, limits.max_attribute_bytes // part)
            if len(compact_json(shorter).encode()) <= limits.max_attribute_bytes:
                return shorter
        return cut(text, limits, flags)
    if isinstance(value, int) and not isinstance(value, bool) and not -(2**63) <= value < 2**63:
        return str(value)
    return value


def _shortened(value: Any, most: int) -> Any:
    """The same with each text at most `most` characters long."""
    if isinstance(value, str):
        return value[:most]
    if isinstance(value, list):
        return [_shortened(item, most) for item in value]
    if isinstance(value, dict):
        return {key: _shortened(item, most) for key, item in value.items()}
    return value


def _as_text(value: Any) -> str:
    try:
        return json.dumps(value, default=str)
    except (TypeError, ValueError, RecursionError):
        return f"({type(value).__name__} that JSON cannot say)"


def text_of(record: Any, *path: str) -> str:
    """The text at a path of members, "" when there is none."""
    for name in path:
        record = record.get(name) if isinstance(record, dict) else None
    return record if isinstance(record, str) else str(record) if isinstance(record, int | float) else ""


def object_of(value: Any) -> dict[str, Any]:
    """An object, also from its JSON text; {} for anything else."""
    if isinstance(value, str) and value.lstrip()[:1] == "{":
        try:
            value = orjson.loads(value)
        except orjson.JSONDecodeError:
            return {}
    return value if isinstance(value, dict) else {}
