"""Braintrust's SDK: rows of spans, begun in one message and completed by rows of the same id (`_is_merge`).

Members that are objects merge key by key, as Braintrust says; so each key is an attribute of its own.
Source: https://www.braintrust.dev/docs/reference/api (logs3) and the SDK's span implementation.
"""

from collections.abc import Mapping
from typing import Any

import orjson

from nervure.base.errors import DecodeError
from nervure.base.ids import digest
from nervure.decode.formats import ids
from nervure.decode.formats.json_log import Origins
from nervure.decode.formats.plain_answer import words
from nervure.decode.formats.values import cut, refuse
from nervure.decode.wire import DecodeLimits, Outcome, Request, Wire
from nervure.model.raw import Attributes, RawBatch, RawPart
from nervure.model.score import Score

SHAPE = 'the body is not {"rows": [{"id": .., "span_id": .., "root_span_id": ..}]}'
NO_IDS = "a row must have an id, a span_id and a root_span_id"
OBJECTS = ("metadata", "metrics")
PLAIN = ("input", "output", "expected", "error")
OK, ERROR = 1, 2
LONGEST = 2000


def decode(body: bytes | bytearray, request: Request, limits: DecodeLimits) -> RawBatch:
    """Parts of spans, and the scores on them. Raises DecodeError for another shape."""
    try:
        rows = orjson.loads(body)["rows"]
    except (orjson.JSONDecodeError, KeyError, TypeError) as error:
        raise DecodeError(SHAPE) from error
    if not isinstance(rows, list):
        raise DecodeError(SHAPE)
    batch, origins, told = RawBatch(), Origins("braintrust"), list[str]()
    for row in rows:
        part = _part(row, origins, limits) if isinstance(row, dict) else None
        if part is None:
            refuse(batch, NO_IDS)
            continue
        batch.parts.append(part)
        batch.scores.extend(_scores(row, part))
        told.append(str(row["id"]))
    batch.receipt = told
    return batch


def _part(row: Mapping[str, Any], origins: Origins, limits: DecodeLimits) -> RawPart | None:
    if not row.get("id") or not row.get("span_id") or not row.get("root_span_id"):
        return None
    flags: list[str] = []
    is_first = not row.get("_is_merge")
    metrics, about = _object(row.get("metrics")), _object(row.get("span_attributes"))
    parents = row.get("span_parents")
    parent = parents[0] if isinstance(parents, list) and parents else None
    error = row.get("error")
    ended = _ns(metrics.get("end"))
    origin = _object(_object(row.get("context")).get("span_origin"))
    resource: Attributes = {"telemetry.sdk.name": "braintrust"}
    if origin.get("version"):
        resource["telemetry.sdk.version"] = str(origin["version"])
    if isinstance(row.get("project_id"), str):
        # The id is the name we answered when the SDK asked for it.
        resource["braintrust.project_id"] = row["project_id"]
    return RawPart(
        origin=origins.of(resource),
        trace_id=ids.trace_id(row["root_span_id"]),
        span_id=ids.span_id(row["span_id"]),
        parent_id=ids.span_id(parent) if parent else ("" if is_first else None),
        name=cut(str(about["name"]), limits, flags) if about.get("name") else None,
        start_ns=_ns(metrics.get("start")),
        end_ns=ended,
        status_code=ERROR if error else OK if ended else None,
        status_message=str(error if isinstance(error, str) else _json(error)).partition("\n")[0][:LONGEST]
        if error
        else None,
        attributes=_attributes(row, about, limits, flags),
        flags=flags,
        is_first=is_first,
    )


def _attributes(row: Mapping[str, Any], about: Mapping[str, Any], limits: DecodeLimits, flags: list[str]) -> Attributes:
    made: Attributes = {"braintrust.id": str(row["id"])}
    if about.get("type"):
        made["braintrust.type"] = str(about["type"])
    for name in PLAIN:
        if row.get(name) is not None:
            value = row[name]
            made[f"braintrust.{name}"] = cut(value if isinstance(value, str) else _json(value), limits, flags)
    for name in OBJECTS:
        for key, value in _object(row.get(name)).items():
            if value is not None and len(made) < limits.max_attributes:
                is_plain = isinstance(value, str | int | float | bool)
                made[f"braintrust.{name}.{key}"] = (
                    cut(value, limits, flags) if isinstance(value, str) else value if is_plain else _json(value)
                )
    if isinstance(row.get("tags"), list):
        made["braintrust.tags"] = [str(tag) for tag in row["tags"]]
    return made


def _scores(row: Mapping[str, Any], part: RawPart) -> list[Score]:
    scores = []
    for name, value in _object(row.get("scores")).items():
        number = value if isinstance(value, int | float) else _object(value).get("score")
        if not isinstance(number, int | float):
            continue
        scores.append(
            Score(
                id=f"score_{digest(repr((row['id'], name)).encode())[:32]}",
                name=name,
                target_type="span",
                target_id=part.span_id,
                trace_id=part.trace_id,
                project=str(row.get("project_id") or "default"),
                data_type="boolean" if isinstance(number, bool) else "numeric",
                value=float(number),
                time_ns=part.end_ns or part.start_ns or 0,
                metadata=_object(_object(value).get("metadata")),
            )
        )
    return scores


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _ns(value: Any) -> int | None:
    """Seconds since the epoch, to the microsecond: a float knows no more."""
    is_time = isinstance(value, int | float) and not isinstance(value, bool) and 0 < value < 1e11
    return round(value * 1e6) * 1000 if is_time else None


def _json(value: Any) -> str:
    return orjson.dumps(value).decode()


def answer(outcome: Outcome, content_type: str) -> bytes:
    """The ids of the rows."""
    if not outcome.is_success:
        return words("message")(outcome, content_type)
    return orjson.dumps({"ids": outcome.receipt or [], "xact_id": "1"})


WIRE = Wire(
    name="braintrust_logs",
    signal="traces",
    paths=("/logs3",),
    decode=decode,
    answer=answer,
    # The SDK says no type.
    content_types=("application/json", ""),
    is_itemised=True,
)
