"""Spans from absurd times: all kept, once, and the server stays sane."""

from pathlib import Path
from typing import Any

from nervure.base.clock import NS_PER_S
from tests.release.look import look
from tests.release.server import ExportTraceServiceRequest, body_of, running

START_NS = 1_794_787_200 * NS_PER_S


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
