"""Google Cloud: Vertex AI's request-response logs as spans, Cloud Logging's entries as log records.

Sources: https://cloud.google.com/vertex-ai/generative-ai/docs/multimodal/request-response-logging (columns of the log:
full_request, full_response, metadata.request_latency in ms; logging_time is after the answer),
https://cloud.google.com/vertex-ai/docs/predictions/online-prediction-logging (request_payload, response_payload of own
models), https://cloud.google.com/logging/docs/reference/v2/rest/v2/LogEntry, and
https://cloud.google.com/logging/docs/reference/audit/auditlog/rest/Shared.Types/AuditLog.
"""

import re
from typing import Any

from nervure.decode.formats import ids
from nervure.decode.formats.documents import flat, kept, object_of, text_of
from nervure.decode.formats.json_log import HEX, Origins, severity_of, time_of
from nervure.decode.wire import DecodeLimits
from nervure.model.raw import Attributes, RawBatch, RawLog, RawSpan

PREFIX = "gcp."
REQUEST, RESPONSE = f"{PREFIX}request_body", f"{PREFIX}response_body"
BODIES = ("full_request", "full_response", "request_payload", "response_payload", "otel_log")
NS_PER_MS = 1_000_000
OK, ERROR, CLIENT = 1, 2, 3
NO_ENTRY = "a record is neither a LogEntry with a timestamp nor a row of a request-response log with a logging_time"
TRACE = re.compile(r"(?:projects/[^/]+/traces/)?([0-9a-f]{32})")
# Words in the method of an audit log and what kind of change it is. Reads are told by their verb.
CHANGES = (
    ("DeployModel", "routing"), ("Endpoint", "routing"), ("PublisherModelConfig", "config"), ("Index", "index"),
    ("RagCorpus", "index"), ("RagFile", "index"), ("TuningJob", "model_version"), ("ReasoningEngine", "release"),
    ("Model", "model_version"),
)  # fmt: skip
VERBS = re.compile(
    r"(Create|Update|Delete|Deploy|Undeploy|Set|Patch|Mutate|Import|Upload|Copy|Merge|set|Upsert|Remove)"
)


def read(record: dict[str, Any], batch: RawBatch, origins: Origins, limits: DecodeLimits) -> bool:
    """The record into the batch; False when it is nothing known or has no readable time."""
    row = _row(record)
    if row is not None:
        span = _call(row, record, origins, limits)
        if span is not None:
            batch.spans.append(span)
        return span is not None
    if "logName" not in record and "resource" not in record and "insertId" not in record:
        return False
    try:
        time_ns = max(time_of(record.get("timestamp") or record.get("receiveTimestamp")), 0)
    except (ValueError, OverflowError):
        return False
    batch.logs.append(_log(record, time_ns, origins, limits))
    return True


def _row(record: dict[str, Any]) -> dict[str, Any] | None:
    """A row of a request-response log: as exported from BigQuery, or as the payload of a LogEntry."""
    for row in (record, object_of(record.get("jsonPayload"))):
        if any(row.get(name) is not None for name in ("full_request", "request_payload")) and (
            "endpoint" in row or "model" in row or "request_id" in row
        ):
            return row
    return None


def _call(row: dict[str, Any], record: dict[str, Any], origins: Origins, limits: DecodeLimits) -> RawSpan | None:
    try:
        # BigQuery exports times as "2025-09-08 21:04:22.248 UTC".
        said = row.get("logging_time") or record.get("timestamp")
        logged_ns = max(time_of(said.removesuffix(" UTC") if isinstance(said, str) else said), 0)
    except (ValueError, OverflowError):
        return None
    flags: list[str] = []
    metadata = object_of(row.get("metadata"))
    took = metadata.get("request_latency")
    duration = int(took * NS_PER_MS) if isinstance(took, int | float) and 0 <= took < 1e9 else 0
    attributes = flat({key: held for key, held in row.items() if key not in BODIES}, PREFIX, limits, flags, ("labels",))
    for name, keys in (
        (REQUEST, ("full_request", "request_payload")),
        (RESPONSE, ("full_response", "response_payload")),
    ):
        if (body := next((row[key] for key in keys if row.get(key) is not None), None)) is not None:
            attributes[name] = kept(object_of(body) or body, limits, flags)
    answer, otel = object_of(row.get("full_response")), object_of(row.get("otel_log"))
    if otel:
        attributes[f"{PREFIX}otel_log"] = kept(otel, limits, flags)
    error = object_of(answer.get("error"))
    model = text_of(row, "model") or text_of(row, "endpoint") or text_of(row, "deployed_model_id")
    request = text_of(row, "request_id") or text_of(record, "insertId")
    trace = _trace(record)
    own = "|".join((request, str(logged_ns), model))
    return RawSpan(
        origin=origins.of(_place(record, model, text_of(object_of(row.get("full_request")), "model"))),
        trace_id=trace or ids.trace_id(own),
        span_id=ids.span_id(own),
        parent_id=text_of(record, "spanId") if trace and HEX[16].fullmatch(text_of(record, "spanId")) else "",
        name=f"{text_of(row, 'api_method') or 'Predict'} {model.rpartition('/')[2]}".strip(),
        kind=CLIENT,
        start_ns=max(logged_ns - duration, 0),
        end_ns=logged_ns,
        status_code=ERROR if error else OK,
        status_message=text_of(error, "message"),
        attributes=attributes,
        flags=flags,
    )


def _trace(record: dict[str, Any]) -> str:
    match = TRACE.fullmatch(text_of(record, "trace"))
    return match[1] if match else ""


def _log(record: dict[str, Any], time_ns: int, origins: Origins, limits: DecodeLimits) -> RawLog:
    flags: list[str] = []
    payload = object_of(record.get("jsonPayload"))
    audit = object_of(record.get("protoPayload"))
    attributes = flat({key: held for key, held in record.items() if key != "labels"}, PREFIX, limits, flags)
    # OpenTelemetry's own attributes travel as labels, under their own names.
    attributes |= {str(key): kept(held, limits, flags) for key, held in object_of(record.get("labels")).items()}
    method, status = text_of(audit, "methodName"), object_of(audit.get("status"))
    if change := _change(method) if audit and not status.get("code") else "":
        attributes |= {"change.kind": change, "change.target": text_of(audit, "resourceName")}
    severity = text_of(record, "severity")
    span = text_of(record, "spanId")
    actor = text_of(audit, "authenticationInfo", "principalEmail")
    body: Any = (
        f"{method} by {actor or 'unknown'}" + (f" failed: {text_of(status, 'message')}" if status.get("code") else "")
        if audit
        else text_of(record, "textPayload") or text_of(payload, "message") or payload or None
    )
    return RawLog(
        origins.of(_place(record, text_of(audit, "resourceName"), "")),
        time_ns,
        max(_received(record), 0),
        _trace(record),
        span if HEX[16].fullmatch(span) else "",
        severity_of(severity),
        severity,
        method or text_of(attributes, "event.name"),
        body,
        attributes,
        flags,
    )


def _received(record: dict[str, Any]) -> int:
    try:
        return time_of(record["receiveTimestamp"])
    except (KeyError, ValueError, OverflowError):
        return 0


def _change(method: str) -> str:
    name = method.rpartition(".")[2]
    if not VERBS.match(name):
        return ""
    return next((kind for word, kind in CHANGES if word in name), "config")


def _place(record: dict[str, Any], *names: str) -> Attributes:
    """Where a record is from. names: resource names that tell project and location when the record's labels do not."""
    labels = object_of(object_of(record.get("resource")).get("labels"))
    found: dict[str, str] = {}
    for name in names:
        parts = name.split("/")
        for key, word in (("project_id", "projects"), ("location", "locations")):
            if word in parts[:-1]:
                found.setdefault(key, parts[parts.index(word) + 1])
    place = {
        "cloud.provider": "gcp",
        "cloud.account.id": text_of(labels, "project_id") or found.get("project_id", ""),
        "cloud.region": text_of(labels, "location") or text_of(labels, "region") or found.get("location", ""),
        "service.name": next((text for key in ("service_name", "endpoint_id", "reasoning_engine_id", "container_name")
                              if (text := text_of(labels, key))), "vertex-ai"),
    }  # fmt: skip
    return {key: text for key, text in place.items() if text}
