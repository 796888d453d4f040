"""Runs loops: one thread a lane, so that few of them compete for the store with what people wait for."""

import heapq
import threading
from collections.abc import Iterable

from nervure.base.clock import Clock
from nervure.base.errors import Busy
from nervure.base.journal import journal
from nervure.base.plugins import discover
from nervure.jobs import loops
from nervure.jobs.loop import Hands, Loop


def all_loops() -> list[Loop]:
    """The loops of the folder and of installed plug-ins."""
    return list(discover(loops, "LOOP").values())


class Schedule:
    """Threads that run each loop in its turn. last_error: loop name to what its last round failed with."""

    def __init__(self, hands: Hands, loops: Iterable[Loop], clock: Clock) -> None:
        self.last_error: dict[str, str] = {}
        self._hands, self._clock = hands, clock
        self._stopping = threading.Event()
        lanes: dict[str, list[Loop]] = {}
        for loop in loops:
            lanes.setdefault(loop.lane, []).append(loop)
        self._threads = [
            threading.Thread(target=self._run, args=(own,), name=f"nervure-{lane}", daemon=True)
            for lane, own in lanes.items()
        ]
        self._journal = journal("jobs")

    def start(self) -> None:
        """Begin; each loop first waits its `first_s`."""
        for thread in self._threads:
            thread.start()

    def stop(self, timeout_s: float = 10.0) -> None:
        """End after the rounds in hand; timeout_s: for all of them together."""
        self._stopping.set()
        until_s = self._clock.monotonic_s() + timeout_s
        for thread in self._threads:
            if thread.is_alive():
                thread.join(max(until_s - self._clock.monotonic_s(), 0.0))

    def run_once(self, loop: Loop) -> None:
        """One round. A loop that fails is reported and tried again in its time."""
        try:
            loop.run(self._hands)
        except Busy as error:
            self._journal.warning("a loop waits for the store", loop=loop.name, reason=str(error))
            self.last_error[loop.name] = str(error)
        except Exception as error:  # noqa: BLE001 - one loop's fault must not stop the others
            self._journal.error("a loop failed", loop=loop.name, exc_info=error)
            self.last_error[loop.name] = f"{type(error).__name__}: {error}"
        else:
            self.last_error.pop(loop.name, None)

    def _run(self, loops: list[Loop]) -> None:
        now_s = self._clock.monotonic_s()
        due = [(now_s + loop.first_s, at, loop) for at, loop in enumerate(loops)]
        heapq.heapify(due)
        while due:
            if self._stopping.wait(max(due[0][0] - self._clock.monotonic_s(), 0.0)):
                return
            _, at, loop = heapq.heappop(due)
            self.run_once(loop)
            heapq.heappush(due, (self._clock.monotonic_s() + loop.every_s, at, loop))
