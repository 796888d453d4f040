"""OTLP in JSON: what its three signals share. The rules of the OTLP specification, which differ from plain proto3 JSON.

Keys are lowerCamelCase only, ids are hex, 64-bit integers may be text, unknown fields are ignored. Beyond the rules,
names of enum values are understood.
"""

import base64
import binascii
import json
import math
from collections.abc import Iterator, Mapping
from typing import Any

import orjson

from nervure.base.errors import DecodeError, TooLarge
from nervure.decode.formats.origin import build_origin
from nervure.decode.formats.values import (
    ATTRIBUTES_DROPPED,
    INVALID_ID,
    INVALID_TIME,
    INVALID_UTF8,
    INVALID_VALUE,
    MAX_TIME_NS,
    TRUNCATED,
    cut,
    flag,
)  # fmt: skip
from nervure.decode.wire import DecodeLimits
from nervure.model.raw import Attributes, Origin

# A parsed object takes thirty times its text ({} is two bytes, a dict is 64); these keep a body from filling memory.
MAX_OBJECTS = 2_000_000
MAX_COMMAS = 8_000_000
INT64 = range(-(1 << 63), 1 << 63)
NON_FINITE = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}

JsonObject = dict[str, Any]


class Malformed(DecodeError):
    """One record is not what the specification promises; the others are not concerned. The text is the reason."""


def load(body: bytes | bytearray) -> tuple[JsonObject, list[str]]:
    """The request object of a body, and the flags of all its records. Raises DecodeError, TooLarge."""
    if body.count(b"{") + body.count(b"[") > MAX_OBJECTS or body.count(b",") > MAX_COMMAS:
        raise TooLarge(
            f"the JSON body holds more than {MAX_OBJECTS} objects and lists or {MAX_COMMAS} commas: send smaller batches",
            len(body),
        )
    flags: list[str] = []
    try:
        request = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        request = _load_mended(body, str(error), flags)
    if not isinstance(request, dict):
        raise DecodeError(f"the JSON body is a {type(request).__name__}, not an object: send an Export*ServiceRequest")
    return request, flags


def _load_mended(body: bytes | bytearray, problem: str, flags: list[str]) -> Any:
    # Browsers write half of a surrogate pair when a text is cut in the middle of an emoji; orjson refuses that.
    if not ("surrogate" in problem or "UTF-8" in problem):
        raise DecodeError(f"the body is not JSON: {problem}")
    try:
        text = json.dumps(json.loads(body.decode("utf-8", "replace")), ensure_ascii=False)
        request = orjson.loads(text.encode("utf-8", "replace"))
    except (ValueError, RecursionError) as error:
        raise DecodeError(f"the body is not JSON: {error}") from error
    flag(flags, INVALID_UTF8)
    return request


def objects(value: Any, name: str) -> Iterator[JsonObject]:
    """The objects of a repeated field; absent and null are empty. Raises DecodeError for another shape."""
    if value is None:
        return
    if not isinstance(value, list):
        raise DecodeError(f"{name} is a {type(value).__name__}, not a list: see the OTLP/JSON encoding")
    for item in value:
        if not isinstance(item, dict):
            raise DecodeError(f"{name} holds a {type(item).__name__}, not an object: see the OTLP/JSON encoding")
        yield item


def groups(
    request: JsonObject, outer: str, inner: str, items: str, limits: DecodeLimits
) -> Iterator[tuple[Origin, list[Any]]]:
    """Every scope of a request: its origin and its records, whatever these are. Raises DecodeError for wrong shapes."""
    for envelope in objects(request.get(outer), outer):
        for scope in objects(envelope.get(inner), inner):
            records = scope.get(items)
            if not isinstance(records, list | None):
                raise DecodeError(f"{items} is a {type(records).__name__}, not a list: see the OTLP/JSON encoding")
            yield _origin_of(envelope, scope, limits), records or []


def _origin_of(envelope: JsonObject, scope: JsonObject, limits: DecodeLimits) -> Origin:
    flags: list[str] = []
    resource, instrumentation = envelope.get("resource"), scope.get("scope")
    resource = resource if isinstance(resource, dict) else {}
    instrumentation = instrumentation if isinstance(instrumentation, dict) else {}
    return build_origin(
        resource=attributes_of(resource.get("attributes"), limits, flags),
        scope_name=text_of(instrumentation.get("name")),
        scope_version=text_of(instrumentation.get("version")),
        scope_attributes=attributes_of(instrumentation.get("attributes"), limits, flags),
        schema_url=text_of(scope.get("schemaUrl")) or text_of(envelope.get("schemaUrl")),
    )


def text_of(value: Any) -> str:
    """A text field; anything but text is empty."""
    return value if isinstance(value, str) else ""


def int_of(value: Any, name: str) -> int:
    """A number sent as number or decimal text; absent is 0. Raises Malformed."""
    if type(value) is int:
        return value
    if value is None:
        return 0
    if isinstance(value, str) and len(value) <= 20:
        try:
            return int(value)
        except ValueError:
            pass
    elif isinstance(value, float) and value.is_integer():
        return int(value)
    raise Malformed(f"{name} is not a whole number")


def time_of(value: Any, name: str, flags: list[str]) -> int:
    """ns since the epoch; a time outside 64 bits is moved to the nearest bound, flagged. Raises Malformed."""
    at = int_of(value, name)
    if 0 <= at <= MAX_TIME_NS:
        return at
    flag(flags, INVALID_TIME)
    return min(max(at, 0), MAX_TIME_NS)


def float_of(value: Any, name: str) -> float:
    """A double; NaN and infinities are written as text. Raises Malformed."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    if isinstance(value, str):
        try:
            return NON_FINITE[value] if value in NON_FINITE else float(value)
        except ValueError:
            pass
    raise Malformed(f"{name} is not a number")


def enum_of(value: Any, names: Mapping[str, int]) -> int:
    """The number of an enum value sent as number or as name; 0 for what is not known."""
    if isinstance(value, str):
        return names.get(value.upper(), 0) if not value.isdigit() else int(value[:9])
    return value if type(value) is int else 0


def hex_id(value: Any, digits: int) -> str:
    """An id in lower-case hex; "" for an absent, empty or all-zero one. Raises Malformed for anything else."""
    if value is None or value == "":
        return ""
    if isinstance(value, str) and len(value) == digits and value.isascii() and value.isalnum():
        try:
            return f"{number:0{digits}x}" if (number := int(value, 16)) else ""
        except ValueError:
            pass
    raise Malformed(f"is not {digits} hex digits")


def members(value: Any) -> list[JsonObject]:
    """The objects of a list inside a record; what is none is passed over."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def required_id(value: Any, digits: int, reason: str) -> str:
    """An id that a record cannot do without. Raises Malformed with the reason."""
    try:
        found = hex_id(value, digits)
    except Malformed:
        found = ""
    if not found:
        raise Malformed(reason)
    return found


def lenient_id(value: Any, digits: int, flags: list[str]) -> str:
    """An id that a record can do without: "" for one that is none, flagged."""
    try:
        return hex_id(value, digits)
    except Malformed:
        flag(flags, INVALID_ID)
        return ""


def attributes_of(value: Any, limits: DecodeLimits, flags: list[str]) -> Attributes:
    """Attributes of one record; of a repeated key the last value counts. What has no key or no shape is left out."""
    attributes: Attributes = {}
    if value is None:
        return attributes
    if not isinstance(value, list):
        flag(flags, ATTRIBUTES_DROPPED)
        return attributes
    if len(value) > limits.max_attributes:
        flag(flags, ATTRIBUTES_DROPPED)
    for pair in value[: limits.max_attributes]:
        if isinstance(pair, dict) and isinstance(key := pair.get("key", ""), str):
            attributes[cut(key, limits, flags)] = value_of(pair.get("value"), limits, flags)
        else:
            flag(flags, ATTRIBUTES_DROPPED)
    return attributes


def value_of(value: Any, limits: DecodeLimits, flags: list[str], depth: int = 0) -> Any:
    """The Python value of an AnyValue. What cannot be read is None, flagged."""
    if not isinstance(value, dict):
        if value is not None:
            flag(flags, INVALID_VALUE)
        return None
    for kind, field in value.items():
        if kind == "stringValue" and isinstance(field, str):
            return cut(field, limits, flags)
        if kind == "boolValue" and isinstance(field, bool):
            return field
        if kind in ("intValue", "doubleValue", "bytesValue"):
            return _scalar_of(kind, field, limits, flags)
        if kind in ("arrayValue", "kvlistValue"):
            return _structure_of(kind, field, limits, flags, depth)
        if kind in ("stringValue", "boolValue"):
            break
    else:
        return None
    flag(flags, INVALID_VALUE)
    return None


def _scalar_of(kind: str, field: Any, limits: DecodeLimits, flags: list[str]) -> Any:
    try:
        if kind == "doubleValue":
            return float_of(field, kind)
        if kind == "intValue" and (number := int_of(field, kind)) in INT64:
            return number
        if kind == "bytesValue":
            data = base64.b64decode(field, validate=True)
            if len(data) > limits.max_attribute_bytes:
                flag(flags, TRUNCATED)
            return data[: limits.max_attribute_bytes]
    except (Malformed, TypeError, binascii.Error, ValueError):
        pass
    flag(flags, INVALID_VALUE)
    # A number that is none is kept as the text it came as.
    return cut(field, limits, flags) if isinstance(field, str) else None


def _structure_of(kind: str, field: Any, limits: DecodeLimits, flags: list[str], depth: int) -> Any:
    if depth >= limits.max_depth:
        flag(flags, TRUNCATED)
        return None
    values = field.get("values") if isinstance(field, dict) else None
    values = values if isinstance(values, list) else []
    if kind == "arrayValue":
        return [value_of(item, limits, flags, depth + 1) for item in values]
    return {
        cut(text_of(pair.get("key")), limits, flags): value_of(pair.get("value"), limits, flags, depth + 1)
        for pair in values
        if isinstance(pair, dict)
    }
