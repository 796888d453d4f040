"""What the intake remembers: requests in flight and stored, and spans seen lately."""

from collections.abc import Iterable, Sequence
from concurrent.futures import Future
from typing import get_args

from nervure.base.clock import NS_PER_S
from nervure.intake.encode import Lines
from nervure.intake.queue import Waiting
from nervure.intake.receipt import Receipt
from nervure.intake.recent import Recent
from nervure.model.ledger import Signal
from nervure.store.engine import Engine
from nervure.store.sql import Sql

SIGNALS: tuple[Signal, ...] = get_args(Signal)
PACKED = 16  # signals there is room for beside a count
# About 100 bytes each: 60 MB and 40 MB at most.
MOST_REQUESTS = 600_000
MOST_SPANS = 400_000
SPAN_WINDOW_S = 900.0
MOST_LOADED = 200_000
# Spans of the last minutes before a start: so many are read in about half a second.
LOADED_SPANS, LOADED_WINDOW_S = 100_000, 300
# Of spans loaded at the start we know the ids, not what they say.
UNKNOWN = 0


class Memory:
    """Not thread-safe: the intake's lock guards it."""

    def __init__(self, dedup_window_s: int) -> None:
        # A request's value packs its item count and its signal into one small integer.
        self._stored: Recent[int, int] = Recent(MOST_REQUESTS if dedup_window_s else 1, dedup_window_s)
        self._refusals: Recent[int, dict[str, int]] = Recent(10_000, dedup_window_s)
        self._spans: Recent[int, int] = Recent(MOST_SPANS, SPAN_WINDOW_S)
        self._flying: dict[int, Future[Receipt]] = {}
        self._is_on = dedup_window_s > 0
        self.items_in_flight = 0

    def load(self, requests: dict[int, int], now_s: float) -> None:
        """Start with the requests of an earlier run."""
        self._stored.load(requests, now_s)

    def load_spans(self, keys: Iterable[int], now_s: float) -> None:
        """Know spans of an earlier run, or of another process, by their ids."""
        self._spans.load(dict.fromkeys(keys, UNKNOWN), now_s)

    def stored_request(self, key: int) -> tuple[Signal, int, dict[str, int]] | None:
        """Signal, items and refusals of a stored request."""
        packed = self._stored.get(key) if key else None
        if packed is None:
            return None
        return SIGNALS[packed % PACKED], packed // PACKED, self._refusals.get(key) or {}

    def in_flight(self, key: int) -> "Future[Receipt] | None":
        """The future of a request whose fate is open."""
        return self._flying.get(key)

    def fly(self, item: Waiting) -> None:
        """A request is on its way."""
        if item.request and self._is_on:
            self._flying[item.request] = item.future
        self.items_in_flight += _items(item)
        self._stored.age(item.since_s)
        self._refusals.age(item.since_s)
        self._spans.age(item.since_s)

    def settle(self, item: Waiting) -> None:
        """It has arrived."""
        if item.is_internal:
            return
        self.items_in_flight -= _items(item)
        if item.request and self._is_on:
            self._flying.pop(item.request, None)
            signal = item.entries[0].signal if item.entries else "spans"
            self._stored.put(item.request, pack(_items(item), signal))
            if item.receipt.refused:
                self._refusals.put(item.request, item.receipt.refused)

    def forget(self, item: Waiting) -> None:
        """It never will: as if it had not been seen."""
        if item.is_internal:
            return
        self.items_in_flight -= _items(item)
        self._flying.pop(item.request, None)
        self._spans.forget(item.keys)
        for key, earlier in item.before.items():
            self._spans.put(key, earlier)

    def recall_span(self, key: int) -> None:
        """A span is stored with words that nobody remembers."""
        if self._spans.get(key) is None:
            self._spans.put(key, 0)

    def remember_spans(self, lines: Lines, item: Waiting) -> tuple[list[int], list[int]]:
        """Indexes of spans that are said already, word for word, and of those that were stored with other words.

        Of a span that comes twice in one request the last one counts; the others are among the first list.
        """
        known, put = self._spans.get, self._spans.put
        repeated: list[int] = []
        changed: dict[int, int] = {}
        # Where each span that is new with this request stands in it; made when somebody asks, which is rare.
        first: dict[int, int] | None = None
        for at, (key, content) in enumerate(zip(lines.keys, lines.hashes, strict=True)):
            earlier = known(key)
            if earlier is None:
                put(key, content)
                item.keys.append(key)
                if first is not None:
                    first[key] = at
            elif earlier == content:
                repeated.append(at)
            elif key in changed:
                repeated.append(changed[key])
                changed[key] = at
                put(key, content)
            else:
                put(key, content)
                if first is None:
                    first = _places(lines.keys[:at], item.keys, repeated)
                if key in first:
                    repeated.append(first[key])
                    first[key] = at
                else:
                    item.before[key] = earlier
                    changed[key] = at
        return sorted(repeated), sorted(changed.values())


def _places(keys: Sequence[int], new: Iterable[int], left_out: Iterable[int]) -> dict[int, int]:
    wanted, gone = set(new), set(left_out)
    return {key: at for at, key in enumerate(keys) if key in wanted and at not in gone}


def pack(items: int, signal: Signal) -> int:
    """Count and signal in one integer."""
    return items * PACKED + SIGNALS.index(signal)


def _items(item: Waiting) -> int:
    return sum(entry.received for entry in item.entries)


def load_requests(engine: Engine, window_s: int, now_ns: int) -> dict[int, int]:
    """The newest requests in the ledger, packed: those of the last `window_s` seconds.

    Seconds before now, and before the newest entry: a clock that was set forward or back must not make us forget.
    """
    if window_s <= 0:
        return {}
    text = (
        "SELECT request, any(signal) AS first_signal, sum(received) AS items FROM ledger\n"
        "WHERE request != 0 AND (time >= (SELECT max(time) FROM ledger) - toIntervalSecond({window:UInt32})\n"
        "OR time BETWEEN toDateTime64({since:Int64}, 0, 'UTC') AND toDateTime64({until:Int64}, 0, 'UTC'))\n"
        "GROUP BY request ORDER BY max(time) DESC LIMIT {most:UInt32}"
    )
    now_s = now_ns // NS_PER_S
    values = {"window": window_s, "since": now_s - window_s, "until": now_s + window_s, "most": MOST_LOADED}
    rows = engine.query(Sql(text, values)).rows
    return {int(request): pack(int(items), signal) for request, signal, items in rows}


def load_spans(engine: Engine, now_ns: int) -> list[int]:
    """Keys of spans that came in the last minutes, in no order and at most so many: one sent again counts once."""
    since_s = now_ns // NS_PER_S - LOADED_WINDOW_S
    text = (
        "SELECT project, trace_id, span_id FROM spans\n"
        "WHERE start >= toDateTime64({began:Int64}, 0, 'UTC') AND received >= toDateTime64({since:Int64}, 0, 'UTC')\n"
        "LIMIT {most:UInt32}"
    )
    values = {"began": since_s - 3600, "since": since_s, "most": LOADED_SPANS}
    # The same key as `encode` gives a span.
    return [hash(tuple(map(str, row))) for row in engine.query(Sql(text, values)).rows]


def stored_requests(engine: Engine, requests: Iterable[int], window_s: int) -> set[int]:
    """Which of some requests any replica has stored lately. Raises StoreDown."""
    listed = list(requests)
    if not listed or window_s <= 0:
        return set()
    text = (
        "SELECT DISTINCT request FROM ledger WHERE request IN {requests:Array(UInt64)}\n"
        "AND time >= now64() - toIntervalSecond({window:UInt32})"
    )
    return {int(row[0]) for row in engine.query(Sql(text, {"requests": listed, "window": window_s})).rows}
