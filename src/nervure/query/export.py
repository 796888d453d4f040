"""Telemetry out of the store as it came: OTLP/JSON lines or Parquet, block by block, in the order they began."""

import base64
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from itertools import islice
from typing import Any, Literal, get_type_hints

import orjson
import pyarrow as pa

from nervure.decode.formats.otlp_out import log_lines, span_lines
from nervure.decode.formats.otlp_points_out import metric_lines, values_of
from nervure.model.log import LogRecord
from nervure.model.metric import MetricPoint
from nervure.model.raw import RawMetricPoint
from nervure.model.span import Span
from nervure.normalise.restore import origin_of, portable, raw_log_of
from nervure.query.conditions import Binder, condition
from nervure.query.fields import LOG_FIELDS, METRIC_FIELDS, SPAN_FIELDS, Fields
from nervure.query.lists import Page
from nervure.query.present import FULL_COLUMNS
from nervure.query.revisions import spans_table
from nervure.query.runner import Runner
from nervure.store.rows import LOG_COLUMNS, METRIC_COLUMNS, log_of, metric_of, span_of
from nervure.store.sql import Sql
from nervure.store.tables.logs import LOGS
from nervure.store.tables.metrics import METRICS

Format = Literal["otlp", "parquet"]
Kept = Literal["spans", "logs", "metrics"]
# Rows to a Parquet group, and the most that is held in memory at once.
GROUP_ROWS = 5_000
TIME = pa.timestamp("ns", tz="UTC")
TIMES = ("start_ns", "received_ns", "time_ns", "observed_ns")
COLUMN_TYPES = {
    "str": pa.string(),
    "int": pa.int64(),
    "int | None": pa.int64(),
    "float | None": pa.float64(),
    "bool": pa.bool_(),
    "bool | None": pa.bool_(),
    "list[str]": pa.list_(pa.string()),
    "list[int]": pa.list_(pa.uint64()),
    "list[float]": pa.list_(pa.float64()),
}


@dataclass(frozen=True, slots=True)
class Shape:
    """How one kind of record leaves the store.

    columns: to select; as stored they are called `names`. record: of a row. lines: OTLP/JSON of records. order: of the
    table itself, so that the engine streams instead of sorting. time: column that a range of time is about.
    """

    type: Any
    table: str
    columns: str
    record: Callable[[dict[str, Any]], Any]
    lines: Callable[[Iterable[Any]], Iterator[bytes]]
    order: str
    time: str
    fields: Fields

    @property
    def names(self) -> list[str]:
        """What the selected columns are called."""
        return [part.rpartition(" ")[2].strip("`") for part in self.columns.split(", ")]


def _metric_lines(points: Iterable[MetricPoint]) -> Iterator[bytes]:
    return metric_lines(
        RawMetricPoint(
            origin_of(point.resource, point.scope), point.name, point.type, point.time_ns, point.start_ns,
            point.attributes, values_of(point), point.flags,
        )
        for point in points
    )  # fmt: skip


SHAPES: dict[Kept, Shape] = {
    "spans": Shape(Span, "spans", FULL_COLUMNS, span_of, lambda spans: span_lines(map(portable, spans)),
                   "start, trace_id, span_id", "start", SPAN_FIELDS),
    "logs": Shape(LogRecord, "logs", LOG_COLUMNS, log_of, lambda logs: log_lines(map(raw_log_of, logs)),
                  ", ".join(LOGS.order_by[1:]), "time", LOG_FIELDS),
    "metrics": Shape(MetricPoint, "metrics", METRIC_COLUMNS, metric_of, _metric_lines,
                     ", ".join(METRICS.order_by[1:]), "time", METRIC_FIELDS),
}  # fmt: skip


def parquet_schema(type_: Any = Span) -> pa.Schema:
    """A column for each field of a record: moments as times, what has structure as JSON text."""
    hints = get_type_hints(type_)
    columns = []
    for field in fields(type_):
        if field.name in TIMES:
            columns.append((field.name.removesuffix("_ns"), TIME))
        else:
            name = str(hints[field.name]).removeprefix("<class '").removesuffix("'>").replace("typing.", "")
            is_word = name.startswith("Literal")
            columns.append((field.name, pa.string() if is_word else COLUMN_TYPES.get(name, pa.string())))
    return pa.schema(columns)


def export(runner: Runner, page: Page, format_: Format, signal: Kept = "spans") -> Iterator[bytes]:
    """The bytes of an export. Raises FilterError or QueryError before the first of them.

    otlp: one request of the signal a line, with the original attributes. parquet: a row a record with the API's
    fields; lists of objects and objects as JSON text.
    """
    shape = SHAPES[signal]
    where = page.check(("newest", "oldest"), shape.fields)
    from_ns, to_ns = page.scope(runner.now_ns)
    binder = Binder("p")
    text = (
        f"project = {binder.bind(runner.project, 'String')} AND {shape.time} >= {binder.time(from_ns)}"
        f" AND {shape.time} < {binder.time(to_ns)}"
    )
    scope = Sql(text, binder.values)
    test = condition(where, runner.project, runner.now_ns, shape.fields)
    scope = scope + Sql(" AND ") + test if test else scope
    table = spans_table(runner, from_ns, to_ns) if signal == "spans" else shape.table
    sql = Sql(f"SELECT {shape.columns} FROM {table} WHERE ") + scope
    names = shape.names
    blocks = runner.stream(sql + Sql(f" ORDER BY {shape.order}"))
    records = (shape.record(dict(zip(names, row, strict=True))) for block in blocks for row in block)
    return shape.lines(records) if format_ == "otlp" else _parquet(records, parquet_schema(shape.type))


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


def _parquet(records: Iterator[Any], schema: pa.Schema) -> Iterator[bytes]:
    """A Parquet file in pieces, group by group."""
    import pyarrow.parquet as pq  # 8 MB, paid only by those who write one

    sink = _Sink()
    writer = pq.ParquetWriter(pa.PythonFile(sink, mode="w"), schema, compression="zstd")
    while group := list(islice(records, GROUP_ROWS)):
        writer.write_table(_table(group, schema))
        yield sink.take()
    writer.close()
    yield sink.take()


def _table(group: Sequence[Any], schema: pa.Schema) -> pa.Table:
    columns = []
    for column in schema:
        name = f"{column.name}_ns" if column.type == TIME else column.name
        values: list[Any] = [getattr(record, name) for record in group]
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
