"""Runs collectors: a thread for each, started and stopped as the catalog and the settings say."""

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

from nervure.base.clock import NS_PER_S, Clock
from nervure.base.errors import BadInput, Busy, NervureError
from nervure.base.journal import journal
from nervure.base.plugins import discover
from nervure.base.settings import Settings
from nervure.collect import kinds as folder
from nervure.collect.checkpoint import Checkpoint
from nervure.collect.collector import Kind, Round
from nervure.collect.inlet import Inlet
from nervure.collect.report import Report
from nervure.collect.sharing import Alone, Sharing
from nervure.model.collector import Collector, CollectorState

LOOK_S = 2.0
BUSY_PAUSE_S = 5.0
# How often a replica looks whether the one that runs a collector has gone.
STANDBY_S = 10.0
LEAST_EVERY_S = 1.0
LONGEST_NAME = 200


@dataclass(slots=True)
class _Running:
    collector: Collector
    report: Report
    checkpoint: Checkpoint
    stopping: threading.Event
    nudged: threading.Event
    thread: threading.Thread | None = None


class Runner:
    """listed: reads the catalog's collectors. kinds: ways of pulling; None: those of the folder and of entry points.

    sharing: with whom the collectors are shared; None: with nobody.

    Thread-safe.
    """

    def __init__(
        self,
        listed: Callable[[], Sequence[Collector]],
        inlet: Inlet,
        settings: Settings,
        clock: Clock,
        kinds: Mapping[str, Kind] | None = None,
        sharing: Sharing | None = None,
    ) -> None:
        self._listed, self._inlet, self._settings, self._clock = listed, inlet, settings, clock
        self.kinds: Mapping[str, Kind] = discover(folder, "COLLECTOR") if kinds is None else kinds
        self._fixed = [self._of_settings(at, said) for at, said in enumerate(settings.collectors)]
        self._sharing: Sharing = sharing or Alone(settings.data / "collect", settings.fsync)
        self._running: dict[str, _Running] = {}
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._watcher = threading.Thread(target=self._watch, name="collect-watch", daemon=True)
        self._journal = journal("collect")

    def start(self) -> None:
        """Begin the rounds."""
        self.refresh()
        self._watcher.start()

    def stop(self, timeout_s: float = 10.0) -> None:
        """End every round at its next look; checkpoints stay."""
        self._stopping.set()
        with self._lock:
            running = list(self._running.values())
        for one in running:
            self._end(one)
        for one in running:
            if one.thread is not None:
                one.thread.join(timeout_s)
        if self._watcher.is_alive():
            self._watcher.join(timeout_s)

    def refresh(self) -> None:
        """Put into force what the catalog says now. Raises StoreDown."""
        wanted = {one.id: one for one in (*self._fixed, *self._listed())}
        with self._lock:
            for gone in set(self._running) - set(wanted):
                one = self._running.pop(gone)
                self._end(one)
                if one.collector.source == "api":
                    one.checkpoint.delete()
            for collector in wanted.values():
                known = self._running.get(collector.id)
                if known is None or known.collector != collector:
                    self._begin(collector, known)

    def fixed(self) -> list[Collector]:
        """Those that stand in the settings."""
        return list(self._fixed)

    def check(self, collector: Collector) -> Collector:
        """The collector complete with defaults. Raises BadInput naming what cannot be used."""
        name = collector.name
        if not 0 < len(name) <= LONGEST_NAME or name != name.strip() or not name.isprintable():
            raise BadInput(f"name: use 1 to {LONGEST_NAME} printable characters without spaces at the ends")
        kind = self.kinds.get(collector.kind)
        if kind is None:
            raise BadInput(f"kind = {collector.kind!r}: choose one of {', '.join(sorted(self.kinds))}")
        if collector.every_s and not LEAST_EVERY_S <= collector.every_s <= 86_400:
            raise BadInput(f"every_s = {collector.every_s}: from {LEAST_EVERY_S:g} to 86400 seconds")
        values = {field.name: getattr(collector, field.name) for field in fields(Collector)}
        settings = kind.check(collector.settings)
        return Collector(**{**values, "settings": settings, "every_s": collector.every_s or kind.every_s})

    def state(self, collector_id: str) -> CollectorState:
        """What a collector has done since the start."""
        with self._lock:
            one = self._running.get(collector_id)
        if one is None:
            return CollectorState()
        state = one.report.state()
        if one.collector.is_paused:
            state.state = "paused"
        return state

    def run_now(self, collector_id: str) -> None:
        """Begin the next round at once."""
        with self._lock:
            one = self._running.get(collector_id)
        if one is not None:
            one.nudged.set()

    def states(self) -> list[tuple[Collector, CollectorState]]:
        """All collectors with their states."""
        with self._lock:
            running = list(self._running.values())
        return [(one.collector, self.state(one.collector.id)) for one in running]

    def _of_settings(self, at: int, said: Mapping[str, Any]) -> Collector:
        """A collector written into the settings. Raises BadInput."""
        known = {"name", "kind", "project", "every_s", "settings"}
        if unknown := set(said) - known:
            raise BadInput(f"collectors[{at}] has {sorted(unknown)[0]!r}: it knows {', '.join(sorted(known))}")
        name = str(said.get("name", ""))
        made = Collector(
            f"settings-{at}", str(said.get("project", "")) or self._settings.default_project, name,
            str(said.get("kind", "")), dict(said.get("settings", {})), float(said.get("every_s", 0.0)),
            source="settings",
        )  # fmt: skip
        try:
            return self.check(made)
        except BadInput as error:
            raise BadInput(f"collectors[{at}] ({name or 'without a name'}): {error}") from error

    # With the lock held.

    def _begin(self, collector: Collector, before: _Running | None) -> None:
        if before is not None:
            self._end(before)
        report = before.report if before is not None else Report(self._clock)
        checkpoint = self._sharing.checkpoint(collector.id)
        one = _Running(collector, report, checkpoint, threading.Event(), threading.Event())
        self._running[collector.id] = one
        if not collector.is_paused:
            earlier = before.thread if before is not None else None
            one.thread = threading.Thread(
                target=self._run, args=(one, earlier), name=f"collect-{collector.id}", daemon=True
            )
            one.thread.start()

    def _end(self, one: _Running) -> None:
        one.stopping.set()
        one.nudged.set()

    def _run(self, one: _Running, earlier: threading.Thread | None) -> None:
        if earlier is not None:
            earlier.join()  # two rounds of one collector would share a checkpoint
        while not one.stopping.is_set():
            if not self._is_ours(one):
                one.nudged.clear()
                one.nudged.wait(STANDBY_S)
                continue
            began_s = self._clock.monotonic_s()
            one.nudged.clear()
            one.report.begin()
            error, is_busy = self._round(one)
            took_s = self._clock.monotonic_s() - began_s
            pause_s = BUSY_PAUSE_S if is_busy else max(one.collector.every_s - took_s, 0.0)
            one.report.end(took_s, error, self._clock.now_ns() + int(pause_s * NS_PER_S))
            one.nudged.wait(pause_s)
        try:
            self._sharing.drop(one.collector.id)
        except (NervureError, OSError) as error:
            self._journal.warning(
                "a lease was not dropped; it runs out", collector=one.collector.name, reason=str(error)
            )

    def _is_ours(self, one: _Running) -> bool:
        """Whether no other replica runs it."""
        try:
            is_ours = self._sharing.holds(one.collector.id)
        except (NervureError, OSError) as error:
            self._journal.warning("a collector waits for the catalog", collector=one.collector.name, reason=str(error))
            return False
        if not is_ours:
            one.report.elsewhere()
        return is_ours

    def _must_end(self, one: _Running) -> bool:
        """Whether a round should end at its next look: stopped, or another replica has taken over."""
        return one.stopping.is_set() or not self._is_ours(one)

    def _round(self, one: _Running) -> tuple[str, bool]:
        """Why a round failed, in words, and whether it may go on soon."""
        collector = one.collector
        try:
            self.kinds[collector.kind].run(
                Round(collector, self._inlet, self._clock, one.checkpoint, one.report, lambda: self._must_end(one))
            )
        except Busy as error:
            return str(error), True
        except (NervureError, OSError) as error:
            self._journal.warning("a collector failed", collector=collector.name, reason=str(error))
            return str(error), False
        except Exception as error:  # noqa: BLE001 - one collector's fault must not stop its thread for ever
            self._journal.error("a collector failed", collector=collector.name, exc_info=error)
            return f"{type(error).__name__}: {error}", False
        return "", False

    def _watch(self) -> None:
        while not self._stopping.wait(LOOK_S):
            try:
                self.refresh()
            except (NervureError, OSError) as error:
                self._journal.warning("collectors cannot be read; those in force stay", reason=str(error))
