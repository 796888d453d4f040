"""Elasticsearch's bulk API as Filebeat, Logstash, Vector and Fluent Bit use it: documents become log records.

The index is kept as an attribute, that of the action before that of the path. Only index and create are log records;
update and delete are answered per item as not possible.
Source: https://www.elastic.co/docs/api/doc/elasticsearch/operation/operation-bulk
"""

from dataclasses import dataclass
from typing import Any

import orjson

from nervure.base.errors import DecodeError
from nervure.decode.formats import json_log
from nervure.decode.formats.json_log import Origins
from nervure.decode.formats.values import refuse
from nervure.decode.wire import DecodeLimits, Outcome, Request, Wire
from nervure.model.raw import RawBatch

ACTIONS = ("index", "create", "update", "delete")
COMPATIBLE, COMPATIBLE_LINES = "application/vnd.elasticsearch+json", "application/vnd.elasticsearch+x-ndjson"
INDEX, IDENTITY = "elasticsearch.index", "elasticsearch.id"


@dataclass(frozen=True, slots=True)
class Item:
    """One action and what became of it. problem: "" when its document was read."""

    action: str
    index: str
    identity: str
    problem: str = ""


def decode(body: bytes | bytearray, request: Request, limits: DecodeLimits) -> RawBatch:
    """Log records of the documents. Raises DecodeError when the lines are not pairs of action and document."""
    batch, items, origins = RawBatch(), list[Item](), Origins()
    lines = iter(bytes(body).split(b"\n"))
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        action, place = _action(line, number)
        source = next(lines, b"") if action != "delete" else b""
        index = str(place.get("_index") or request.path.get("index", ""))
        identity = str(place.get("_id") or "")
        problem = ""
        if action not in ("index", "create"):
            problem = f"{action} is not possible here: log records are only added"
        else:
            try:
                document = orjson.loads(source)
                if not isinstance(document, dict):
                    raise ValueError("a document must be an object")
                record = json_log.read(document, origins, limits)
            except ValueError as error:
                problem = f"the document cannot be read: {error}"
            else:
                if index:
                    record.attributes[INDEX] = index
                if identity:
                    record.attributes[IDENTITY] = identity
                batch.logs.append(record)
        if problem:
            refuse(batch, problem)
        items.append(Item(action, index, identity, problem))
    batch.receipt = items
    return batch


def answer(outcome: Outcome, content_type: str) -> bytes:
    """One item per action, in order; a request that was not taken as a whole gets Elasticsearch's error object."""
    if not outcome.is_success:
        kind = "es_rejected_execution_exception" if outcome.status in (429, 503) else "illegal_argument_exception"
        reason = {"type": kind, "reason": outcome.message}
        return orjson.dumps({"error": {"root_cause": [reason], **reason}, "status": outcome.status})
    items: list[Item] = outcome.receipt or []
    return orjson.dumps(
        {"took": 0, "errors": any(item.problem for item in items), "items": [_told(item) for item in items]}
    )


def _told(item: Item) -> dict[str, Any]:
    about: dict[str, Any] = {"_index": item.index, "_id": item.identity or None}
    if item.problem:
        # 400 tells a shipper to drop this one and go on.
        about |= {"status": 400, "error": {"type": "document_parsing_exception", "reason": item.problem}}
    else:
        about |= {
            "_version": 1,
            "result": "created",
            "status": 201,
            "_shards": {"total": 1, "successful": 1, "failed": 0},
        }
    return {item.action: about}


def _action(line: bytes, number: int) -> tuple[str, dict[str, Any]]:
    try:
        held = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        raise DecodeError(
            f"line {number} is not JSON ({error}): a bulk body has an action line, then its document"
        ) from error
    if isinstance(held, dict) and len(held) == 1:
        name, place = next(iter(held.items()))
        if name in ACTIONS and isinstance(place, dict):
            return name, place
    raise DecodeError(f'line {number} must be an action such as {{"create": {{}}}}, one of {", ".join(ACTIONS)}')


WIRE = Wire(
    name="elastic_bulk",
    signal="logs",
    paths=("/{index}/_bulk", "/_bulk"),
    decode=decode,
    answer=answer,
    content_types=("application/json", "application/x-ndjson", COMPATIBLE, COMPATIBLE_LINES),
    methods=("POST", "PUT"),
    # Clients of version 8 talk to nobody who does not name the product. Answers are JSON, lines or not.
    headers={"x-elastic-product": "Elasticsearch", "content-type": "application/json"},
    is_itemised=True,
)
