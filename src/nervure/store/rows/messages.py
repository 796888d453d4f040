"""Messages stored once: their text joined in one column for search, their structure in another.

In the structure a part's content (or response) is {"$": [start, end]}: characters (not bytes) of the joined text. A content that is
itself such an object is wrapped in another: {"$": {...}}.
"""

from typing import Any

from nervure.model.span import Message
from nervure.store.rows.places import Places

# Shorter texts are kept where they are: a reference would be no shorter.
MIN_REFERENCE = 24
MARK = "$"
# How texts are joined; anything else is found by searching.
GAPS = (0, 1, 2)


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
            if type(part) is not dict:
                new_parts.append(part)
                continue
            # Answers of tools hold their text under another name.
            key = "content" if "content" in part else "response"
            content = part.get(key)
            if type(content) is str:
                size = len(content)
                if size >= MIN_REFERENCE:
                    start = find_text(text, content, cursor)
                    if start >= 0:
                        cursor = start + size
                        part = {**part, key: {MARK: (start, cursor)}}
                        if places is not None:
                            places.add(content, f"{column}:{start}:{cursor}")
            elif type(content) is dict and MARK in content:
                part = {**part, key: {MARK: content}}
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


def find_text(text: str, content: str, cursor: int) -> int:
    """Where a content stands in a joined text, -1 if nowhere; most likely right after the one before it."""
    for gap in GAPS:
        if text.startswith(content, cursor + gap):
            return cursor + gap
    return text.find(content)


def _unfold_part(part: Any, text: str) -> Any:
    if not isinstance(part, dict):
        return part
    key = "content" if "content" in part else "response"
    content = part.get(key)
    if not isinstance(content, dict) or MARK not in content:
        return part
    held = content[MARK]
    if isinstance(held, dict):
        return {**part, key: held}
    start, end = held
    return {**part, key: text[start:end]}
