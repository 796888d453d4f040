"""The corrected rate: what people would find, from many scores by a machine and few labels by people."""

import random
from dataclasses import dataclass
from typing import Any

import pytest

from nervure.model.score import Score
from nervure.model.span import Span
from nervure.query.calibrated import list_calibrated, read_judged
from nervure.stats.ppi import corrected_rate
from tests.unit.query.conftest import HOUR_NS, NOW_NS, World

PROJECT, N, LABELLED, PICKED = "calibrated", 900, 150, 30


@dataclass
class Judged:
    world: World
    machine: list[float]
    truth: list[float]

    def point(self, **query: Any) -> dict[str, Any]:
        (series,) = self.world.ask("score:grounded.corrected", PROJECT, since="-2h", **query)
        found: dict[str, Any] = series["points"][0]
        return found


@pytest.fixture(scope="module")
def judged(world: World) -> Judged:
    """The machine finds a third of the bad answers good; people labelled 150 at random and 30 bad ones by hand."""
    drawn = random.Random(9)
    truth = [float(drawn.random() < 0.7) for _ in range(N)]
    machine = [0.9 if good or drawn.random() < 0.33 else 0.2 for good in truth]
    spans, scores = [], []
    for n in range(N):
        trace = f"c{n}"
        spans.append(Span(trace, "s", "chat", NOW_NS - HOUR_NS + n, project=PROJECT, kind="llm", service="ab"[n % 2]))
        scores.append(score(n, machine[n], "judge", evaluator="judge:grounded"))
        if n < LABELLED:
            scores.append(score(n, truth[n], "human", "ann"))
    bad = [n for n in range(LABELLED, N) if not truth[n]][:PICKED]
    scores += [score(n, 0.0, "human", "ann", origin="hand") for n in bad]
    # A label taken back, a word instead of a number, and a quarrel that somebody settled.
    scores.append(score(0, 1 - truth[0], "human", "bob"))
    scores.append(score(0, truth[0], "human", "chief", final=True))
    scores.append(score(1, None, "human", "ann", label="Yes" if truth[1] else "no", revision=2))
    world.insert("spans", spans)
    world.insert("scores", scores)
    return Judged(world, machine, truth)


def score(
    n: int, value: float | None, source: Any, author: str = "", label: str = "", revision: int = 0, evaluator: str = "",
    **metadata: Any,
) -> Score:  # fmt: skip
    return Score(
        f"c{n}-{source}-{author}", "grounded", "span", "s", PROJECT, f"c{n}", "numeric", value, label, source=source,
        author=author, time_ns=NOW_NS - HOUR_NS, metadata=metadata, revision=revision, evaluator=evaluator,
    )  # fmt: skip


def test_the_rate_is_corrected_by_random_labels_alone(judged: Judged) -> None:
    point = judged.point()
    said = [float(value >= 0.5) for value in judged.machine]
    assert (point["n"], point["labels"], point["labels_left_out"]) == (N, LABELLED, PICKED)
    assert point["raw"] == pytest.approx(sum(said) / N)
    wrong = sum(said[:LABELLED]) - sum(judged.truth[:LABELLED])
    assert point["bias"] == pytest.approx(wrong / LABELLED)
    rate = sum(judged.truth) / N
    assert point["low"] < rate < point["high"] < point["raw"]
    expected = corrected_rate(judged.truth[:LABELLED], said[:LABELLED], said[LABELLED:])
    assert expected is not None
    # Which labels share a fold is drawn anew, so the tuning differs a little.
    assert point["value"] == pytest.approx(expected.interval.estimate, abs=0.01)
    assert point["high"] - point["low"] == pytest.approx(expected.interval.high - expected.interval.low, rel=0.1)


def test_it_is_asked_for_like_any_measure(judged: Judged) -> None:
    series = judged.world.ask(
        ["score:grounded.rate", "score:grounded.corrected"], PROJECT, since="-2h", by=["service"], where='kind = "llm"'
    )
    found = {(one["measure"], one["by"]["service"]): one["points"][0] for one in series}
    assert {key for key in found if key[0].endswith("corrected")} == {
        ("score:grounded.corrected", "a"), ("score:grounded.corrected", "b"),
    }  # fmt: skip
    assert sum(found["score:grounded.corrected", name]["labels"] for name in "ab") == LABELLED
    timed = judged.world.ask("score:grounded.corrected", PROJECT, since="-2h", every="1h")[0]["points"]
    assert [point["labels"] for point in timed if point["n"]] == [LABELLED]


def test_without_labels_there_is_no_corrected_rate(judged: Judged) -> None:
    point = judged.world.ask("score:nobody.corrected", PROJECT, since="-2h")
    assert [one["value"] for series in point for one in series["points"]] in ([], [None])


def test_pairs_are_what_both_have_judged(judged: Judged) -> None:
    runner = judged.world.asker.runner(PROJECT)
    found = read_judged(runner, "grounded", "grounded", NOW_NS - 2 * HOUR_NS, NOW_NS)
    held = {pair.trace_id: pair for pair in found.pairs}
    assert len(held) == LABELLED + PICKED
    assert sum(found.alone.values()) == N - LABELLED - PICKED
    assert [held[f"c{n}"].human for n in range(3)] == judged.truth[:3]
    assert (held["c0"].people, held["c2"].evaluator) == (3, "judge:grounded")
    assert sum(pair.is_picked for pair in found.pairs) == PICKED
    (row,) = list_calibrated(runner, NOW_NS - 2 * HOUR_NS, NOW_NS)
    assert (row["name"], row["scores"], row["labels"]) == ("grounded", N, LABELLED + PICKED)


TRACES = "calibrated-traces"


def test_a_label_of_a_trace_counts_for_the_span_the_machine_scored_where_that_is_beyond_doubt(world: World) -> None:
    # Trace -> kinds of its spans, the first is the root; where the machine scored; where people did ("": the trace).
    cases: dict[str, tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]] = {
        "only-call": (("other", "retriever", "llm"), ("s2",), ("",)),
        "root": (("agent", "llm", "llm"), ("s0",), ("",)),
        "only-workflow": (("other", "workflow", "llm", "llm"), ("s1",), ("",)),
        "one-call-of-two": (("agent", "llm", "llm"), ("s2",), ("",)),
        "two-spans-scored": (("workflow", "llm"), ("s0", "s1"), ("",)),
        "trace-scored-too": (("workflow", "llm"), ("s1", ""), ("",)),
        "span-labelled-too": (("workflow", "llm"), ("s1",), ("", "s1")),
        "not-scored": (("workflow", "llm"), (), ("",)),
    }
    spans, scores = [], []
    for trace, (kinds, machine, people) in cases.items():
        for n, kind in enumerate(kinds):
            at = NOW_NS - HOUR_NS + n
            spans.append(Span(trace, f"s{n}", kind, at, parent_id="s0" if n else "", project=TRACES, kind=kind))  # type: ignore[arg-type]
        for source, places in (("judge", machine), ("human", people)):
            for span in places:
                scores.append(
                    Score(
                        f"{trace}-{source}-{span}", "grounded", "span" if span else "trace", span or trace, TRACES,
                        trace, "numeric", 0.9, source=source, author="ann", time_ns=NOW_NS - HOUR_NS,  # type: ignore[arg-type]
                    )
                )  # fmt: skip
    world.insert("spans", spans)
    world.insert("scores", scores)
    found = read_judged(world.asker.runner(TRACES), "grounded", "grounded", NOW_NS - 2 * HOUR_NS, NOW_NS)
    assert {(pair.trace_id, pair.target_id, pair.of_trace) for pair in found.pairs} == {
        ("only-call", "s2", True), ("root", "s0", True), ("only-workflow", "s1", True),
        ("trace-scored-too", "trace-scored-too", False), ("span-labelled-too", "s1", False),
    }  # fmt: skip
    (series,) = world.ask("score:grounded.corrected", TRACES, since="-2h")
    assert series["points"][0]["labels"] == 5
