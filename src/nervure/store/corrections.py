"""Keeps the sums right when stored spans are stored again, changed: `traces`, `minutes` and `hours` count each once.

The views fold a span when it first arrives. A later revision is not folded again; instead its earlier one is taken
back and the new one counted, in rows that are added like any others. What was counted is asked of the views' own
statement, so that what is taken back is to the bit what was put in. Columns are unsigned: a negative count is written
modulo 2^64, as the engine adds.

Words of a trace (its session, its root's name, its models) are folded by max and by union, from which nothing can be
taken back: where one of them went away, `fold_again` makes the trace's words anew.
"""

import threading
from collections.abc import Iterable, Iterator, Sequence
from copy import copy
from dataclasses import dataclass
from typing import Any

from nervure.model.span import Span
from nervure.store.ddl import alter
from nervure.store.engine import Engine, Limits
from nervure.store.rows import SPAN_COLUMNS, line, span_of, span_row
from nervure.store.sql import Sql
from nervure.store.tables.rollups import COUNTS, DIMENSIONS, HISTOGRAMS, MINUTES_OF_SPANS, SUMS
from nervure.store.tables.traces import ANY_SPAN, COSTS, ROOT, TOKENS, TRACES_OF_SPANS

# Held from reading a stored span until its next revision is stored: two who revise one span at once would take back
# the same earlier one twice.
REVISING = threading.Lock()

COUNT_RANGE = 1 << 64
# Places named in one question.
AT_ONCE = 1000
LIMITS = Limits(timeout_s=60.0, memory_bytes=1 << 30, tag="nervure-corrections")
MUTATION_LIMITS = Limits(timeout_s=600.0, memory_bytes=1 << 30, tag="nervure-corrections")

_MINUTE_SUMS = (*COUNTS, *SUMS, *TOKENS, *COSTS)
_TRACE_SUMS = ("span_count", "error_count", "call_count", "priced_count", "unpriced_count", *TOKENS, *COSTS)
_LISTS = ("services", "models", "flags")
_WORDS = (*ROOT, *ANY_SPAN)
# What the views read of a span: a change of anything else leaves the sums as they are.
_SUMMED = (
    *(name for name in DIMENSIONS if name != "model"), "request_model", "response_model", "name", "parent_id",
    "duration_ns", "ttft_ns", "cost_source", "session", "user", "flags", *TOKENS, *COSTS,
)  # fmt: skip

Row = dict[str, Any]
# A span as it is stored, and as it shall be.
Change = tuple[Span, Span]


@dataclass(frozen=True, slots=True)
class Correction:
    """Rows as JSON lines for the tables of these names: what is taken back, and the changed spans to be counted."""

    minutes: bytes = b""
    traces: bytes = b""
    arrivals: bytes = b""


def correct(engine: Engine, project: str, changes: Iterable[Change]) -> Correction:
    """What to add to the sums for spans of one project that are in the store as the first of each pair.

    Ask before the second of each pair is stored; hold `REVISING` meanwhile. Raises StoreDown, StoreError, QueryStopped.
    """
    moved = [
        (before, after)
        for before, after in changes
        if before.start_ns != after.start_ns or _summed(before) != _summed(after)
    ]
    if not moved:
        return Correction()
    stored = [before for before, _ in moved]
    minutes = [_taken_back(row, _MINUTE_SUMS) for row in _folded(engine, project, stored, _minutes)]
    traces = [_taken_back(row, _TRACE_SUMS) for row in _folded(engine, project, stored, _traces)]
    return Correction(b"".join(map(line, minutes)), b"".join(map(line, traces)), _arrivals(after for _, after in moved))


def muddled(changes: Iterable[Change]) -> set[str]:
    """Traces of which a word went away with these changes: see `fold_again`."""
    return {before.trace_id for before, after in changes if not _words_of(before) <= _words_of(after)}


def fold_again(engine: Engine, project: str, trace_ids: Iterable[str], most: int = 200) -> None:
    """Makes the words of traces anew from their spans' latest revisions. Done twice it changes nothing more.

    Ask when the changed spans are stored. For a moment in between the words are empty. most: traces at a time.
    """
    listed = sorted(trace_ids)
    for first in range(0, len(listed), most):
        values: Row = {"project": project, "traces": listed[first : first + most]}
        where = "project = {project:String} AND trace_id IN {traces:Array(String)}"
        empty = ", ".join([*(f"{name} = ''" for name in _WORDS), *(f"{name} = []" for name in _LISTS)])
        change = alter("traces", engine.layout, f"UPDATE {empty} WHERE {where} SETTINGS mutations_sync = 2")
        engine.command(Sql(change.text, values), MUTATION_LIMITS)
        latest = f"(SELECT * REPLACE (0 AS revision) FROM (SELECT * FROM spans WHERE {where} ORDER BY revision DESC LIMIT 1 BY start, trace_id, span_id))"
        kept = ", ".join(("project", "trace_id", "start", "end", "received", "has_root", *_WORDS, *_LISTS))
        select = f"SELECT {kept} FROM ({TRACES_OF_SPANS.select.format(source=latest)})"
        engine.command(Sql(f"INSERT INTO traces ({kept}) {select}", values), MUTATION_LIMITS)


def _summed(span: Span) -> tuple[Any, ...]:
    return tuple(getattr(span, name) for name in _SUMMED)


def _words_of(span: Span) -> set[tuple[str, str]]:
    said = {("service", span.service), ("model", span.response_model or span.request_model)}
    said |= {("flag", flag) for flag in span.flags}
    said |= {(name, getattr(span, name)) for name in ANY_SPAN}
    if not span.parent_id:
        said |= {(name, getattr(span, source)) for name, source in ROOT.items()}
    return {(name, word) for name, word in said if word}


def _arrivals(spans: Iterable[Span]) -> bytes:
    """Rows for the views to fold; they fold the first revision of a span only."""
    lines = []
    for span in spans:
        new = copy(span)
        new.revision = 0
        lines.append(line(span_row(new, 0)))
    return b"".join(lines)


def _minutes(source: str) -> str:
    names = (*DIMENSIONS, *_MINUTE_SUMS, *HISTOGRAMS)
    return f"SELECT project, toUnixTimestamp(time) AS time, {', '.join(names)} FROM ({MINUTES_OF_SPANS.select.format(source=source)})"


def _traces(source: str) -> str:
    # Times are folded by min and max: the span's own change nothing, missing ones would mean 1970.
    times = ", ".join(f"toString({name}) AS {name}_text" for name in ("start", "end", "received"))
    select = TRACES_OF_SPANS.select.format(source=source)
    return f"SELECT project, trace_id, {times}, {', '.join(_TRACE_SUMS)} FROM ({select})"


def stored_spans(engine: Engine, project: str, spans: Sequence[Span]) -> list[Span]:
    """The latest stored revisions of spans with these ids and starts; those that are not stored are left out."""
    return [
        span_of(row)
        for part in _parts(spans)
        for row in engine.query(
            Sql(f"SELECT {SPAN_COLUMNS} FROM {_LATEST_AS_IS}", _places(project, part)), LIMITS
        ).dicts()
    ]


# The set of starts lets the engine skip all granules but those that may hold them: they come first in the order.
_LATEST = (
    "(SELECT * REPLACE (0 AS revision) FROM (SELECT * FROM spans WHERE project = {project:String}\n"
    "AND start IN (SELECT arrayJoin(arrayMap(x -> fromUnixTimestamp64Nano(x, 'UTC'), {starts:Array(Int64)})))\n"
    "AND trace_id IN {traces:Array(String)}\n"
    "AND concat(toString(toUnixTimestamp64Nano(start)), ' ', trace_id, ' ', span_id) IN {places:Array(String)}\n"
    "ORDER BY revision DESC LIMIT 1 BY start, trace_id, span_id))"
)
_LATEST_AS_IS = _LATEST.replace("* REPLACE (0 AS revision)", "*")


def _parts(spans: Sequence[Span]) -> Iterator[Sequence[Span]]:
    return (spans[first : first + AT_ONCE] for first in range(0, len(spans), AT_ONCE))


def _places(project: str, spans: Sequence[Span]) -> dict[str, Any]:
    return {
        "project": project,
        "starts": sorted({span.start_ns for span in spans}),
        "traces": sorted({span.trace_id for span in spans}),
        "places": [f"{span.start_ns} {span.trace_id} {span.span_id}" for span in spans],
    }


def _folded(engine: Engine, project: str, spans: Sequence[Span], make: Any) -> list[Row]:
    """What the view made of stored spans, latest revision of each."""
    return [
        row
        for part in _parts(spans)
        for row in engine.query(Sql(make(_LATEST), _places(project, part)), LIMITS).dicts()
    ]


def _taken_back(row: Row, sums: Sequence[str]) -> Row:
    taken: Row = {}
    for name, value in row.items():
        if name in HISTOGRAMS:
            taken[name] = {str(bucket): -count % COUNT_RANGE for bucket, count in value.items()}
        elif name in sums:
            taken[name] = -value if isinstance(value, float) else -value % COUNT_RANGE
        else:
            taken[name.removesuffix("_text")] = value
    return taken
