"""The company's reviewers: a queue of answers with its rubric, and what two people say of them. Pure and repeatable."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import exp
from random import Random
from typing import Any

SCORE = "groundedness"
ANSWERS = 200
QUEUE: Mapping[str, Any] = {
    "name": "Support answers (demo)",
    "instructions": (
        "Read the answer beside the articles it was given.\n\n"
        "* **Grounded** when every promise, number and name of it stands in an article.\n"
        "* General friendliness needs no article.\n"
        "* Skip what you cannot read.\n\n"
        "The answers are simulated, and so are the people who judged them before you."
    ),
    "criteria": [
        {"name": SCORE, "type": "boolean", "description": "Does every claim of the answer stand in the articles?"},
        {
            "name": "tone", "type": "categorical", "is_ordered": True, "is_required": False,
            "description": "How would a customer feel about it?",
            "choices": [
                {"value": "cold", "description": "curt, or blaming"},
                {"value": "fine", "description": "nothing to complain about"},
                {"value": "warm", "description": "understood and cared for"},
            ],
        },
    ],
    "annotators": 2,
    "is_blind": True,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Reviewer:
    """slips: share of answers judged against the truth. share: how many of the queue's items they have done, from the top."""

    name: str
    slips: float
    share: float


REVIEWERS = (Reviewer("Mira (simulated)", 0.03, 0.9), Reviewer("Jonas (simulated)", 0.06, 0.8))


def chosen(scores: Sequence[Mapping[str, Any]], seed: int) -> list[Mapping[str, Any]]:
    """The scored answers people are to judge, drawn at random: labels of a sample correct the rate of all."""
    ordered = sorted((one for one in scores if one["trace_id"]), key=lambda one: (one["time"], one["id"]))
    return Random(f"{seed}/queue").sample(ordered, min(ANSWERS, len(ordered)))


def verdict(reviewer: Reviewer, number: int, score: float, seed: int) -> dict[str, Any]:
    """What a reviewer says of the answer `number` with that machine score. Both see the same truth, each slips now and then."""
    # The machine is right mostly, and too kind where it is unsure.
    is_good = Random(f"{seed}/truth/{number}").random() < 1 / (1 + exp((0.72 - score) / 0.1))
    own = Random(f"{seed}/{reviewer.name}/{number}")
    says = is_good if own.random() >= reviewer.slips else not is_good
    tone = own.choices(("cold", "fine", "warm"), (1, 5, 6) if is_good else (3, 6, 2))[0]
    return {SCORE: says, "tone": tone}
