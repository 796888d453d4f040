"""Clocks that jump and spans from absurd times: all kept, once, and the server stays sane."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from nervure.base.clock import NS_PER_S
from nervure.intake.intake import Intake
from nervure.intake.receipt import Receipt
from tests.release.look import look
from tests.release.server import ExportTraceServiceRequest, body_of, running
from tests.unit.intake.conftest import Moody, batch, count, engine, make_intake, project, real_engine, span

__all__ = ["engine", "make_intake", "project", "real_engine"]

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


def test_spans_of_absurd_times_are_kept_once_and_flagged(tmp_path: Path) -> None:
    message = ExportTraceServiceRequest.FromString(body_of(1, 7))
    spans = message.resource_spans[0].scope_spans[0].spans
    times: list[tuple[Any, Any]] = [
        (0, 0),
        (1, 2**64 - 1),
        (2**64 - 1, 0),
        (2**63, 2**63 + 5),
        (START_NS, START_NS - 10**9),
        (4_102_444_800 * NS_PER_S, 4_102_444_801 * NS_PER_S),
        (START_NS, START_NS + 86_400 * 400 * NS_PER_S),
    ]
    for one, (start, end) in zip(spans, times, strict=True):
        one.start_time_unix_nano, one.end_time_unix_nano = start, end
    data, body = tmp_path / "data", message.SerializeToString()
    with running(data) as server:
        assert server.post(body).status == 200
        assert server.post(body).status == 200
        assert server.post(body_of(2, 10)).status == 200
        assert server.get("/readyz").status == 200
        assert server.stop() == 0
    numbers = look(data)
    assert {name: numbers[name] for name in ("rows", "spans", "hours", "traces", "stored")} == dict.fromkeys(
        ("rows", "spans", "hours", "traces", "stored"), 17
    )
