"""CloudTrail's records as log records; those that changed something say so.

Source: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html
A record of a call of Bedrock belongs to the span its invocation log makes: both have the request's id.
"""

from typing import Any

from nervure.decode.formats import ids
from nervure.decode.formats.bedrock import caller_of
from nervure.decode.formats.documents import flat, text_of
from nervure.decode.formats.json_log import Origins, time_of
from nervure.decode.wire import DecodeLimits
from nervure.model.raw import RawLog

PREFIX = "cloudtrail."
CHANGE = "change.kind"
CHANGE_TARGET = "change.target"
INFO, WARN, ERROR = 9, 13, 17
CALLS = frozenset(
    {"InvokeModel", "InvokeModelWithResponseStream", "InvokeModelWithBidirectionalStream", "Converse", "ConverseStream"}
)
# What a change is called here, by a word of the event's name; any other change is one of configuration.
KINDS = (
    ("Endpoint", "routing"), ("InferenceProfile", "routing"), ("ModelThroughput", "routing"), ("PromptRouter", "routing"),
    ("Prompt", "prompt_version"), ("KnowledgeBase", "index"), ("DataSource", "index"), ("IngestionJob", "index"),
    ("Model", "model_version"), ("Agent", "release"), ("FunctionCode", "release"), ("Flow", "release"),
)  # fmt: skip
# Names of configuration although a word above stands in them.
CONFIGURATION = ("LoggingConfiguration", "Guardrail", "Tag")
# Members that name what was changed.
TARGETS = ("endpointName", "promptIdentifier", "knowledgeBaseId", "agentId", "guardrailIdentifier", "modelId",
           "provisionedModelId", "functionName", "inferenceProfileName", "name")  # fmt: skip


def is_record(record: dict[str, Any]) -> bool:
    """Whether a record is CloudTrail's."""
    return bool(record.get("eventVersion") and record.get("eventSource") and record.get("eventName"))


def read(record: dict[str, Any], origins: Origins, limits: DecodeLimits) -> RawLog | None:
    """The record as a log record; None without a readable time."""
    try:
        time_ns = max(time_of(record.get("eventTime")), 0)
    except (ValueError, OverflowError):
        return None
    flags: list[str] = []
    name, source = text_of(record, "eventName"), text_of(record, "eventSource")
    attributes = flat(record, PREFIX, limits, flags, ("requestParameters", "responseElements", "additionalEventData"))
    actor = text_of(record, "userIdentity", "arn") or text_of(record, "userIdentity", "invokedBy")
    error = text_of(record, "errorCode")
    if change := change_of(record):
        attributes[CHANGE] = change
        if target := _target(record):
            attributes[CHANGE_TARGET] = target
    request = text_of(record, "requestID") if name in CALLS else ""
    place = {
        "cloud.provider": "aws",
        "cloud.region": text_of(record, "awsRegion"),
        "cloud.account.id": text_of(record, "recipientAccountId") or text_of(record, "userIdentity", "accountId"),
        "service.name": source,
    }
    told = f"{name} by {caller_of(actor) or actor or 'unknown'}" + (f" failed: {error}" if error else "")
    return RawLog(
        origins.of({key: text for key, text in place.items() if text}),
        time_ns,
        0,
        ids.trace_id(request),
        ids.span_id(request),
        ERROR if error else INFO,
        "ERROR" if error else "INFO",
        name,
        told + (f" {record['errorMessage']}" if error and record.get("errorMessage") else ""),
        attributes,
        flags,
    )


def change_of(record: dict[str, Any]) -> str:
    """What kind of change a record tells of; "" for one that only reads, that calls a model, or that failed."""
    name = text_of(record, "eventName")
    if record.get("readOnly") is not False or record.get("errorCode") or name in CALLS:
        return ""
    if record.get("eventCategory") not in (None, "Management"):
        return ""
    if any(word in name for word in CONFIGURATION):
        return "config"
    return next((kind for word, kind in KINDS if word in name), "config")


def _target(record: dict[str, Any]) -> str:
    given = record.get("requestParameters")
    return next((text for name in TARGETS if (text := text_of(given, name))), "")
