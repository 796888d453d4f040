"""The bodies an object is handed in as: unpacked on the way, cut between lines, the same ones each time it is read.

Memory: one body, whatever the object's size. A document that is larger than a body is an error.
"""

import zlib
from collections.abc import Iterable, Iterator

import zstandard

from nervure.base.errors import DecodeError, TooLarge

GZIP, ZSTD = b"\x1f\x8b", b"\x28\xb5\x2f\xfd"
STEP_BYTES = 1 << 18
CHUNK_BYTES = 4 << 20


def chunks(pieces: Iterable[bytes], largest: int, chunk_bytes: int = CHUNK_BYTES) -> Iterator[bytes]:
    """Bodies of about `chunk_bytes` that end between lines; an object that is no longer than that is one body.

    pieces: of the object as it lies there, packed by gzip or zstd or not. largest: bytes that a body may have at most.
    Raises DecodeError for an object that is packed wrongly or cut off, TooLarge for a line longer than `largest`.
    """
    held = bytearray()
    looked = 0
    for piece in unpacked(pieces):
        held += piece
        while len(held) > chunk_bytes:
            # The first end of a line after enough bytes: where it lies depends on the content alone.
            end = held.find(b"\n", max(chunk_bytes, looked))
            if end < 0:
                looked = len(held)
                break
            yield bytes(held[: end + 1])
            del held[: end + 1]
            looked = 0
        if len(held) > largest:
            raise TooLarge(f"a line of the object is longer than {largest} bytes: write one record a line", largest)
    if held.strip():
        yield bytes(held)


def unpacked(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """The content, unpacked by what its first bytes say. Raises DecodeError."""
    source = iter(pieces)
    first = b""
    for piece in source:
        first += piece
        if len(first) >= len(ZSTD):
            break
    rest = _after(first, source)
    if first.startswith(GZIP):
        yield from _gunzip(rest)
    elif first.startswith(ZSTD):
        yield from _unzstd(rest)
    else:
        yield from rest


def _after(first: bytes, source: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    yield from source


def _gunzip(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """Several gzip members may follow one another, as shippers append them."""
    stream = zlib.decompressobj(31)
    is_begun = False
    try:
        for piece in pieces:
            rest = piece
            while rest:
                if stream.eof:
                    rest = rest.lstrip(b"\0")
                    if not rest:
                        break
                    stream = zlib.decompressobj(31)
                is_begun = True
                yield stream.decompress(rest, STEP_BYTES)
                rest = stream.unused_data if stream.eof else stream.unconsumed_tail
                while not rest and not stream.eof and (more := stream.decompress(b"", STEP_BYTES)):
                    yield more
    except zlib.error as error:
        raise DecodeError(f"the object is not valid gzip: {error}") from error
    if is_begun and not stream.eof:
        raise DecodeError("the gzip of the object ends too early: it is not whole")


def _unzstd(pieces: Iterator[bytes]) -> Iterator[bytes]:
    stream = zstandard.ZstdDecompressor(max_window_size=128 << 20).decompressobj()
    try:
        for piece in pieces:
            rest = piece
            while rest:
                if stream.eof:
                    stream = zstandard.ZstdDecompressor(max_window_size=128 << 20).decompressobj()
                for at in range(0, len(rest), STEP_BYTES):
                    yield stream.decompress(rest[at : at + STEP_BYTES])
                    if stream.eof:
                        break
                rest = stream.unused_data + rest[at + STEP_BYTES :] if stream.eof else b""
    except zstandard.ZstdError as error:
        raise DecodeError(f"the object is not valid zstd: {error}") from error
    if not stream.eof:
        raise DecodeError("the zstd of the object ends too early: it is not whole")
