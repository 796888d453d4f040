"""How many parts a protobuf OTLP request has, counted before the library builds them all.

An empty message is two bytes on the wire and fifty in memory: 64 MiB of them would take gigabytes. Counting reads only
tags and lengths, and only of large bodies; ordinary ones have a part for every hundred bytes. What is read late
(attributes, resources, bodies of logs) has a limit of its own when it is read.
"""

from collections.abc import Sequence

from nervure.base.errors import TooLarge

# Bodies below this cannot hold enough parts to matter.
COUNTED_BYTES = 4 << 20
MAX_PARTS = 2_000_000

# Numbers of the fields that hold messages, level by level from the top. Below the last level fields are only counted.
Levels = Sequence[frozenset[int]]


def check_parts(body: bytes | bytearray, levels: Levels, most: int = MAX_PARTS) -> None:
    """Raises TooLarge for a body of more than `most` parts. What is malformed is for the library to say."""
    if len(body) > COUNTED_BYTES and _count(body, 0, len(body), levels, most) > most:
        raise TooLarge(f"the request holds more than {most} fields: send smaller batches", len(body))


def is_structured(value: bytes) -> bool:
    """Whether the bytes of an AnyValue hold a list or a map, rather than a text, bytes or a number."""
    return value[:1] not in (b"\x0a", b"\x3a", b"\x10", b"\x18", b"\x21")


def is_structured_attribute(attribute: bytes) -> bool:
    """Whether the bytes of a KeyValue hold a list or a map; True when in doubt."""
    at, end = 0, len(attribute)
    while at < end:
        tag = attribute[at]
        size, at = read_varint(attribute, at + 1, end)
        if tag == 0x12:  # KeyValue.value
            return is_structured(attribute[at : at + 1])
        if tag != 0x0A:  # KeyValue.key
            return True
        at += size
    return True


def _count(body: bytes | bytearray, at: int, end: int, levels: Levels, most: int) -> int:
    parts = 0
    while at < end and parts <= most:
        tag, at = read_varint(body, at, end)
        parts += 1
        wire_type = tag & 7
        if wire_type == 2:
            size, at = read_varint(body, at, end)
            if levels and tag >> 3 in levels[0]:
                parts += _count(body, at, min(at + size, end), levels[1:], most - parts)
            at += size
        elif wire_type == 0:
            _, at = read_varint(body, at, end)
        elif wire_type in (1, 5):
            at += 8 if wire_type == 1 else 4
        else:
            return parts  # groups and nonsense
    return parts


def read_varint(data: bytes | bytearray, at: int, end: int) -> tuple[int, int]:
    """The number that begins at `at`, and where the next thing begins. A cut number ends at `end`."""
    value = shift = 0
    while at < end:
        byte = data[at]
        value |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80 or shift > 63:
            break
    return value, at
