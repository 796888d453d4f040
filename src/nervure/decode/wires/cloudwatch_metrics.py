"""CloudWatch's metric streams over HTTP, from a function or a file: JSON lines, or length-delimited OTLP 1.0."""

from nervure.decode.formats import cloudwatch
from nervure.decode.formats.documents import only_objects
from nervure.decode.formats.json_log import Origins
from nervure.decode.formats.plain_answer import words
from nervure.decode.formats.values import refuse
from nervure.decode.wire import DecodeLimits, Request, Wire, media_type
from nervure.model.raw import RawBatch

BINARY = ("application/x-protobuf", "application/octet-stream")


def decode(body: bytes | bytearray, request: Request, limits: DecodeLimits) -> RawBatch:
    """Data points. Raises DecodeError when there is none to be found."""
    if media_type(request.content_type) in BINARY:
        return cloudwatch.read_otlp(bytes(body), limits)
    batch, origins = RawBatch(), Origins("cloudwatch")
    for record in only_objects(bytes(body), (), "CloudWatch metric"):
        is_point = record is not None and cloudwatch.is_metric(record)
        point = cloudwatch.read(record, origins, limits) if record is not None and is_point else None
        if point is None:
            refuse(batch, cloudwatch.NO_POINT)
        else:
            batch.metrics.append(point)
    return batch


WIRE = Wire(
    name="cloudwatch_metrics",
    signal="metrics",
    paths=("/v1/cloudwatch",),
    decode=decode,
    answer=words(success=b"{}"),
    content_types=("application/json", "application/x-ndjson", *BINARY),
)
