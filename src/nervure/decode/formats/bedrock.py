"""Amazon Bedrock's model invocation logs: a record (schemaType ModelInvocationLog) is one call of a model.

Source: https://docs.aws.amazon.com/bedrock/latest/userguide/model-invocation-logging.html. The record says when a call
came and what it used, not when it ended: that is told by the latency in the answer, where there is one.
"""

from typing import Any

from nervure.decode.formats import ids
from nervure.decode.formats.documents import flat, kept, object_of, text_of
from nervure.decode.formats.json_log import Origins, time_of
from nervure.decode.wire import DecodeLimits
from nervure.model.raw import Attributes, RawSpan

SCHEMA = "ModelInvocationLog"
PREFIX = "aws.bedrock."
INPUT, OUTPUT = f"{PREFIX}input_body", f"{PREFIX}output_body"
BODIES = ("input.inputBodyJson", "output.outputBodyJson")
METRICS = "amazon-bedrock-invocationMetrics"
# Callers name their own trace and span in the metadata of a request.
TRACES, SPANS = ("traceId", "trace_id", "x-trace-id"), ("spanId", "span_id", "parent_id")
NO_CALL = "a model invocation log needs timestamp, requestId and modelId"
OK, ERROR, CLIENT = 1, 2, 3
NS_PER_MS = 1_000_000


def is_call(record: dict[str, Any]) -> bool:
    """Whether a record is a model invocation log."""
    return record.get("schemaType") == SCHEMA


def read(record: dict[str, Any], origins: Origins, limits: DecodeLimits) -> RawSpan | None:
    """The call; None without a time, a request id or a model."""
    flags: list[str] = []
    request, model = text_of(record, "requestId"), text_of(record, "modelId")
    try:
        start_ns = time_of(record.get("timestamp"))
    except (ValueError, OverflowError):
        return None
    if not request or not model:
        return None
    given, got = object_of(record.get("input")), object_of(record.get("output"))
    error = text_of(record, "errorCode")
    attributes = flat(record, PREFIX, limits, flags, BODIES)
    for name, body in ((INPUT, given.get("inputBodyJson")), (OUTPUT, got.get("outputBodyJson"))):
        attributes.pop(f"{PREFIX}{BODIES[name == OUTPUT]}", None)
        if body is not None:
            attributes[name] = kept(body, limits, flags)
    metadata = object_of(record.get("requestMetadata"))
    own = next((text for key in TRACES if (text := text_of(metadata, key))), "")
    return RawSpan(
        origin=origins.of(resource_of(record)),
        trace_id=ids.trace_id(own or request),
        span_id=ids.span_id(request),
        parent_id=ids.span_id(next((text for key in SPANS if (text := text_of(metadata, key))), "")),
        name=f"{text_of(record, 'operation') or 'InvokeModel'} {model.rpartition('/')[2]}",
        kind=CLIENT,
        start_ns=max(start_ns, 0),
        end_ns=max(start_ns, 0) + latency_ms(got.get("outputBodyJson")) * NS_PER_MS,
        status_code=ERROR if error else OK,
        status_message=text_of(record, "errorMessage") or error,
        attributes=attributes,
        flags=flags,
    )


def resource_of(record: dict[str, Any]) -> Attributes:
    """Where a call came from. The caller's role or user is the service: the record knows no better name."""
    caller = caller_of(text_of(record, "identity", "arn"))
    place = {
        "cloud.provider": "aws",
        "cloud.platform": "aws_bedrock",
        "cloud.region": text_of(record, "region"),
        "cloud.account.id": text_of(record, "accountId"),
        "service.name": caller,
    }
    return {name: text for name, text in place.items() if text}


def caller_of(arn: str) -> str:
    """The name in arn:aws:sts::1:assumed-role/NAME/session, arn:aws:iam::1:user/NAME or .../role/path/NAME."""
    parts = arn.rpartition(":")[2].split("/")
    if len(parts) < 2:
        return parts[0] if parts[0] == "root" else ""
    return parts[1] if parts[0] == "assumed-role" else parts[-1]


def latency_ms(answer: Any) -> int:
    """How long a call took as its answer says; 0 when it does not."""
    for piece in reversed(answer) if isinstance(answer, list) else (answer,):
        if isinstance(piece, dict):
            for place, name in (("metrics", "latencyMs"), (METRICS, "invocationLatency")):
                found = object_of(piece.get(place) or object_of(piece.get("metadata")).get(place)).get(name)
                if isinstance(found, int | float) and 0 <= found < 1e9:
                    return int(found)
    return 0
