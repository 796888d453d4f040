"""OTLP in protobuf: what its three signals share. Envelopes, attributes, ids, and mercy for text that is not UTF-8.

Attributes stay bytes until they are read. Within a stream most of them have been seen before (names of models, of
users, of services), so the short ones are remembered by their bytes. `benchmarks/decode.py` measures it: a third
faster for `gen_ai.*`, slower for dialects that number their keys, whose attributes seldom repeat.
"""

from collections.abc import Callable, Iterable, Iterator
from types import ModuleType
from typing import Any

from google.protobuf.message import DecodeError as ProtobufError
from opentelemetry.proto.common.v1 import common_pb2
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, InstrumentationScope, KeyValue
from opentelemetry.proto.resource.v1 import resource_pb2
from opentelemetry.proto.resource.v1.resource_pb2 import Resource

from nervure.base.errors import DecodeError, TooLarge
from nervure.decode.formats.origin import build_origin
from nervure.decode.formats.otlp_mend import Marks, Mender, is_attribute, is_body
from nervure.decode.formats.otlp_size import Levels, check_parts, is_structured, is_structured_attribute
from nervure.decode.formats.protobuf import Schema
from nervure.decode.formats.values import ATTRIBUTES_DROPPED, INVALID_ID, TRUNCATED, cut, flag
from nervure.decode.wire import DecodeLimits
from nervure.model.raw import Attributes, Origin, RawBatch

# Longer attributes (texts) hardly ever repeat, and remembering them would cost memory.
REMEMBERED_BYTES = 96
REMEMBERED_ATTRIBUTES = 65_536
REMEMBERED_ORIGINS = 1024
REMEMBERED_ORIGIN_BYTES = 16_384
# A structured value this many times over the limit is left out unread: taking it apart could cost gigabytes.
UNREAD_FACTOR = 4

ENVELOPES = frozenset({"ResourceSpans", "ScopeSpans", "ResourceLogs", "ScopeLogs", "ResourceMetrics", "ScopeMetrics"})

ENVELOPE_LEVELS = (frozenset({1}), frozenset({2}), frozenset({2}))

# A remembered value stands in many records, so it must be one that nobody can change.
CHANGEABLE = (list, dict)
SCALARS = frozenset({"bool_value", "int_value", "double_value"})

_attributes_seen: dict[bytes, tuple[str, Any]] = {}
_origins_seen: dict[tuple[bytes, str, bytes, str], Origin] = {}

Read = Callable[[Any, DecodeLimits, Marks], RawBatch]


def _is_read_late(message: str, field: Any) -> bool:
    """Attributes, bodies of logs, and the parts of an envelope that a process repeats in every request."""
    is_repeated = message in ENVELOPES and field.name in ("resource", "scope")
    return is_attribute(message, field) or is_body(message, field) or is_repeated


class Request:
    """One signal's request message, ready to read.

    modules: the signal's own `*_pb2` modules, in order of their imports. full_name: of the request message.
    levels: the repeated fields that lead to a record, e.g. ("resource_spans", "scope_spans", "spans").
    parts: numbers of the fields of a record, and below, that hold messages (see otlp_size).
    read(request, limits, marks): makes raw records, given the flags of those that had to be mended.
    """

    def __init__(
        self, modules: tuple[ModuleType, ...], full_name: str, levels: tuple[str, str, str], parts: Levels, read: Read
    ) -> None:
        self._parts = (*ENVELOPE_LEVELS, *parts)
        published = (common_pb2, resource_pb2, *modules)
        self._message = Schema(published, _is_read_late).message(full_name)
        self._mender = Mender(published, full_name, levels)
        self._read = read

    def decode(self, body: bytes | bytearray, limits: DecodeLimits) -> RawBatch:
        """Raw records of a body. Raises DecodeError when it is not such a message, TooLarge when it has too many parts."""
        check_parts(body, self._parts)
        try:
            return self._read(self._message.FromString(body), limits, {})
        except ProtobufError:
            # Rare, so it may be slow: one text that is not UTF-8 must not cost the sender the whole request.
            try:
                mended, marks = self._mender.mend(body)
                return self._read(self._message.FromString(mended), limits, marks)
            except ProtobufError as error:
                raise _not_protobuf(body) from error


def forget() -> None:
    """Forget all attributes and origins seen, as if the process had just begun."""
    _attributes_seen.clear()
    _origins_seen.clear()


def _not_protobuf(body: bytes | bytearray) -> DecodeError:
    return DecodeError(
        f"the body ({len(body)} bytes) is not an OTLP request in protobuf: send the Export*ServiceRequest message of this "
        "path, or set Content-Type to application/json if it is JSON"
    )


def groups(request: Any, outer: str, inner: str, items: str, limits: DecodeLimits) -> Iterator[tuple[Origin, Any]]:
    """Every scope of a request: its origin and its items."""
    for envelope in getattr(request, outer):
        for scope in getattr(envelope, inner):
            origin = origin_of(envelope.resource, envelope.schema_url, scope.scope, scope.schema_url, limits)
            yield origin, getattr(scope, items)


def origin_of(resource: bytes, resource_schema: str, scope: bytes, scope_schema: str, limits: DecodeLimits) -> Origin:
    """The origin of an envelope; the same object for the same bytes, so that later steps can remember by identity."""
    key = (resource, resource_schema, scope, scope_schema)
    known = _origins_seen.get(key)
    if known is not None:
        return known
    if max(len(resource), len(scope)) > UNREAD_FACTOR * limits.max_attribute_bytes:
        raise TooLarge(
            f"a resource or scope of {max(len(resource), len(scope))} bytes is more than this server reads: move what is "
            "large to spans",
            UNREAD_FACTOR * limits.max_attribute_bytes,
        )
    flags: list[str] = []
    instrumentation = InstrumentationScope.FromString(scope)
    origin = build_origin(
        resource=_read_all(Resource.FromString(resource).attributes, limits, flags),
        scope_name=instrumentation.name,
        scope_version=instrumentation.version,
        scope_attributes=_read_all(instrumentation.attributes, limits, flags),
        schema_url=scope_schema or resource_schema,
    )
    if len(resource) + len(scope) <= REMEMBERED_ORIGIN_BYTES:
        if len(_origins_seen) >= REMEMBERED_ORIGINS:
            _origins_seen.clear()
        _origins_seen[key] = origin
    return origin


def attributes_of(blobs: Any, limits: DecodeLimits, flags: list[str]) -> Attributes:
    """Attributes of one record from their bytes; of a repeated key the last value counts.

    Adds to `flags` what limits did. Raises the protobuf library's error for bytes that are no attribute.
    """
    if len(blobs) > limits.max_attributes:
        blobs = blobs[: limits.max_attributes]
        flag(flags, ATTRIBUTES_DROPPED)
    attributes: Attributes = {}
    seen, find, read = _attributes_seen, _attributes_seen.get, KeyValue.FromString
    longest = limits.max_attribute_bytes
    short = min(REMEMBERED_BYTES, longest)
    for blob in blobs:
        size = len(blob)
        if size <= short and (known := find(blob)):
            key, value = known
            attributes[key] = value
            continue
        if size > longest:
            _read_long(blob, limits, flags, attributes)
            continue
        pair = read(blob)
        field = pair.value
        key = pair.key
        # Most attributes are text, and asking for text directly is cheaper than asking which kind it is.
        value = field.string_value
        if not value:
            which = field.WhichOneof("value")
            value = getattr(field, which) if which in SCALARS else value_of(field, limits, flags)
        attributes[key] = value
        if size <= short and type(value) not in CHANGEABLE:
            if len(seen) >= REMEMBERED_ATTRIBUTES:
                seen.clear()
            seen[blob] = (key, value)
    return attributes


def _read_long(blob: bytes, limits: DecodeLimits, flags: list[str], attributes: Attributes) -> None:
    # A text costs no more than its bytes to read; a list of a million empty values costs a hundred times them.
    if len(blob) > UNREAD_FACTOR * limits.max_attribute_bytes and is_structured_attribute(blob):
        flag(flags, ATTRIBUTES_DROPPED)
        return
    _read_pair(KeyValue.FromString(blob), limits, flags, attributes)


def body_of(blob: bytes, limits: DecodeLimits, flags: list[str]) -> Any:
    """The body of a log record from its bytes."""
    if len(blob) > UNREAD_FACTOR * limits.max_attribute_bytes and is_structured(blob):
        flag(flags, TRUNCATED)
        return None
    return value_of(AnyValue.FromString(blob), limits, flags)


def _read_all(pairs: Iterable[Any], limits: DecodeLimits, flags: list[str]) -> Attributes:
    attributes: Attributes = {}
    for number, pair in enumerate(pairs):
        if number >= limits.max_attributes:
            flag(flags, ATTRIBUTES_DROPPED)
            break
        _read_pair(pair, limits, flags, attributes)
    return attributes


def _read_pair(pair: Any, limits: DecodeLimits, flags: list[str], attributes: Attributes) -> None:
    attributes[cut(pair.key, limits, flags)] = value_of(pair.value, limits, flags)


def value_of(field: Any, limits: DecodeLimits, flags: list[str], depth: int = 0) -> Any:
    """The Python value of an AnyValue. Nesting below `limits.max_depth` comes back as None, flagged."""
    which = field.WhichOneof("value")
    if which == "string_value":
        return cut(field.string_value, limits, flags)
    if which in SCALARS:
        return getattr(field, which)
    if which == "bytes_value":
        if len(field.bytes_value) > limits.max_attribute_bytes:
            flag(flags, TRUNCATED)
        return field.bytes_value[: limits.max_attribute_bytes]
    if depth >= limits.max_depth:
        flag(flags, TRUNCATED)
        return None
    if which == "array_value":
        return [value_of(item, limits, flags, depth + 1) for item in field.array_value.values]
    if which == "kvlist_value":
        return {
            cut(pair.key, limits, flags): value_of(pair.value, limits, flags, depth + 1)
            for pair in field.kvlist_value.values
        }
    return None


def lenient_id(data: bytes, size: int, flags: list[str]) -> str:
    """An id that a record can do without, in hex: "" for an absent or all-zero one; for a wrong length too, flagged."""
    if len(data) == size:
        return data.hex() if any(data) else ""
    if data:
        flag(flags, INVALID_ID)
    return ""
