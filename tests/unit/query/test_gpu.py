"""GPU time in the real engine: cases a reader can count, and sums that must add up whatever comes."""

import random
from typing import Any

import pytest

from nervure.base.clock import NS_PER_S, parse_iso
from nervure.base.errors import QueryError
from nervure.model.gpu import GpuPrice
from nervure.model.metric import MetricPoint
from nervure.model.span import Span
from nervure.query.gpu import Amount, Attribution, answer, attribute
from nervure.store.engines.embedded import EmbeddedEngine
from tests.unit.query.conftest import World

BEGIN_NS = parse_iso("2026-11-20T10:00:00Z")
# 3.6 USD an hour are 0.001 USD a second.
PRICES = [GpuPrice("", "", "h100", 3.6, "*H100*")]


def busy(
    project: str, at_s: float, percent: float | None, gpu: str = "0", host: str = "gpu-1", **more: Any
) -> MetricPoint:
    labels = {"gpu": gpu, "Hostname": host, "modelName": "NVIDIA H100"}
    return MetricPoint(
        "DCGM_FI_DEV_GPU_UTIL",
        BEGIN_NS + round(at_s * NS_PER_S),
        "gauge",
        project,
        value=percent,
        attributes=labels,
        **more,
    )


def served(project: str, model: str = "llama", host: str = "gpu-1") -> MetricPoint:
    labels = {"model_name": model, "instance": f"{host}:8000"}
    return MetricPoint("vllm:num_requests_running", BEGIN_NS, "gauge", project, value=1.0, attributes=labels)


def call(
    project: str, n: int, at_s: float, length_s: float, tokens: tuple[int, int] | None = None, **more: Any
) -> Span:
    read, made = tokens or (None, None)
    said: dict[str, Any] = {"kind": "llm", "status": "ok", "request_model": "llama", "trace_id": f"{n:032x}", **more}
    return Span(
        span_id=f"{n:016x}", name="chat", project=project, start_ns=BEGIN_NS + round(at_s * NS_PER_S),
        duration_ns=round(length_s * NS_PER_S), input_tokens=read, output_tokens=made, **said,
    )  # fmt: skip


def asked(world: World, project: str, minutes: int, by: str = "team", **more: Any) -> Attribution:
    return attribute(world.asker.runner(project), PRICES, by, BEGIN_NS, BEGIN_NS + minutes * 60 * NS_PER_S, **more)


def seconds(found: Attribution) -> dict[str, float]:
    return {one.value: one.used.ns / 1e9 for one in found.shares}


@pytest.fixture
def alone(world: World) -> World:
    """The embedded engine; clusters are asked the same statements where the sums are added up."""
    if not isinstance(world.engine, EmbeddedEngine):
        pytest.skip("one layout is enough here")
    return world


def test_the_busy_part_is_shared_by_tokens_and_the_rest_is_idle(alone: World) -> None:
    alone.insert("metrics", [served("gpu-a")] + [busy("gpu-a", 60 * m, 50, gpu) for m in range(4) for gpu in "01"])
    alone.insert(
        "spans",
        [
            # First minute: (100 + 4 * 100) to 100 weighted tokens of 2 GPUs * 60 s * 50 %.
            call("gpu-a", 1, 0, 60, (100, 100), team="red"),
            call("gpu-a", 2, 0, 60, (100, 0), team="blue"),
            # Third minute: unknown tokens count a second as much as known ones: 60 s to the 30 s of blue's.
            call("gpu-a", 3, 120, 60, None, team="red"),
            # Half of it lies in the fourth minute, which it has to itself.
            call("gpu-a", 4, 150, 60, (10, 10), team="blue"),
        ],
    )  # fmt: skip
    found = asked(alone, "gpu-a", 4)
    told = answer(found, PRICES, "team")
    assert seconds(found) == {"red": 50 + 40, "blue": 10 + 20 + 60}
    assert [(one["value"], one["usd"], one["calls"], one["share"]) for one in told["items"]] == [
        ("blue", 0.09, 2, 0.5), ("red", 0.09, 2, 0.5),
    ]  # fmt: skip
    # The second minute was busy without calls.
    assert told["totals"] == {
        "gpu_seconds": 480, "attributed_gpu_seconds": 180, "unattributed_gpu_seconds": 60, "idle_gpu_seconds": 240,
        "idle_share": 0.5, "full_share": 0, "usd": 0.48, "attributed_usd": 0.18, "unattributed_usd": 0.06, "idle_usd": 0.24,
        "unpriced_gpu_seconds": 0, "gpus": 2,
    }  # fmt: skip
    assert told["items"][0]["usd_with_idle"] == pytest.approx(0.09 + 0.12)
    assert told["places"][0]["usd_per_gpu_hour"] == 3.6
    assert told["hints"] == []
    assert sum(one["idle"] for one in told["points"]) == 240


def test_a_price_holds_within_its_dates_and_without_one_only_seconds_are_told(alone: World) -> None:
    alone.insert("metrics", [busy("gpu-b", 60 * m, 100) for m in range(4)])
    runner, until = alone.asker.runner("gpu-b"), BEGIN_NS + 240 * NS_PER_S
    later = [GpuPrice("", "", "from the third minute", 3.6, valid_from_ns=BEGIN_NS + 120 * NS_PER_S)]
    told = answer(attribute(runner, later, "team", BEGIN_NS, until), later, "team")
    assert (told["totals"]["usd"], told["totals"]["unpriced_gpu_seconds"]) == (0.12, 120)
    assert told["totals"]["full_share"] == 1
    bare = answer(attribute(runner, [], "team", BEGIN_NS, until), [], "team")
    assert (bare["totals"]["usd"], bare["totals"]["gpu_seconds"], bare["items"]) == (None, 240, [])
    assert [one["code"] for one in bare["hints"]] == ["no_price", "no_calls"]
    assert "nervure gpu price set" in bare["hints"][0]["text"]


def test_a_reading_holds_for_five_minutes_and_not_after_its_series_has_ended(alone: World) -> None:
    ended = busy("gpu-c", 600, None, "1", flags=["no_recorded_value"])
    alone.insert("metrics", [busy("gpu-c", 0, 100), busy("gpu-c", 480, 100, "1"), ended, served("gpu-c")])
    alone.insert("spans", [call("gpu-c", 1, 300, 60, team="red")])
    found = asked(alone, "gpu-c", 20)
    # One GPU for five minutes, the other for two; nobody knows what was between.
    assert found.totals.whole.ns == (300 + 120) * NS_PER_S
    assert (found.shares, found.unmeasured_ns) == ([], 60 * NS_PER_S)
    assert "unmeasured" in [one["code"] for one in answer(found, PRICES, "team")["hints"]]


def test_a_call_counts_once_and_takes_what_its_trace_says(world: World) -> None:
    """The application's view of a call and the server's own: the server's says where it ran, the other who asked."""
    world.insert("metrics", [served("gpu-d"), busy("gpu-d", 0, 100)])
    trace = {"trace_id": "d" * 32}
    world.insert(
        "spans",
        [
            call("gpu-d", 1, 0, 60, kind="agent", team="red", **trace),
            call("gpu-d", 2, 0, 60, (10, 10), parent_id=f"{1:016x}", **trace),
            call("gpu-d", 3, 0, 60, (10, 10), parent_id=f"{2:016x}", resource={"host.name": "gpu-1"}, **trace),
            call("gpu-d", 4, 0, 60, (10, 10), team="blue", cost_source="book:1", cost_total=1.0),
        ],
    )  # fmt: skip
    found = asked(world, "gpu-d", 1)
    assert [(one.value, one.calls, one.used.ns) for one in found.shares] == [("red", 1, 60 * NS_PER_S)]
    assert found.calls == {"matched": 2, "unmatched": 0, "vendors": 1, "is_complete": True}


def test_parts_add_up_to_the_last_nanosecond_and_billionth_of_a_dollar(world: World) -> None:
    chance, project = random.Random(5), "gpu-sum"
    hosts = [f"gpu-{n}" for n in range(3)]
    points = [served(project, "llama", hosts[0]), served(project, "llama", hosts[1]), served(project, "bert", hosts[1])]
    for host in hosts:
        for gpu in "01":
            points += [
                busy(project, at + chance.random() * 20, chance.random() * 100, gpu, host)
                for at in range(0, 900, chance.choice((15, 60, 240)))
            ]
    spans = [
        call(
            project, n, chance.random() * 950 - 100, chance.choice((0, 0.3, 7.7, 130)),
            (chance.randrange(3000), chance.randrange(500)) if chance.random() < 0.8 else None,
            team=chance.choice(("red", "blue", "")), request_model=chance.choice(("llama", "bert", "other")),
            attributes={"server.address": chance.choice((*hosts, "lb.internal"))},
        )
        for n in range(1, 200)
    ]  # fmt: skip
    world.insert("metrics", points)
    world.insert("spans", spans)
    for by in ("team", "span_id"):
        found = asked(world, project, 15, by, limit=1000, window_ns=37 * NS_PER_S)
        totals = found.totals
        assert len(found.shares) > 2
        assert totals.idle.ns > 0
        assert totals.unattributed.ns >= 0
        assert found.other == Amount(0, 0, 0)
        assert sum(one.used.cost for one in found.shares) == totals.attributed.cost > 0
        assert totals.whole.less(totals.attributed, totals.unattributed, totals.idle) == Amount(0, 0, 0)
        assert all(one.used.ns >= 0 and one.used.cost >= 0 for one in found.shares)
    few = asked(world, project, 15, "team", limit=1, window_ns=37 * NS_PER_S)
    assert few.other.ns == totals.attributed.ns - few.shares[0].used.ns > 0


@pytest.mark.parametrize(
    ("question", "told"),
    [
        ({"by": "nonsense"}, "nonsense"),
        ({"by": "tag"}, "no single short value"),
        ({"minutes": -5}, "`from` must lie before `to`"),
        ({"window_ns": 1}, "10s to 1h"),
        ({"decode": -1.0}, "how many input tokens"),
    ],
)
def test_what_cannot_be_asked_is_refused_with_what_to_ask(alone: World, question: dict[str, Any], told: str) -> None:
    with pytest.raises(QueryError, match=told):
        asked(alone, "gpu-a", **{"minutes": 4, **question})


def test_without_metrics_of_gpus_it_is_said_which_to_send(alone: World) -> None:
    told = answer(asked(alone, "gpu-none", 5), [], "team")
    assert (told["totals"]["gpu_seconds"], told["totals"]["idle_share"]) == (0, None)
    assert [one["code"] for one in told["hints"]] == ["no_gpus"]
