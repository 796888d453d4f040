"""Feeds the summaries (traces, minutes, hours, and the embedded store's ledger) from groups that are stored already.

Each table and view costs an insert 10 to 20 ms before its first row, so a small group would pay four times for being
summed up at once. Groups are therefore acknowledged when their own rows are in the store, and summed up many at a time:
when enough have gathered, after `DELAY_S`, or at once when somebody asks a question that the summaries answer
(`settle`). So every answer counts everything acknowledged before it.

Exactly once: a group stays in the spool until it is summed up. What one fold takes is written down first (a manifest
beside the groups), and its token is made from that, so that after a kill the same fold is done again, and adds nothing
a second time.
"""

import hashlib
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

from nervure.base.clock import Clock
from nervure.base.journal import journal
from nervure.intake.spool import Spool, Spooled
from nervure.store.engine import Engine
from nervure.store.table import Signal

DELAY_S = 2.0
ENOUGH_ROWS = 20_000
# Beyond this the writer waits: folding must not fall behind for ever.
MOST_ROWS = 200_000
# In one fold; their files' names make one statement.
MOST_GROUPS = 500
RETRY_FIRST_S, RETRY_MOST_S = 0.25, 5.0


class Summaries:
    """A thread. deferred: tables of a group that are written here rather than by the writer.

    problem: why the last fold failed, "" when all is well; it is tried again.
    """

    def __init__(self, spool: Spool, engine: Engine, clock: Clock, deferred: tuple[Signal, ...]) -> None:
        self.problem = ""
        self.deferred = deferred
        self._spool, self._engine, self._clock = spool, engine, clock
        self._changed = threading.Condition()
        self._waiting: list[tuple[Spooled, int]] = []
        self._rows = self._added = self._folded = 0
        self._oldest_s = 0.0
        self._is_wanted = self._is_stopping = False
        self._thread = threading.Thread(target=self._run, name="nervure-summaries", daemon=True)
        self._journal = journal("summaries")

    def recover(self, groups: Sequence[Spooled]) -> bool:
        """Finish the folds of an earlier run and sum up what it left. Its groups are in their tables already.

        False: told to stop before it was done.
        """
        left = {group.token: group for group in groups}
        for manifest, tokens in self._spool.manifests():
            named = [left.pop(token) for token in tokens if token in left]
            # Groups are removed only after their fold has succeeded: where one is missing, all are summed up.
            if len(named) == len(tokens) and not self._insert_until_known(manifest, named):
                return False
            self._forget(manifest, named)
        rest = list(left.values())
        return all(self._fold(rest[at : at + MOST_GROUPS]) for at in range(0, len(rest), MOST_GROUPS))

    def start(self) -> None:
        """Begin to fold what is added."""
        self._thread.start()

    def add(self, group: Spooled, rows: int) -> None:
        """A group is in its tables. Waits while too much is waiting to be summed up."""
        with self._changed:
            self._changed.wait_for(lambda: self._rows < MOST_ROWS or self._is_stopping)
            if not self._waiting:
                self._oldest_s = self._clock.monotonic_s()
            self._waiting.append((group, rows))
            self._rows += rows
            self._added += 1
            if self._rows >= ENOUGH_ROWS or len(self._waiting) == 1:
                self._changed.notify_all()

    def settle(self, timeout_s: float = 10.0) -> bool:
        """Sum up everything added so far. False when that cannot be done now: the summaries then lag behind."""
        with self._changed:
            if self._folded == self._added:
                return True
            if self.problem:
                return False
            goal, self._is_wanted = self._added, True
            self._changed.notify_all()
            return self._changed.wait_for(lambda: self._folded >= goal or bool(self.problem), timeout_s) and (
                self._folded >= goal
            )

    @property
    def waiting_rows(self) -> int:
        """Rows not yet summed up."""
        return self._rows

    def stop(self, timeout_s: float) -> bool:
        """Sum up what waits, then end. False when that took too long: the spool keeps it."""
        with self._changed:
            self._is_stopping = True
            self._changed.notify_all()
        if not self._thread.is_alive():
            return True
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def _run(self) -> None:
        while True:
            with self._changed:
                while not self._is_due():
                    if self._is_stopping and not self._waiting:
                        return
                    self._changed.wait(self._patience_s())
                taken, self._waiting = self._waiting[:MOST_GROUPS], self._waiting[MOST_GROUPS:]
                self._is_wanted = self._is_wanted and bool(self._waiting)
            if not self._fold([group for group, _ in taken]):
                return
            with self._changed:
                self._rows -= sum(rows for _, rows in taken)
                self._folded += len(taken)
                self._changed.notify_all()

    def _is_due(self) -> bool:
        if not self._waiting:
            return False
        return self._is_wanted or self._is_stopping or self._rows >= ENOUGH_ROWS or (self._patience_s() or 0) <= 0

    def _patience_s(self) -> float | None:
        if not self._waiting:
            return None
        waited_s = self._clock.monotonic_s() - self._oldest_s
        # A clock that jumped must not make us wait longer than we meant to.
        return min(max(DELAY_S - waited_s, 0.0), DELAY_S)

    def _fold(self, groups: Sequence[Spooled]) -> bool:
        tokens = [group.token for group in groups]
        manifest = "fold-" + hashlib.blake2b("\n".join(tokens).encode(), digest_size=12).hexdigest()
        if not self._retry(lambda: self._spool.write_manifest(manifest, tokens)):
            return False
        if not self._insert_until_known(manifest, groups):
            return False
        self._forget(manifest, groups)
        return True

    def _insert_until_known(self, manifest: str, groups: Sequence[Spooled]) -> bool:
        return self._retry(lambda: self._insert(manifest, groups))

    def _insert(self, token: str, groups: Sequence[Spooled]) -> None:
        signals: tuple[Signal, ...] = ("spans", *self.deferred)
        for signal in signals:
            if files := [_file(group, signal) for group in groups if signal in group.files]:
                self._engine.insert("arrivals" if signal == "spans" else signal, files, token)

    def _retry(self, step: Callable[[], None]) -> bool:
        """Do it until it succeeds; whether it did before we were told to stop."""
        pause_s = RETRY_FIRST_S
        while True:
            try:
                step()
            except Exception as error:  # noqa: BLE001 - whatever it was: the groups are safe in the spool, try again
                self._journal.error("summaries cannot be brought up to date; trying again", error=str(error))
                with self._changed:
                    self.problem = f"traces, roll-ups and ledger lag behind: {error}"
                    self._changed.notify_all()
                    if self._changed.wait_for(lambda: self._is_stopping, pause_s):
                        return False
                pause_s = min(pause_s * 2, RETRY_MOST_S)
            else:
                self.problem = ""
                return True

    def _forget(self, manifest: str, groups: Sequence[Spooled]) -> None:
        for group in groups:
            self._spool.remove(group)
        self._spool.remove_manifest(manifest)


def _file(group: Spooled, signal: Signal) -> Path:
    """The rows to sum up: all, or those that the store did not refuse (`intake.salvage`)."""
    kept = group.folder / "arrivals.jsonl"
    return kept if signal == "spans" and kept.is_file() else group.files[signal]
