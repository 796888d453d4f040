"""A wall clock that jumps: requests are recognised all the same."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from nervure.base.clock import NS_PER_S
from nervure.intake.intake import Intake
from nervure.intake.receipt import Receipt
from tests.unit.intake.conftest import Moody, batch, count, span

START_NS = 1_794_787_200 * NS_PER_S


@dataclass
class JumpingClock:
    """A wall clock set by hand over a monotonic one that only goes forward, as in a real machine."""

    at_ns: int
    monotonic: float = 0.0

    def now_ns(self) -> int:
        return self.at_ns

    def monotonic_s(self) -> float:
        self.monotonic += 0.001
        return self.monotonic


@pytest.mark.parametrize("jump_s", [86_400 * 400, -86_400 * 400, -1])
def test_requests_are_recognised_and_stored_once_when_the_wall_clock_jumps(
    make_intake: Callable[..., Intake], engine: Moody, project: str, jump_s: int
) -> None:
    clock = JumpingClock(START_NS)
    intake = make_intake(clock=clock)
    intake.submit(batch(project, 1, span(project, 1))).result(30)
    clock.at_ns += jump_s * NS_PER_S
    repeat = Receipt(dropped={"duplicate": 1}, is_repeat=True)
    assert intake.seen(project, 1) == repeat
    intake.submit(batch(project, 2, span(project, 2))).result(30)
    assert intake.ready() == []
    intake.stop()
    # The next start reads the ledger, whose newest entry may lie in the past or in the future.
    after = make_intake(clock=clock)
    assert after.seen(project, 2) == repeat
    assert count(engine, project) == 2
