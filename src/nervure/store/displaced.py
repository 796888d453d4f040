"""Spans that are stored under a start that has turned out wrong.

The start is the first part of a span's place, so a later revision with another start does not replace the row: it is
found by its ids, taken back from the sums like any earlier revision, and removed.
"""

from collections.abc import Iterable, Sequence

from nervure.model.span import Span
from nervure.store.corrections import MUTATION_LIMITS, Change
from nervure.store.ddl import alter
from nervure.store.engine import Engine, Limits
from nervure.store.rows import SPAN_COLUMNS, span_of
from nervure.store.sql import Sql

LIMITS = Limits(timeout_s=60.0, memory_bytes=1 << 30, tag="nervure-displaced")
FOUND = (
    f"SELECT {SPAN_COLUMNS} FROM spans WHERE project = {{project:String}} AND trace_id IN {{traces:Array(String)}}\n"
    "AND span_id IN {spans:Array(String)} ORDER BY revision DESC LIMIT 1 BY start, trace_id, span_id"
)
REMOVED = (
    "DELETE WHERE project = {project:String} AND trace_id = {trace:String} AND span_id = {span:String}\n"
    "AND start = fromUnixTimestamp64Nano({start:Int64}, 'UTC') SETTINGS mutations_sync = 2"
)


def displaced_spans(engine: Engine, project: str, spans: Sequence[Span]) -> list[Span]:
    """The stored spans of these ids that have another start. Raises StoreDown, StoreError, QueryStopped."""
    if not spans:
        return []
    starts = {(span.trace_id, span.span_id): span.start_ns for span in spans}
    values = {
        "project": project,
        "traces": sorted({trace for trace, _ in starts}),
        "spans": sorted({span for _, span in starts}),
    }
    found = map(span_of, engine.query(Sql(FOUND, values), LIMITS).dicts())
    return [one for one in found if starts.get((one.trace_id, one.span_id), one.start_ns) != one.start_ns]


def remove_displaced(engine: Engine, changes: Iterable[Change]) -> None:
    """Removes the first of each pair where the second has another start. Raises StoreDown, StoreError."""
    for before, after in changes:
        if before.start_ns == after.start_ns:
            continue
        values = {
            "project": before.project, "trace": before.trace_id, "span": before.span_id, "start": before.start_ns,
        }  # fmt: skip
        engine.command(Sql(alter("spans", engine.layout, REMOVED).text, values), MUTATION_LIMITS)
