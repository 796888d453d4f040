"""Google Cloud's logs over HTTP: LogEntry objects, rows of request-response logs, and Pub/Sub's push deliveries of either.

A push is {"message": {"data": <base64>, "messageId", "attributes", "publishTime"}, "subscription"}; any status but a 2xx
makes Pub/Sub deliver it again: https://cloud.google.com/pubsub/docs/push
"""

import base64
import binascii
from collections.abc import Iterator
from typing import Any

from nervure.decode.formats import gcp
from nervure.decode.formats.documents import Unreadable, documents, object_of, only_objects
from nervure.decode.formats.json_log import Origins
from nervure.decode.formats.plain_answer import words
from nervure.decode.formats.values import refuse
from nervure.decode.wire import DecodeLimits, Request, Wire
from nervure.model.raw import RawBatch

LISTS = ("entries",)
NOT_BASE64 = "the data of a Pub/Sub message is not base64 of JSON"
WHAT = 'LogEntry ({"logName": .., "timestamp": ..}) nor Pub/Sub message'


def decode(body: bytes | bytearray, request: Request, limits: DecodeLimits) -> RawBatch:
    """Spans of calls, log records of the rest. Raises DecodeError when there is no JSON object."""
    batch, origins = RawBatch(), Origins("gcp")
    for document in only_objects(bytes(body), LISTS, WHAT):
        for record in _opened(document):
            if isinstance(record, Unreadable):
                refuse(batch, NOT_BASE64)
            elif not isinstance(record, dict) or not gcp.read(record, batch, origins, limits):
                refuse(batch, gcp.NO_ENTRY)
    return batch


def _opened(document: dict[str, Any] | None) -> Iterator[Any]:
    """What a push carries; else the document itself."""
    message = object_of((document or {}).get("message"))
    if document is None or "data" not in message or "logName" in document:
        yield document
        return
    try:
        data = base64.b64decode(message["data"], validate=True)
    except (TypeError, ValueError, binascii.Error):
        yield Unreadable("")
        return
    yield from documents(data, LISTS)


WIRE = Wire(
    name="gcp_logs",
    signal="mixed",
    paths=("/v1/gcp",),
    decode=decode,
    answer=words(success=b"{}"),
    content_types=("application/json", "application/x-ndjson", "text/plain"),
)
