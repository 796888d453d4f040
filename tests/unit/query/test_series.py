"""The sweep's series against the spans they were made of, counted by hand; each minute alone and the whole at once."""

from collections import Counter

import numpy as np

from nervure.base.clock import NS_PER_S
from nervure.detect.series import frame_of
from nervure.model.metric import MetricPoint
from nervure.model.score import Score
from nervure.model.span import Span
from nervure.query.series import Cells, read_cells, scope_text
from tests.unit.query.conftest import NOW_NS, World

HOUR_NS = 3600 * NS_PER_S
TO_NS = NOW_NS // HOUR_NS * HOUR_NS


def of_family(read: list[Cells], name: str) -> Cells:
    (found,) = [cells for cells in read if cells.family == name]
    return found


def by_service(cells: Cells, measure: str) -> Counter[str]:
    found: Counter[str] = Counter()
    for scope, n in zip(cells.scope.tolist(), cells.n[measure], strict=True):
        if set(cells.scopes[scope]) == {"service"}:
            found[cells.scopes[scope]["service"]] += int(n)
    return found


def test_calls_and_errors_are_counted_in_the_bucket_in_which_they_ended(world: World) -> None:
    from_ns = TO_NS - 12 * HOUR_NS
    calls = of_family(read_cells(world.asker, "world", from_ns, TO_NS, 300), "llm")
    ended = [
        span
        for span in world.spans
        if span.kind == "llm" and span.service and from_ns <= span.start_ns + span.duration_ns < TO_NS
    ]
    ended = [span for span in ended if "repeats_child" not in span.flags]
    assert ended
    assert by_service(calls, "error") == Counter(span.service for span in ended)
    for bucket in set(calls.bucket.tolist()):
        assert from_ns // (300 * NS_PER_S) <= bucket < TO_NS // (300 * NS_PER_S)


def test_looks_one_after_the_other_count_what_one_look_at_the_whole_counts(world: World) -> None:
    families = ("llm", "trace", "tool", "retriever")
    from_ns = TO_NS - 2 * HOUR_NS
    whole = read_cells(world.asker, "world", from_ns, TO_NS, 3600)
    parts = [
        read_cells(world.asker, "world", from_ns + at * HOUR_NS, from_ns + (at + 1) * HOUR_NS, 3600) for at in (0, 1)
    ]
    for family in families:
        summed = sum((by_service(of_family(part, family), "error") for part in parts), Counter[str]())
        assert summed == by_service(of_family(whole, family), "error")


def test_answers_of_a_queue_say_nothing_of_the_moment_they_were_given(world: World) -> None:
    at_ns = TO_NS - 2 * HOUR_NS
    spans = [Span(f"swept{n}", "s", "chat", at_ns, project="swept", kind="llm", service="chat") for n in range(3)]
    scores = [
        Score(
            f"{n}-{who}", "kept", "span", "s", "swept", f"swept{n}", value=1.0, source=source, evaluator=who,  # type: ignore[arg-type]
            time_ns=at_ns + 60 * NS_PER_S,
        )
        for n in range(3)
        for source, who in (("judge", "judge:kept"), ("human", "annotation:a queue"))
    ]  # fmt: skip
    world.insert("spans", spans)
    world.insert("scores", scores)
    read = read_cells(world.asker, "swept", at_ns - HOUR_NS, TO_NS, 300)
    assert by_service(of_family(read, "score:kept"), "value") == Counter({"chat": 3})


def test_metrics_of_gpus_and_model_servers_count_once_a_minute_where_they_belong(world: World) -> None:
    at_ns = TO_NS - HOUR_NS

    def point(name: str, second: int, value: float, **labels: str) -> MetricPoint:
        return MetricPoint(name, at_ns + second * NS_PER_S, "gauge", "gpus", value=value, attributes=dict(labels))

    waiting, xid = "vllm:num_requests_waiting", "DCGM_FI_DEV_XID_ERRORS"
    world.insert("metrics", [
        *(point(waiting, second, value, model_name="llama", instance="10.0.0.1:8000")
          for second, value in ((0, 2.0), (15, 4.0), (30, 6.0), (60, 1.0))),
        point(xid, 0, 0.0, Hostname="gpu-1"), point(xid, 60, 79.0, Hostname="gpu-1"), point(xid, 0, 0.0, Hostname="gpu-2"),
        point("my.own.metric", 0, 1.0, host="gpu-1"),
    ])  # fmt: skip
    read = {cells.family: cells for cells in read_cells(world.asker, "gpus", at_ns, at_ns + HOUR_NS, 3600)}
    assert set(read) == {f"gauge:{waiting}", f"gauge:{xid}"}
    held = {
        (name, tuple(cells.scopes[scope].items())): (n, total)
        for name, cells in read.items()
        for scope, n, total in zip(cells.scope.tolist(), cells.n["value"], cells.total["value"], strict=True)
    }
    assert held == {
        (f"gauge:{waiting}", (("model", "llama"),)): (2.0, 5.0),
        (f"gauge:{xid}", (("host", "gpu-1"),)): (2.0, 1.0),
        (f"gauge:{xid}", (("host", "gpu-2"),)): (1.0, 0.0),
    }


def test_scopes_that_read_alike_are_series_of_their_own() -> None:
    scopes = [{"service": "a", "tenant": "b"}, {"service": "a,tenant=b"}, {"service": "a\\,tenant=b"}]
    assert len({scope_text(one) for one in scopes}) == 3
    ones = np.ones(3)
    sums = {"error": ones, "part": ones}
    cells = Cells("llm", scopes, np.zeros(3, np.int64), np.arange(3), sums, sums, sums)
    keys = [one.key for one in frame_of([cells], 1).series]
    assert len(set(keys)) == len(keys) >= 3
