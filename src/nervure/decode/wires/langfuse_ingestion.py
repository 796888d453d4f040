"""Langfuse's own ingestion (SDK 2 and 3's scores): a batch of events, each of which begins, changes or judges something.

Observations become spans with the attributes of Langfuse's OpenTelemetry SDK, so that one convention reads both.
Source: https://api.reference.langfuse.com/#tag/ingestion
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from nervure.base.clock import parse_iso
from nervure.base.errors import DecodeError
from nervure.decode.formats import ids
from nervure.decode.formats.json_log import Origins
from nervure.decode.formats.plain_answer import words
from nervure.decode.formats.values import cut, refuse
from nervure.decode.formats.vendor_scores import langfuse_score
from nervure.decode.wire import DecodeLimits, Outcome, Request, Wire
from nervure.model.raw import Attributes, Origin, RawBatch, RawPart

SHAPE = 'the body is not {"batch": [{"id": .., "type": "generation-create", "body": {..}}]}'
OBSERVATION = "langfuse.observation."
ERROR = 2
# Members of a body that stand as text, and as JSON.
TEXTS = {"level": "level", "statusMessage": "status_message", "model": "model.name", "promptName": "prompt.name"}
OBJECTS = {
    "input": "input", "output": "output", "modelParameters": "model.parameters", "costDetails": "cost_details",
    "promptVersion": "prompt.version",
}  # fmt: skip
OF_TRACE = {"name": "langfuse.trace.name", "userId": "user.id", "sessionId": "session.id", "release": "langfuse.release",
            "version": "langfuse.version", "environment": "langfuse.environment", "public": "langfuse.trace.public"}  # fmt: skip
USAGE = {"promptTokens": "prompt_tokens", "completionTokens": "completion_tokens", "totalTokens": "total_tokens"}
COSTS = {"inputCost": "input", "outputCost": "output", "totalCost": "total"}


@dataclass(frozen=True, slots=True)
class Said:
    """An event and what became of it."""

    identity: str
    problem: str = ""


def decode(body: bytes | bytearray, request: Request, limits: DecodeLimits) -> RawBatch:
    """Parts of spans, and scores. Raises DecodeError for another shape."""
    try:
        events = orjson.loads(body)["batch"]
    except (orjson.JSONDecodeError, KeyError, TypeError) as error:
        raise DecodeError(SHAPE) from error
    if not isinstance(events, list):
        raise DecodeError(SHAPE)
    batch, told, origins = RawBatch(), list[Said](), Origins("langfuse")
    for event in events:
        problem = _read(event, batch, origins, limits) if isinstance(event, dict) else "an event must be an object"
        if problem:
            refuse(batch, problem)
        told.append(Said(str(event.get("id") or "") if isinstance(event, dict) else "", problem))
    batch.receipt = told
    return batch


def _read(event: Mapping[str, Any], batch: RawBatch, origins: Origins, limits: DecodeLimits) -> str:
    """Adds what an event says to the batch. Returns why it cannot, "" when it can."""
    kind, body = event.get("type"), event.get("body")
    if not isinstance(kind, str) or not isinstance(body, dict):
        return "an event must have a type and a body"
    what, _, how = kind.rpartition("-")
    if kind == "sdk-log":
        return ""
    if kind == "score-create":
        score = langfuse_score(body, event.get("timestamp"))
        if score is None:
            return "a score must have a name, a value and a traceId, observationId, sessionId or datasetRunId"
        batch.scores.append(score)
        return ""
    if what not in ("trace", "span", "generation", "event", "observation") or how not in ("create", "update"):
        return f"events of type {kind!r} are not known"
    origin = origins.of({"telemetry.sdk.name": "langfuse"})
    if what == "trace":
        if not body.get("id"):
            return "a trace must have an id"
        batch.parts.append(_trace(body, event.get("timestamp"), origin, limits))
        return ""
    if not body.get("id") or not body.get("traceId"):
        return "an observation must have an id and a traceId"
    batch.parts.append(_observation(what, how, body, event.get("timestamp"), origin, limits))
    return ""


def _trace(body: Mapping[str, Any], sent: Any, origin: Origin, limits: DecodeLimits) -> RawPart:
    """What is said of a whole trace. With a time it is kept also when no observation follows."""
    flags: list[str] = []
    attributes: Attributes = {}
    for name, key in OF_TRACE.items():
        if body.get(name) is not None:
            attributes[key] = cut(body[name], limits, flags) if isinstance(body[name], str) else body[name]
    if isinstance(body.get("tags"), list) and body["tags"]:
        attributes["langfuse.trace.tags"] = [str(tag) for tag in body["tags"]]
    for name in ("input", "output", "metadata"):
        if body.get(name) is not None:
            attributes[f"langfuse.trace.{name}"] = _json(body[name], limits, flags)
    named = body.get("name")
    return RawPart(
        origin,
        ids.trace_id(body["id"]),
        "",
        name=cut(named, limits, flags) if isinstance(named, str) else None,
        start_ns=_ns(body.get("timestamp")) or _ns(sent),
        attributes=attributes,
        flags=flags,
    )


def _observation(
    what: str, how: str, body: Mapping[str, Any], sent: Any, origin: Origin, limits: DecodeLimits
) -> RawPart:
    flags: list[str] = []
    attributes: Attributes = {"langfuse.observation.id": str(body["id"])}
    if how == "create" or body.get("type"):
        attributes[f"{OBSERVATION}type"] = str(body.get("type") or what).lower()
    for name, key in TEXTS.items():
        if isinstance(body.get(name), str):
            attributes[OBSERVATION + key] = cut(body[name], limits, flags)
    for name, key in OBJECTS.items():
        if body.get(name) is not None:
            attributes[OBSERVATION + key] = _json(body[name], limits, flags)
    if usage := _usage(body):
        attributes[f"{OBSERVATION}usage_details"] = orjson.dumps(usage).decode()
    if cost := _cost(body):
        attributes[f"{OBSERVATION}cost_details"] = orjson.dumps(cost).decode()
    if isinstance(body.get("completionStartTime"), str):
        attributes[f"{OBSERVATION}completion_start_time"] = orjson.dumps(body["completionStartTime"]).decode()
    if isinstance(body.get("metadata"), dict):
        attributes |= {
            f"{OBSERVATION}metadata.{key}": _json(held, limits, flags) for key, held in body["metadata"].items()
        }
    for name in ("version", "environment"):
        if isinstance(body.get(name), str):
            attributes[f"langfuse.{name}"] = body[name]
    start, end = _ns(body.get("startTime")), _ns(body.get("endTime"))
    if what == "event" and start is None and how == "create":
        start = _ns(sent)
    parent = body.get("parentObservationId")
    return RawPart(
        origin=origin,
        trace_id=ids.trace_id(body["traceId"]),
        span_id=ids.span_id(body["id"]),
        parent_id=ids.span_id(parent) if parent else ("" if how == "create" else None),
        name=cut(body["name"], limits, flags) if isinstance(body.get("name"), str) else None,
        start_ns=start,
        end_ns=end,
        status_code=ERROR if body.get("level") == "ERROR" else None,
        status_message=cut(body["statusMessage"], limits, flags)
        if isinstance(body.get("statusMessage"), str)
        else None,
        attributes=attributes,
        flags=flags,
        is_first=how == "create",
    )


def _usage(body: Mapping[str, Any]) -> dict[str, Any]:
    details = body.get("usageDetails")
    if isinstance(details, dict) and details:
        return details
    usage = body.get("usage")
    if not isinstance(usage, dict):
        return {}
    plain = {name: usage[name] for name in ("input", "output", "total") if usage.get(name) is not None}
    return plain or {name: usage[key] for key, name in USAGE.items() if usage.get(key) is not None}


def _cost(body: Mapping[str, Any]) -> dict[str, Any]:
    usage = body.get("usage")
    if body.get("costDetails") or not isinstance(usage, dict):
        return {}
    return {name: usage[key] for key, name in COSTS.items() if usage.get(key) is not None}


def _json(value: Any, limits: DecodeLimits, flags: list[str]) -> str:
    return cut(value if isinstance(value, str) else orjson.dumps(value).decode(), limits, flags)


def _ns(value: Any) -> int | None:
    if not isinstance(value, str):
        return None
    try:
        return max(parse_iso(value.replace("Z", "+00:00")), 0)
    except (ValueError, OverflowError):
        return None


def answer(outcome: Outcome, content_type: str) -> bytes:
    """Which events were taken, one by one."""
    if not outcome.is_success:
        return words("message")(outcome, content_type)
    said: list[Said] = outcome.receipt or []
    successes = [{"id": one.identity, "status": 201} for one in said if not one.problem]
    errors = [
        {"id": one.identity, "status": 400, "message": one.problem, "error": one.problem} for one in said if one.problem
    ]
    return orjson.dumps({"successes": successes, "errors": errors})


def conclude(outcome: Outcome) -> tuple[int, dict[str, str]]:
    """207 for every well-formed batch."""
    return 207, {}


WIRE = Wire(
    name="langfuse_ingestion",
    signal="traces",
    paths=("/api/public/ingestion",),
    decode=decode,
    answer=answer,
    content_types=("application/json",),
    conclude=conclude,
    is_itemised=True,
)
