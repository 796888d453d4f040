"""Azure's resource logs over HTTP: {"records": [...]} as Event Hubs deliver it, lists, lines as blobs hold them, Event Grid.

Event Grid asks first whether the endpoint is ours, and wants its code back:
https://learn.microsoft.com/azure/event-grid/end-point-validation-event-grid-events-schema
"""

from typing import Any

import orjson

from nervure.decode.formats import azure
from nervure.decode.formats.documents import object_of, only_objects, text_of
from nervure.decode.formats.json_log import Origins
from nervure.decode.formats.plain_answer import words
from nervure.decode.formats.values import refuse
from nervure.decode.wire import DecodeLimits, Outcome, Request, Wire
from nervure.model.raw import RawBatch

VALIDATION = "Microsoft.EventGrid.SubscriptionValidationEvent"
NO_RECORD = 'a record is not an object with a time such as {"time": .., "category": .., "resourceId": ..}'
WHAT = 'Azure record ({"records": [{"time": .., "category": .., "resourceId": .., "operationName": ..}]})'


def decode(body: bytes | bytearray, request: Request, limits: DecodeLimits) -> RawBatch:
    """Spans of calls, log records of the rest. Raises DecodeError when there is no JSON object."""
    batch, origins = RawBatch(), Origins("azure")
    for record in only_objects(bytes(body), azure.LISTS, WHAT):
        if record is not None and record.get("eventType") == VALIDATION:
            batch.receipt = text_of(record, "data", "validationCode")
            continue
        for one in _carried(record):
            if not isinstance(one, dict) or not azure.read(one, batch, origins, limits):
                refuse(batch, NO_RECORD)
    return batch


def _carried(record: dict[str, Any] | None) -> list[Any]:
    """The records of an event that only carries them; else the record alone."""
    inner = object_of(record.get("data")) if record else {}
    if record and ("eventType" in record or "specversion" in record):
        if isinstance(listed := inner.get("records"), list):
            return listed
        if "category" in inner:
            return [inner]
    return [record]


PLAIN = words(success=b"{}")


def answer(outcome: Outcome, content_type: str) -> bytes:
    """The validation code when Event Grid asked for it."""
    if outcome.is_success and outcome.receipt:
        return orjson.dumps({"validationResponse": outcome.receipt})
    return PLAIN(outcome, content_type)


WIRE = Wire(
    name="azure_logs",
    signal="mixed",
    paths=("/v1/azure",),
    decode=decode,
    answer=answer,
    content_types=("application/json", "application/x-ndjson", "application/cloudevents+json",
                   "application/cloudevents-batch+json"),
    is_itemised=True,
)  # fmt: skip
