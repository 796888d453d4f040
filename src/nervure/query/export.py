"""Spans out of the store as they came: OTLP/JSON lines or Parquet, block by block, in the order they began."""

import base64
import json
from collections.abc import Iterator, Sequence
from dataclasses import fields
from itertools import islice
from typing import Any, Literal, get_type_hints

import orjson
import pyarrow as pa
import pyarrow.parquet as pq

from nervure.decode.formats.otlp_out import span_lines
from nervure.model.span import Span
from nervure.normalise.restore import portable
from nervure.query.conditions import Binder, condition
from nervure.query.lists import Page
from nervure.query.present import FULL_COLUMNS
from nervure.query.revisions import spans_table
from nervure.query.runner import Runner
from nervure.store.rows import span_of
from nervure.store.sql import Sql

Format = Literal["otlp", "parquet"]
# Rows to a Parquet group, and the most that is held in memory at once.
GROUP_ROWS = 5_000
TIME = pa.timestamp("ns", tz="UTC")
TIMES = ("start_ns", "received_ns")
COLUMN_TYPES = {
    "str": pa.string(),
    "int": pa.int64(),
    "int | None": pa.int64(),
    "float | None": pa.float64(),
    "bool | None": pa.bool_(),
    "list[str]": pa.list_(pa.string()),
}


def parquet_schema() -> pa.Schema:
    """A column for each field of a span: start and received as times, what has structure as JSON text."""
    hints = get_type_hints(Span)
    columns = []
    for field in fields(Span):
        if field.name in TIMES:
            columns.append((field.name.removesuffix("_ns"), TIME))
        else:
            name = str(hints[field.name]).removeprefix("<class '").removesuffix("'>").replace("typing.", "")
            is_word = name.startswith("Literal")
            columns.append((field.name, pa.string() if is_word else COLUMN_TYPES.get(name, pa.string())))
    return pa.schema(columns)


def export_spans(runner: Runner, page: Page, format_: Format) -> Iterator[bytes]:
    """The bytes of an export. Raises FilterError or QueryError before the first of them.

    otlp: one ExportTraceServiceRequest a line, with the original attributes. parquet: a row a span with the API's
    fields; lists and objects as JSON text.
    """
    where = page.check(("newest", "oldest"))
    from_ns, to_ns = page.scope(runner.now_ns)
    binder = Binder("p")
    text = (
        f"project = {binder.bind(runner.project, 'String')} AND start >= {binder.time(from_ns)}"
        f" AND start < {binder.time(to_ns)}"
    )
    scope = Sql(text, binder.values)
    test = condition(where, runner.project, runner.now_ns)
    scope = scope + Sql(" AND ") + test if test else scope
    names = [part.rpartition(" ")[2].strip("`") for part in FULL_COLUMNS.split(", ")]
    sql = Sql(f"SELECT {FULL_COLUMNS} FROM {spans_table(runner, from_ns, to_ns)} WHERE ") + scope
    # The order of the table itself, so that the engine streams instead of sorting.
    blocks = runner.stream(sql + Sql(" ORDER BY start, trace_id, span_id"))
    spans = (span_of(dict(zip(names, row, strict=True))) for block in blocks for row in block)
    return span_lines(map(portable, spans)) if format_ == "otlp" else _parquet(spans)


class _Sink:
    """A file that is taken away as it is written."""

    def __init__(self) -> None:
        self._held = bytearray()
        self._size = 0
        self.closed = False

    def write(self, data: Any) -> int:
        piece = bytes(data)
        self._held += piece
        self._size += len(piece)
        return len(piece)

    def tell(self) -> int:
        return self._size

    def flush(self) -> None:
        """Nothing waits."""

    def close(self) -> None:
        self.closed = True

    def take(self) -> bytes:
        piece = bytes(self._held)
        self._held.clear()
        return piece


def _parquet(spans: Iterator[Span]) -> Iterator[bytes]:
    """A Parquet file in pieces, group by group."""
    sink = _Sink()
    schema = parquet_schema()
    writer = pq.ParquetWriter(pa.PythonFile(sink, mode="w"), schema, compression="zstd")
    while group := list(islice(spans, GROUP_ROWS)):
        writer.write_table(_table(group, schema))
        yield sink.take()
    writer.close()
    yield sink.take()


def _table(group: Sequence[Span], schema: pa.Schema) -> pa.Table:
    columns = []
    for column in schema:
        name = f"{column.name}_ns" if column.type == TIME else column.name
        values = [getattr(span, name) for span in group]
        if pa.types.is_string(column.type):
            values = [value if isinstance(value, str) or value is None else _json(value) for value in values]
        columns.append(pa.array(values, type=column.type))
    return pa.Table.from_arrays(columns, schema=schema)


def _json(value: Any) -> str:
    """JSON text; nothing for what says nothing."""
    if not value and not isinstance(value, bool | int | float):
        return ""
    try:
        return orjson.dumps(value, default=_plain).decode()
    except TypeError:
        return json.dumps(value, default=_plain, ensure_ascii=False)


def _plain(value: Any) -> Any:
    return base64.b64encode(value).decode() if isinstance(value, bytes) else str(value)
