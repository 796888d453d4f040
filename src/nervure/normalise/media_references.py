"""Langfuse's references to media that were uploaded apart: `@@@langfuseMedia:type=image/png|id=..|source=..@@@`.

The id is the first 132 bits of the content's SHA-256 in base64url: in hexadecimal it names the file in the media store.
"""

import base64
import re
from collections.abc import Iterator, Sequence
from typing import Any

from nervure.model.span import Message

MARK = "@@@langfuseMedia:"
REFERENCE = re.compile(r"@@@langfuseMedia:type=([^|@]*)\|id=([A-Za-z0-9_\-]{22})\|source=[^@|]*@@@")
HEX_DIGITS = 33


def resolve(messages: Sequence[Message]) -> None:
    """Puts media parts where messages have references, in place: for whole parts, and among the words of texts."""
    for message in messages:
        parts = message.get("parts")
        if parts and any(MARK in str(_written(part)) for part in parts):
            message["parts"] = [made for part in parts for made in _resolved(part)]


def _written(part: dict[str, Any]) -> Any:
    """The text of a part that may be a reference."""
    return part.get("content") if part.get("type") in ("text", "blob") else part.get("uri")


def _resolved(part: dict[str, Any]) -> Iterator[dict[str, Any]]:
    text = _written(part)
    if not isinstance(text, str) or MARK not in text:
        yield part
        return
    end = 0
    for found in REFERENCE.finditer(text):
        if part["type"] == "text" and text[end : found.start()].strip():
            yield {**part, "content": text[end : found.start()]}
        yield _media(found[1], found[2])
        end = found.end()
    if end == 0:
        yield part
    elif part["type"] == "text" and text[end:].strip():
        yield {**part, "content": text[end:]}


def _media(mime_type: str, identity: str) -> dict[str, Any]:
    name = base64.urlsafe_b64decode(identity + "AA").hex()[:HEX_DIGITS]
    kind = mime_type.partition("/")[0]
    modality = kind if kind in ("image", "audio", "video") else "document"
    return {"type": "media", "modality": modality, "mime_type": mime_type, "sha256": name}
