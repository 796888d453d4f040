"""What is worth a person's minute, with the reason."""

from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from nervure.model.score import Score
from nervure.model.span import Span
from nervure.query.proposals import KINDS, Kind, propose
from tests.unit.query.conftest import HOUR_NS, NOW_NS, World

PROJECT = "proposals"


@pytest.fixture(scope="module")
def judged(world: World) -> World:
    spans = [
        Span(
            f"t{n}", "s", "chat", NOW_NS - HOUR_NS + n, project=PROJECT, kind="llm", cost_source="book:1",
            cost_total=1.0 if n == 7 else 0.01, input_text="odd" if n == 39 else f"refund {n}",
        )
        for n in range(40)
    ]  # fmt: skip
    world.insert("spans", spans)
    world.insert(
        "scores",
        [
            *(_score(f"t{n}", "grounded", 0.95) for n in range(40) if n not in (3, 4, 7, 8, 9)),
            _score("t3", "grounded", 0.52),
            _score("t4", "grounded", 0.51),
            _score("t4", "grounded", 1.0, "human"),
            _score("t5", "thumbs", 0.0, "user"),
            *(_score(f"t{n}", "grounded", 0.1) for n in (7, 8, 9)),
        ],
    )
    return world


def _score(trace: str, name: str, value: float, source: str = "code") -> Score:
    return Score(
        f"{trace}-{name}-{source}", name, "span", "s", PROJECT, trace, "boolean" if name == "thumbs" else "numeric", value,
        time_ns=NOW_NS - HOUR_NS, source=source, evaluator="rules" if source == "code" else "",  # type: ignore[arg-type]
    )  # fmt: skip


def embed(texts: Sequence[str]) -> NDArray[np.float32]:
    """One direction with a little of its own for all but the odd one."""
    made = np.zeros((len(texts), len(texts) + 2), np.float32)
    for at, text in enumerate(texts):
        made[at, 1 if text == "odd" else 0], made[at, at + 2] = 1.0, 0.2
    return made / np.linalg.norm(made, axis=1, keepdims=True)


def proposed(world: World, *kinds: Kind) -> dict[str, tuple[str, str]]:
    found = propose(world.asker.runner(PROJECT), NOW_NS - 2 * HOUR_NS, NOW_NS, embed, kinds or KINDS)
    return {one.trace_id: (one.kind, one.reason) for one in found}


def test_each_kind_finds_its_own_and_says_why(judged: World) -> None:
    assert proposed(judged, "uncertain") == {"t3": ("uncertain", "grounded is 0.52, within 0.02 of the threshold 0.5")}
    ((trace, (_, reason)),) = proposed(judged, "disagreeing").items()
    assert (trace, "a user says thumbs 0.00" in reason, "rules says grounded 0.95" in reason) == ("t5", True, True)
    novel = proposed(judged, "novel")
    assert list(novel) == ["t39"]
    assert novel["t39"][1].startswith("unlike the other 39 questions: 0.00 similar to the nearest 5")


def test_a_dear_failure_comes_before_cheap_ones(judged: World) -> None:
    assert proposed(judged, "costly") == {
        "t7": ("costly", "grounded is 0.10 on a trace of $1.0000, 100.0 times what failures usually cost")
    }


def test_the_kinds_take_turns_and_what_a_person_judged_is_left_out(judged: World) -> None:
    found = proposed(judged)
    assert [kind for kind, _ in found.values()] == ["uncertain", "disagreeing", "novel", "costly"]
    assert "t4" not in found
