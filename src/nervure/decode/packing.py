"""Size limits of request bodies: while they arrive and while they are unpacked.

Unpacking stops at the limit, so a bomb costs no more memory than a request that is allowed.
"""

import io
import zlib

import cramjam
import zstandard

from nervure.base.errors import DecodeError, TooLarge

STEP_BYTES = 1 << 18
# The window RFC 9659 grants to zstd in HTTP; a larger one is memory the sender makes us take.
ZSTD_WINDOW_BYTES = 8 << 20
ZSTD_HEADER_BYTES = 18
CUT_SHORT = "the compressed body ends too early: it was cut on its way"
GZIP, ZLIB, RAW_DEFLATE = 31, 15, -15


class UnsupportedMedia(DecodeError):
    """A content type or encoding we do not read."""

    code = "unsupported_media"


def too_large(limit: int, what: str) -> TooLarge:
    """The error of a body over the limit. what: "the body" or "the body once decompressed"."""
    return TooLarge(
        f"{what} is larger than {limit} bytes: send smaller batches, or raise NERVURE_MAX_BODY_BYTES on the server",
        limit,
    )


def check_encoding(encoding: str) -> str:
    """The Content-Encoding as one of "", gzip, deflate, zstd, snappy (the block format). Raises UnsupportedMedia."""
    name = encoding.strip().lower()
    name = {"identity": "", "x-gzip": "gzip"}.get(name, name)
    if name not in ("", "gzip", "deflate", "zstd", "snappy"):
        raise UnsupportedMedia(
            f"Content-Encoding {encoding!r} is not supported: send gzip, zstd, deflate, snappy or none"
        )
    return name


def unpack(body: bytes | bytearray, encoding: str, limit: int) -> bytes | bytearray:
    """The body decompressed. encoding: as `check_encoding` returned it.

    Raises TooLarge past `limit` bytes, DecodeError for a body that is not so compressed or ends too early.
    """
    if not encoding or not body:
        return body
    try:
        if encoding == "gzip":
            return _inflate(body, GZIP, limit)
        if encoding == "zstd":
            return _unzstd(body, limit)
        if encoding == "snappy":
            return _unsnap(body, limit)
        return _inflate(body, ZLIB if _is_zlib(body) else RAW_DEFLATE, limit)
    except (zlib.error, zstandard.ZstdError, cramjam.DecompressionError) as error:
        raise DecodeError(f"the body is not valid {encoding}: {error}") from error


def _is_zlib(body: bytes | bytearray) -> bool:
    # "deflate" means the zlib format, but old clients send it bare; a zlib header is a multiple of 31.
    return len(body) >= 2 and body[0] & 0x0F == 8 and (body[0] << 8 | body[1]) % 31 == 0


def _inflate(body: bytes | bytearray, wbits: int, limit: int) -> bytearray:
    out = bytearray()
    rest = body
    while rest:
        stream = zlib.decompressobj(wbits)
        while not stream.eof:
            chunk = stream.decompress(rest, STEP_BYTES)
            out += chunk
            if len(out) > limit:
                raise too_large(limit, "the body once decompressed")
            rest = stream.unconsumed_tail
            if not rest and not chunk and not stream.eof:
                raise DecodeError(CUT_SHORT)
        # A gzip file may be several, one after the other, and may be padded with zeros.
        rest = stream.unused_data.lstrip(b"\0")
    return out


def _unzstd(body: bytes | bytearray, limit: int) -> bytearray:
    out = bytearray()
    unpacker = zstandard.ZstdDecompressor(max_window_size=ZSTD_WINDOW_BYTES)
    with unpacker.stream_reader(io.BytesIO(body), read_across_frames=True) as reader:
        while chunk := reader.read(STEP_BYTES):
            out += chunk
            if len(out) > limit:
                raise too_large(limit, "the body once decompressed")
    # The library takes a cut stream for a whole one, and what was cut off would be acknowledged.
    if not _is_whole_zstd(body):
        raise DecodeError(CUT_SHORT)
    return out


def _unsnap(body: bytes | bytearray, limit: int) -> bytes:
    """Snappy's block format says its size before anything else, in a varint of at most five bytes."""
    size, shift = 0, 0
    for byte in body[:5]:
        size |= (byte & 0x7F) << shift
        shift += 7
        if not byte & 0x80:
            break
    if size > limit:
        raise too_large(limit, "the body once decompressed")
    return bytes(cramjam.snappy.decompress_raw(bytes(body)))


def _is_whole_zstd(body: bytes | bytearray) -> bool:
    """Whether frames follow one another up to the very end (RFC 8878, section 3.1)."""
    at = 0
    while at < len(body):
        if body[at + 1 : at + 4] == b"\x2a\x4d\x18":  # a skippable frame: magic number, size, content
            at += 8 + int.from_bytes(body[at + 4 : at + 8], "little")
            continue
        frame = body[at : at + ZSTD_HEADER_BYTES]
        has_checksum = zstandard.get_frame_parameters(frame).has_checksum
        at += zstandard.frame_header_size(frame)
        is_last = False
        while not is_last:
            header = int.from_bytes(body[at : at + 3], "little")
            is_last, kind, size = bool(header & 1), header >> 1 & 3, header >> 3
            at += 3 + (1 if kind == 1 else size)  # a run of one byte stands there once
            if at > len(body):
                return False
        at += 4 if has_checksum else 0
    return at == len(body)
