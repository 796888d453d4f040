"""Does the run repeat itself, loop, or take steps that lead nowhere?"""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from nervure.base.errors import BadInput
from nervure.evaluate.evaluator import Evaluator, Example, Result, Setting, Step


def run(example: Example, settings: Mapping[str, Any]) -> Result:
    """1 - the share of needless steps: the same call again, a loop's further turns, failures tried again unchanged."""
    if example.steps is not None:
        steps: Sequence[Step] = [step for step in example.steps if step.kind in settings["kinds"]]
    elif example.tool_calls is not None:
        steps = [
            Step(call.name, "tool", call.arguments, None, "error" if call.error else "ok")
            for call in example.tool_calls
        ]
    else:
        raise BadInput("step_efficiency needs steps or tool_calls")
    if not steps:
        return Result(1.0, "efficient", "the run took no step of the kinds that count")
    keys = [f"{step.name} {json.dumps(step.input, sort_keys=True, default=str)}" for step in steps]
    seen: Counter[str] = Counter()
    needless, again = 0, []
    for key, step in zip(keys, steps, strict=True):
        if seen[key]:
            needless += 1
            again.append(step.name)
        seen[key] += 1
    turns, length = _loop([step.name for step in steps])
    looping = turns >= settings["turns"]
    if looping:
        # Turns with changing arguments are not repeats, but a cycle that long is rarely progress.
        needless = max(needless, (turns - settings["turns"] + 1) * length)
    budget = settings["most_steps"]
    if budget and len(steps) > budget:
        needless = max(needless, len(steps) - budget)
    score = 1 - needless / len(steps)
    told = f"{needless} of {len(steps)} steps are needless"
    told += (
        f"; repeated: {', '.join(f'{name} ({count}x)' for name, count in Counter(again).most_common(4))}"
        if again
        else ""
    )
    told += f"; a cycle of {length} steps turns {turns} times" if looping else ""
    failed = sum(step.status == "error" for step in steps)
    told += f"; {failed} failed" if failed else ""
    label = "looping" if looping else "efficient" if score >= settings["threshold"] else "wasteful"
    return Result(
        score,
        label,
        told,
        details={"steps": len(steps), "repeated": len(again), "failed": failed, "cycle": [turns, length]},
    )


def _loop(names: list[str]) -> tuple[int, int]:
    """(turns, length) of the longest run of one cycle of up to 6 steps."""
    best, extent = (1, len(names)), 0
    for length in range(1, min(6, len(names) // 2) + 1):
        matched = 0
        for place in range(length, len(names)):
            matched = matched + 1 if names[place] == names[place - length] else 0
            turns = matched // length + 1
            if turns > 1 and turns * length > extent:
                best, extent = (turns, length), turns * length
    return best if extent else (1, len(names))


EVALUATOR = Evaluator(
    name="step_efficiency",
    summary="Does the run repeat calls, loop, or take more steps than it should?",
    aliases=(
        "StepEfficiency",
        "ToolCallEfficiency",
        "AgentEfficiency",
        "loop_detection",
        "needless_steps",
        "ExecutionEfficiency",
        "ConversationalToolCallEfficiency",
        "AgentPathConvergence",
    ),
    needs=(),
    optional=("steps", "tool_calls"),
    run=run,
    level="trace",
    group="agent",
    blind="Steps that differ and are needless all the same; polling looks like a loop.",
    threshold=0.75,
    threshold_why="One needless step in four.",
    settings=(
        Setting("kinds", ["tool", "retriever", "agent"], "Kinds of steps that count."),
        Setting("turns", 4, "A cycle that turns this often is a loop."),
        Setting("most_steps", 0, "Steps above this are needless; 0 for any number."),
    ),
    default=True,
)
