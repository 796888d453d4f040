"""Spans sent again with other content: stored as a later revision, and counted once, as they are now.

Some SDKs send a span when it begins and again when it ends. The summaries have counted the first sending, so the request
that brings the second one carries a correction along: both are in the spool before anything else happens, and are
stored together or not at all. To know what was counted the stored span is read, which costs a question; so it is asked
only for spans the intake remembers with other content (`memory.SPAN_WINDOW_S`), and many requests at a time.
"""

import threading
from collections import deque
from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass, field
from typing import Protocol

from nervure.base.clock import Clock
from nervure.base.errors import Busy, NervureError, StoreDown
from nervure.base.journal import journal
from nervure.intake.encode import encode_span
from nervure.intake.queue import Waiting
from nervure.model.span import Span
from nervure.normalise.content import complete, contents_of
from nervure.price.pricer import Cost, prices_alike, set_cost
from nervure.store.corrections import REVISING, Change, Correction, correct, fold_again, muddled, stored_spans
from nervure.store.displaced import displaced_spans, remove_displaced
from nervure.store.engine import Engine
from nervure.store.table import Signal

# In one go; their spans are asked for together.
MOST_PARCELS = 200
# Words of traces are folded again at most this often: it rewrites parts of their table.
FOLD_S = 10.0


@dataclass(slots=True)
class Parcel:
    """A request with spans that are known with other content. keys: of these spans, to tell two parcels apart.

    moved: (trace, span) ids of those that are stored with another start.
    """

    item: Waiting
    spans: Sequence[Span]
    keys: frozenset[int] = field(default_factory=frozenset)
    moved: Set[tuple[str, str]] = field(default_factory=frozenset)


class Sink(Protocol):
    """Where parcels go when they are settled."""

    def flush(self) -> None:
        """Return when everything queued so far is stored. Raises Busy."""

    def settle(self) -> bool:
        """Bring the summaries up to date."""

    def queue(self, item: Waiting) -> None: ...

    def failed(self, group: Sequence[Waiting], error: Busy) -> None: ...


class Reviser:
    """A thread between `Intake.submit` and the queue, for the few requests that need it."""

    def __init__(self, engine: Engine, clock: Clock, to: Sink) -> None:
        self._engine, self._clock, self._to = engine, clock, to
        self._changed = threading.Condition()
        self._waiting: deque[Parcel] = deque()
        self._size = 0
        self._muddled: dict[str, set[str]] = {}
        self._displaced: list[Change] = []
        self._folded_s = clock.monotonic_s()
        self._is_stopping = False
        self._thread = threading.Thread(target=self._run, name="nervure-reviser", daemon=True)
        self._journal = journal("reviser")

    def start(self) -> None:
        """Begin to take parcels."""
        self._thread.start()

    def stop(self, timeout_s: float) -> bool:
        """Settle what waits, then end. False when that took longer."""
        with self._changed:
            self._is_stopping = True
            self._changed.notify_all()
        if self._thread.is_alive():
            self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def put(self, parcel: Parcel) -> None:
        """Take a request; it is queued for the store a moment later."""
        with self._changed:
            self._waiting.append(parcel)
            self._size += parcel.item.size
            self._changed.notify_all()

    @property
    def size(self) -> int:
        """Bytes of the requests that wait here."""
        return self._size

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._waiting or self._is_stopping, FOLD_S)
                parcels = self._take()
                is_last = self._is_stopping and not self._waiting
            if parcels:
                self._settle(parcels)
            now_s = self._clock.monotonic_s()
            if (self._muddled or self._displaced) and (is_last or not 0 <= now_s - self._folded_s < FOLD_S):
                self._folded_s = now_s
                self._remove()
                self._fold()
            if is_last and not parcels:
                return

    def _take(self) -> list[Parcel]:
        """The oldest parcels; no span twice, because the second would have to see the first stored."""
        taken: list[Parcel] = []
        keys: set[int] = set()
        while self._waiting and len(taken) < MOST_PARCELS and not keys & self._waiting[0].keys:
            parcel = self._waiting.popleft()
            taken.append(parcel)
            keys |= parcel.keys
        return taken

    def _settle(self, parcels: list[Parcel]) -> None:
        items = [parcel.item for parcel in parcels]
        size = sum(item.size for item in items)
        changes: list[Change] = []
        stored: list[Change] = []
        queued = 0
        try:
            with REVISING:
                # What was sent before may still be on its way; it must be in the store to be read.
                self._to.flush()
                revised = [self._revise(parcel) for parcel in parcels]
                changes = [change for one in revised for change in one]
                for item in items:
                    self._to.queue(item)
                    queued += 1
                for item, own in zip(items, revised, strict=True):
                    if item.future.exception() is None:
                        stored += own
        except Busy as error:
            self._to.failed(items[queued:], error)
            return
        except Exception as error:  # noqa: BLE001 - the requests must be answered whatever happened
            self._journal.error("spans sent again could not be settled", exc_info=error)
            self._to.failed(items[queued:], StoreDown(f"the spans sent before could not be read: {error}", 5.0))
            return
        finally:
            with self._changed:
                self._size -= size
        self._displaced += [change for change in stored if change[0].start_ns != change[1].start_ns]
        self._remove()
        for change in changes:
            self._muddled.setdefault(change[0].project, set()).update(muddled([change]))

    def _revise(self, parcel: Parcel) -> list[Change]:
        """Puts the spans' rows and the corrections into the request."""
        by_project: dict[str, list[Span]] = {}
        for span in parcel.spans:
            by_project.setdefault(span.project, []).append(span)
        changes: list[Change] = []
        corrections, rows = [], []
        for project, spans in by_project.items():
            stored = {(one.trace_id, one.span_id): one for one in stored_spans(self._engine, project, spans)}
            moved = [span for span in spans if (span.trace_id, span.span_id) in parcel.moved]
            displaced = {(one.trace_id, one.span_id): one for one in displaced_spans(self._engine, project, moved)}
            own = []
            for span in spans:
                identity = (span.trace_id, span.span_id)
                before = stored.get(identity) or displaced.get(identity)
                if before is not None:
                    # What log records brought to the span stays when it is sent again without.
                    span = complete(span, contents_of(before))
                    span.revision = before.revision + 1
                    if prices_alike(before, span):
                        set_cost(span, Cost.of(before))
                    own.append((before, span))
                rows.append(encode_span(span, parcel.item.request))
            corrections.append(correct(self._engine, project, own))
            changes += own
        chunks = parcel.item.chunks
        chunks["spans"] = chunks.get("spans", b"") + b"".join(rows)
        chunks |= chunks_of(corrections)
        return changes

    def _remove(self) -> None:
        """Removes spans that are stored again under another start; what cannot be removed now waits."""
        # After the new ones are stored: whoever is interrupted in between has a span twice, not never.
        if not self._displaced:
            return
        try:
            remove_displaced(self._engine, self._displaced)
        except NervureError as error:
            self._journal.warning("spans stored under another start wait to be removed", error=str(error))
        else:
            self._displaced = []

    def _fold(self) -> None:
        # What was sent first must have been folded: afterwards it would bring the old words back.
        if not self._to.settle():
            return
        waiting, self._muddled = self._muddled, {}
        for project, traces in waiting.items():
            if not traces:
                continue
            try:
                fold_again(self._engine, project, traces)
            except NervureError as error:
                self._muddled.setdefault(project, set()).update(traces)
                self._journal.warning("words of traces wait to be folded again", error=str(error))


def chunks_of(corrections: Iterable[Correction]) -> dict[Signal, bytes]:
    """Corrections as files of a request."""
    listed = list(corrections)
    chunks: dict[Signal, bytes] = {
        "minutes": b"".join(one.minutes for one in listed),
        "traces": b"".join(one.traces for one in listed),
        "recount": b"".join(one.arrivals for one in listed),
    }
    return {signal: chunk for signal, chunk in chunks.items() if chunk}
