"""Whatever AWS' services write, mixed: Bedrock's invocation logs, CloudTrail, metric streams, events of CloudWatch Logs."""

from nervure.decode.formats import aws
from nervure.decode.formats.documents import only_objects
from nervure.decode.formats.json_log import Origins
from nervure.decode.formats.plain_answer import words
from nervure.decode.wire import DecodeLimits, Request, Wire
from nervure.model.raw import RawBatch


def decode(body: bytes | bytearray, request: Request, limits: DecodeLimits) -> RawBatch:
    """Each record as what it is; one that is nothing known is a log record. Raises DecodeError when there is no object."""
    batch, origins = RawBatch(), Origins("aws")
    for document in only_objects(bytes(body), aws.LISTS, "record of an AWS service"):
        aws.read(document, batch, origins, limits)
    return batch


WIRE = Wire(
    name="aws_records",
    signal="mixed",
    paths=("/v1/aws",),
    decode=decode,
    answer=words(success=b"{}"),
    content_types=("application/json", "application/x-ndjson", "application/jsonl", "text/plain"),
)
