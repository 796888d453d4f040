"""Phoenix's uploads of examples as our cases, and our items as its examples."""

import csv
import gzip
import io
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from email.parser import BytesParser
from email.policy import HTTP
from typing import Any, Literal

import orjson

from nervure.api.vendors.body import may, need
from nervure.base.clock import iso
from nervure.base.errors import BadInput
from nervure.decode.formats.phoenix import node_id
from nervure.model.dataset import Case, Dataset, DatasetItem

Json = dict[str, Any]
Action = Literal["create", "append", "update"]
ACTIONS: tuple[Action, ...] = ("create", "append", "update")
# A table unpacked may be so many times as long as its upload.
MOST_UNPACKED = 256 << 20


@dataclass(frozen=True, slots=True)
class Upload:
    """What is uploaded. span_ids: of each case, "" for none."""

    name: str
    action: Action
    description: str
    cases: list[Case] = field(default_factory=list)
    span_ids: list[str] = field(default_factory=list)


def json_upload(body: Json) -> Upload:
    """An upload as JSON: columns of objects. Raises BadInput."""
    inputs = need(body, "inputs", list)
    count = len(inputs)
    columns = {name: may(body, name, list, []) for name in ("outputs", "metadata", "splits", "span_ids", "example_ids")}
    for name, column in columns.items():
        if column and len(column) != count:
            raise BadInput(f"'{name}' must have the same length as 'inputs' ({len(column)} != {count})")

    def at(name: str, number: int) -> Any:
        return columns[name][number] if columns[name] else None

    cases = [
        _case(given, at("outputs", n), at("metadata", n), _splits(at("splits", n)), at("example_ids", n), n)
        for n, given in enumerate(inputs)
    ]
    span_ids = [str(at("span_ids", n) or "") for n in range(count)]
    return Upload(need(body, "name", str), _action(body), may(body, "description", str, ""), cases, span_ids)


def table_upload(body: bytes, content_type: str) -> Upload:
    """An upload as a form with a CSV file. Raises BadInput."""
    fields, file = _form(body, content_type)
    said: Json = {name: values[-1] for name, values in fields.items()}
    try:
        rows = list(csv.DictReader(io.StringIO(file.decode("utf-8-sig"))))
    except (UnicodeDecodeError, csv.Error) as error:
        raise BadInput(f"the file is not CSV in UTF-8: {error}") from None
    keys = {name: fields.get(f"{name}_keys[]", []) for name in ("input", "output", "metadata", "split")}
    keys["split"] += fields.get("split_key", [])
    known = set(rows[0]) if rows else set()
    for name in (key for listed in keys.values() for key in listed):
        if rows and name not in known:
            raise BadInput(f"the file has no column {name!r}: it has {', '.join(sorted(map(str, known)))}")

    def of(part: str, row: Mapping[str, Any]) -> Json:
        return {name: row[name] for name in keys[part]}

    cases = [
        _case(
            of("input", row),
            of("output", row),
            of("metadata", row),
            tuple(row[name] for name in keys["split"] if row[name]),
            row.get(said.get("example_id_key", "")),
            number,
        )
        for number, row in enumerate(rows)
    ]
    span_ids = [str(row.get(said.get("span_id_key", "")) or "") for row in rows]
    return Upload(need(said, "name", str), _action(said), may(said, "description", str, ""), cases, span_ids)


def _case(given: Any, wanted: Any, about: Any, splits: tuple[str, ...], identity: Any, number: int) -> Case:
    for name, value in (("inputs", given), ("outputs", wanted), ("metadata", about)):
        if value is not None and not isinstance(value, dict):
            raise BadInput(f"'{name}' must hold objects, got {type(value).__name__} at {number}")
    # An example's output is what is expected of the application, not what it said.
    content = {"input": given, "expected": wanted or {}, "metadata": about or {}}
    return Case(content, splits=splits, external_id=str(identity or ""))


def _splits(value: Any) -> tuple[str, ...]:
    listed = value if isinstance(value, list) else [value] if value else []
    return tuple(str(one) for one in listed)


def _action(held: Mapping[str, Any]) -> Action:
    said = held.get("action") or "create"
    for action in ACTIONS:
        if said == action:
            return action
    raise BadInput(f"'action' must be one of {', '.join(ACTIONS)}, got {said!r}")


def _form(body: bytes, content_type: str) -> tuple[dict[str, list[str]], bytes]:
    """Fields of a multipart form by name, and its file unpacked. Raises BadInput."""
    message = BytesParser(policy=HTTP).parsebytes(
        b"content-type: " + content_type.encode("latin-1") + b"\r\n\r\n" + body
    )
    fields: dict[str, list[str]] = {}
    file: bytes | None = None
    for part in message.iter_parts() if message.is_multipart() else ():
        name = part.get_param("name", "", "content-disposition")
        held = part.get_payload(decode=True)
        held = held if isinstance(held, bytes) else b""
        if part.get_filename() is not None or name == "file":
            file = _unpacked(held, str(part.get("content-encoding") or ""))
        else:
            fields.setdefault(str(name), []).append(held.decode("utf-8", "replace"))
    if file is None:
        raise BadInput("the form has no file: send the table as CSV in the field 'file'")
    return fields, file


def _unpacked(held: bytes, encoding: str) -> bytes:
    if encoding not in ("", "gzip", "deflate"):
        raise BadInput(f"the file's Content-Encoding {encoding!r} is not known: use gzip, deflate or none")
    if not encoding:
        return held
    try:
        unpacker = zlib.decompressobj(zlib.MAX_WBITS | 32)
        made = unpacker.decompress(held, MOST_UNPACKED)
    except (zlib.error, gzip.BadGzipFile) as error:
        raise BadInput(f"the file is not {encoding}: {error}") from None
    if unpacker.unconsumed_tail:
        raise BadInput(f"the file is longer than {MOST_UNPACKED} bytes unpacked: send it in parts")
    return made


def same_content(one: Case, other: Case) -> bool:
    """Whether two examples say the same, whatever they are called."""
    parts = ("input", "expected", "metadata")
    return all(
        orjson.dumps(one.content.get(part) or {}) == orjson.dumps(other.content.get(part) or {}) for part in parts
    )


def dataset_of(dataset: Dataset) -> Json:
    """A dataset as Phoenix's client reads it."""
    return {
        "id": node_id("Dataset", dataset.id),
        "name": dataset.name,
        "description": dataset.description or None,
        "metadata": dataset.metadata,
        "created_at": iso(dataset.created_ns),
        "updated_at": iso(dataset.changed_ns),
        "example_count": dataset.item_count,
    }


def example_of(item: DatasetItem) -> Json:
    """An item as example. What is no object becomes one, as Phoenix knows only objects."""
    content = item.case.content
    made: Json = {
        "id": item.case.external_id or item.id,
        "node_id": node_id("DatasetExample", item.id),
        "input": _object(content.get("input"), "input"),
        "output": _object(content.get("expected") or content.get("output"), "output"),
        "metadata": _object(content.get("metadata"), "metadata"),
        "updated_at": iso(item.changed_ns or item.created_ns),
    }
    if item.case.span_id:
        made["source"] = {
            "span_id": item.case.span_id,
            "span_node_id": node_id("Span", f"{item.case.trace_id}:{item.case.span_id}"),
        }
    return made


def _object(value: Any, name: str) -> Json:
    return value if isinstance(value, dict) else {} if value is None else {name: value}


def kept(items: Sequence[DatasetItem], cases: Sequence[Case]) -> tuple[list[Case], list[str]]:
    """An upload that says what the dataset shall hold: its cases, named as items that say the same, and ids to remove."""
    left = {item.case.external_id: item for item in items}
    named: list[Case] = []
    for case in cases:
        identity = case.external_id
        if not identity:
            identity = next((name for name, item in left.items() if same_content(item.case, case)), "")
        held = left.pop(identity, None)
        named.append(Case(case.content, case.trace_id, case.span_id, case.splits, "active", identity) if held else case)
    return named, [item.id for item in left.values()]
