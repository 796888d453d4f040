"""A Parquet file made by `nervure export` back to OTLP requests. Needs the full install."""

import json
from collections.abc import Iterator
from dataclasses import MISSING, fields
from pathlib import Path
from typing import Any

from nervure.base.errors import BadInput
from nervure.cli.need import server_part
from nervure.model.span import Document, Span, SpanEvent, SpanLink

ROWS_AT_ONCE = 1000
NEEDED = frozenset({"trace_id", "span_id", "name", "start", "duration_ns", "attributes", "resource"})
MEMBERS = {"documents": Document, "input_documents": Document, "events": SpanEvent, "links": SpanLink}
# Content that came by log records is not among a span's attributes; these carry it along.
CONTENT = {"input": "gen_ai.input.messages", "output": "gen_ai.output.messages"}
# Columns that are text and not JSON: fields with a text for a default, and those that must be given.
TEXTS = frozenset(
    field.name
    for field in fields(Span)
    if isinstance(field.default, str) or (field.default is MISSING and field.default_factory is MISSING)
)


def otlp_lines(file: Path) -> Iterator[tuple[int, list[bytes]]]:
    """(rows read, OTLP/JSON requests) for each thousand rows. Raises BadInput for a file of another shape."""
    portable = server_part("nervure.normalise.restore").portable
    span_lines = server_part("nervure.decode.formats.otlp_out").span_lines
    normaliser = server_part("nervure.normalise.engine").Normaliser()
    for spans in _groups(file):
        raws = []
        for span in spans:
            raw = portable(span)
            again = normaliser.span(raw, span.project, span.received_ns)
            lost = {
                key: json.dumps(getattr(span, name))
                for name, key in CONTENT.items()
                if getattr(span, name) and again is not None and not getattr(again, name)
            }
            if lost:
                raw.attributes = {**raw.attributes, **lost}
            raws.append(raw)
        yield len(raws), list(span_lines(raws))


def row_count(file: Path) -> int:
    """Rows of the file. Raises BadInput when it is not Parquet."""
    return int(_open(file).metadata.num_rows)


def _groups(file: Path) -> Iterator[list[Span]]:
    opened = _open(file)
    missing = NEEDED - set(opened.schema_arrow.names)
    if missing and {"time", "received", "resource"} <= set(opened.schema_arrow.names):
        raise BadInput(f"{file} holds logs or metrics: export them as OTLP JSON lines (--format otlp) to import them")
    if missing:
        raise BadInput(f"{file} was not made by `nervure export`: it has no column {', '.join(sorted(missing))}")
    for batch in opened.iter_batches(ROWS_AT_ONCE):
        columns = {name: batch.column(name) for name in batch.schema.names}
        for name in ("start", "received"):
            if name in columns:
                # As integers: Python's own times have no nanoseconds.
                columns[f"{name}_ns"] = columns.pop(name).cast("int64")
        rows = [
            dict(zip(columns, values, strict=True))
            for values in zip(*(c.to_pylist() for c in columns.values()), strict=True)
        ]
        yield [_span(row) for row in rows]


def _open(file: Path) -> Any:
    parquet, arrow = server_part("pyarrow.parquet"), server_part("pyarrow")
    try:
        return parquet.ParquetFile(file)
    except (arrow.ArrowInvalid, OSError) as error:
        raise BadInput(f"{file} cannot be read as Parquet: {error}") from error


def _span(row: dict[str, Any]) -> Span:
    values: dict[str, Any] = {}
    for field in fields(Span):
        value = row.get(field.name)
        if value is None:
            continue
        if isinstance(value, str) and field.name not in TEXTS:
            if not value:
                continue
            value = _decoded(value)
        if field.name in MEMBERS:
            value = [MEMBERS[field.name](**member) for member in value]
        values[field.name] = value
    return Span(**values)


def _decoded(text: str) -> Any:
    """JSON, or the text itself: a tool's arguments and result may be either."""
    try:
        return json.loads(text)
    except ValueError:
        return text
