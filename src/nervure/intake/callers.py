"""Calls that repeat a call of an earlier request: the wrapper ends, and is sent, after what it wraps.

`normalise.repeats` looks within one request. What a request leaves open, a call whose ancestor is not in it, is
remembered under that ancestor's id; when the ancestor comes it is either the outer call, or the search goes on above it.
"""

import threading
from collections.abc import Sequence

from nervure.base.clock import Clock
from nervure.intake.recent import Recent
from nervure.model.span import BILLABLE_KINDS, Span
from nervure.normalise.repeats import FLAG, MOST_STEPS, repeats

WINDOW_S = 900.0
# About 500 bytes each: 25 MB at most.
MOST_OPEN = 50_000
# Of one ancestor; a batch of thousands of calls below one span repeats none of them.
MOST_BELOW = 50

Key = tuple[str, str, str]


class Callers:
    """Thread-safe."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._open: Recent[Key, tuple[Span, ...]] = Recent(MOST_OPEN, WINDOW_S)

    def mark(self, spans: Sequence[Span]) -> list[Span]:
        """Flag calls that repeat calls of earlier requests; returns those newly flagged. Remembers what is open."""
        with self._lock:
            self._open.age(self._clock.monotonic_s())
            has_open = len(self._open) > 0
            calls = [span for span in spans if span.kind in BILLABLE_KINDS and span.parent_id]
            if not calls and not has_open:
                return []
            by_id = {(span.project, span.trace_id, span.span_id): span for span in spans}
            flagged = self._look(by_id) if has_open else []
            for call in calls:
                self._leave_open(call, call, by_id)
        return flagged

    def _look(self, by_id: dict[Key, Span]) -> list[Span]:
        outer: dict[str, tuple[Span, list[Span]]] = {}
        for key, span in by_id.items():
            for call in self._open.get(key) or ():
                above = span if span.kind in BILLABLE_KINDS else self._leave_open(call, span, by_id)
                if above is not None and above.kind == call.kind:
                    outer.setdefault(above.span_id, (above, []))[1].append(call)
        flagged = []
        for span, inner in outer.values():
            if FLAG not in span.flags and repeats(span, inner):
                span.flags = [*span.flags, FLAG]
                flagged.append(span)
        return flagged

    def _leave_open(self, call: Span, below: Span, by_id: dict[Key, Span]) -> Span | None:
        """Remember a call under the first ancestor of `below` that is not here; a call among them is the answer."""
        for _ in range(MOST_STEPS):
            if not below.parent_id:
                return None
            key = (below.project, below.trace_id, below.parent_id)
            above = by_id.get(key)
            if above is None:
                known = self._open.get(key) or ()
                if len(known) < MOST_BELOW and all(one.span_id != call.span_id for one in known):
                    self._open.put(key, (*known, _summary(call)))
                return None
            if above.kind in BILLABLE_KINDS:
                return above if above is not call else None
            below = above
        return None


def _summary(call: Span) -> Span:
    """What must be remembered of a call."""
    return Span(
        call.trace_id, call.span_id, "", call.start_ns, call.project, kind=call.kind, response_id=call.response_id,
        input_tokens=call.input_tokens, output_tokens=call.output_tokens,
    )  # fmt: skip
