"""Mends a protobuf OTLP request that the protobuf library refuses for text that is not UTF-8, or for too deep a value.

The request is read once more with every text as bytes; wrong bytes become the replacement character U+FFFD, and an
attribute that cannot be read at all is left out. What was done is marked on the records it happened to.
"""

from collections.abc import Iterable
from types import ModuleType
from typing import Any

from google.protobuf.message import DecodeError as ProtobufError

from nervure.decode.formats.otlp_size import is_structured, is_structured_attribute
from nervure.decode.formats.protobuf import Schema, is_text
from nervure.decode.formats.values import ATTRIBUTES_DROPPED, INVALID_UTF8, flag

# A longer list or map would take minutes and gigabytes to go through.
MENDED_BYTES = 1 << 20
COMMON = "opentelemetry.proto.common.v1"
# Place of a record, counted from 0 over the whole request, to the flags mending gave it.
Marks = dict[int, list[str]]


def is_attribute(message: str, field: Any) -> bool:
    """Whether a field holds a record's attributes."""
    return field.type_name.endswith(".KeyValue") and message != "KeyValueList"


def is_body(message: str, field: Any) -> bool:
    """Whether a field is the body of a log record."""
    return (message, field.name) == ("LogRecord", "body")


class Mender:
    """Mends requests of one signal. levels: the repeated fields that lead to a record."""

    def __init__(self, modules: Iterable[ModuleType], full_name: str, levels: tuple[str, str, str]) -> None:
        self._schema = Schema(
            modules,
            lambda message, field: is_text(message, field) or is_attribute(message, field) or is_body(message, field),
        )
        self._request = self._schema.message(full_name)
        self._attribute = self._schema.message(f"{COMMON}.KeyValue")
        self._value = self._schema.message(f"{COMMON}.AnyValue")
        self._levels = levels

    def mend(self, body: bytes | bytearray) -> tuple[bytes, Marks]:
        """The request in valid UTF-8. Raises the protobuf library's error when it is not such a message at all."""
        request = self._request.FromString(body)
        outer, inner, items = self._levels
        marks: Marks = {}
        place = 0
        for envelope in getattr(request, outer):
            envelope_flags = self._mend(envelope, [], skip=inner)
            for scope in getattr(envelope, inner):
                scope_flags = self._mend(scope, list(envelope_flags), skip=items)
                for item in getattr(scope, items):
                    if flags := self._mend(item, list(scope_flags)):
                        marks[place] = flags
                    place += 1
        return request.SerializeToString(), marks

    def _mend(self, message: Any, flags: list[str], skip: str = "") -> list[str]:
        """Mends one message in place; adds to `flags` what was done and returns them."""
        for field, value in message.ListFields():
            if field.name == skip:
                continue
            published = self._schema.altered.get(field.full_name)
            if field.type == field.TYPE_MESSAGE:
                for part in value if field.is_repeated else (value,):
                    self._mend(part, flags)
            elif published == "":
                self._mend_text(message, field, value, flags)
            elif published and field.is_repeated:
                blobs = [mended for blob in value if (mended := self._blob(self._attribute, blob, flags)) is not None]
                if blobs != list(value):
                    message.ClearField(field.name)
                    getattr(message, field.name).extend(blobs)
            elif published:
                setattr(message, field.name, self._blob(self._value, value, flags) or b"")
        return flags

    @staticmethod
    def _mend_text(message: Any, field: Any, value: Any, flags: list[str]) -> None:
        if field.is_repeated:
            mended = [_utf8(item) for item in value]
            if mended != list(value):
                flag(flags, INVALID_UTF8)
                message.ClearField(field.name)
                getattr(message, field.name).extend(mended)
        elif (text := _utf8(value)) != value:
            flag(flags, INVALID_UTF8)
            setattr(message, field.name, text)

    def _blob(self, kind: Any, blob: bytes, flags: list[str]) -> bytes | None:
        is_list = is_structured_attribute if kind is self._attribute else is_structured
        if len(blob) > MENDED_BYTES and is_list(blob):
            flag(flags, ATTRIBUTES_DROPPED)
            return None
        try:
            message = kind.FromString(blob)
        except ProtobufError:
            # Nested deeper than the library reads (about 49 lists in lists), or broken inside.
            flag(flags, ATTRIBUTES_DROPPED)
            return None
        return message.SerializeToString() if self._mend(message, []) and flag(flags, INVALID_UTF8) else blob


def _utf8(data: bytes) -> bytes:
    return data.decode("utf-8", "replace").encode()
