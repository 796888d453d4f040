"""Langfuse's references to uploaded media become media parts."""

import base64
import hashlib
from typing import Any

import pytest

from nervure.normalise.media_references import resolve

CONTENT = b"\x89PNG\r\n"
NAME = hashlib.sha256(CONTENT).hexdigest()[:33]
REFERENCE = (
    "@@@langfuseMedia:type=image/png|id="
    f"{base64.urlsafe_b64encode(hashlib.sha256(CONTENT).digest()).decode()[:22]}|source=bytes@@@"
)
MEDIA = {"type": "media", "modality": "image", "mime_type": "image/png", "sha256": NAME}


@pytest.mark.parametrize(
    ("part", "made"),
    [
        ({"type": "uri", "modality": "image", "uri": REFERENCE}, [MEDIA]),
        ({"type": "blob", "modality": "audio", "content": REFERENCE}, [MEDIA]),
        ({"type": "text", "content": REFERENCE}, [MEDIA]),
        (
            {"type": "text", "content": f"see {REFERENCE} and {REFERENCE}!"},
            [{"type": "text", "content": "see "}, MEDIA, {"type": "text", "content": " and "}, MEDIA,
             {"type": "text", "content": "!"}],
        ),
        ({"type": "text", "content": "@@@langfuseMedia:broken@@@"}, [{"type": "text", "content": "@@@langfuseMedia:broken@@@"}]),
        ({"type": "tool_call", "id": "1"}, [{"type": "tool_call", "id": "1"}]),
    ],
)  # fmt: skip
def test_a_reference_is_a_media_part_among_the_words_around_it(
    part: dict[str, Any], made: list[dict[str, Any]]
) -> None:
    messages: list[Any] = [{"role": "user", "parts": [part]}]
    resolve(messages)
    assert messages[0]["parts"] == made
