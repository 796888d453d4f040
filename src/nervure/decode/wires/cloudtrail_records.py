"""CloudTrail over HTTP: the objects it writes ({"Records": [...]}), lines or single records."""

from nervure.decode.formats import cloudtrail
from nervure.decode.formats.documents import only_objects
from nervure.decode.formats.json_log import Origins
from nervure.decode.formats.plain_answer import words
from nervure.decode.formats.values import refuse
from nervure.decode.wire import DecodeLimits, Request, Wire
from nervure.model.raw import RawBatch

NO_RECORD = "a CloudTrail record needs eventVersion, eventSource, eventName and eventTime"
WHAT = 'CloudTrail record ({"Records": [{"eventVersion": .., "eventSource": .., "eventName": .., "eventTime": ..}]})'


def decode(body: bytes | bytearray, request: Request, limits: DecodeLimits) -> RawBatch:
    """A log record for each. Raises DecodeError when there is no JSON object."""
    batch, origins = RawBatch(), Origins("cloudtrail")
    for record in only_objects(bytes(body), ("Records",), WHAT):
        log = cloudtrail.read(record, origins, limits) if record is not None and cloudtrail.is_record(record) else None
        if log is None:
            refuse(batch, NO_RECORD)
        else:
            batch.logs.append(log)
    return batch


WIRE = Wire(
    name="cloudtrail_records",
    signal="logs",
    paths=("/v1/cloudtrail",),
    decode=decode,
    answer=words(success=b"{}"),
    content_types=("application/json", "application/x-ndjson", "application/jsonl", "text/plain"),
)
