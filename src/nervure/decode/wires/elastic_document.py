"""Elasticsearch's API for one document: it becomes a log record, as those of the bulk API do.

Source: https://www.elastic.co/docs/api/doc/elasticsearch/operation/operation-index
"""

import orjson

from nervure.base.errors import DecodeError
from nervure.base.ids import digest
from nervure.decode.formats import json_log
from nervure.decode.formats.json_log import Origins
from nervure.decode.wire import DecodeLimits, Outcome, Request, Wire
from nervure.decode.wires import elastic_bulk
from nervure.decode.wires.elastic_bulk import COMPATIBLE, IDENTITY, INDEX
from nervure.model.raw import RawBatch


def decode(body: bytes | bytearray, request: Request, limits: DecodeLimits) -> RawBatch:
    """A log record. Raises DecodeError for what is not a JSON object."""
    try:
        document = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise DecodeError(f"the document is not JSON: {error}") from error
    if not isinstance(document, dict):
        raise DecodeError(f"a document must be a JSON object, got {type(document).__name__}")
    record = json_log.read(document, Origins(), limits)
    index, identity = request.path["index"], request.path.get("id", "")
    record.attributes[INDEX] = index
    if identity:
        record.attributes[IDENTITY] = identity
    return RawBatch(logs=[record], receipt=(index, identity or digest(bytes(body))[:20]))


def answer(outcome: Outcome, content_type: str) -> bytes:
    """The document's place; Elasticsearch's error object when it was not taken."""
    if not outcome.is_success:
        return elastic_bulk.answer(outcome, content_type)
    index, identity = outcome.receipt
    shards = {"total": 1, "successful": 1, "failed": 0}
    made = {"_index": index, "_id": identity, "_version": 1, "result": "created", "_seq_no": 0, "_primary_term": 1}
    return orjson.dumps({**made, "_shards": shards})


def conclude(outcome: Outcome) -> tuple[int, dict[str, str]]:
    """201, as for every new document."""
    return 201, {}


WIRE = Wire(
    name="elastic_document",
    signal="logs",
    paths=("/{index}/_doc", "/{index}/_doc/{id}", "/{index}/_create/{id}"),
    decode=decode,
    answer=answer,
    content_types=("application/json", COMPATIBLE),
    methods=("POST", "PUT"),
    conclude=conclude,
    headers=elastic_bulk.WIRE.headers,
    is_itemised=True,
)
