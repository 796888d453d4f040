"""Runs loops: one thread, so that two of them never compete for the store with what people wait for."""

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
    """A thread that runs each loop in its turn. last_error: loop name to what its last round failed with."""

    def __init__(self, hands: Hands, loops: Iterable[Loop], clock: Clock) -> None:
        self.last_error: dict[str, str] = {}
        self._hands, self._clock = hands, clock
        self._loops = list(loops)
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="nervure-jobs", daemon=True)
        self._journal = journal("jobs")

    def start(self) -> None:
        """Begin; each loop first waits its `first_s`."""
        self._thread.start()

    def stop(self, timeout_s: float = 10.0) -> None:
        """End after the round in hand."""
        self._stopping.set()
        self._thread.join(timeout_s)

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

    def _run(self) -> None:
        now_s = self._clock.monotonic_s()
        due = [(now_s + loop.first_s, at, loop) for at, loop in enumerate(self._loops)]
        heapq.heapify(due)
        while due:
            if self._stopping.wait(max(due[0][0] - self._clock.monotonic_s(), 0.0)):
                return
            _, at, loop = heapq.heappop(due)
            self.run_once(loop)
            heapq.heappush(due, (self._clock.monotonic_s() + loop.every_s, at, loop))
