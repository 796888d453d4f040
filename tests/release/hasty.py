"""A real server whose minutes pass as fast as a test says: `python -m tests.release.hasty CLOCK_FILE`.

Its wall clock is a file; the loops that watch telemetry come round many times a second. All else is the server's own.
"""

import os
import sys
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

from nervure.base.clock import SystemClock
from nervure.base.ids import RandomIds
from nervure.base.settings import Settings
from nervure.jobs.schedule import Schedule, all_loops
from nervure.serve.build import Works, build
from nervure.serve.run import run

WATCHING = ("detect", "monitors", "objectives")
EVERY_S = 0.4


@dataclass(frozen=True)
class FileClock:
    """Shows the ns since the epoch that stand in a file; intervals are the machine's."""

    file: Path

    def now_ns(self) -> int:
        return int(self.file.read_text())

    def set(self, now_ns: int) -> None:
        """At once for all who look."""
        new = self.file.with_suffix(".new")
        new.write_text(str(now_ns))
        new.replace(self.file)

    def monotonic_s(self) -> float:
        return SystemClock().monotonic_s()


def make(settings: Settings, closing: ExitStack) -> Works:
    """The house with that clock and those loops."""
    works = build(settings, FileClock(Path(os.environ["CLOCK_FILE"])), RandomIds(), closing)
    loops = [replace(loop, every_s=EVERY_S, first_s=0.0) for loop in all_loops() if loop.name in WATCHING]
    schedule = Schedule(works.house, loops, works.house.clock)
    closing.callback(schedule.stop)
    return replace(works, schedule=schedule)


if __name__ == "__main__":
    run(Settings(data=Path(sys.argv[1]), port=0, grpc_port=-1), print_ports=True, make=make)
