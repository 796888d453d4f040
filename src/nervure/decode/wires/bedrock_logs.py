"""Amazon Bedrock's model invocation logs over HTTP: lines, a list or one record, e.g. of a Lambda function or a file."""

from nervure.decode.formats import bedrock
from nervure.decode.formats.documents import only_objects
from nervure.decode.formats.json_log import Origins
from nervure.decode.formats.plain_answer import words
from nervure.decode.formats.values import refuse
from nervure.decode.wire import DecodeLimits, Request, Wire
from nervure.model.raw import RawBatch

WHAT = 'model invocation log ({"schemaType": "ModelInvocationLog", "timestamp": .., "requestId": .., "modelId": ..})'


def decode(body: bytes | bytearray, request: Request, limits: DecodeLimits) -> RawBatch:
    """A span for each call. Raises DecodeError when there is no JSON object."""
    batch, origins = RawBatch(), Origins("bedrock")
    for record in only_objects(bytes(body), (), WHAT):
        span = bedrock.read(record, origins, limits) if record is not None and bedrock.is_call(record) else None
        if span is None:
            refuse(batch, bedrock.NO_CALL)
        else:
            batch.spans.append(span)
    return batch


WIRE = Wire(
    name="bedrock_logs",
    signal="traces",
    paths=("/v1/bedrock",),
    decode=decode,
    answer=words(success=b"{}"),
    content_types=("application/json", "application/x-ndjson", "application/jsonl", "text/plain"),
)
