"""Scores: which there are, how they are spread, where they are worst."""

import random
from collections.abc import Callable

import pytest

from nervure.model.score import Score
from nervure.model.span import Span
from nervure.query.quality import Moments, distribution, list_names, worst_slices
from nervure.query.query import Query
from tests.unit.query.conftest import HOUR_NS, NOW_NS, World

PROJECT = "quality"
EACH = 60


@pytest.fixture(scope="module")
def judged(world: World) -> World:
    """Four services and two models; `billing` with `small` is bad, billing alone and small alone are not."""
    drawn = random.Random(4)
    spans, scores = [], []
    for service in ("billing", "shop", "desk", "voice"):
        for model in ("small", "large"):
            for n in range(EACH):
                trace = f"{service}-{model}-{n}"
                spans.append(
                    Span(trace, "s", "chat", NOW_NS - HOUR_NS + n, project=PROJECT, kind="llm", service=service, request_model=model)
                )  # fmt: skip
                is_bad = service == "billing" and model == "small"
                value = drawn.gauss(0.45 if is_bad else 0.8, 0.08)
                scores.append(_score(trace, "grounded", min(1.0, max(0.0, value))))
                scores.append(_score(trace, "polite", float(drawn.random() < 0.7), "boolean"))
    scores.append(_score("shop-small-0", "tone", None, "categorical", "rude"))
    world.insert("spans", spans)
    world.insert("scores", scores)
    return world


def _score(trace: str, name: str, value: float | None, kind: str = "numeric", label: str = "") -> Score:
    return Score(
        f"{trace}-{name}", name, "span", "s", PROJECT, trace, kind, value, label, time_ns=NOW_NS - HOUR_NS,  # type: ignore[arg-type]
        evaluator="rules", source="code",
    )  # fmt: skip


def _asked(name: str) -> Query:
    return Query((f"score:{name}.mean",), since="-2h")


def test_the_one_bad_corner_is_found_and_nothing_else_is_certain(judged: World) -> None:
    found = worst_slices(judged.asker.runner(PROJECT), "grounded", _asked("grounded"))
    first = found["slices"][0]
    assert first["by"] == {"service": "billing", "model": "small"}
    assert first["where"] == 'service = "billing" and model = "small"'
    assert (first["mean"]["n"], first["is_significant"]) == (EACH, True)
    assert first["mean"]["low"] < 0.45 < first["mean"]["high"]
    assert first["difference"]["low"] < -0.35 < first["difference"]["high"]
    assert found["overall"]["n"] == 8 * EACH
    # 4 services, 2 models, 8 pairs, and provider, prompt and so on are empty.
    assert found["compared"] == 14


def test_nothing_is_told_where_nothing_is_wrong(judged: World) -> None:
    found = worst_slices(judged.asker.runner(PROJECT), "polite", _asked("polite"))
    assert [one for one in found["slices"] if one["is_significant"]] == []


def test_names_come_with_intervals_and_how_many(judged: World) -> None:
    named = {one["name"]: one for one in list_names(judged.asker.runner(PROJECT), NOW_NS - 2 * HOUR_NS, NOW_NS)}
    assert {name: one["n"] for name, one in named.items()} == {"grounded": 8 * EACH, "polite": 8 * EACH, "tone": 1}
    polite = named["polite"]
    assert polite["mean"] == polite["rate"], "the mean of yes and no is the rate, with Wilson's interval"
    assert polite["rate"]["low"] < polite["rate"]["value"] < polite["rate"]["high"]
    assert polite["rate"]["n"] == 8 * EACH
    assert (named["tone"]["mean"], named["tone"]["evaluators"]) == (None, ["rules"])


def test_every_value_is_in_one_bin(judged: World) -> None:
    runner = judged.asker.runner(PROJECT)
    found = distribution(runner, "grounded", _asked("grounded"))
    assert sum(one["n"] for one in found["bins"]) == found["n"] == 8 * EACH
    assert (found["bins"][0]["low"], found["bins"][-1]["high"]) == (0.0, 1.0)
    yes_no = distribution(runner, "polite", _asked("polite"))
    assert [at for at, one in enumerate(yes_no["bins"]) if one["n"]] == [0, 19], "the last bin holds its end"
    labels = distribution(runner, "tone", _asked("tone"))["labels"]
    assert labels == [{"label": "rude", "n": 1}]


@pytest.mark.parametrize(
    "draw", [lambda r: float(r.random() < 0.3), lambda r: r.gauss(0.5, 0.1)], ids=["yes-no", "number"]
)
def test_the_interval_of_a_difference_holds_in_95_of_100(draw: Callable[[random.Random], float]) -> None:
    from nervure.query.quality import _compare

    drawn, held = random.Random(1), 0
    for _ in range(300):
        one, rest = ([draw(drawn) for _ in range(size)] for size in (40, 200))
        sums = [Moments(len(v), sum(v), sum(x * x for x in v), sum(x >= 0.5 for x in v)) for v in (one, rest)]
        _, low, high, _ = _compare(sums[0], sums[1], is_yes_no=set(one) <= {0.0, 1.0})
        held += low <= 0 <= high
    assert 0.92 <= held / 300 <= 0.98
