import base64
import hashlib
from pathlib import Path

import pytest

from nervure.base.errors import NotFound
from nervure.intake.media import MediaStore
from nervure.model.span import Message

PICTURE = bytes(range(256)) * 8
NAME = hashlib.sha256(PICTURE).hexdigest()


def blob(content: str) -> list[Message]:
    part = {"type": "blob", "modality": "image", "mime_type": "image/png", "content": content}
    return [{"role": "user", "parts": [{"type": "text", "content": "look"}, part]}]


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(base64.b64encode(PICTURE).decode(), id="base64"),
        pytest.param("data:image/png;base64," + base64.b64encode(PICTURE).decode(), id="a data URL"),
    ],
)
def test_a_long_blob_becomes_a_file_named_by_its_content_and_a_reference(tmp_path: Path, content: str) -> None:
    media = MediaStore(tmp_path, largest_inline=100)
    messages = blob(content)
    media.move_out(messages, "shop")
    reference = {"type": "media", "modality": "image", "mime_type": "image/png", "sha256": NAME, "bytes": len(PICTURE)}
    assert messages == [{"role": "user", "parts": [{"type": "text", "content": "look"}, reference]}]
    assert media.path(NAME, "shop") == tmp_path / NAME[:2] / NAME[2:4] / NAME
    assert media.path(NAME, "shop").read_bytes() == PICTURE


def test_the_same_content_is_one_file_and_no_draft_is_left(tmp_path: Path) -> None:
    media = MediaStore(tmp_path, largest_inline=100)
    for _ in range(3):
        media.move_out(blob(base64.b64encode(PICTURE).decode()), "shop")
    files = sorted(tmp_path.rglob("*.*"), key=str)
    assert [path.stat().st_size for path in files] == [0]
    assert [path.name for path in tmp_path.rglob("*") if path.is_file() and path not in files] == [NAME]


def test_a_project_sees_only_what_it_sent_itself(tmp_path: Path) -> None:
    media = MediaStore(tmp_path, largest_inline=10)
    media.move_out(blob(base64.b64encode(PICTURE).decode()), "shop")
    with pytest.raises(NotFound):
        media.path(NAME, "bank")
    media.move_out(blob(base64.b64encode(PICTURE).decode()), "bank")
    assert media.path(NAME, "bank") == media.path(NAME, "shop")


def test_a_short_blob_and_long_text_stay_where_they_are(tmp_path: Path) -> None:
    media = MediaStore(tmp_path, largest_inline=100)
    messages: list[Message] = [*blob("QUJD"), {"role": "user", "parts": [{"type": "text", "content": "x" * 1000}]}]
    before = [dict(message) for message in messages]
    media.move_out(messages, "shop")
    assert messages == before
    assert list(tmp_path.iterdir()) == []


def test_what_is_not_base64_is_kept_byte_for_byte(tmp_path: Path) -> None:
    media = MediaStore(tmp_path, largest_inline=10)
    messages = blob("not base64 at all: " + "ü" * 20)
    media.move_out(messages, "shop")
    name = messages[0]["parts"][1]["sha256"]
    assert media.path(name, "shop").read_text() == "not base64 at all: " + "ü" * 20


@pytest.mark.parametrize("name", ["../../etc/passwd", "0" * 64, "A" * 64])
def test_a_name_that_is_no_stored_media_is_not_found(tmp_path: Path, name: str) -> None:
    with pytest.raises(NotFound):
        MediaStore(tmp_path, 10).path(name, "shop")
