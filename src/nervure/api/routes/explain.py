"""/api/v1/explain-mapping and a stored span's mapping: which rule of which dialect gives which field of a span."""

import asyncio
from dataclasses import asdict
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Body, Depends, Request, Response
from pydantic import BaseModel, Field

from nervure.api.asking import ask
from nervure.api.auth import Access, require
from nervure.base.errors import BadInput
from nervure.decode.wire import DecodeLimits
from nervure.decode.wire import Request as Sent
from nervure.decode.wires.otlp_traces import WIRE
from nervure.query.asker import Asker

router = APIRouter(prefix="/api/v1", tags=["mapping"])
MAX_SPANS = 100


@router.post("/explain-mapping")
async def explain_mapping(
    access: Annotated[Access, Depends(require("read"))],
    body: Annotated[dict[str, Any], Body(description="An OTLP/JSON request, one span of it, or {name, attributes}.")],
) -> dict[str, Any]:
    """Shows how spans would be understood, without storing them: field, value, dialect and the key it came from."""
    return await asyncio.to_thread(_explain, access, body)


class FieldAnswer(BaseModel):
    """Where one field's value comes from."""

    field: str = Field(description='Canonical name; "params.<name>" inside an object.')
    value: str = Field(description="Its text, cut after 200 characters.")
    convention: str = Field(description='The dialect that said it; "" for the last step and for log records.')
    keys: list[str] = Field(description="Attributes the rule looks at, in order.")
    key: str = Field(
        description='The one that gave the value. "read": the dialect\'s function; "finalise": inferred or corrected '
        'after all dialects had spoken; "log": log records that belong to the span.'
    )


class MappingOf(BaseModel):
    """How a stored span is understood with the rules now in force."""

    trace_id: str
    span_id: str
    convention: str = Field(description="The dialect it was read by when it came.")
    fields: list[FieldAnswer]


@router.get("/spans/{trace_id}/{span_id}/mapping", response_model=None, responses={200: {"model": MappingOf}})
async def explain_stored(
    request: Request, access: Annotated[Access, Depends(require("read"))], trace_id: str, span_id: str
) -> Response:
    """Which rule of which dialect gave which field of a stored span."""

    def explained(asker: Asker) -> dict[str, Any]:
        span = asker.stored_span(access.project, trace_id, span_id)
        rows = [asdict(row) for row in access.house.normaliser.explain_stored(span)]
        return {"trace_id": trace_id, "span_id": span_id, "convention": span.convention, "fields": rows}

    return await ask(request, access, explained)


def _explain(access: Access, body: dict[str, Any]) -> dict[str, Any]:
    request = body if "resourceSpans" in body else {"resourceSpans": [_envelope(body)]}
    settings = access.house.settings
    limits = DecodeLimits(settings.max_attribute_bytes, settings.max_attributes)
    batch = WIRE.decode(orjson.dumps(request), Sent("application/json"), limits)
    if batch.refused:
        raise BadInput(
            "; ".join(f"{count} span(s) cannot be read: {reason}" for reason, count in batch.refused.items())
        )
    if len(batch.spans) > MAX_SPANS:
        raise BadInput(f"at most {MAX_SPANS} spans are explained at a time, got {len(batch.spans)}")
    items = []
    for raw in batch.spans:
        rows = [asdict(row) for row in access.house.normaliser.explain(raw)]
        items.append({"name": raw.name, "trace_id": raw.trace_id, "span_id": raw.span_id, "fields": rows})
    return {"items": items, "next_cursor": None}


def _envelope(body: dict[str, Any]) -> dict[str, Any]:
    """A request around one span. Attributes and resource may be plain objects, as our own API answers them."""
    span = {"traceId": "0" * 31 + "1", "spanId": "0" * 15 + "1", "startTimeUnixNano": "1", "endTimeUnixNano": "1"}
    renamed = {"trace_id": "traceId", "span_id": "spanId", "parent_id": "parentSpanId"}
    known = ("name", "kind", "status", "events", "links", "attributes", "traceId", "spanId", "parentSpanId",
             "startTimeUnixNano", "endTimeUnixNano")  # fmt: skip
    for name, value in body.items():
        target = renamed.get(name, name)
        # Our own form says kind and status in words; a mapping reads neither.
        if (
            target in known
            and value not in ("", None)
            and not (target in ("kind", "status") and isinstance(value, str))
        ):
            span[target] = value
    span["attributes"] = _pairs(span.get("attributes") or {})
    span["events"] = [  # type: ignore[assignment]
        {"name": event.get("name", ""), "timeUnixNano": "1", "attributes": _pairs(event.get("attributes") or {})}
        for event in body.get("events") or ()
        if isinstance(event, dict)
    ]
    scope = body.get("scope") if isinstance(body.get("scope"), dict) else {}
    return {
        "resource": {"attributes": _pairs(body.get("resource") or {})},
        "scopeSpans": [{"scope": {name: value for name, value in (scope or {}).items() if name in ("name", "version")},
                        "spans": [span]}],
    }  # fmt: skip


def _pairs(attributes: Any) -> Any:
    if not isinstance(attributes, dict):
        return attributes
    return [{"key": key, "value": _value(value)} for key, value in attributes.items()]


def _value(value: Any) -> dict[str, Any]:
    match value:
        case bool():
            return {"boolValue": value}
        case int():
            return {"intValue": str(value)}
        case float():
            return {"doubleValue": value}
        case list():
            return {"arrayValue": {"values": [_value(item) for item in value]}}
        case dict():
            return {"kvlistValue": {"values": _pairs(value)}}
        case None:
            return {}
        case _:
            return {"stringValue": str(value)}
