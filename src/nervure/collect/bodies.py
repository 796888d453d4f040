"""Bedrock's large bodies: a record of more than 100 KB names the object its prompt or answer lies in.

Source: https://docs.aws.amazon.com/bedrock/latest/userguide/model-invocation-logging.html (inputBodyS3Path,
outputBodyS3Path). They are put into the record, so that the call has its texts.
"""

import zlib
from typing import Any
from urllib.parse import urlsplit

import orjson

from nervure.base.errors import BadInput, NervureError
from nervure.collect.storage import Storage

SIDES = (("input", "inputBodyS3Path", "inputBodyJson"), ("output", "outputBodyS3Path", "outputBodyJson"))
MARK = b"BodyS3Path"
GZIP = b"\x1f\x8b"


class Bodies:
    """Of one object's records. missing: what was named and could not be had, in words; the path stays in the record."""

    def __init__(self, storage: Storage, largest: int) -> None:
        self._storage, self._largest = storage, largest
        self.missing: list[str] = []

    def complete(self, body: bytes) -> bytes:
        """The records with the bodies they name; the very same bytes when they name none. Raises Unreachable."""
        if MARK not in body:
            return body
        lines = []
        for line in body.split(b"\n"):
            try:
                record = orjson.loads(line) if MARK in line else None
            except orjson.JSONDecodeError:
                record = None
            if isinstance(record, dict) and self._fill(record):
                line = orjson.dumps(record)
            lines.append(line)
        return b"\n".join(lines)

    def _fill(self, record: dict[str, Any]) -> bool:
        is_changed = False
        for side, path, member in SIDES:
            held = record.get(side)
            if isinstance(held, dict) and isinstance(held.get(path), str) and held.get(member) is None:
                content = self._content(held[path])
                if content is not None:
                    held[member] = content
                    is_changed = True
        return is_changed

    def _content(self, url: str) -> Any:
        parts = urlsplit(url)
        path = parts.path.strip("/")
        prefix = f"{self._storage.prefix}/" if self._storage.prefix else ""
        if parts.netloc != self._storage.bucket or not path.startswith(prefix):
            self.missing.append(f"{url} lies outside of what this collector may read")
            return None
        try:
            data = self._storage.read(path[len(prefix) :], self._largest)
            if data.startswith(GZIP):
                stream = zlib.decompressobj(31)
                data = stream.decompress(data, self._largest)
                if not stream.eof:
                    raise BadInput(f"{url} is cut off, or unpacks to more than {self._largest} bytes")
            return orjson.loads(data)
        except (NervureError, zlib.error, orjson.JSONDecodeError) as error:
            self.missing.append(f"{url} cannot be read: {error}")
            return None
