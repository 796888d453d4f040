"""Was it fast enough?"""

from collections.abc import Mapping
from typing import Any

from nervure.evaluate.evaluator import Evaluator, Example, Result, Setting


def run(example: Example, settings: Mapping[str, Any]) -> Result:
    """1 within the limit, else limit / latency."""
    latency, limit = float(example.latency_ms or 0), float(settings["limit_ms"])
    score = 1.0 if latency <= limit else limit / latency
    return Result(
        score,
        "fast" if latency <= limit else "slow",
        f"{latency:.0f} ms; the limit is {limit:.0f} ms",
        details={"latency_ms": latency},
    )


EVALUATOR = Evaluator(
    name="latency",
    summary="Did the answer come within the limit?",
    aliases=("Latency", "response_time", "duration"),
    needs=("latency_ms",),
    run=run,
    level="trace",
    group="operation",
    blind="Time to the first token, which readers feel more than the whole.",
    threshold=1.0,
    threshold_why="Within the limit or not.",
    settings=(Setting("limit_ms", 5000.0, "What is fast enough, in milliseconds."),),
)
