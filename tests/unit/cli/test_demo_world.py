"""`nervure demo --world`: the truth comes first, history ends where a trace might not have ended, the rest comes live."""

import json
from pathlib import Path

import pytest
from rich.console import Console

from nervure.base.clock import NS_PER_S, FixedClock, SystemClock, iso
from nervure.base.errors import BadInput
from nervure.cli.commands._filling import play_world
from nervure.cli.commands.demo import demo
from nervure.decode.wire import DecodeLimits, Request
from nervure.decode.wires import otlp_traces
from nervure.demo.stream import Sender
from nervure.demo.world.cast import draw_cast
from nervure.demo.world.fault import Fault
from nervure.demo.world.play import LONGEST_NS
from nervure.demo.world.world import World
from tests.unit.client.conftest import Recorder, recorder  # noqa: F401 - a fixture

END_NS = 1_795_132_800 * NS_PER_S  # Friday 2026-11-20 00:00 UTC
HOUR_NS = 3600 * NS_PER_S


def world() -> World:
    made = World(1, END_NS - 6 * HOUR_NS, END_NS, 40.0, 1.0, draw_cast(1))
    scope = {"provider": "openai"}
    made.faults = [
        Fault("f", "provider_outage", "transient", scope, END_NS - HOUR_NS, END_NS, "step", 1.0, ("error_rate",))
    ]
    return made


def starts(recorder: Recorder) -> list[int]:  # noqa: F811
    """When the spans that were sent began (ns)."""
    request = Request("application/x-protobuf")
    bodies = [body for _, path, _, body in recorder.requests if path == "/v1/traces"]
    return [raw.start_ns for body in bodies for raw in otlp_traces.WIRE.decode(body, request, DecodeLimits()).spans]


def test_the_truth_is_written_and_all_of_a_past_world_is_sent(recorder: Recorder, tmp_path: Path) -> None:  # noqa: F811
    sender, truth = Sender(recorder.url, SystemClock()), tmp_path / "truth.json"
    play_world(world(), sender, FixedClock(END_NS + HOUR_NS), Console(quiet=True), truth, is_live=True)
    told = json.loads(truth.read_text())
    assert [(fault["cause"], fault["scope"], fault["onset"]) for fault in told["faults"]] == [
        ("provider_outage", {"provider": "openai"}, iso(END_NS - HOUR_NS))
    ]
    assert max(starts(recorder)) > END_NS - HOUR_NS
    kinds = {path: headers["content-type"] for _, path, headers, _ in recorder.requests}
    assert kinds["/api/v1/predictions"] == "application/json"
    assert kinds["/v1/traces"] == kinds["/v1/logs"] == kinds["/v1/metrics"] == "application/x-protobuf"


def test_what_may_not_have_ended_yet_is_not_sent(recorder: Recorder) -> None:  # noqa: F811
    sender = Sender(recorder.url, SystemClock())
    play_world(world(), sender, FixedClock(END_NS - 2 * HOUR_NS), Console(quiet=True), None, is_live=False)
    assert END_NS - 4 * HOUR_NS < max(starts(recorder)) < END_NS - 2 * HOUR_NS
    assert END_NS - 2 * HOUR_NS - LONGEST_NS > END_NS - 4 * HOUR_NS


def test_the_truth_without_a_world_is_refused_in_words() -> None:
    with pytest.raises(BadInput, match="--world 7"):
        demo(truth=Path("truth.json"))
