"""Objects of S3, Google Cloud Storage, Azure Blob Storage and local folders: listing them and reading them piece by piece."""

import heapq
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import obstore
from obstore.exceptions import BaseError
from obstore.store import from_url

from nervure.base.clock import NS_PER_S
from nervure.base.errors import BadInput, Busy

SCHEMES = ("s3", "s3a", "gs", "az", "azure", "abfs", "abfss", "adl", "file")
# Options that name the address of a server: of S3 and Azure, and of Google Cloud Storage.
ADDRESSES = ("endpoint", "base_url")
PAGE = 1000
PIECE_BYTES = 1 << 20
NS_PER_US = 1000


class Unreachable(Busy):
    """The storage did not answer as it should; says what it said. Trying again may help."""


@dataclass(frozen=True, slots=True, order=True)
class Item:
    """An object. modified_ns: when it was written; items are ordered by it. mark: its ETag, or what stands for it."""

    modified_ns: int
    path: str
    mark: str
    size: int


class Storage:
    """One place. url: with a prefix, e.g. s3://bucket/AWSLogs. options: obstore's, e.g. region, endpoint, keys.

    Without keys those of the environment count, or the machine's role. Raises BadInput for a place or option that is none.
    """

    def __init__(self, url: str, options: Mapping[str, Any]) -> None:
        parts = urlsplit(url)
        if parts.scheme not in SCHEMES or not (parts.netloc or parts.path):
            raise BadInput(f"url {url!r} is none of s3://bucket/prefix, gs://bucket/prefix, az://container/prefix, "
                           "file:///folder")  # fmt: skip
        # Keys of a person's own servers (MinIO and the like) may go without TLS; a cloud's never do.
        is_plain = any(str(options.get(name, "")).startswith("http://") for name in ADDRESSES)
        try:
            # Which options there are depends on the scheme; obstore says which one it does not know.
            open_any: Any = from_url
            more = (
                {} if parts.scheme == "file" else {"config": dict(options), "client_options": {"allow_http": is_plain}}
            )
            self._store = open_any(url, **more)
        except (BaseError, ValueError, TypeError) as error:
            raise BadInput(f"the storage {url!r} cannot be opened: {_words(error)}") from error
        self.bucket = parts.netloc
        self.prefix = parts.path.strip("/")

    def items(self, since_ns: int, most: int, is_new: Callable[[Item], bool]) -> list[Item]:
        """The oldest `most` new objects written at `since_ns` or later, in order. Raises Unreachable."""
        return heapq.nsmallest(most, filter(is_new, self._list(since_ns)))

    def _list(self, since_ns: int) -> Iterator[Item]:
        try:
            for page in obstore.list(self._store, chunk_size=PAGE):
                for found in page:
                    item = _item(found)
                    # S3 tells whole seconds: what was written within that of the limit may be new.
                    if item.modified_ns + NS_PER_S > since_ns and item.size:
                        yield item
        except (BaseError, OSError) as error:
            raise Unreachable(f"the objects cannot be listed: {_words(error)}", 30.0) from error

    def open(self, path: str, start: int = 0) -> tuple[Item, Iterator[bytes]]:
        """The object as it is now, and its content from a byte on. Raises Unreachable, the content too."""
        try:
            got = obstore.get(self._store, path, options={"range": {"offset": start}} if start else None)
            return _item(got.meta), self._pieces(path, got)
        except (BaseError, OSError) as error:
            raise Unreachable(f"{path} cannot be read: {_words(error)}", 30.0) from error

    @staticmethod
    def _pieces(path: str, got: Any) -> Iterator[bytes]:
        try:
            for piece in got.stream(min_chunk_size=PIECE_BYTES):
                yield bytes(piece)
        except (BaseError, OSError) as error:
            raise Unreachable(f"{path} cannot be read: {_words(error)}", 30.0) from error

    def read(self, path: str, most: int) -> bytes:
        """A whole small object by its path below the prefix. Raises Unreachable, and BadInput when it is larger."""
        try:
            got = obstore.get(self._store, path)
            if got.meta["size"] > most:
                raise BadInput(f"{path} has {got.meta['size']} bytes, more than {most}")
            return bytes(got.bytes())
        except (BaseError, OSError) as error:
            raise Unreachable(f"{path} cannot be read: {_words(error)}", 30.0) from error


def _item(meta: Any) -> Item:
    at_ns = round(meta["last_modified"].timestamp() * 1e6) * NS_PER_US
    return Item(at_ns, meta["path"], meta["e_tag"] or f"{at_ns}-{meta['size']}", meta["size"])


def _words(error: BaseException) -> str:
    """The first line of what the storage library says: the rest repeats the request."""
    lines = str(error).strip().splitlines()
    return (lines[0] if lines else type(error).__name__)[:500]
