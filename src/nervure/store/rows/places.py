"""Texts a row holds already, so that an original attribute that repeats them becomes a reference.

A place names a text of the row: `input_text:0:120` (characters of a column), `input_documents:3` (content of a
document), or a field. An attribute that is such a text is stored as the place; one that contains such texts, e.g. the
messages' JSON, as a JSON array of literal pieces and [place, style], where style says how the text is written there.
Both restore the attribute to the letter. Nothing is parsed: texts are searched for, and what is not found stays.
"""

import json
import re
from json.encoder import encode_basestring_ascii
from typing import Any

import orjson

from nervure.model.span import Span

# Shorter texts are kept where they are: a reference would be no shorter.
MIN_REFERENCE = 64
# How many characters are searched for before the whole text is compared.
PROBE = 24
# More texts than this are not kept for one row.
MOST_PLACES = 64

RAW, ESCAPED, ASCII, COMPACT_JSON, JSON, ASCII_JSON = range(6)
_SPECIAL = re.compile(r"""["\\\x00-\x1f\x7f-\U0010ffff]""")
_CONTAINERS = ("tool_arguments", "tool_result", "tool_definitions")


class Places:
    """The places of one row."""

    __slots__ = ("_parts", "_span", "_wholes")

    def __init__(self, span: Span) -> None:
        # A list, because hashing kilobytes costs more than comparing the lengths of a few texts.
        self._parts: list[tuple[int, str, str]] = []
        self._wholes: list[tuple[str, str]] = []
        self._span = span

    def add(self, text: str, place: str) -> None:
        """A text attributes may be or contain."""
        size = len(text)
        if size >= MIN_REFERENCE and len(self._parts) < MOST_PLACES:
            self._parts.append((size, text, place))

    def add_whole(self, text: str, place: str) -> None:
        """A text attributes may be, but will not contain: joined texts stand nowhere else joined."""
        self._wholes.append((text, place))

    def shorten(self, text: str) -> tuple[str, str] | None:
        """(letter, shorter text) of a long attribute: r a place, m pieces; None: keep it whole."""
        size = len(text)
        for length, known, place in self._parts:
            if length == size and known == text:
                return "r", place
        for known, place in self._wholes:
            if known == text:
                return "r", place
        found: list[tuple[int, int, str, int]] = []
        left, find = size, text.find
        for length, known, place in self._parts:
            if length > left:
                continue
            # Most texts stand there as they are; the rest is for `_search`.
            start = find(known[:PROBE])
            if start >= 0 and text.startswith(known, start):
                end, style = start + length, RAW
            elif hit := _search(text, known, start):
                start, end, style = hit
            else:
                continue
            found.append((start, end, place, style))
            left -= end - start
        if found:
            return "m", _pieces(text, found)
        return self._whole(text) if text[0] in "[{" else None

    def _whole(self, text: str) -> tuple[str, str] | None:
        style = COMPACT_JSON if '": ' not in text and ", " not in text else ASCII_JSON if text.isascii() else JSON
        for name in _CONTAINERS:
            value = getattr(self._span, name)
            if value and type(value) is not str:
                try:
                    if text == _written(value, style):
                        return "m", orjson.dumps([[name, style]]).decode()
                except TypeError:
                    # The value holds what JSON cannot say (bytes), so it did not come from this text.
                    continue
        return None


def restore(letter: str, stored: str, span: Span) -> str:
    """The attribute `Places.shorten` was given. Raises LookupError when a text it names was shed."""
    if letter == "r":
        return str(_text_at(stored, span))
    pieces = orjson.loads(stored)
    return "".join(
        piece if isinstance(piece, str) else _written(_text_at(piece[0], span), piece[1]) for piece in pieces
    )


def _search(text: str, known: str, start: int) -> tuple[int, int, int] | None:
    """(start, end, style) of a known text that an attribute does not hold as it is.

    start: where the attribute holds its first PROBE characters, -1 for nowhere.
    """
    if text[0] not in '[{"':
        # No JSON: the same beginning may stand there twice.
        start = text.find(known) if start >= 0 else -1
        return (start, start + len(known), RAW) if start >= 0 else None
    if start < 0:
        # What stands before the first character that may be escaped reads the same in every style.
        special = _SPECIAL.search(known, 0, PROBE)
        if special is None:
            return None
        start = text.find(known[: special.start()])
        if start < 0:
            return None
    style = ASCII if not known.isascii() and text.isascii() else ESCAPED
    written = _written(known, style)
    if not text.startswith(written, start):
        start = text.find(written, start)
    return (start, start + len(written), style) if start >= 0 else None


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
        return encode_basestring_ascii(value)[1:-1]
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
