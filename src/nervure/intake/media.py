"""Media parts of messages go to files named by their content: stored once, however often they are sent."""

import base64
import binascii
import os
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from nervure.base.errors import NotFound
from nervure.base.ids import digest
from nervure.model.span import Message

# 128 bits: nobody finds another file that begins the same.
SHORTEST_NAME = 32


class MediaStore:
    """Files `<folder>/ab/cd/<sha256>`, complete or absent. Thread-safe.

    Beside a file lies a small one for each project that sent it, so that nobody reads another project's media by
    knowing or guessing its name: `<sha256>.<digest of the project's name>`. It holds the media type, if that was told.
    largest_inline: parts with at most this many characters of content stay in the message.
    fsync: ask the disk to keep a file before its name appears.
    """

    def __init__(self, folder: Path, largest_inline: int, fsync: bool = True) -> None:
        self._folder = folder
        self._largest_inline = largest_inline
        self._fsync = fsync

    def move_out(self, messages: Sequence[Message], project: str) -> None:
        """Replace, in place, each part {"type": "blob", "content"} that is too long by its reference.

        The reference is {"type": "media", "modality", "mime_type", "sha256", "bytes"}; "bytes" is the file's size.
        Raises OSError when the disk refuses.
        """
        for message in messages:
            parts = message.get("parts")
            if not parts:
                continue
            for at, part in enumerate(parts):
                if part.get("type") == "blob" and len(part.get("content") or "") > self._largest_inline:
                    parts[at] = self._moved(part, project)

    def keep(self, data: bytes, project: str, mime_type: str = "") -> str:
        """Keep bytes that came on their own; their name, by which `path` finds them. Raises OSError."""
        name = digest(data)
        self._write(name, data)
        mark = _mark(self._place(name), project)
        if mime_type:
            mark.write_text(mime_type, "utf-8")
        elif not mark.exists():
            mark.touch()
        return name

    def mime_type(self, sha256: str, project: str) -> str:
        """The type a project's file was sent with, "" when nobody said. Raises NotFound."""
        return _mark(self.path(sha256, project), project).read_text("utf-8")

    def path(self, sha256: str, project: str) -> Path:
        """The file of a reference in a project. Raises NotFound for one that is not there (any more).

        sha256: whole, or its first 32 digits or more, which some clients' own ids of media are made of.
        """
        if not SHORTEST_NAME <= len(sha256) <= 64 or not set(sha256) <= set("0123456789abcdef"):
            raise NotFound(f"{sha256!r} is not a media name: take the part's sha256, 64 lower-case hex digits")
        if len(sha256) < 64:
            # Beside the file lie marks, whose names go on with a dot, and drafts, which begin with one.
            near = (path for path in self._place(sha256).parent.glob(f"{sha256}*") if len(path.name) == 64)
            sha256 = next((path.name for path in near), sha256)
        path = self._place(sha256)
        if not path.is_file() or not _mark(path, project).exists():
            raise NotFound(f"project {project!r} has no media {sha256}: it may have been shed to free the disk")
        return path

    def _moved(self, part: dict[str, Any], project: str) -> dict[str, Any]:
        data = _bytes_of(part["content"])
        name = self.keep(data, project)
        kept = {key: value for key, value in part.items() if key not in ("type", "content")}
        return {"type": "media", **kept, "sha256": name, "bytes": len(data)}

    def _place(self, name: str) -> Path:
        return self._folder / name[:2] / name[2:4] / name

    def _write(self, name: str, data: bytes) -> None:
        path = self._place(name)
        if path.exists():
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        # The thread's id keeps two writers of the same content apart; the last rename wins, with equal bytes.
        draft = path.with_name(f".{name}.{os.getpid()}.{threading.get_ident()}")
        with draft.open("wb") as file:
            file.write(data)
            if self._fsync:
                file.flush()
                os.fsync(file.fileno())
        draft.rename(path)


def _mark(path: Path, project: str) -> Path:
    """Says that a project has sent the file."""
    return path.with_name(f"{path.name}.{digest(project.encode())[:32]}")


def _bytes_of(content: Any) -> bytes:
    """What a blob's content stands for: base64 text (also in a data: URL) decoded, anything else as its own bytes."""
    if isinstance(content, bytes):
        return content
    text = str(content)
    if text.startswith("data:"):
        text = text.partition(",")[2]
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return text.encode("utf-8", "surrogatepass")
