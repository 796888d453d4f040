"""Content that comes in log records of its own, joined to its span whichever comes first.

Some SDKs send prompts and answers not on the span but as log records with the span's ids. What comes before its span
waits here; what comes after it is added by `intake.completer`, which reads the span back.
"""

import threading
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import orjson

from nervure.base.clock import NS_PER_S, Clock
from nervure.model.span import Span

if TYPE_CHECKING:
    from nervure.normalise.convention import Fields
    from nervure.normalise.engine import Normaliser

SpanKey = tuple[str, str, str]

MOST_BYTES = 64 << 20
WINDOW_S = 900.0
# When to look for the span in the store, counted from the content's arrival: a span that came before is there after
# one group commit; one that comes later takes its content along and ends the search.
LOOKS_S = (0.3, 1.5, 6.0)
# Spans longer than the window whose content is to be looked for in the store: more than this many are not.
MOST_RECALLED = 10_000


@dataclass(slots=True)
class Content:
    """What log records said about one span. applied: how many of `fields` the span already has."""

    time_ns: int
    fields: list["Fields"] = field(default_factory=list)
    size: int = 0
    applied: int = 0
    looks: int = 0
    look_at_s: float = 0.0
    born_s: float = 0.0


class Joiner:
    """A table bounded by bytes and age. Thread-safe."""

    def __init__(self, normaliser: "Normaliser", clock: Clock, most_bytes: int = MOST_BYTES) -> None:
        self._normaliser = normaliser
        self._clock = clock
        self._most_bytes = most_bytes
        self._lock = threading.Lock()
        self._table: OrderedDict[SpanKey, Content] = OrderedDict()
        self._wanted: set[SpanKey] = set()
        self._recalled: dict[SpanKey, tuple[int, int]] = {}
        self._bytes = 0

    def offer(self, project: str, trace_id: str, span_id: str, time_ns: int, fields: "Fields") -> None:
        """Keep what a log record adds to a span. time_ns: of the record, which lies near the span."""
        if not trace_id or not span_id:
            return
        key, now_s = (project, trace_id, span_id), self._clock.monotonic_s()
        size = len(orjson.dumps(fields, default=str, option=orjson.OPT_NON_STR_KEYS)) + 500
        with self._lock:
            content = self._table.get(key)
            if content is None:
                content = self._table[key] = Content(time_ns, born_s=now_s)
            content.fields.append(fields)
            content.size += size
            content.looks, content.look_at_s = 0, now_s + LOOKS_S[0]
            self._wanted.add(key)
            self._bytes += size
            self._shed(now_s)

    def complete(self, span: Span) -> Span:
        """The span with everything that has come for it so far.

        A span longer than the window may have had content that is forgotten here: it is looked for in the store.
        """
        if span.duration_ns > WINDOW_S * NS_PER_S:
            with self._lock:
                if len(self._recalled) < MOST_RECALLED:
                    self._recalled[span.project, span.trace_id, span.span_id] = (span.start_ns, span.end_ns)
        if not self._table:
            return span
        key = (span.project, span.trace_id, span.span_id)
        with self._lock:
            content = self._table.get(key)
            if content is None:
                return span
            fields = list(content.fields)
            content.applied = len(fields)
            self._wanted.discard(key)
        return self._normaliser.complete(span, fields)

    def recalled(self) -> dict[SpanKey, tuple[int, int]]:
        """Spans (with begin and end, ns) whose log records are to be read back from the store; each is told once."""
        with self._lock:
            recalled, self._recalled = self._recalled, {}
        return recalled

    def recall_again(self, recalled: dict[SpanKey, tuple[int, int]]) -> None:
        """Their log records could not be read: tell them again."""
        with self._lock:
            self._recalled |= recalled

    def due(self, most: int) -> dict[SpanKey, int]:
        """Spans to look for in the store now, with the time near which they lie (ns)."""
        now_s = self._clock.monotonic_s()
        with self._lock:
            found: dict[SpanKey, int] = {}
            for key in self._wanted:
                content = self._table[key]
                # A clock that jumped back would otherwise keep us from ever looking.
                if content.look_at_s <= now_s or content.look_at_s - now_s > LOOKS_S[-1]:
                    found[key] = content.time_ns
                    if len(found) == most:
                        break
            for key in found:
                self._looked(key, now_s)
            return found

    def complete_stored(self, span: Span) -> Span | None:
        """A later revision of a span read back from the store, None when it has everything already."""
        key = (span.project, span.trace_id, span.span_id)
        with self._lock:
            content = self._table.get(key)
            if content is None or content.applied >= len(content.fields):
                self._wanted.discard(key)
                return None
            fields = content.fields[content.applied :]
            content.applied = len(content.fields)
            self._wanted.discard(key)
        completed = self._normaliser.complete(span, fields)
        if completed is span:
            return None
        completed.revision = span.revision + 1
        return completed

    def undo(self, span: Span) -> None:
        """The completed span could not be stored: look again later."""
        key = (span.project, span.trace_id, span.span_id)
        with self._lock:
            if content := self._table.get(key):
                content.applied, content.looks = 0, 0
                content.look_at_s = self._clock.monotonic_s() + LOOKS_S[-1]
                self._wanted.add(key)

    @property
    def size(self) -> int:
        """Bytes of content kept, about."""
        return self._bytes

    def __len__(self) -> int:
        return len(self._table)

    def _looked(self, key: SpanKey, now_s: float) -> None:
        content = self._table[key]
        content.looks += 1
        if content.looks >= len(LOOKS_S):
            self._wanted.discard(key)
        else:
            content.look_at_s = now_s + LOOKS_S[content.looks] - LOOKS_S[content.looks - 1]

    def _shed(self, now_s: float) -> None:
        while self._table:
            key, content = next(iter(self._table.items()))
            if self._bytes <= self._most_bytes and 0 <= now_s - content.born_s <= WINDOW_S:
                return
            self._table.popitem(last=False)
            self._wanted.discard(key)
            self._bytes -= content.size
