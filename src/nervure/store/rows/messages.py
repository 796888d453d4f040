"""Messages stored once: their text joined in one column for search, their structure in another.

In the structure a part's content is {"$": [start, end]}: characters (not bytes) of the joined text. A content that is
itself such an object is wrapped in another: {"$": {...}}.
"""

from typing import Any

from nervure.model.span import Message

# Shorter texts are kept where they are: a reference would be no shorter.
MIN_REFERENCE = 24
# How texts are joined; anything else is found by searching.
GAPS = (0, 1, 2)


class Places:
    """Where long texts of a row stand, so that an attribute with the same text becomes a reference."""

    # By length, because hashing kilobytes costs more than comparing the few texts of the same length.
    __slots__ = ("_by_length",)

    def __init__(self) -> None:
        self._by_length: dict[int, list[tuple[str, str]]] = {}

    def add(self, text: str, place: str) -> None:
        self._by_length.setdefault(len(text), []).append((text, place))

    def find(self, text: str) -> str:
        """The place, or ""."""
        for known, place in self._by_length.get(len(text), ()):
            if known == text:
                return place
        return ""


def fold_messages(messages: list[Message], text: str, column: str, places: Places | None) -> list[Any]:
    """The structure of messages whose joined text is `text`. places: learns where each content stands."""
    folded: list[Any] = []
    cursor = 0
    for message in messages:
        parts = message.get("parts")
        if type(parts) is not list:
            folded.append(message)
            continue
        new_parts: list[Any] = []
        for part in parts:
            content = part.get("content") if type(part) is dict else None
            if type(content) is str:
                size = len(content)
                if size >= MIN_REFERENCE:
                    start = _find(text, content, cursor)
                    if start >= 0:
                        cursor = start + size
                        new_parts.append({**part, "content": {"$": (start, cursor)}})
                        if places is not None:
                            places.add(content, f"{column}:{start}:{cursor}")
                        continue
            elif type(content) is dict and "$" in content:
                part = {**part, "content": {"$": content}}
            new_parts.append(part)
        folded.append({**message, "parts": new_parts})
    return folded


def unfold_messages(folded: Any, text: str) -> list[Message]:
    """The messages `fold_messages` was given."""
    messages: list[Message] = []
    for message in folded:
        parts = message.get("parts") if isinstance(message, dict) else None
        if isinstance(parts, list):
            message = {**message, "parts": [_unfold_part(part, text) for part in parts]}
        messages.append(message)
    return messages


def _find(text: str, content: str, cursor: int) -> int:
    for gap in GAPS:
        if text.startswith(content, cursor + gap):
            return cursor + gap
    return text.find(content)


def _unfold_part(part: Any, text: str) -> Any:
    content = part.get("content") if isinstance(part, dict) else None
    if not isinstance(content, dict) or "$" not in content:
        return part
    held = content["$"]
    if isinstance(held, dict):
        return {**part, "content": held}
    start, end = held
    return {**part, "content": text[start:end]}
