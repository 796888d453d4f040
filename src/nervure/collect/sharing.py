"""Whose turn a collector is: alone in a data folder it is always ours; of replicas that share a catalog one has it."""

import threading
from pathlib import Path
from typing import Protocol

from nervure.base.clock import Clock
from nervure.base.ids import IdSource
from nervure.catalog.repositories.leases import Leases
from nervure.catalog.repositories.notes import Notes
from nervure.collect.checkpoint import Checkpoint, FileCheckpoint, SharedCheckpoint

# A replica that has not renewed for so long has died; another takes over from the checkpoint.
LEASE_S = 60.0
RENEW_S = 10.0


class Sharing(Protocol):
    """Thread-safe."""

    def checkpoint(self, collector_id: str) -> Checkpoint:
        """Where the collector has come to."""

    def holds(self, collector_id: str) -> bool:
        """Whether this process may run it now; asked before each round and again and again within one. Raises StoreDown."""

    def drop(self, collector_id: str) -> None:
        """Another may have it now. Raises StoreDown."""


class Alone:
    """The only server of its catalog."""

    def __init__(self, folder: Path, fsync: bool = True) -> None:
        self._folder, self._fsync = folder, fsync

    def checkpoint(self, collector_id: str) -> Checkpoint:
        return FileCheckpoint(self._folder / f"{collector_id}.json", self._fsync)

    def holds(self, collector_id: str) -> bool:
        return True

    def drop(self, collector_id: str) -> None:
        return None


class Replicas:
    """One of several."""

    def __init__(self, leases: Leases, notes: Notes, clock: Clock, ids: IdSource) -> None:
        self._leases, self._notes, self._clock = leases, notes, clock
        self._holder = ids.token("replica", 8)
        self._lock = threading.Lock()
        self._renew_s: dict[str, float] = {}

    def checkpoint(self, collector_id: str) -> Checkpoint:
        return SharedCheckpoint(self._notes, collector_id)

    def holds(self, collector_id: str) -> bool:
        now_s = self._clock.monotonic_s()
        with self._lock:
            if now_s < self._renew_s.get(collector_id, float("-inf")):
                return True
        held = self._leases.hold(f"collect/{collector_id}", self._holder, LEASE_S)
        with self._lock:
            self._renew_s[collector_id] = now_s + RENEW_S if held else float("-inf")
        return held

    def drop(self, collector_id: str) -> None:
        with self._lock:
            self._renew_s.pop(collector_id, None)
        self._leases.drop(f"collect/{collector_id}", self._holder)
