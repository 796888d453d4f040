"""Requests waiting for the writer, bounded by bytes."""

import threading
from collections import deque
from concurrent.futures import Future
from dataclasses import dataclass, field

from nervure.base.clock import Clock
from nervure.intake.receipt import Receipt
from nervure.model.ledger import LedgerEntry
from nervure.store.table import Signal


@dataclass(slots=True)
class Waiting:
    """One request on its way into the store: its rows as JSON lines, and who waits for it.

    keys: of its spans, to be forgotten should it fail. before: what the changed ones said before.
    is_internal: made by the server itself (completed spans, ledger of refusals): nobody counts it as received.
    """

    request: int
    chunks: dict[Signal, bytes]
    entries: list[LedgerEntry]
    rows: int
    size: int
    receipt: Receipt
    future: "Future[Receipt]" = field(default_factory=Future)
    keys: list[int] = field(default_factory=list)
    before: dict[int, int] = field(default_factory=dict)
    since_s: float = 0.0
    is_internal: bool = False


class Queue:
    """First in, first out. `size` counts what waits and what the writer holds, in bytes."""

    def __init__(self, bound: int, clock: Clock) -> None:
        self._bound, self._clock = bound, clock
        self._waiting: deque[Waiting] = deque()
        self._changed = threading.Condition()
        self._size = self._rows = 0
        self._held: list[Waiting] = []
        self._closed = False

    def has_room(self, size: int) -> bool:
        """Whether `size` more bytes fit. A request larger than the bound fits an empty queue, else it never could."""
        return self._size + size <= self._bound or self._size == 0

    def put(self, item: Waiting) -> None:
        """Append, whether or not there is room: the caller has asked."""
        with self._changed:
            self._waiting.append(item)
            self._size += item.size
            self._rows += item.rows
            self._changed.notify()

    def take(self, most_rows: int, timeout_s: float, linger_s: float = 0.0, enough_rows: int = 0) -> list[Waiting]:
        """What has gathered, at least one item and about `most_rows` rows; [] after `timeout_s` of nothing.

        linger_s: wait so long for more while fewer than `enough_rows` rows have gathered.
        The items stay counted in `size` until `done`.
        """
        with self._changed:
            if not self._waiting and not self._closed:
                self._changed.wait(timeout_s)
            if self._waiting and linger_s > 0:
                self._linger(linger_s, enough_rows)
            group: list[Waiting] = []
            rows = 0
            while self._waiting and (not group or rows + self._waiting[0].rows <= most_rows):
                item = self._waiting.popleft()
                group.append(item)
                rows += item.rows
            self._rows -= rows
            self._held = group
            return group

    def _linger(self, seconds: float, enough_rows: int) -> None:
        ends_s = self._clock.monotonic_s() + seconds
        while self._rows < enough_rows and not self._closed:
            left_s = ends_s - self._clock.monotonic_s()
            if left_s <= 0 or not self._changed.wait(left_s):
                return

    def done(self) -> None:
        """The writer has finished with what it took."""
        with self._changed:
            self._size -= sum(item.size for item in self._held)
            self._held = []

    def drain(self) -> list[Waiting]:
        """Take out everything that waits."""
        with self._changed:
            items = list(self._waiting)
            self._waiting.clear()
            self._rows = 0
            self._size -= sum(item.size for item in items)
            return items

    def wake(self) -> None:
        """Let a waiting `take` return."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    @property
    def size(self) -> int:
        """Bytes waiting or being written."""
        return self._size

    @property
    def requests(self) -> int:
        """Requests waiting or being written."""
        return len(self._waiting) + len(self._held)

    def oldest_s(self) -> float | None:
        """Monotonic time since when the oldest request waits."""
        with self._changed:
            first = self._held[0] if self._held else self._waiting[0] if self._waiting else None
            return first.since_s if first else None
