"""The intake: takes understood requests, answers when they are in the store, and takes none twice."""

import threading
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import replace

from nervure.base.clock import Clock
from nervure.base.errors import Busy, QueueFull, StoreDown
from nervure.base.journal import journal
from nervure.base.settings import Settings
from nervure.intake.encode import Lines, encode, encode_span
from nervure.intake.ledger import Ledger, entries_of
from nervure.intake.memory import Memory, load_requests, load_spans, stored_requests
from nervure.intake.pipeline import request_key
from nervure.intake.queue import Queue, Waiting
from nervure.intake.receipt import Receipt
from nervure.intake.refusals import Refusals
from nervure.intake.reviser import Parcel, Reviser, chunks_of
from nervure.intake.spool import Spool
from nervure.intake.summaries import Summaries
from nervure.intake.writer import Tap, Writer
from nervure.model.batch import Batch
from nervure.model.ledger import LedgerEntry
from nervure.model.span import Span
from nervure.store.corrections import Correction
from nervure.store.engine import Engine
from nervure.store.table import Signal


class Intake:
    """Thread-safe. `submit` encodes in the caller's thread; one writer thread does the rest.

    ledger: what became of everything that was sent. refusals: what senders were told, by reason. notices: topic to what an operator should know though it does not
    stop the work, e.g. that payloads are being shed. shed: what to how many weeks of it were shed at the disk ceiling.
    """

    def __init__(self, engine: Engine, settings: Settings, clock: Clock) -> None:
        self.ledger = Ledger(clock)
        self.refusals = Refusals(clock)
        self.notices: dict[str, str] = {}
        self.shed: dict[str, int] = {}
        self._engine, self._settings, self._clock = engine, settings, clock
        self._lock = threading.Lock()
        self._memory = Memory(settings.dedup_window_s)
        self._queue = Queue(settings.queue_bytes, clock)
        spool = Spool(settings.data / "spool", clock, settings.fsync)
        # In a cluster the ledger is how other replicas recognise a request, so there it is written with the rows.
        self._summaries = Summaries(spool, engine, clock, deferred=("ledger",) if settings.is_embedded else ())
        self._writer = Writer(self._queue, spool, engine, self._summaries, self.ledger, settings, clock, self)
        self._reviser = Reviser(engine, clock, self)
        self._is_closed = False
        self._recovered = threading.Event()
        self._journal = journal("intake")

    def watch(self, tap: Tap) -> None:
        """Tell `tap` of every group that is in the store. Call it before `start`."""
        self._writer.tap = tap

    def start(self, timeout_s: float = 3.0) -> None:
        """Store what an earlier run left, remember its requests, then take new ones.

        Returns when that is done, or after `timeout_s`; until it is done `submit` raises StoreDown.
        """
        self._writer.start()
        self._reviser.start()
        self._recovered.wait(timeout_s)

    def stop(self, timeout_s: float = 30.0) -> bool:
        """Take no more, store what waits. False when it took longer than `timeout_s`; the spool keeps it then."""
        with self._lock:
            self._is_closed = True
        is_revised = self._reviser.stop(timeout_s)
        if self.ledger.has_unwritten:
            self._queue.put(Waiting(0, {}, [], 0, 0, Receipt(), is_internal=True))
        return is_revised and self._writer.stop(timeout_s) and self._summaries.stop(timeout_s)

    def settle(self) -> bool:
        """Bring traces, roll-ups and ledger up to date with everything acknowledged so far.

        Ask before reading them; next to nothing when they are. False: the store does not let us, they lag behind.
        """
        return self._summaries.settle()

    def seen(self, project: str, request: int) -> Receipt | None:
        """The receipt of a request that is in the store already, known by its fingerprint; None for a new one.

        project: of the sender. request: fingerprint of path and body. Ask before decoding: it costs next to nothing.
        """
        key = request_key(project, request)
        with self._lock:
            known = self._memory.stored_request(key)
        if known is None:
            return None
        signal, items, refused = known
        self.ledger.repeat([LedgerEntry(self._clock.now_ns(), project, signal, received=items)])
        return Receipt(refused=dict(refused), dropped={"duplicate": items}, is_repeat=True)

    def admit(self, size: int) -> None:
        """Raise what `submit` would raise for a request of about `size` bytes, before the work of decoding it."""
        self._refuse_if_closed()
        if not self._queue.has_room(size + self._reviser.size):
            raise self._full()

    def submit(self, batch: Batch) -> "Future[Receipt]":
        """Queue a request. The future ends in a Receipt once it is in the store, or in StoreDown.

        After StoreDown nothing is lost: what could not be decided is decided later, and a repeated request is
        recognised. Raises QueueFull or StoreDown at once when it cannot be queued; the same request may come again.
        """
        entries = entries_of(batch, self._clock.now_ns())
        try:
            self.admit(batch.bytes)
        except Busy:
            self.ledger.turn_away(entries)
            raise
        refused_before = sum(batch.refused.values())
        lines = encode(batch)
        if sum(batch.refused.values()) != refused_before:
            entries = entries_of(batch, entries[0].time_ns)
        with self._lock:
            if (earlier := self._earlier(batch, entries)) is not None:
                return earlier
            try:
                self.admit(lines.size)
            except Busy:
                self.ledger.turn_away(entries)
                raise
            item, parcel = self._waiting(batch, lines, entries)
            self.ledger.receive(entries)
            if parcel is not None:
                self._reviser.put(parcel)
            else:
                self._queue.put(item)
        return item.future

    def restate(self, spans: Sequence[Span], corrections: Sequence[Correction] = ()) -> "Future[Receipt]":
        """Store later revisions of spans that are in the store: nobody sent them, so the ledger does not count them.

        corrections: of the sums; stored with the spans or not at all. Raises QueueFull or StoreDown.
        """
        chunks: dict[Signal, bytes] = {"spans": b"".join(encode_span(span, 0) for span in spans)}
        chunks |= chunks_of(corrections)
        size = sum(map(len, chunks.values()))
        with self._lock:
            self.admit(size)
            item = Waiting(0, chunks, [], len(spans), size, Receipt(), is_internal=True)
            self._put(item)
        return item.future

    def flush_ledger(self) -> None:
        """Let entries that only memory holds (refusals, repeats) be written even when nothing else is."""
        if self.ledger.has_unwritten and self._writer.problem is None and not self._is_closed:
            self._put(Waiting(0, {}, [], 0, 0, Receipt(), is_internal=True))

    def ready(self) -> list[str]:
        """What stands against taking telemetry, in words; [] when all is well."""
        problems = []
        if self._is_closed:
            problems.append("Nervure is stopping")
        if self._writer.problem is not None:
            problems.append(str(self._writer.problem))
        if self._summaries.problem:
            problems.append(self._summaries.problem)
        waited_s = self.oldest_wait_s or 0.0
        if waited_s > self._settings.commit_timeout_s:
            problems.append(f"the store has not finished a write for {waited_s:.0f} s")
        if not self.is_balanced():
            problems.append("the ledger does not balance: received is not stored + refused + dropped")
        return problems

    def is_balanced(self) -> bool:
        """Whether every item received is stored, refused, dropped, or known to be on its way."""
        with self._lock:
            return self.ledger.in_flight == self._memory.items_in_flight

    @property
    def oldest_wait_s(self) -> float | None:
        """For how long the oldest request waits for the store; None when none does."""
        oldest_s = self._queue.oldest_s()
        return None if oldest_s is None else max(0.0, self._clock.monotonic_s() - oldest_s)

    @property
    def unsummed_rows(self) -> int:
        """Rows that are stored and not yet in the summaries (traces, roll-ups, ledger)."""
        return self._summaries.waiting_rows

    @property
    def waiting_bytes(self) -> int:
        """Bytes queued or being written."""
        return self._queue.size

    @property
    def waiting_requests(self) -> int:
        """Requests queued or being written."""
        return self._queue.requests

    @property
    def written(self) -> tuple[int, int, int]:
        """Groups, rows and bytes the writer has stored since the start."""
        return self._writer.groups, self._writer.rows, self._writer.bytes

    # What the reviser asks for, in its thread.

    def flush(self) -> None:
        """Return when everything queued so far is stored. Raises Busy when that cannot be known now."""
        if self._queue.requests == 0:
            return
        item = Waiting(0, {}, [], 0, 0, Receipt(), is_internal=True)
        self._put(item)
        item.future.result()

    def queue(self, item: Waiting) -> None:
        """Queue a request that was settled."""
        item.size = max(item.size, sum(map(len, item.chunks.values())))
        self._put(item)

    # What the writer reports, in its thread.

    def recovered(self) -> None:
        """The spool is empty: remember the requests of the last run. Raises StoreDown, StoreError."""
        now_ns, now_s = self._clock.now_ns(), self._clock.monotonic_s()
        requests = load_requests(self._engine, self._settings.dedup_window_s, now_ns)
        spans = load_spans(self._engine, now_ns)
        with self._lock:
            self._memory.load(requests, now_s)
            self._memory.load_spans(spans, now_s)
        self._recovered.set()

    def stored_already(self, group: Sequence[Waiting]) -> list[Waiting]:
        """The part of a group that is new. Only other replicas can have stored the rest, so one process never asks."""
        if self._settings.is_embedded:
            return list(group)
        known = stored_requests(self._engine, [item.request for item in group if item.request],
                                self._settings.dedup_window_s)  # fmt: skip
        repeats = [item for item in group if item.request in known]
        for item in repeats:
            dropped = [replace(entry, stored=0, refused=0, dropped={"duplicate": entry.received}, request=0)
                       for entry in item.entries]  # fmt: skip
            self.ledger.give_back(dropped)
            item.entries = dropped
            item.receipt = Receipt(refused=item.receipt.refused, is_repeat=True)
        self.stored(repeats)
        return [item for item in group if item.request not in known]

    def stored(self, group: Sequence[Waiting]) -> None:
        """A group is in the store: tell its senders."""
        with self._lock:
            for item in group:
                self._memory.settle(item)
                self.ledger.settle(item.entries)
        for item in group:
            if not item.future.done():
                item.future.set_result(item.receipt)

    def unknown(self, group: Sequence[Waiting], error: Busy) -> None:
        """Nobody knows yet whether a group is in the store: its requests stay in flight."""
        for item in group:
            item.future.set_exception(error)

    def failed(self, group: Sequence[Waiting], error: Busy) -> None:
        """A group is certainly not in the store: forget it, so that its senders may come again."""
        refused = [replace(entry, stored=0, refused=entry.received, dropped={}, request=0)
                   for item in group for entry in item.entries]  # fmt: skip
        with self._lock:
            for item in group:
                self._memory.forget(item)
            self.ledger.settle(refused)
            self.ledger.give_back(refused)
        for item in group:
            item.future.set_exception(error)

    def _earlier(self, batch: Batch, entries: list[LedgerEntry]) -> "Future[Receipt] | None":
        """The future of the same request sent before, in flight or stored."""
        if not batch.request:
            return None
        future = self._memory.in_flight(batch.request)
        if future is None:
            known = self._memory.stored_request(batch.request)
            if known is None:
                return None
            future = Future()
            future.set_result(Receipt(refused=dict(known[2]), dropped={"duplicate": known[1]}, is_repeat=True))
        elif future.done() and (error := future.exception()) is not None:
            self.ledger.turn_away(entries)
            raise _again(error)
        self.ledger.repeat(entries)
        return future

    def _waiting(self, batch: Batch, lines: Lines, entries: list[LedgerEntry]) -> tuple[Waiting, Parcel | None]:
        """The request for the queue, or for the reviser first."""
        chunks: dict[Signal, bytes] = dict(lines.others)
        item = Waiting(batch.request, chunks, entries, lines.rows, lines.size, Receipt())
        item.since_s = self._clock.monotonic_s()
        # Running futures cannot be cancelled: a door that stops waiting must not stop what is being written.
        item.future.set_running_or_notify_cancel()
        parcel = None
        if lines.spans:
            for at, span in enumerate(batch.spans) if batch.again else ():
                if (span.trace_id, span.span_id) in batch.again:
                    self._memory.recall_span(lines.keys[at])
            repeated, changed = self._memory.remember_spans(lines, item)
            if batch.moved:
                # Under their new start they look new; what is stored under the old one must go.
                left = {*repeated, *changed}
                places = [(span.trace_id, span.span_id) for span in batch.spans]
                changed = [*changed, *(at for at, ids in enumerate(places) if ids in batch.moved and at not in left)]
            if repeated:
                _account(batch, entries, repeated)
                item.rows -= len(repeated)
            if changed:
                keys = frozenset(lines.keys[at] for at in changed)
                parcel = Parcel(item, [batch.spans[at] for at in changed], keys, batch.moved)
            gone = {*repeated, *changed}
            kept = [line for at, line in enumerate(lines.spans) if at not in gone] if gone else lines.spans
            chunks["spans"] = b"".join(kept)
        item.receipt = Receipt(sum(entry.stored for entry in entries), batch.refused, batch.dropped)
        self._memory.fly(item)
        return item, parcel

    def _put(self, item: Waiting) -> None:
        item.since_s = self._clock.monotonic_s()
        if not item.future.running():
            item.future.set_running_or_notify_cancel()
        self._queue.put(item)

    def _refuse_if_closed(self) -> None:
        if self._is_closed:
            raise StoreDown("Nervure is stopping: send again in a few seconds", 5.0)
        if (problem := self._writer.problem) is not None:
            raise _again(problem)

    def _full(self) -> QueueFull:
        return QueueFull(
            f"{self._queue.size >> 20} MiB wait for the store, queue_bytes allows {self._settings.queue_bytes >> 20}: "
            "send again in a moment",
            1.0,
        )


def _again(error: BaseException) -> StoreDown:
    """A fresh copy: raising one instance many times makes its traceback grow for ever."""
    return StoreDown(str(error), getattr(error, "retry_after_s", 1.0))


def _account(batch: Batch, entries: list[LedgerEntry], repeated: list[int]) -> None:
    """Say in the accounts that spans are left out, because they are stored already or come again in the request."""
    by_account: dict[tuple[str, str, str], int] = {}
    for at in repeated:
        span = batch.spans[at]
        key = (span.project, span.sdk_name, span.sdk_version)
        by_account[key] = by_account.get(key, 0) + 1
    for entry in entries:
        count = by_account.get((entry.project, entry.sdk, entry.sdk_version), 0) if entry.signal == "spans" else 0
        if count:
            entry.stored -= count
            entry.dropped["duplicate"] = entry.dropped.get("duplicate", 0) + count
    batch.dropped["duplicate"] = batch.dropped.get("duplicate", 0) + len(repeated)
