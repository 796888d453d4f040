"""The account of what senders sent: received = stored + refused + dropped(reason), per project, SDK and signal."""

import threading
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from nervure.base.clock import Clock
from nervure.model.batch import Batch
from nervure.model.ledger import LedgerEntry, Signal

# Project and SDK names are the sender's words; past this many different ones the rest is counted together.
MOST_ACCOUNTS = 2000

Account = tuple[str, str, Signal]


@dataclass(slots=True)
class Total:
    """Items of one account since the process began. in_flight: received and not yet decided."""

    received: int = 0
    stored: int = 0
    refused: int = 0
    dropped: dict[str, int] = field(default_factory=dict)

    @property
    def in_flight(self) -> int:
        return self.received - self.stored - self.refused - sum(self.dropped.values())


class Ledger:
    """Counts in two steps that must meet: `receive` when a request is understood, `settle` when its fate is known.

    Because the two are counted apart, an item that vanishes between them shows as `in_flight` that never ends.
    Thread-safe.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._totals: dict[Account, Total] = {}
        self._unwritten: dict[tuple[Account, str, str], LedgerEntry] = {}

    def receive(self, entries: Iterable[LedgerEntry]) -> None:
        """Items have arrived."""
        with self._lock:
            for entry in entries:
                self._total(entry).received += entry.received

    def settle(self, entries: Iterable[LedgerEntry]) -> None:
        """The fate of items that were received."""
        with self._lock:
            for entry in entries:
                total = self._total(entry)
                total.stored += entry.stored
                total.refused += entry.refused
                for reason, count in entry.dropped.items():
                    total.dropped[reason] = total.dropped.get(reason, 0) + count

    def turn_away(self, entries: Iterable[LedgerEntry]) -> None:
        """Items of a request that was refused whole (the sender was told to come again): received and refused."""
        self._note([replace(entry, received=entry.received, stored=0, refused=entry.received, dropped={}, request=0)
                    for entry in entries])  # fmt: skip

    def repeat(self, entries: Iterable[LedgerEntry]) -> None:
        """Items of a request that is stored already: received and dropped as duplicates."""
        self._note([replace(entry, stored=0, refused=0, dropped={"duplicate": entry.received}, request=0)
                    for entry in entries])  # fmt: skip

    def refuse(self, project: str, signal: Signal, items: int, wire: str = "", sdk: str = "") -> None:
        """Items turned away by a door before they were understood (limits, keys), when it knows how many."""
        if items > 0:
            self._note([LedgerEntry(time_ns=self._clock.now_ns(), project=project, signal=signal, sdk=sdk, wire=wire,
                                    received=items, refused=items)])  # fmt: skip

    def take_unwritten(self) -> list[LedgerEntry]:
        """Entries that only memory holds, for the next group to store; they are forgotten here."""
        with self._lock:
            entries = list(self._unwritten.values())
            self._unwritten.clear()
        return entries

    @property
    def has_unwritten(self) -> bool:
        """Whether `take_unwritten` would give anything."""
        return bool(self._unwritten)

    def give_back(self, entries: Iterable[LedgerEntry]) -> None:
        """Entries whose writing failed: kept for the next group."""
        with self._lock:
            self._keep(entries)

    def totals(self) -> dict[Account, Total]:
        """A copy of all accounts."""
        with self._lock:
            return {key: replace(total, dropped=dict(total.dropped)) for key, total in self._totals.items()}

    def projects(self) -> dict[str, int]:
        """Projects that items named, and how many did since the process began."""
        counts: dict[str, int] = {}
        with self._lock:
            for (project, _, _), total in self._totals.items():
                counts[project] = counts.get(project, 0) + total.received
        counts.pop("", None)
        return counts

    @property
    def in_flight(self) -> int:
        """Items received whose fate is open, over all accounts. Negative: something was counted twice."""
        with self._lock:
            return sum(total.in_flight for total in self._totals.values())

    def _note(self, entries: list[LedgerEntry]) -> None:
        self.receive(entries)
        self.settle(entries)
        self.give_back(entries)

    def _keep(self, entries: Iterable[LedgerEntry]) -> None:
        for entry in entries:
            key = ((entry.project, entry.sdk, entry.signal), entry.sdk_version, entry.wire)
            kept = self._unwritten.get(key)
            if kept is None:
                if len(self._unwritten) >= MOST_ACCOUNTS:
                    key = (("", "", entry.signal), "", "")
                    kept = self._unwritten.get(key)
                if kept is None:
                    self._unwritten[key] = replace(entry, dropped=dict(entry.dropped))
                    continue
            kept.received += entry.received
            kept.stored += entry.stored
            kept.refused += entry.refused
            kept.bytes += entry.bytes
            for reason, count in entry.dropped.items():
                kept.dropped[reason] = kept.dropped.get(reason, 0) + count

    def _total(self, entry: LedgerEntry) -> Total:
        key = (entry.project, entry.sdk, entry.signal)
        total = self._totals.get(key)
        if total is None:
            if len(self._totals) >= MOST_ACCOUNTS:
                key = ("", "", entry.signal)
            total = self._totals.setdefault(key, Total())
        return total


def entries_of(batch: Batch, time_ns: int) -> list[LedgerEntry]:
    """The accounts of one request, as if everything readable gets stored; one per project, SDK and signal.

    Items nobody could read, and items left out on purpose, go to the sender's own project.
    """
    counts: dict[tuple[str, Signal, str, str], int] = {}
    for span in batch.spans:
        key: tuple[str, Signal, str, str] = (span.project, "spans", span.sdk_name, span.sdk_version)
        counts[key] = counts.get(key, 0) + 1
    for log in batch.logs:
        key = (log.project, "logs", *_sdk(log.resource))
        counts[key] = counts.get(key, 0) + 1
    for point in batch.metrics:
        key = (point.project, "metrics", *_sdk(point.resource))
        counts[key] = counts.get(key, 0) + 1
    for score in batch.scores:
        key = (score.project, "scores", score.source, "")
        counts[key] = counts.get(key, 0) + 1
    for prediction in batch.predictions:
        key = (prediction.project, "predictions", "", "")
        counts[key] = counts.get(key, 0) + 1
    for truth in batch.truths:
        key = (truth.project, "truths", "", "")
        counts[key] = counts.get(key, 0) + 1
    refused, dropped = sum(batch.refused.values()), sum(batch.dropped.values())
    if not counts and (refused or dropped):
        counts[(batch.project, _signal_of(batch.wire), "", "")] = 0
    entries = [
        LedgerEntry(
            time_ns=time_ns, project=project, signal=signal, sdk=sdk, sdk_version=version, wire=batch.wire,
            request=batch.request, received=count, stored=count,
        )
        for (project, signal, sdk, version), count in counts.items()
    ]  # fmt: skip
    if entries:
        first = entries[0]
        first.received += refused + dropped
        first.refused = refused
        first.dropped = dict(batch.dropped)
        first.bytes = batch.bytes
    return entries


def _sdk(resource: dict[str, object]) -> tuple[str, str]:
    return str(resource.get("telemetry.sdk.name", "")), str(resource.get("telemetry.sdk.version", ""))


def _signal_of(wire: str) -> Signal:
    if "log" in wire:
        return "logs"
    return "metrics" if "metric" in wire else "spans"
