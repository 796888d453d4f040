"""Phoenix's span queries: spans as rows of a table, with columns chosen, lists exploded or joined.

The answer is one part of multipart/mixed in pandas' "table" orientation, its names numbered as Phoenix numbers them.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from nervure.api.asking import json_bytes
from nervure.api.vendors.body import may
from nervure.api.vendors.phoenix_condition import filter_of
from nervure.api.vendors.phoenix_spans import found_at, nested, span_of
from nervure.base.errors import BadInput

Json = dict[str, Any]
BOUNDARY = "nervure-dataframe"
TIMES = ("start_time", "end_time")
CONTEXT = ("context.span_id", "context.trace_id")
PLAIN = ("name", "span_kind", "parent_id", "start_time", "end_time", "status_code", "status_message", "events")


def where_of(query: Json) -> str:
    """The filter of a query as ours, "" for none. Raises BadInput."""
    condition = may(may(query, "filter", dict, {}), "condition", str, "")
    return filter_of(condition) if condition.strip() else ""


def table_of(query: Json, spans: Sequence[Mapping[str, Any]]) -> tuple[list[str], list[Json]]:
    """Names of the index and the rows. spans: of the API, with everything. Raises BadInput."""
    chosen = {name: _key(one, name) for name, one in may(query, "select", dict, {}).items()}
    explode, concat = query.get("explode"), query.get("concat")
    index = _key(query.get("index"), "context.span_id") if query.get("index") else "context.span_id"
    for part in (explode, concat):
        if part is not None and (not isinstance(part, dict) or not part.get("key")):
            raise BadInput("'explode' and 'concat' need the key of a list, e.g. retrieval.documents")
    rows: list[Json] = []
    for held in spans:
        span = span_of(held)
        inner = nested(span["attributes"])
        row = {name: _member(span, inner, key) for name, key in chosen.items()}
        row[index] = _member(span, inner, index)
        if explode:
            rows += [{**row, **part} for part in _exploded(explode, inner)]
        elif concat:
            joined = _joined(concat, inner)
            rows += [{**row, **joined}] if joined else []
        else:
            rows.append(row if chosen else _whole(span, index))
    renamed = may(query, "rename", dict, {})
    rows = [{str(renamed.get(name, name)): value for name, value in row.items()} for row in rows]
    return ([index, "document_position"] if explode else [index]), rows


def _whole(span: Json, index: str) -> Json:
    row = {name: span[name] for name in PLAIN}
    row |= {f"context.{name}": value for name, value in span["context"].items()}
    row |= {f"attributes.{name}": value for name, value in span["attributes"].items()}
    return {index: row.get(index), **row}


def _key(held: Any, name: str) -> str:
    return str(held["key"]) if isinstance(held, dict) and held.get("key") else name


def _member(span: Json, inner: Json, key: str) -> Any:
    key = key.removeprefix("attributes.")
    if key in PLAIN:
        return span[key]
    if (bare := key.removeprefix("context.")) in ("span_id", "trace_id"):
        return span["context"][bare]
    return found_at(inner, key)


def _listed(held: Json, inner: Json) -> tuple[list[Any], Mapping[str, str]]:
    found = found_at(inner, str(held["key"]).removeprefix("attributes."))
    kwargs: Mapping[str, str] = may(held, "kwargs", dict, {})
    return (found if isinstance(found, list) else []), kwargs


def _exploded(held: Json, inner: Json) -> list[Json]:
    """A row for each entry of a list, with its place."""
    found, kwargs = _listed(held, inner)
    made = []
    for place, one in enumerate(found):
        entry = {name: found_at(one, str(key)) for name, key in kwargs.items()} if kwargs else _flat(one)
        made.append({**entry, "document_position": place})
    return made


def _joined(held: Json, inner: Json) -> Json:
    """The texts of a list joined."""
    found, kwargs = _listed(held, inner)
    separator = may(held, "separator", str, "\n\n")
    texts = {
        name: separator.join(str(text) for one in found if (text := found_at(one, str(key))) is not None)
        for name, key in kwargs.items()
    }
    return {name: text for name, text in texts.items() if text}


def _flat(value: Any, name: str = "") -> Json:
    if not isinstance(value, dict):
        return {name: value}
    made: Json = {}
    for key, held in value.items():
        made |= _flat(held, f"{name}.{key}" if name else str(key))
    return made


def frame_of(index: Sequence[str], rows: Sequence[Json]) -> bytes:
    """The body of the answer."""
    names = list(dict.fromkeys([*index, *(name for row in rows for name in row)]))
    numbered = {name: f"{number}_{name}" for number, name in enumerate(names)}
    fields = [{"name": numbered[name], **_type(name, rows)} for name in names]
    data = [{numbered[name]: row.get(name) for name in names} for row in rows]
    schema = {"fields": fields, "primaryKey": [numbered[name] for name in index], "pandas_version": "1.4.0"}
    table = json_bytes({"schema": schema, "data": data})
    head = f"--{BOUNDARY}\r\nContent-Type: application/json\r\n\r\n".encode()
    return head + table + f"\r\n--{BOUNDARY}--\r\n".encode()


def _type(name: str, rows: Sequence[Json]) -> Json:
    if name in TIMES:
        return {"type": "datetime", "tz": "UTC"}
    kinds = {type(row.get(name)) for row in rows}
    if kinds == {int}:
        return {"type": "integer"}
    return (
        {"type": "number"}
        if kinds and kinds <= {int, float, type(None)} and kinds != {type(None)}
        else {"type": "string"}
    )
