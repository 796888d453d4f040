"""Spans as Phoenix's client logs them: JSON with the attributes of OpenInference.

Source: https://arize.com/docs/phoenix/sdk-api-reference/rest-api/api-reference/spans
"""

from collections.abc import Mapping
from typing import Any

import orjson

from nervure.base.clock import parse_iso
from nervure.base.errors import DecodeError
from nervure.decode.formats import ids
from nervure.decode.formats.json_log import Origins
from nervure.decode.formats.phoenix import identity_of
from nervure.decode.formats.values import ATTRIBUTES_DROPPED, cut, flag, refuse
from nervure.decode.wire import DecodeLimits, Outcome, Request, Wire
from nervure.model.raw import Attributes, Origin, RawBatch, RawEvent, RawSpan

SHAPE = 'the body is not {"data": [{"name": .., "context": {"trace_id": .., "span_id": ..}, "start_time": ..}]}'
NOT_ONE = "a span must have a name, context.trace_id, context.span_id, start_time and end_time"
STATUS = {"UNSET": 0, "OK": 1, "ERROR": 2}
PROJECT = "openinference.project.name"


def decode(body: bytes | bytearray, request: Request, limits: DecodeLimits) -> RawBatch:
    """Spans. Raises DecodeError for another shape."""
    try:
        listed = orjson.loads(body)["data"]
    except (orjson.JSONDecodeError, KeyError, TypeError) as error:
        raise DecodeError(SHAPE) from error
    if not isinstance(listed, list):
        raise DecodeError(SHAPE)
    origin = Origins("phoenix").of(
        {"telemetry.sdk.name": "phoenix", PROJECT: identity_of("Project", request.path["project"])}
    )
    batch = RawBatch(receipt=len(listed))
    for value in listed:
        record = _span(value, origin, limits) if isinstance(value, dict) else None
        if record is None:
            refuse(batch, NOT_ONE)
        else:
            batch.spans.append(record)
    return batch


def _span(value: Mapping[str, Any], origin: Origin, limits: DecodeLimits) -> RawSpan | None:
    flags: list[str] = []
    context = value.get("context")
    context = context if isinstance(context, dict) else {}
    trace_id, span_id = ids.trace_id(context.get("trace_id")), ids.span_id(context.get("span_id"))
    try:
        start_ns, end_ns = parse_iso(str(value.get("start_time"))), parse_iso(str(value.get("end_time")))
    except (ValueError, OverflowError):
        return None
    if not trace_id or not span_id or not isinstance(value.get("name"), str):
        return None
    attributes = _attributes(value.get("attributes"), limits, flags)
    attributes.setdefault("openinference.span.kind", str(value.get("span_kind") or "UNKNOWN"))
    return RawSpan(
        origin=origin,
        trace_id=trace_id,
        span_id=span_id,
        parent_id=ids.span_id(value.get("parent_id")),
        name=cut(value["name"], limits, flags),
        kind=0,
        start_ns=max(start_ns, 0),
        end_ns=max(end_ns, 0),
        status_code=STATUS.get(str(value.get("status_code")).upper(), 0),
        status_message=cut(str(value.get("status_message") or ""), limits, flags),
        attributes=attributes,
        events=[event for one in _list(value.get("events")) if (event := _event(one, limits, flags))],
        flags=flags,
    )


def _event(value: Any, limits: DecodeLimits, flags: list[str]) -> RawEvent | None:
    try:
        time_ns = max(parse_iso(str(value["timestamp"])), 0)
        return RawEvent(str(value["name"]), time_ns, _attributes(value.get("attributes"), limits, flags))
    except (ValueError, OverflowError, KeyError, TypeError, AttributeError):
        flag(flags, ATTRIBUTES_DROPPED)
        return None


def _attributes(held: Any, limits: DecodeLimits, flags: list[str]) -> Attributes:
    """Attributes by dotted name, also of nested objects and lists of objects, as OpenInference flattens them."""
    made: Attributes = {}
    _flatten(held if isinstance(held, dict) else {}, "", made, limits, flags, 0)
    return made


def _flatten(held: Any, name: str, into: Attributes, limits: DecodeLimits, flags: list[str], depth: int) -> None:
    inner: list[tuple[str, Any]] = []
    if isinstance(held, dict) and (held or not name):
        inner = [(str(key), value) for key, value in held.items()]
    elif isinstance(held, list) and any(isinstance(one, dict) for one in held):
        inner = [(str(number), value) for number, value in enumerate(held)]
    elif len(into) >= limits.max_attributes:
        flag(flags, ATTRIBUTES_DROPPED)
        return
    else:
        into[name] = cut(held, limits, flags) if isinstance(held, str) else held
        return
    if depth >= limits.max_depth:
        flag(flags, ATTRIBUTES_DROPPED)
        return
    for key, value in inner:
        _flatten(value, f"{name}.{key}" if name else key, into, limits, flags, depth + 1)


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def answer(outcome: Outcome, content_type: str) -> bytes:
    """How many were taken; spans that could not be read are told as invalid ones."""
    if not outcome.is_success:
        return orjson.dumps({"error": outcome.message})
    received = int(outcome.receipt or 0)
    told: dict[str, Any] = {"total_received": received, "total_queued": received - outcome.rejected}
    if outcome.rejected:
        told |= {
            "error": f"{outcome.rejected} of {received} spans were refused: {outcome.message}",
            "total_invalid": outcome.rejected,
            "total_duplicates": 0,
            "invalid_spans": [],
            "duplicate_spans": [],
        }
    return orjson.dumps(told)


def conclude(outcome: Outcome) -> tuple[int, dict[str, str]]:
    """202, or 400 when some of the spans were refused: the client raises with the numbers."""
    return (400 if outcome.rejected else 202), {}


WIRE = Wire(
    name="phoenix_spans",
    signal="traces",
    paths=("/v1/projects/{project}/spans",),
    decode=decode,
    answer=answer,
    content_types=("application/json",),
    conclude=conclude,
    is_itemised=True,
)
