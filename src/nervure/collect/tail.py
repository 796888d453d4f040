"""Objects that grow: Azure appends to the blob of the hour until it is over. Reading goes on where it ended."""

from collections.abc import Iterable, Iterator

from nervure.collect.chunks import GZIP, ZSTD

# As many bytes before the end are compared, to tell an object that grew from one that was written anew.
TAIL_BYTES = 256


class Tail:
    """Follows what is read of an object. start: bytes of it that were read before; last: the end of them."""

    def __init__(self, start: int = 0, last: bytes = b"") -> None:
        self._size, self._last = start, last
        self._is_plain = True

    def follow(self, pieces: Iterable[bytes]) -> Iterator[bytes]:
        """The pieces, unchanged."""
        for piece in pieces:
            if not self._size:
                self._is_plain = not piece.startswith((GZIP, ZSTD))
            self._size += len(piece)
            self._last = (self._last + piece)[-TAIL_BYTES:]
            yield piece

    @property
    def resumable(self) -> tuple[int, str]:
        """(bytes read, the last of them in hex) of an object to which lines may be added; (0, "") of any other."""
        if self._is_plain and self._last.endswith(b"\n"):
            return self._size, self._last.hex()
        return 0, ""


def after(pieces: Iterator[bytes], last: bytes) -> Iterator[bytes] | None:
    """What follows `last`, with which the pieces begin; None when they do not: the object is another one."""
    held = b""
    for piece in pieces:
        held += piece
        if len(held) >= len(last):
            break
    if not held.startswith(last):
        return None
    return _rest(held[len(last) :], pieces)


def _rest(first: bytes, pieces: Iterator[bytes]) -> Iterator[bytes]:
    if first:
        yield first
    yield from pieces
