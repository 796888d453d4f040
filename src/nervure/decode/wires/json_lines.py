"""JSON over HTTP: one log record a line, or an array of them. What Vector's, Fluent Bit's and Logstash's http outputs send."""

from collections.abc import Iterator
from typing import Any

import orjson

from nervure.base.errors import DecodeError
from nervure.decode.formats import json_log
from nervure.decode.formats.json_log import Origins
from nervure.decode.formats.plain_answer import words
from nervure.decode.formats.values import refuse
from nervure.decode.wire import DecodeLimits, Request, Wire
from nervure.model.raw import RawBatch

NOT_JSON = 'a line is not a JSON object such as {"message": "..", "level": "info"}'


def decode(body: bytes | bytearray, request: Request, limits: DecodeLimits) -> RawBatch:
    """Log records. Raises DecodeError when nothing of the body is JSON."""
    batch, origins = RawBatch(), Origins()
    for document in _documents(bytes(body)):
        if isinstance(document, dict):
            batch.logs.append(json_log.read(document, origins, limits))
        else:
            refuse(batch, NOT_JSON)
    if batch.refused and not batch.logs:
        raise DecodeError(f"{NOT_JSON}: nothing was stored")
    return batch


def _documents(body: bytes) -> Iterator[Any]:
    if body.lstrip()[:1] == b"[":
        try:
            listed = orjson.loads(body)
        except orjson.JSONDecodeError as error:
            raise DecodeError(f"the body is not a JSON array: {error}") from error
        yield from listed
        return
    for line in body.split(b"\n"):
        if line.strip():
            try:
                yield orjson.loads(line)
            except orjson.JSONDecodeError:
                yield None


WIRE = Wire(
    name="json_lines",
    signal="logs",
    paths=("/v1/logs/json",),
    decode=decode,
    answer=words(),
    content_types=("application/json", "application/x-ndjson", "application/jsonl", "text/plain"),
)
