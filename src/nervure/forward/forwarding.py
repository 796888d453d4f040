"""Passing on, put together: tap -> routing -> a queue and a courier for each destination."""

import shutil
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from nervure.base.clock import Clock
from nervure.base.errors import NervureError
from nervure.base.journal import journal
from nervure.base.settings import Settings
from nervure.forward.courier import Courier
from nervure.forward.presets import PRESETS
from nervure.forward.queue import DiskQueue
from nervure.forward.routing import Routed
from nervure.forward.rules import changed, check
from nervure.forward.send import Opener, open_sender
from nervure.forward.tap import Group, Tap
from nervure.forward.trial import try_out
from nervure.forward.worker import Worker
from nervure.model.destination import Destination, DestinationState, Preset, Trial

LOOK_S = 2.0
PAUSE_S = 2.0
SHED = "shed"


@dataclass(slots=True)
class _Way:
    destination: Destination
    queue: DiskQueue
    courier: Courier


class Forwarding:
    """listed: reads the destinations there are. instance: id of this server, for recognising what comes back.

    Thread-safe. `tap` is for the intake.
    """

    def __init__(
        self,
        listed: Callable[[], Sequence[Destination]],
        settings: Settings,
        clock: Clock,
        instance: str,
        opener: Opener = open_sender,
    ) -> None:
        self._listed, self._settings, self._clock, self._opener = listed, settings, clock, opener
        self.instance = instance
        self._folder = settings.data / "forward"
        self.tap = Tap(self._folder / "tap", settings.forward_tap_bytes)
        self._ways: dict[str, _Way] = {}
        # Held while destinations change or a group is put into their queues.
        self._lock = threading.RLock()
        self._worker = Worker()
        self._stopping = threading.Event()
        self._changed = threading.Event()
        self._router = threading.Thread(target=self._route_all, name="forward-router", daemon=True)
        self._watcher = threading.Thread(target=self._watch, name="forward-watch", daemon=True)
        self._journal = journal("forward")

    def start(self) -> None:
        """Open the queues and begin. Call it before the intake starts, so that nothing it recovers is missed."""
        self.refresh()
        self._router.start()
        self._watcher.start()

    def stop(self) -> None:
        """End; what waits stays on disk."""
        self._stopping.set()
        self._changed.set()
        self.tap.wake()
        ways = list(self._ways.values())
        for way in ways:
            way.courier.halt()
        for way in ways:
            way.courier.stop()
        for thread in (self._router, self._watcher):
            if thread.is_alive():
                thread.join(10)
        self._worker.close()

    def refresh(self) -> None:
        """Put into force what the catalog says now. Raises StoreDown when it does not answer."""
        wanted = {one.id: one for one in self._listed()}
        with self._lock:
            for gone in set(self._ways) - set(wanted):
                self._ways.pop(gone).courier.stop()
                shutil.rmtree(self._queue_folder(gone), ignore_errors=True)
            for destination in wanted.values():
                way = self._ways.get(destination.id)
                if way is None or way.destination != destination:
                    self._open(destination, way)
            self.tap.is_open = bool(self._ways)

    def presets(self) -> list[Preset]:
        """Known backends and how they are reached."""
        return list(PRESETS)

    def check(self, destination: Destination) -> Destination:
        """Raises BadInput for one that cannot be used."""
        return check(destination)

    def changed(self, destination: Destination, said: Mapping[str, Any]) -> Destination:
        """With members changed. Raises BadInput."""
        return changed(destination, said)

    def state(self, destination_id: str) -> DestinationState:
        """A copy of what became of its records; of one not known yet (another replica's) zeros."""
        way = self._ways.get(destination_id)
        if way is None:
            return DestinationState()
        counts = way.queue.counts
        return replace(counts, forwarded=dict(counts.forwarded), dropped=dict(counts.dropped))

    def unrouted(self) -> tuple[int, int]:
        """Groups and bytes that no destination has looked at yet."""
        return self.tap.waiting

    @property
    def problem(self) -> str:
        """Why what is stored cannot be kept for passing on, in words; "" when all is well."""
        return self.tap.problem

    def test(self, destination: Destination) -> list[Trial]:
        """Send one record of each of its signals now, past the queue, and say what the other side answered."""
        return try_out(destination, self._clock, self.instance, self._opener)

    def _open(self, destination: Destination, way: _Way | None) -> None:
        if way is None:
            queue = DiskQueue(self._queue_folder(destination.id), destination.queue_bytes)
        else:
            way.courier.stop()
            queue = way.queue
            queue.limit(destination.queue_bytes)
        courier = Courier(destination, queue, self._clock, self._opener)
        self._ways[destination.id] = _Way(destination, queue, courier)
        courier.start()

    def _queue_folder(self, destination_id: str) -> Path:
        return self._folder / "queues" / destination_id

    def _watch(self) -> None:
        while not self._stopping.is_set():
            self._changed.wait(LOOK_S)
            self._changed.clear()
            if self._stopping.is_set():
                return
            try:
                self.refresh()
            except (NervureError, OSError) as error:
                self._journal.warning("destinations cannot be read; those in force stay", reason=str(error))

    def _route_all(self) -> None:
        while not self._stopping.is_set():
            group = self.tap.first(1.0)
            self._count_shed()
            if group is None:
                continue
            try:
                self._route(group)
            except BrokenProcessPool:
                self._stopping.wait(PAUSE_S)
            except OSError as error:
                if isinstance(error, FileNotFoundError) and not self._is_whole(group):
                    continue  # shed while it was read
                self.tap.problem = f"what was stored cannot be queued for passing on: {error}"
                self._journal.error("cannot be queued; trying again", reason=str(error))
                self._stopping.wait(PAUSE_S)
            except Exception as error:  # noqa: BLE001 - a group nobody can read must not stop those behind it
                self._journal.error("a group could not be read", group=group.token, exc_info=error)
                self._give_up(group)

    def _is_whole(self, group: Group) -> bool:
        return all(path.is_file() for path in group.files.values())

    def _route(self, group: Group) -> None:
        with self._lock:
            ways = list(self._ways.values())
        routed: dict[str, Routed] = {}
        if ways:
            destinations = [way.destination for way in ways]
            routed = self._worker.route(group.files, group.token, destinations, self.instance, self._clock.now_ns())
        with self._lock:
            for way in ways:
                if self._ways.get(way.destination.id) is None:
                    continue
                queue, found = way.queue, routed[way.destination.id]
                if queue.last_group == group.token:
                    continue
                for record in found.records:
                    queue.put(record)
                queue.settle(group.token, found.taken, dict(found.dropped))
        self.tap.done(group)
        self.tap.problem = ""

    def _give_up(self, group: Group) -> None:
        """What cannot be read is set aside for whoever looks into it, and counted."""
        aside = self._folder / "unread"
        aside.mkdir(parents=True, exist_ok=True)
        counted = {signal: path.read_bytes().count(b"\n") for signal, path in group.files.items() if path.is_file()}
        for path in group.files.values():
            if path.is_file():
                shutil.copy(path, aside / path.name)
        self._count(counted, "unread", group.token)
        self.tap.done(group)

    def _count_shed(self) -> None:
        if shed := self.tap.take_shed():
            self._journal.error("passing on cannot keep up; the oldest was shed", records=shed)
            self._count(shed, SHED, "")

    def _count(self, counted: Mapping[str, int], reason: str, group: str) -> None:
        """Records that were dropped before anybody looked at them: for each destination as if it wanted them."""
        with self._lock:
            for way in self._ways.values():
                count = sum(number for signal, number in counted.items() if signal in way.destination.signals)
                if count:
                    way.queue.settle(group, count, {reason: count})

    def destinations(self) -> Iterable[tuple[Destination, DestinationState]]:
        """Those in force, with their states."""
        return [(way.destination, self.state(way.destination.id)) for way in list(self._ways.values())]
