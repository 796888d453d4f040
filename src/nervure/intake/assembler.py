"""Puts spans together that come in parts: begun in one message, ended in another, corrected in a third.

Each part makes a whole span of everything said so far, which is stored at once; the intake recognises it as the span it
knows, replaces it and counts it once (`intake.reviser`). What was said before is remembered for a while; of a part that
continues a span nobody remembers, the stored span is read.

A trace of which times are told (Opik's are things of their own, with input and output) and no root span is known stands
as a span itself, so that it is stored too; a root that comes later hangs beneath it.
"""

import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Protocol

from nervure.base.clock import Clock
from nervure.base.ids import digest
from nervure.intake.recent import Recent
from nervure.model.raw import Attributes, RawPart, RawSpan
from nervure.normalise.restore import raw_of
from nervure.store.engine import Engine, Limits
from nervure.store.rows import SPAN_COLUMNS, span_of
from nervure.store.sql import Sql

MOST_SPANS, MOST_TRACES = 50_000, 10_000
WINDOW_S = 900.0
# The store knows a span by its start too: one that moves less than a client's id and clock are apart stays where it is.
SAME_START_NS = 5_000_000
# Longer texts that are said of a trace stand on its roots alone.
LONG = 1000

# One question for all unknown spans of a request; their traces say where in time to look.
LIMITS = Limits(timeout_s=5.0, memory_bytes=512 << 20, max_result_rows=20_000, tag="nervure-assembler")
OF_TRACES = (
    f"SELECT {SPAN_COLUMNS} FROM spans WHERE project = {{project:String}}\n"
    "AND start >= (SELECT min(traces.start) FROM traces WHERE project = {project:String}"
    " AND trace_id IN {traces:Array(String)})\n"
    "AND start <= (SELECT max(traces.end) FROM traces WHERE project = {project:String}"
    " AND trace_id IN {traces:Array(String)})\n"
    "AND trace_id IN {traces:Array(String)}"
)
LATEST = "\nORDER BY revision DESC LIMIT 1 BY trace_id, span_id"
STORED = f"{OF_TRACES} AND span_id IN {{spans:Array(String)}}{LATEST}"
ROOTS = f"{OF_TRACES} AND parent_id = ''{LATEST}"

# A run that is ended by its id alone was begun not long ago; looking further back would read every id that is stored.
HOMES = (
    "SELECT trace_id, received FROM spans WHERE project = {project:String} AND start >= now64(9) - INTERVAL 7 DAY\n"
    "AND span_id IN {spans:Array(String)} ORDER BY received DESC LIMIT 1"
)

SpanKey = tuple[str, str, str]
TraceKey = tuple[str, str]


class Stored(Protocol):
    """Where spans are read that nobody remembers."""

    def __call__(self, project: str, keys: Sequence[tuple[str, str]]) -> Iterable[RawSpan]:
        """Stored spans of these (trace, span) ids, as they were sent. Raises StoreDown, QueryStopped."""


class StoredSpans:
    """Reads them from the engine."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def __call__(self, project: str, keys: Sequence[tuple[str, str]]) -> Iterable[RawSpan]:
        values = {
            "project": project,
            "traces": sorted({trace for trace, _ in keys}),
            "spans": sorted({span for _, span in keys}),
        }
        wanted = set(keys)
        for row in self._engine.query(Sql(STORED, values), LIMITS).dicts():
            span = raw_of(span_of(row))
            if (span.trace_id, span.span_id) in wanted:
                yield span

    def roots(self, project: str, traces: Sequence[str]) -> Iterable[RawSpan]:
        """Stored root spans of these traces, as they were sent. Raises StoreDown, QueryStopped."""
        values = {"project": project, "traces": sorted(set(traces))}
        for row in self._engine.query(Sql(ROOTS, values), LIMITS).dicts():
            yield raw_of(span_of(row))

    def homes(self, project: str, spans: Sequence[str]) -> Iterable[str]:
        """Traces in which spans of these ids were stored lately, newest first. Raises StoreDown, QueryStopped."""
        values = {"project": project, "spans": list(spans)}
        return [str(row["trace_id"]) for row in self._engine.query(Sql(HOMES, values), LIMITS).dicts()]


class Assembler:
    """Thread-safe as long as `order` is held from `assemble` until the spans are handed on."""

    def __init__(
        self,
        clock: Clock,
        stored: Stored,
        roots: Callable[[str, Sequence[str]], Iterable[RawSpan]] = lambda project, traces: (),
        homes: Callable[[str, Sequence[str]], Iterable[str]] = lambda project, spans: (),
    ) -> None:
        """roots: reads the root spans of traces that nobody remembers. homes: the traces of such spans, newest first."""
        self._clock, self._stored, self._stored_roots, self._stored_homes = clock, stored, roots, homes
        self._spans: Recent[SpanKey, RawSpan] = Recent(MOST_SPANS, WINDOW_S)
        self._traces: Recent[TraceKey, Attributes] = Recent(MOST_TRACES, WINDOW_S)
        self._roots: Recent[TraceKey, list[str]] = Recent(MOST_TRACES, WINDOW_S)
        # In which trace a span is, for senders that name spans alone.
        self._homes: Recent[tuple[str, str], str] = Recent(MOST_SPANS, WINDOW_S)
        # Held by the desk: of two parts of one span the later one must also be handed on later.
        self.order = threading.Lock()
        # Of what the last `assemble` returned, the (trace, span) ids of spans that are stored with another start.
        self.moved: set[tuple[str, str]] = set()

    def assemble(self, project: str, parts: Sequence[RawPart]) -> tuple[list[RawSpan], set[tuple[str, str]]]:
        """The spans that the parts tell something new of, each once, as they are now.

        And the (trace, span) ids of those of which something was said before, and so is stored already.
        """
        now_s = self._clock.monotonic_s()
        for memory in (self._spans, self._traces, self._roots, self._homes):
            memory.age(now_s)
        parts = [self._at_home(project, part) for part in parts]
        self._recall(project, parts)
        changed: dict[SpanKey, RawSpan] = {}
        told: dict[TraceKey, list[RawPart]] = {}
        earlier: set[tuple[str, str]] = set()
        begun: dict[SpanKey, int] = {}
        for part in parts:
            trace = (project, part.trace_id)
            if not part.span_id:
                self._traces.put(trace, {**(self._traces.get(trace) or {}), **part.attributes})
                told.setdefault(trace, []).append(part)
                continue
            key = (*trace, part.span_id)
            before = self._spans.get(key)
            if key not in changed and before is not None:
                earlier.add(key[1:])
                begun[key] = before.start_ns
            span = merged(before, part)
            roots = self._roots.get(trace) or []
            if not span.parent_id and part.span_id != stand_in(part.trace_id) in roots:
                span.parent_id = stand_in(part.trace_id)
            changed[key] = span
            self._spans.put(key, span)
            # What hangs beneath the trace's stand-in is a root all the same: it is told what is said of the trace.
            if not span.parent_id or span.parent_id == stand_in(part.trace_id):
                self._roots.put(trace, roots if part.span_id in roots else [*roots, part.span_id])
        for trace, said in told.items():
            if self._stand(trace, said, changed):
                earlier.add((trace[1], stand_in(trace[1])))
            # What is said of the whole trace afterwards reaches its roots, where people look for it.
            for root in self._roots.get(trace) or []:
                key = (*trace, root)
                if key not in changed and (known := self._spans.get(key)):
                    changed[key] = known
                    earlier.add(key[1:])
        self.moved = {key[1:] for key, start_ns in begun.items() if changed[key].start_ns != start_ns}
        return [self._with_trace(key, span) for key, span in changed.items()], earlier

    def _at_home(self, project: str, part: RawPart) -> RawPart:
        """The part in a trace."""
        if not part.trace_id:
            wanted = [span for span in (part.span_id, part.parent_id) if span]
            known = next((home for span in wanted if (home := self._homes.get((project, span)))), "")
            known = known or next(iter(self._stored_homes(project, wanted)), "")
            part = replace(part, trace_id=known or part.own_trace)
        if part.span_id:
            self._homes.put((project, part.span_id), part.trace_id)
        return part

    def _stand(self, trace: TraceKey, said: Sequence[RawPart], changed: dict[SpanKey, RawSpan]) -> bool:
        """Lets a trace without roots stand as a span. Whether it stood so before."""
        identity = stand_in(trace[1])
        roots, key = self._roots.get(trace) or [], (*trace, identity)
        stood = self._spans.get(key)
        if (stood is None and roots) or (stood is None and not any(map(_is_timed, said))):
            return False
        span = stood
        for part in said:
            span = merged(span, replace(part, span_id=identity, parent_id=""))
        if span is not None:
            changed[key] = span
            self._spans.put(key, span)
            self._roots.put(trace, roots if identity in roots else [*roots, identity])
        return stood is not None

    def _with_trace(self, key: SpanKey, span: RawSpan) -> RawSpan:
        said = self._traces.get(key[:2])
        if not said:
            return copy_of(span, dict(span.attributes))
        if span.parent_id:
            said = {name: value for name, value in said.items() if not (isinstance(value, str) and len(value) > LONG)}
        return copy_of(span, {**said, **span.attributes})

    def _recall(self, project: str, parts: Sequence[RawPart]) -> None:
        begins = {part.trace_id for part in parts if part.span_id and part.parent_id == ""}
        rootless = [
            part.trace_id
            for part in parts
            if _is_timed(part) and part.trace_id not in begins and not self._roots.get((project, part.trace_id))
        ]
        for span in self._stored_roots(project, rootless) if rootless else ():
            trace = (project, span.trace_id)
            self._roots.put(trace, [*(self._roots.get(trace) or []), span.span_id])
            if self._spans.get((*trace, span.span_id)) is None:
                self._spans.put((*trace, span.span_id), span)
        begun = {(part.trace_id, part.span_id) for part in parts if part.is_first}
        unknown = {
            (part.trace_id, part.span_id)
            for part in parts
            if part.span_id and not part.is_first and self._spans.get((project, part.trace_id, part.span_id)) is None
        } - begun
        if unknown:
            for span in self._stored(project, sorted(unknown)):
                self._spans.put((project, span.trace_id, span.span_id), span)


def stand_in(trace_id: str) -> str:
    """Id of the span as which a trace without roots stands."""
    return digest(f"trace {trace_id}".encode())[:16]


def _is_timed(part: RawPart) -> bool:
    """Whether a part is of a whole trace and tells its times."""
    return not part.span_id and bool(part.start_ns or part.end_ns)


def merged(before: RawSpan | None, part: RawPart) -> RawSpan:
    """The span with what the part says; what the part does not say stays as it was.

    A span that is known only by its end begins when its id was made, or there, until somebody says more.
    """
    if before is None:
        moment = next((at for at in (part.start_ns, part.about_ns, part.end_ns) if at), 0)
        before = RawSpan(part.origin, part.trace_id, part.span_id, "", "", 0, 0, 0, 0, "", {})
        start_ns = moment
    else:
        start_ns = part.start_ns or before.start_ns
        if abs(start_ns - before.start_ns) < SAME_START_NS:
            start_ns = before.start_ns
    end_ns = part.end_ns or before.end_ns or start_ns
    if part.is_extent and before.end_ns:
        start_ns, end_ns = min(start_ns, before.start_ns), max(end_ns, before.end_ns)
    seen = {(event.name, event.time_ns) for event in before.events}
    return RawSpan(
        origin=part.origin if part.origin.resource else before.origin,
        trace_id=part.trace_id,
        span_id=part.span_id,
        parent_id=before.parent_id if part.parent_id is None else part.parent_id,
        name=part.name or before.name,
        kind=before.kind if part.kind is None else part.kind,
        start_ns=start_ns,
        end_ns=max(end_ns, start_ns),
        status_code=before.status_code if part.status_code is None else part.status_code,
        status_message=before.status_message if part.status_message is None else part.status_message,
        attributes={**before.attributes, **part.attributes},
        events=[*before.events, *(event for event in part.events if (event.name, event.time_ns) not in seen)],
        links=before.links if part.links is None else part.links,
        flags=[*before.flags, *(flag for flag in part.flags if flag not in before.flags)],
    )


def copy_of(span: RawSpan, attributes: Attributes) -> RawSpan:
    """The span with other attributes; lists are its own, because normalising may add to them."""
    return RawSpan(
        span.origin, span.trace_id, span.span_id, span.parent_id, span.name, span.kind, span.start_ns, span.end_ns,
        span.status_code, span.status_message, attributes, list(span.events), list(span.links), list(span.flags),
    )  # fmt: skip
