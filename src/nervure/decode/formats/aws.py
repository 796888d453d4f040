"""What AWS' services write, told apart record by record: Firehose and objects in S3 carry any of it.

CloudWatch Logs' subscriptions wrap log events in an envelope:
https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/SubscriptionFilters.html
"""

from typing import Any

from nervure.base.errors import DecodeError
from nervure.decode.formats import bedrock, cloudtrail, cloudwatch, json_log
from nervure.decode.formats.documents import Unreadable, documents, object_of, text_of
from nervure.decode.formats.json_log import Origins
from nervure.decode.formats.values import refuse
from nervure.decode.wire import DecodeLimits
from nervure.model.raw import Attributes, RawBatch, RawLog

LISTS = ("Records",)
NOT_JSON = "a record is neither JSON nor a metric stream in OTLP 1.0"


def read_bytes(data: bytes, batch: RawBatch, origins: Origins, limits: DecodeLimits) -> None:
    """The records of one piece of data into the batch."""
    if not data.strip():
        return
    if data.lstrip()[:1] not in (b"{", b"["):
        try:
            part = cloudwatch.read_otlp(data, limits)
        except DecodeError:
            part = RawBatch()
        if not part.received:
            # Text may by chance have the form of messages, but then there is no metric in them.
            _read_text(data, batch, origins, limits)
        batch.metrics += part.metrics
        for reason, count in part.refused.items():
            batch.refused[reason] = batch.refused.get(reason, 0) + count
        return
    for document in documents(data, LISTS):
        read(document, batch, origins, limits)


def _read_text(data: bytes, batch: RawBatch, origins: Origins, limits: DecodeLimits) -> None:
    """Lines of text as log records; what is no text is refused."""
    try:
        text = data.decode()
    except UnicodeDecodeError:
        refuse(batch, NOT_JSON)
        return
    for line in text.splitlines():
        if line.strip():
            batch.logs.append(json_log.read({"message": line}, origins, limits, {"cloud.provider": "aws"}))


def read(
    document: Any, batch: RawBatch, origins: Origins, limits: DecodeLimits, place: Attributes | None = None
) -> None:
    """One document into the batch. place: what is known of where a log record came from."""
    if not isinstance(document, dict):
        refuse(batch, NOT_JSON if isinstance(document, Unreadable) else "a record is not a JSON object")
    elif bedrock.is_call(document):
        span = bedrock.read(document, origins, limits)
        batch.spans.append(span) if span else refuse(batch, bedrock.NO_CALL)
    elif cloudtrail.is_record(document):
        log = cloudtrail.read(document, origins, limits)
        batch.logs.append(log) if log else refuse(batch, "a CloudTrail record has no readable eventTime")
    elif cloudwatch.is_metric(document):
        point = cloudwatch.read(document, origins, limits)
        batch.metrics.append(point) if point else refuse(batch, cloudwatch.NO_POINT)
    elif isinstance(document.get("logEvents"), list) and "messageType" in document:
        _subscription(document, batch, origins, limits)
    elif cloudtrail.is_record(detail := object_of(document.get("detail"))):
        # EventBridge delivers CloudTrail's records inside an event.
        read(detail, batch, origins, limits)
    else:
        batch.logs.append(json_log.read(document, origins, limits, place or {"cloud.provider": "aws"}))


def _subscription(envelope: dict[str, Any], batch: RawBatch, origins: Origins, limits: DecodeLimits) -> None:
    if envelope.get("messageType") == "CONTROL_MESSAGE":
        # CloudWatch Logs looks whether anybody listens; that is no telemetry.
        return
    place = {
        "cloud.provider": "aws",
        "cloud.account.id": text_of(envelope, "owner"),
        "aws.log.group.names": text_of(envelope, "logGroup"),
        "aws.log.stream.names": text_of(envelope, "logStream"),
    }
    known = {key: text for key, text in place.items() if text}
    for event in envelope["logEvents"]:
        message = event.get("message") if isinstance(event, dict) else None
        if not isinstance(message, str):
            refuse(batch, "a log event has no message")
            continue
        inner = object_of(message)
        if bedrock.is_call(inner) or cloudtrail.is_record(inner):
            read(inner, batch, origins, limits)
            continue
        batch.logs.append(_log(event, message, known, origins, limits))


def _log(event: dict[str, Any], message: str, place: Attributes, origins: Origins, limits: DecodeLimits) -> RawLog:
    record = {"message": message, "timestamp": event.get("timestamp"), "aws.log.event.id": text_of(event, "id")}
    return json_log.read({key: held for key, held in record.items() if held is not None}, origins, limits, place)
