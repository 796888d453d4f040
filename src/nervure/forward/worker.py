"""A process for routing: reading rows and writing protobuf would otherwise hold the lock that the intake needs."""

import multiprocessing
import os
import signal
import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

from nervure.base.journal import journal
from nervure.forward.routing import Routed, route
from nervure.model.destination import Destination

# Telemetry is taken first, passed on second.
NICE = 15


class Worker:
    """Started when it is first needed, started anew when it dies. Used by one thread."""

    def __init__(self) -> None:
        self._pool: ProcessPoolExecutor | None = None

    def route(
        self, files: Mapping[str, Path], group: str, destinations: Sequence[Destination], instance: str, now_ns: int
    ) -> dict[str, Routed]:
        """See `routing.route`. Raises what it raises, and BrokenProcessPool when the process died."""
        if self._pool is None:
            context = multiprocessing.get_context("spawn")
            self._pool = ProcessPoolExecutor(1, mp_context=context, initializer=_begin)
        try:
            return self._pool.submit(route, files, group, destinations, instance, now_ns).result()
        except BrokenProcessPool:
            journal("forward").error("the process that routes died; it is started anew", group=group)
            self.close()
            raise

    def close(self) -> None:
        """End the process."""
        if self._pool is not None:
            self._pool.shutdown(wait=True, cancel_futures=True)
            self._pool = None


def _begin() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.nice(NICE)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(0)
