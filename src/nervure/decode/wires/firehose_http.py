"""Amazon Data Firehose's delivery to an HTTP endpoint: Bedrock's logs, CloudTrail, CloudWatch Logs and metric streams.

Source: https://docs.aws.amazon.com/firehose/latest/dev/httpdeliveryrequestresponse.html. Each record is base64, perhaps of
gzip. An answer of another status than 200 makes Firehose send the whole request again, so a record that nobody can read
is refused within a request that is taken.
"""

import base64
import binascii
import zlib
from collections.abc import Mapping
from typing import Any

import orjson

from nervure.base.clock import NS_PER_MS
from nervure.base.errors import DecodeError
from nervure.decode.formats import aws
from nervure.decode.formats.documents import object_of
from nervure.decode.formats.json_log import Origins
from nervure.decode.formats.values import refuse
from nervure.decode.wire import DecodeLimits, Outcome, Request, Wire
from nervure.model.raw import Attributes, RawBatch

SHAPE = 'the body is not {"requestId": "..", "timestamp": .., "records": [{"data": "<base64>"}]}'
NOT_BASE64 = 'a record is not {"data": "<base64>"}'
BROKEN_GZIP = "a record is gzip that is broken or unpacks to more than the limit"
GZIP_MAGIC = b"\x1f\x8b"
REQUEST_ID = "x-amz-firehose-request-id"
COMMON, SOURCE = "x-amz-firehose-common-attributes", "x-amz-firehose-source-arn"
# Firehose's own records are 1 MB at most; of one request no more than this is unpacked.
MOST_UNPACKED = 64 << 20
LONGEST_MESSAGE = 8192


def decode(body: bytes | bytearray, request: Request, limits: DecodeLimits) -> RawBatch:
    """Whatever the records are. Raises DecodeError for another shape of request."""
    try:
        delivery = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise DecodeError(f"{SHAPE}: {error}") from error
    records = delivery.get("records") if isinstance(delivery, dict) else None
    if not isinstance(records, list):
        raise DecodeError(SHAPE)
    batch, origins, room = RawBatch(), Origins("firehose", _common(request.headers)), MOST_UNPACKED
    for record in records:
        try:
            data = base64.b64decode(record["data"], validate=True)
        except (KeyError, TypeError, binascii.Error, ValueError):
            refuse(batch, NOT_BASE64)
            continue
        try:
            data = _unpacked(data, room)
        except zlib.error:
            refuse(batch, BROKEN_GZIP)
            continue
        room -= len(data)
        aws.read_bytes(data, batch, origins, limits)
    batch.receipt = str(delivery.get("requestId") or "")
    return batch


def _common(headers: Mapping[str, str]) -> Attributes:
    """What the stream was told to say with every request; among it perhaps nervure.project."""
    said = object_of(object_of(headers.get(COMMON)).get("commonAttributes"))
    found = {str(key): str(value) for key, value in said.items()}
    if stream := headers.get(SOURCE):
        found["aws.firehose.arn"] = stream
    return found


def _unpacked(data: bytes, room: int) -> bytes:
    """The data, unpacked as often as it is gzip (at most twice). Raises zlib.error for more than `room` bytes."""
    for _ in range(2):
        if not data.startswith(GZIP_MAGIC):
            break
        out, rest = bytearray(), data
        while rest.startswith(GZIP_MAGIC):
            stream = zlib.decompressobj(31)
            out += stream.decompress(rest, room - len(out) + 1)
            if len(out) > room or not stream.eof:
                raise zlib.error("too much, or cut off")
            rest = stream.unused_data
        data = bytes(out)
    return data


def answer(outcome: Outcome, content_type: str) -> bytes:
    """requestId and timestamp in ms always, errorMessage when something was refused: Firehose insists on this form."""
    told: dict[str, Any] = {
        "requestId": outcome.receipt or outcome.echo,
        "timestamp": outcome.answered_ns // NS_PER_MS,
    }
    if not outcome.is_success or outcome.rejected:
        told["errorMessage"] = outcome.message[:LONGEST_MESSAGE]
    return orjson.dumps(told)


WIRE = Wire(
    name="firehose_http",
    signal="mixed",
    paths=("/v1/firehose",),
    decode=decode,
    answer=answer,
    content_types=("application/json",),
    is_itemised=True,
    echo=REQUEST_ID,
    asks=(COMMON, SOURCE),
)
