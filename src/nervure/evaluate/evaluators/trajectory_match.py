"""Did the run take the expected steps?"""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from rapidfuzz.distance import LCSseq

from nervure.base.errors import BadInput
from nervure.evaluate.evaluator import Evaluator, Example, Result, Setting
from nervure.evaluate.evaluators.tool_correctness import agreement


def run(example: Example, settings: Mapping[str, Any]) -> Result:
    """By mode: the same steps (`exact`), the expected ones in order (`in_order`), in any order, or precision and recall."""
    if example.tool_calls is not None:
        made = [call.name for call in example.tool_calls]
    elif example.steps is not None:
        made = [step.name for step in example.steps if step.kind in ("tool", "agent", "retriever")]
    else:
        raise BadInput("trajectory_match needs tool_calls or steps")
    calls = example.expected_tool_calls or ()
    wanted = [call.name for call in calls]
    common = LCSseq.similarity(made, wanted)
    shared = sum((Counter(made) & Counter(wanted)).values())
    scores = {
        "exact": float(made == wanted),
        "in_order": common / len(wanted) if wanted else 1.0,
        "any_order": shared / len(wanted) if wanted else 1.0,
        "precision": shared / len(made) if made else float(not wanted),
    }
    score = scores[settings["mode"]]
    if settings["arguments"] and made == wanted and example.tool_calls and calls:
        score *= sum(agreement(one, other) for one, other in zip(calls, example.tool_calls, strict=True)) / len(calls)
    parted = next(
        (place for place, (one, other) in enumerate(zip(made, wanted, strict=False)) if one != other),
        min(len(made), len(wanted)),
    )
    told = (
        "the run took the expected steps"
        if made == wanted
        else f"{common} of {len(wanted)} expected steps in order; they part at step {parted + 1}"
    )
    label = "match" if score >= settings["threshold"] else "no match"
    return Result(
        score,
        label,
        told,
        details={
            **{name: round(value, 4) for name, value in scores.items()},
            "made": made[:100],
            "expected": wanted[:100],
        },
    )


EVALUATOR = Evaluator(
    name="trajectory_match",
    summary="Did the run take the expected steps, in the expected order?",
    aliases=(
        "TrajectoryMatch",
        "trajectory_exact_match",
        "trajectory_in_order_match",
        "trajectory_any_order_match",
        "TaskAdherence",
    ),
    needs=("expected_tool_calls",),
    optional=("tool_calls", "steps"),
    run=run,
    level="trace",
    group="agent",
    blind="Other ways to the same end.",
    threshold=1.0,
    threshold_why="All expected steps.",
    settings=(
        Setting("mode", "in_order", "What has to agree.", ("in_order", "exact", "any_order", "precision")),
        Setting("arguments", False, "Whether arguments count when the steps agree."),
    ),
)
