"""The one writer: group commit of what has gathered, through the spool, into the store.

What can go wrong, and what then is true:

* The spool cannot be written (full disk): nothing of the group exists; its senders hear 503 and may send again.
* The store does not answer, or we cannot tell what it did: the group stays in the spool and is tried again with the
  same token until the outcome is known. Its senders hear 503 at once; their fingerprints stay "in flight", so a
  sender that comes again is refused until the outcome is known, and then told that it was stored.
* The store refuses rows for good: those rows are found, set aside and counted as refused; the rest is stored.
"""

import shutil
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Protocol

from nervure.base.clock import Clock
from nervure.base.errors import Busy, NervureError, StoreDown, StoreError
from nervure.base.journal import journal
from nervure.base.settings import Settings
from nervure.intake.encode import encode_ledger
from nervure.intake.ledger import Ledger
from nervure.intake.queue import Queue, Waiting
from nervure.intake.salvage import Salvage, set_aside
from nervure.intake.spool import SIGNALS, Spool, Spooled
from nervure.intake.summaries import Summaries
from nervure.model.ledger import LedgerEntry
from nervure.store.engine import Engine
from nervure.store.table import Signal

IDLE_S = 1.0
# A block costs the store about as much as 400 rows besides its rows, so when several senders are about, those that
# were just answered are waited for a moment: the same throughput for half the work. A lone sender never waits.
ENOUGH_ROWS = 5_000
LINGER_MOST_S = 0.1
PROBE_FIRST_S, PROBE_MOST_S = 0.25, 5.0


class Outcome(Protocol):
    """Who wants to know what became of requests. Called in the writer's thread."""

    def recovered(self) -> None: ...

    def stored_already(self, group: Sequence[Waiting]) -> list[Waiting]: ...

    def stored(self, group: Sequence[Waiting]) -> None: ...

    def unknown(self, group: Sequence[Waiting], error: Busy) -> None: ...

    def failed(self, group: Sequence[Waiting], error: Busy) -> None: ...


# Told of every group that is in the store, before its senders are: its token and its files, which are gone soon after.
Tap = Callable[[str, Mapping[Signal, Path]], None]


class Writer:
    """A thread. problem: why nothing can be stored at the moment, None when all is well. tap: see Tap; None for nobody."""

    def __init__(
        self,
        queue: Queue,
        spool: Spool,
        engine: Engine,
        summaries: Summaries,
        ledger: Ledger,
        settings: Settings,
        clock: Clock,
        to: Outcome,
    ) -> None:
        self.problem: Busy | None = StoreDown("Nervure is starting: it reads back what the last run left", 1.0)
        self.groups = self.rows = self.bytes = 0
        self.tap: Tap | None = None
        self._queue, self._spool, self._engine, self._ledger = queue, spool, engine, ledger
        self._summaries = summaries
        self._settings, self._clock, self._to = settings, clock, to
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="nervure-writer", daemon=True)
        self._disk_looked_s = -IDLE_S
        self._linger_s = 0.0
        self._journal = journal("intake")

    def start(self) -> None:
        """Begin: first what an earlier run left in the spool, then the queue."""
        self._thread.start()

    def stop(self, timeout_s: float) -> bool:
        """Write what waits, then end. False when that took longer than `timeout_s`: the spool keeps the rest."""
        self._stopping.set()
        self._queue.wake()
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def _run(self) -> None:
        if not self._recover():
            return
        while True:
            group = self._queue.take(self._settings.batch_rows, IDLE_S, self._linger_s, ENOUGH_ROWS)
            if group:
                began_s = self._clock.monotonic_s()
                try:
                    self._commit(group)
                finally:
                    self._queue.done()
                took_s = self._clock.monotonic_s() - began_s
                self._linger_s = min(max(took_s, 0.0) / 2, LINGER_MOST_S) if len(group) > 1 else 0.0
            elif self._stopping.is_set():
                return
            self._watch_disk()

    def _recover(self) -> bool:
        left = self._spool.leftover()
        for spooled in left:
            self._journal.info("storing what the last run left", group=spooled.token)
            if self._insert_until_known(spooled) is None:
                return False
            if self.tap is not None:
                self.tap(spooled.token, spooled.files)
        # Read anew, because a file with refused rows has been rewritten.
        if not self._summaries.recover(self._spool.leftover() if left else left):
            return False
        self._summaries.start()
        while not self._stopping.is_set():
            try:
                self._to.recovered()
            except NervureError as error:
                self._wait(StoreDown(f"the store does not answer: {error}", 1.0), PROBE_MOST_S)
            else:
                self.problem = None
                return True
        return False

    def _commit(self, group: list[Waiting]) -> None:
        group = self._to.stored_already(group)
        extra = self._ledger.take_unwritten()
        if not group and not extra:
            return
        try:
            spooled = self._spool.write(_tables(group, extra))
        except OSError as error:
            self._ledger.give_back(extra)
            self._give_up(group, error)
            return
        try:
            refused = self._insert(spooled)
        except Exception as error:  # noqa: BLE001 - whatever it was, the store may have taken the rows: ask again
            self._ask_again(spooled, group, error)
            return
        self._finish(spooled, group, refused)

    def _finish(self, spooled: Spooled, group: list[Waiting], refused: dict[Signal, list[int]]) -> None:
        if refused:
            _charge(group, refused)
        rows = sum(item.rows for item in group)
        if self.tap is not None:
            self.tap(spooled.token, spooled.files)
        self._summaries.add(spooled, rows)
        self.groups += 1
        self.rows += rows
        self.bytes += sum(item.size for item in group)
        self._to.stored(group)

    def _insert(self, spooled: Spooled) -> dict[Signal, list[int]]:
        """Into the store, but for what the summaries take later. Returns the lines it refused for good."""
        refused: dict[Signal, list[int]] = {}
        for signal, path in spooled.files.items():
            if signal in self._summaries.deferred:
                continue
            try:
                # The sums' own tables also get rows by their views: another token keeps the two apart.
                suffix = f"-{signal}" if signal in ("minutes", "traces", "recount") else ""
                self._engine.insert("arrivals" if signal == "recount" else signal, path, spooled.token + suffix)
            except StoreError as error:
                self._journal.error("the store refused rows", table=signal, group=spooled.token, error=str(error))
                bad = Salvage(self._engine, self._spool, spooled, signal).run()
                if bad:
                    set_aside(self._settings.data / "refused", spooled, signal, bad)
                    refused[signal] = bad
        return refused

    def _give_up(self, group: list[Waiting], error: OSError) -> None:
        problem = StoreDown(
            f"the spool cannot be written ({error.strerror or error}): free disk space in {self._settings.data}", 10.0
        )
        self._journal.error("nothing can be stored", error=str(error))
        self.problem = problem
        self._to.failed([*group, *self._queue.drain()], problem)

    def _ask_again(self, spooled: Spooled, group: list[Waiting], error: Exception) -> None:
        problem = StoreDown(f"the store does not take telemetry at the moment: {error}", 5.0)
        self._journal.error("the store does not answer; asking again", group=spooled.token, error=str(error))
        self.problem = problem
        self._to.unknown(group, problem)
        self._to.failed(self._queue.drain(), problem)
        refused = self._insert_until_known(spooled)
        if refused is not None:
            self._finish(spooled, group, refused)
            self.problem = None
            self._journal.info("the store answers again", group=spooled.token)

    def _insert_until_known(self, spooled: Spooled) -> dict[Signal, list[int]] | None:
        """Insert with the same token until the store says what it did. None: told to stop before."""
        pause_s = PROBE_FIRST_S
        while not self._stopping.is_set():
            try:
                refused = self._insert(spooled)
            except Exception as error:  # noqa: BLE001 - as in _commit
                self._wait(StoreDown(f"the store does not take telemetry at the moment: {error}", 5.0), pause_s)
                pause_s = min(pause_s * 2, PROBE_MOST_S)
                continue
            return refused
        return None

    def _wait(self, problem: Busy, seconds: float) -> None:
        if self.problem is None or str(self.problem) != str(problem):
            self._journal.warning("waiting for the store", reason=str(problem))
        self.problem = problem
        self._stopping.wait(seconds)

    def _watch_disk(self) -> None:
        now_s = self._clock.monotonic_s()
        if 0 <= now_s - self._disk_looked_s < IDLE_S:
            return
        self._disk_looked_s = now_s
        problem = disk_problem(self._settings.data, self._settings.disk_free_min_bytes)
        if (problem is None) != (self.problem is None):
            if problem:
                self._journal.error("telemetry is refused", reason=str(problem))
            else:
                self._journal.info("telemetry is taken again")
        self.problem = problem


def disk_problem(folder: Path, least_free: int) -> StoreDown | None:
    """Why nothing more should be written to the disk, None when it has room and takes a file."""
    free = shutil.disk_usage(folder).free
    if free < least_free:
        return StoreDown(
            f"the disk of {folder} has {free >> 20} MiB free, less than disk_free_min_bytes = {least_free >> 20} MiB: "
            "free some, shorten the retention, or set a disk ceiling",
            30.0,
        )
    probe = folder / "spool" / ".probe"
    try:
        probe.write_bytes(b"x" * 4096)
        probe.unlink()
    except OSError as error:
        return StoreDown(f"{folder} cannot be written ({error.strerror or error}): free disk space there", 10.0)
    return None


def _tables(group: Sequence[Waiting], extra: Sequence[LedgerEntry]) -> dict[Signal, list[bytes]]:
    tables: dict[Signal, list[bytes]] = {signal: [] for signal in SIGNALS}
    for item in group:
        for signal, chunk in item.chunks.items():
            tables[signal].append(chunk)
    entries = [entry for item in group for entry in item.entries]
    tables["ledger"] = [encode_ledger([*entries, *extra])]
    return {signal: chunks for signal, chunks in tables.items() if any(chunks)}


def _charge(group: Sequence[Waiting], refused: dict[Signal, list[int]]) -> None:
    """Tell the requests whose lines were refused."""
    for signal, bad in refused.items():
        if signal == "ledger":
            continue
        start = 0
        for item in group:
            end = start + item.chunks.get(signal, b"").count(b"\n")
            count = sum(start <= line < end for line in bad)
            start = end
            if count:
                reason = f"the store cannot hold this row of {signal}"
                told = {**item.receipt.refused, reason: item.receipt.refused.get(reason, 0) + count}
                item.receipt = replace(item.receipt, refused=told, stored=item.receipt.stored - count)
                for entry in item.entries:
                    if entry.signal == signal and count:
                        moved = min(count, entry.stored)
                        entry.stored, entry.refused, count = entry.stored - moved, entry.refused + moved, count - moved
