"""Texts a row holds already, so that an original attribute that repeats them becomes a reference.

A place names a text of the row: `input_text:0:120` (characters of a column), `input_documents:3` (content of a
document), or a field. An attribute that is such a text is stored as the place; one that contains such texts, e.g. the
messages' JSON, as a JSON array of literal pieces and [place, style], where style says how the text is written there.
Both restore the attribute to the letter. Nothing is parsed: texts are searched for, and what is not found stays.
"""

import json
import re
from typing import Any

import orjson

from nervure.model.span import Span

# Shorter texts are kept where they are: a reference would be no shorter.
MIN_REFERENCE = 64
# How many characters are searched for before the whole text is compared.
PROBE = 24
# More texts than this are not searched for in one attribute.
MOST_PLACES = 64

RAW, ESCAPED, ASCII, COMPACT_JSON, JSON, ASCII_JSON = range(6)
_SPECIAL = re.compile(r"""["\\\x00-\x1f\x7f-\U0010ffff]""")
_CONTAINERS = ("tool_arguments", "tool_result", "tool_definitions")


class Places:
    """The places of one row."""

    __slots__ = ("_by_length", "_span", "_wholes")

    def __init__(self, span: Span) -> None:
        # By length, because hashing kilobytes costs more than comparing the few texts of the same length.
        self._by_length: dict[int, list[tuple[str, str]]] = {}
        self._wholes: list[tuple[str, str]] = []
        self._span = span

    def add(self, text: str, place: str) -> None:
        """A text attributes may be or contain."""
        size = len(text)
        if size >= MIN_REFERENCE:
            known = self._by_length.get(size)
            if known is None:
                self._by_length[size] = [(text, place)]
            elif len(known) < MOST_PLACES and known[0][0] != text:
                known.append((text, place))

    def add_whole(self, text: str, place: str) -> None:
        """A text attributes may be, but will not contain: joined texts stand nowhere else joined."""
        self._wholes.append((text, place))

    def shorten(self, text: str) -> tuple[str, str] | None:
        """(letter, shorter text) of a long attribute: r a place, m pieces; None: keep it whole."""
        size = len(text)
        for known, place in self._by_length.get(size, ()):
            if known == text:
                return "r", place
        for known, place in self._wholes:
            if known == text:
                return "r", place
        is_json = text[0] in '[{"'
        found: list[tuple[int, int, str, int]] = []
        tried = covered = 0
        for length, entries in self._by_length.items():
            if length > size - covered:
                continue
            for known, place in entries:
                tried += 1
                if tried <= MOST_PLACES and (hit := _search(text, known, is_json)):
                    start, end, style = hit
                    found.append((start, end, place, style))
                    covered += end - start
        if found:
            return "m", _pieces(text, found)
        return self._whole(text) if text[0] in "[{" else None

    def _whole(self, text: str) -> tuple[str, str] | None:
        for name in _CONTAINERS:
            value = getattr(self._span, name)
            if value and type(value) is not str:
                for style in (COMPACT_JSON, ASCII_JSON, JSON):
                    try:
                        if text == _written(value, style):
                            return "m", orjson.dumps([[name, style]]).decode()
                    except TypeError:
                        # The value holds what JSON cannot say (bytes), so it did not come from this text.
                        break
        return None


def restore(letter: str, stored: str, span: Span) -> str:
    """The attribute `Places.shorten` was given. Raises LookupError when a text it names was shed."""
    if letter == "r":
        return str(_text_at(stored, span))
    pieces = orjson.loads(stored)
    return "".join(
        piece if isinstance(piece, str) else _written(_text_at(piece[0], span), piece[1]) for piece in pieces
    )


def _search(text: str, known: str, is_json: bool) -> tuple[int, int, int] | None:
    """(start, end, style) of a known text within an attribute."""
    # What stands before the first character that may be escaped reads the same in every style.
    probe = _SPECIAL.split(known[:PROBE], 1)[0]
    at = text.find(probe)
    if at < 0:
        return None
    if text.startswith(known, at):
        return at, at + len(known), RAW
    style = RAW if not is_json else ASCII if text.isascii() and not known.isascii() else ESCAPED
    written = _written(known, style)
    if not text.startswith(written, at):
        at = text.find(written, at)
    return (at, at + len(written), style) if at >= 0 else None


def _pieces(text: str, found: list[tuple[int, int, str, int]]) -> str:
    found.sort()
    pieces: list[Any] = []
    cursor = 0
    for start, end, place, style in found:
        if start < cursor:
            continue
        if start > cursor:
            pieces.append(text[cursor:start])
        pieces.append((place, style))
        cursor = end
    if cursor < len(text):
        pieces.append(text[cursor:])
    return orjson.dumps(pieces).decode()


def _written(value: Any, style: int) -> str:
    """A value as it stands in an attribute."""
    if style == RAW:
        return str(value)
    if style == ESCAPED:
        return orjson.dumps(value)[1:-1].decode()
    if style == ASCII:
        return json.dumps(value)[1:-1]
    if style == COMPACT_JSON:
        return orjson.dumps(value).decode()
    return json.dumps(value, ensure_ascii=style == ASCII_JSON)


def _text_at(place: str, span: Span) -> Any:
    field, _, where = place.partition(":")
    value = getattr(span, field)
    if not where:
        if value in ("", None):
            raise LookupError(field)
        return value
    start, colon, end = where.partition(":")
    if not colon:
        return value[int(start)].content
    text = value[int(start) : int(end)]
    if len(text) < int(end) - int(start):
        raise LookupError(place)
    return text
