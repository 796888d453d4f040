"""Evaluations as Phoenix's older client (`px.Client().log_evaluations`) sends them: a data frame as an Arrow stream.

The schema's metadata say under "arize" what is judged: {"eval_name", "eval_type": "SpanEvaluations" | "TraceEvaluations" |
"DocumentEvaluations"}; rows have the ids, score, label and explanation. They become annotations, as the newer client writes.
Compressed or shared buffers, which that client never writes, are refused before they are unfolded: a few bytes of them can
stand for gigabytes. Layout of the messages: https://arrow.apache.org/docs/format/Columnar.html#encapsulated-message-format
"""

import math
import struct
from typing import Any

import orjson
import pyarrow
from pyarrow import ipc, types

from nervure.api.vendors.phoenix_scores import DOCUMENT, SPAN, TRACE, Kind
from nervure.base.errors import BadInput

MOST_ROWS = 100_000
KINDS: dict[str, Kind] = {"SpanEvaluations": SPAN, "TraceEvaluations": TRACE, "DocumentEvaluations": DOCUMENT}
SHAPE = "the body is not evaluations as log_evaluations of Phoenix's client sends them"
# Places in the flat buffers of a message (Message.fbs): the header and its type, the compression of a record batch.
HEADER_TYPE, HEADER, COMPRESSION = 1, 2, 3
SCHEMA, RECORDS = 1, 3
Json = dict[str, Any]


def annotations_of(body: bytes) -> tuple[Kind, list[Json]]:
    """What is judged, and the annotations. Raises BadInput."""
    try:
        return _read(body)
    except BadInput:
        raise
    except (pyarrow.ArrowException, ValueError, OSError, struct.error, IndexError, OverflowError) as error:
        raise BadInput(f"{SHAPE}: {error}") from None


def _read(body: bytes) -> tuple[Kind, list[Json]]:
    _check_plain(body)
    with ipc.open_stream(body) as reader:
        kind, name = _said(reader.schema.metadata or {})
        table = reader.read_all()
    table.validate(full=True)
    if table.num_rows > MOST_ROWS:
        raise BadInput(f"at most {MOST_ROWS} evaluations at a time, got {table.num_rows}: send them in parts")
    columns = {
        member: _column(table, names)
        for member, names in {
            kind.member: (f"context.{kind.member}", kind.member), "document_position": ("document_position", "position"),
            "score": ("score",), "label": ("label",), "explanation": ("explanation",),
        }.items()
    }  # fmt: skip
    rows = (dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True))
    return kind, [_annotation(row, kind, name) for row in rows]


def _said(metadata: dict[bytes, bytes]) -> tuple[Kind, str]:
    try:
        held = orjson.loads(metadata[b"arize"])
        return KINDS[held["eval_type"]], str(held["eval_name"])
    except (KeyError, TypeError, orjson.JSONDecodeError):
        raise BadInput(f"{SHAPE}: its schema's metadata have no arize.eval_name and eval_type") from None


def _column(table: pyarrow.Table, names: tuple[str, ...]) -> list[Any]:
    found = next((name for name in names if table.column_names.count(name) == 1), None)
    if found is None:
        return [None] * table.num_rows
    column = table.column(found)
    kind = column.type
    is_text = types.is_string(kind) or types.is_large_string(kind)
    if not (
        is_text or types.is_integer(kind) or types.is_floating(kind) or types.is_boolean(kind) or types.is_null(kind)
    ):
        raise BadInput(f"{SHAPE}: the column {found!r} has the type {kind}: send texts and numbers")
    values: list[Any] = column.to_pylist()
    return values


def _annotation(row: Json, kind: Kind, name: str) -> Json:
    """An annotation as the newer client would send it: what a data frame has not is NaN."""
    result = {
        key: row[key] for key in ("score", "label", "explanation")
        if row[key] is not None and not (isinstance(row[key], float) and math.isnan(row[key]))
    }  # fmt: skip
    if isinstance(result.get("score"), bool):
        result["score"] = float(result["score"])
    made = {kind.member: row[kind.member], "name": name, "annotator_kind": "LLM", "result": result}
    if kind is DOCUMENT:
        made["document_position"] = row["document_position"]
    return made


def _check_plain(body: bytes) -> None:
    """Raises BadInput for compressed record batches and for dictionaries."""
    for message in ipc.MessageReader.open_stream(body):
        held = message.metadata.to_pybytes()
        (root,) = struct.unpack_from("<I", held)
        kind = held[place] if (place := _field(held, root, HEADER_TYPE)) else 0
        if kind not in (SCHEMA, RECORDS):
            raise BadInput(f"{SHAPE}: send plain columns, none of categories")
        if kind == RECORDS and _field(held, _target(held, _field(held, root, HEADER)), COMPRESSION):
            raise BadInput(f"{SHAPE}: send columns that are not compressed")


def _field(held: bytes, table: int, number: int) -> int:
    """Where a member of a flat buffer's table lies, 0 when it is left out."""
    vtable = table - struct.unpack_from("<i", held, table)[0]
    (size,) = struct.unpack_from("<H", held, vtable)
    at = 4 + 2 * number
    (offset,) = struct.unpack_from("<H", held, vtable + at) if at < size else (0,)
    return table + offset if offset else 0


def _target(held: bytes, place: int) -> int:
    return place + int(struct.unpack_from("<I", held, place)[0])
