"""Azure Monitor's resource logs: calls of Azure OpenAI as spans, everything else as log records.

Sources: https://learn.microsoft.com/azure/azure-monitor/essentials/resource-logs-schema (the envelope),
https://learn.microsoft.com/azure/ai-services/openai/monitor-openai-reference (RequestResponse, Audit, Trace),
https://learn.microsoft.com/azure/api-management/gateway-log-schema-reference (GatewayLogs, which alone hold the bodies),
https://learn.microsoft.com/azure/azure-monitor/reference/tables/appdependencies and .../apprequests (Application Insights).
"""

from typing import Any

from nervure.decode.formats import ids
from nervure.decode.formats.documents import flat, kept, object_of, text_of
from nervure.decode.formats.json_log import HEX, Origins, severity_of, time_of
from nervure.decode.wire import DecodeLimits
from nervure.model.raw import Attributes, RawBatch, RawLog, RawSpan

PREFIX = "azure."
REQUEST, RESPONSE = f"{PREFIX}request_body", f"{PREFIX}response_body"
LISTS = ("records",)
# .NET counts 100 ns since the year 1.
TICKS_AT_EPOCH = 621_355_968_000_000_000
NS_PER_MS = 1_000_000
OK, ERROR, SERVER, CLIENT = 1, 2, 2, 3
INFO = 9
NO_TIME = "an Azure record has no readable time"
# Parts of operationName that are a call of a model.
CALLS = ("completions", "embeddings", "responses_create", "create_response", "messages_create")
BODIES = ("requestBody", "responseBody", "backendRequestBody", "backendResponseBody")
APP_SPANS = {"AppDependencies": CLIENT, "AppRequests": SERVER}
LEVELS = {1: "FATAL", 2: "ERROR", 3: "WARN", 4: "INFO", 5: "DEBUG"}
# Operations of the control plane and of the keys: (words in the name, kind of change).
CHANGES = (("deployments/write", "model_version"), ("deployments/delete", "model_version"), ("/write", "config"),
           ("/delete", "config"), ("regeneratekey", "config"))  # fmt: skip


def read(record: dict[str, Any], batch: RawBatch, origins: Origins, limits: DecodeLimits) -> bool:
    """The record into the batch; False when its time cannot be read."""
    record = {**record, "properties": object_of(record.get("properties")) or record.get("properties")}
    try:
        time_ns = max(time_of(record.get("time") or record.get("eventTime") or record.get("TimeGenerated")), 0)
    except (ValueError, OverflowError):
        return False
    if (kind := APP_SPANS.get(text_of(record, "Type") or text_of(record, "type"))) and (
        span := _app_span(record, kind, time_ns, origins, limits)
    ):
        batch.spans.append(span)
    elif is_call(record):
        batch.spans.append(_call(record, time_ns, origins, limits))
    else:
        batch.logs.append(_log(record, time_ns, origins, limits))
    return True


def is_call(record: dict[str, Any]) -> bool:
    """Whether a record tells of one call of a model."""
    category, properties = text_of(record, "category"), object_of(record.get("properties"))
    if category == "RequestResponse":
        operation = text_of(record, "operationName").lower()
        return any(part in operation for part in CALLS)
    if category == "GatewayLogs":
        return "/deployments/" in _url(properties) or "/openai/v1/" in _url(properties)
    return False


def _url(properties: dict[str, Any]) -> str:
    return text_of(properties, "backendUrl") or text_of(properties, "url")


def _call(record: dict[str, Any], time_ns: int, origins: Origins, limits: DecodeLimits) -> RawSpan:
    flags: list[str] = []
    properties = object_of(record.get("properties"))
    asked, answered = (_ticks(properties.get(name)) for name in ("requestTime", "responseTime"))
    took = record.get("durationMs")
    duration = int(took * NS_PER_MS) if isinstance(took, int | float) and 0 <= took < 1e9 else None
    start_ns = asked if asked is not None else time_ns
    if duration is None:
        duration = answered - start_ns if answered is not None and answered >= start_ns else 0
    status = text_of(record, "resultSignature") or text_of(properties, "responseCode")
    has_failed = status.isdecimal() and int(status) >= 400
    attributes = flat(record, PREFIX, limits, flags, tuple(f"properties.{name}" for name in BODIES))
    for name in BODIES:
        attributes.pop(f"{PREFIX}properties.{name}", None)
    for name, keys in (
        (REQUEST, ("backendRequestBody", "requestBody")),
        (RESPONSE, ("backendResponseBody", "responseBody")),
    ):
        if body := next((properties[key] for key in keys if properties.get(key)), None):
            attributes[name] = kept(body, limits, flags)
    request = text_of(record, "correlationId")
    model = text_of(properties, "modelDeploymentName") or _deployment(_url(properties))
    own = "|".join((request, text_of(record, "operationName"), text_of(record, "time"), model))
    if model:
        attributes.setdefault(f"{PREFIX}deployment", model)
    return RawSpan(
        origin=origins.of(_place(record)),
        trace_id=ids.trace_id(request or own),
        span_id=ids.span_id(own),
        parent_id="",
        name=f"{text_of(properties, 'operationId') or text_of(record, 'operationName')} {model}".strip(),
        kind=CLIENT,
        start_ns=start_ns,
        end_ns=start_ns + duration,
        status_code=ERROR if has_failed else OK,
        status_message=f"HTTP {status}" if has_failed else "",
        attributes=attributes,
        flags=flags,
    )


def _deployment(url: str) -> str:
    return url.partition("/deployments/")[2].partition("/")[0]


def _ticks(value: Any) -> int | None:
    """ns since the epoch of .NET's ticks."""
    whole = int(value) if isinstance(value, int) or (isinstance(value, str) and value.isdecimal()) else 0
    return (whole - TICKS_AT_EPOCH) * 100 if whole > TICKS_AT_EPOCH else None


def _app_span(
    record: dict[str, Any], kind: int, time_ns: int, origins: Origins, limits: DecodeLimits
) -> RawSpan | None:
    """A row of Application Insights; its Properties are the attributes the program's OpenTelemetry set."""
    trace, span = text_of(record, "OperationId"), text_of(record, "Id")
    if not HEX[32].fullmatch(trace) or not HEX[16].fullmatch(span):
        return None
    flags: list[str] = []
    parent, took = text_of(record, "ParentId"), record.get("DurationMs")
    own = {key: held for key, held in object_of(record.get("Properties")).items() if isinstance(key, str)}
    attributes = flat({key: held for key, held in record.items() if key != "Properties"}, PREFIX, limits, flags)
    attributes |= {key: kept(held, limits, flags) for key, held in list(own.items())[: limits.max_attributes]}
    has_failed = str(record.get("Success")).lower() == "false"
    duration = int(took * NS_PER_MS) if isinstance(took, int | float) and 0 <= took < 1e9 else 0
    return RawSpan(
        origin=origins.of({**_place(record), "service.name": text_of(record, "AppRoleName") or "azure"}),
        trace_id=trace,
        span_id=span,
        parent_id=parent if HEX[16].fullmatch(parent) else "",
        name=text_of(record, "Name") or text_of(record, "Type"),
        kind=kind,
        start_ns=time_ns,
        end_ns=time_ns + duration,
        status_code=ERROR if has_failed else OK,
        status_message=text_of(record, "ResultCode") if has_failed else "",
        attributes=attributes,
        flags=flags,
    )


def _log(record: dict[str, Any], time_ns: int, origins: Origins, limits: DecodeLimits) -> RawLog:
    flags: list[str] = []
    name = text_of(record, "operationName") or text_of(record, "eventType") or text_of(record, "Name")
    level = record.get("level", record.get("Level", record.get("SeverityLevel")))
    words = LEVELS.get(level, "") if isinstance(level, int) else str(level or "")
    status = text_of(record, "resultSignature")
    has_failed = (status.isdecimal() and int(status) >= 400) or record.get("resultType") in ("Failed", "Failure")
    words = words or ("ERROR" if has_failed else "INFO")
    attributes = flat(record, PREFIX, limits, flags)
    if change := "" if has_failed else next((kind for word, kind in CHANGES if word in name.lower()), ""):
        attributes |= {"change.kind": change, "change.target": text_of(record, "resourceId").rpartition("/")[2]}
    trace = text_of(record, "OperationId")
    said = text_of(record, "Message") or text_of(record, "message") or text_of(record, "resultDescription")
    return RawLog(
        origins.of(_place(record)),
        time_ns,
        0,
        trace if HEX[32].fullmatch(trace) else ids.trace_id(text_of(record, "correlationId")),
        text if HEX[16].fullmatch(text := text_of(record, "ParentId")) else "",
        severity_of("informational" if words == "Informational" else words) or INFO,
        words,
        name,
        said or " ".join(part for part in (name, status, text_of(record, "resourceId").rpartition("/")[2]) if part),
        attributes,
        flags,
    )


def _place(record: dict[str, Any]) -> Attributes:
    resource = text_of(record, "resourceId") or text_of(record, "topic") or text_of(record, "source")
    place = {
        "cloud.provider": "azure",
        "cloud.region": (text_of(record, "location") or text_of(record, "Tenant")).lower().replace(" ", ""),
        "cloud.resource_id": resource,
        "service.name": resource.rpartition("/")[2].lower(),
    }
    return {key: text for key, text in place.items() if text}
