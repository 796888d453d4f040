"""Were the expected tools called, with the expected arguments?"""

import json
from collections.abc import Mapping
from typing import Any

from nervure.evaluate.evaluator import Evaluator, Example, Result, Setting, ToolCall
from nervure.evaluate.evaluators.tool_call_validity import call_arguments


def run(example: Example, settings: Mapping[str, Any]) -> Result:
    """Share of the expected calls that were made; F1 with `extra=penalise`. Arguments count unless switched off."""
    wanted, made = list(example.expected_tool_calls or ()), list(example.tool_calls or ())
    left = list(made)
    total, missing, partly = 0.0, [], []
    for call in wanted:
        same = [other for other in left if other.name == call.name]
        if not same:
            missing.append(call.name)
            continue
        best = max(same, key=lambda other, call=call: agreement(call, other))  # type: ignore[misc]
        left.remove(best)
        gained = agreement(call, best) if settings["arguments"] else 1.0
        total += gained
        if gained < 1:
            partly.append(call.name)
    recall = total / len(wanted) if wanted else 1.0
    precision = total / len(made) if made else float(not wanted)
    score = (
        recall
        if settings["extra"] == "allow"
        else (2 * recall * precision / (recall + precision) if recall + precision else 0.0)
    )
    told = f"{len(wanted) - len(missing)} of {len(wanted)} expected tools were called"
    told += f"; missing: {', '.join(missing[:6])}" if missing else ""
    told += f"; other arguments: {', '.join(partly[:6])}" if partly else ""
    told += f"; not expected: {', '.join(call.name for call in left[:6])}" if left else ""
    details = {
        "missing": missing,
        "extra": [call.name for call in left],
        "recall": round(recall, 4),
        "precision": round(precision, 4),
    }
    return Result(score, "correct" if score >= settings["threshold"] else "incorrect", told, details=details)


def agreement(wanted: ToolCall, made: ToolCall) -> float:
    """Share of the expected arguments that have the expected value; 1 when none are expected."""
    try:
        expected, given = call_arguments(wanted), call_arguments(made)
    except ValueError:
        return float(str(wanted.arguments) == str(made.arguments))
    if not isinstance(expected, Mapping) or not isinstance(given, Mapping):
        return float(expected == given)
    if not expected:
        return 1.0
    return sum(key in given and _plain(value) == _plain(given[key]) for key, value in expected.items()) / len(expected)


def _plain(value: Any) -> str:
    return value.strip().lower() if isinstance(value, str) else json.dumps(value, sort_keys=True, default=str)


EVALUATOR = Evaluator(
    name="tool_correctness",
    summary="Were the expected tools called, with the expected arguments?",
    aliases=(
        "ToolCallAccuracy",
        "ToolCorrectness",
        "ToolCorrectnessMetric",
        "ToolSelection",
        "ToolCallF1",
        "tool_call_accuracy",
        "ToolCallCorrectness",
    ),
    needs=("tool_calls", "expected_tool_calls"),
    run=run,
    group="agent",
    blind="Order (see trajectory_match), and other ways to the same end.",
    threshold=1.0,
    threshold_why="Everything expected was done.",
    settings=(
        Setting("arguments", True, "Whether the arguments count."),
        Setting("extra", "allow", "Whether calls that nobody expected lower the score.", ("allow", "penalise")),
    ),
)
