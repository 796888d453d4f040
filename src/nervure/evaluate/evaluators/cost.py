"""Was it cheap enough?"""

from collections.abc import Mapping
from typing import Any

from nervure.evaluate.evaluator import Evaluator, Example, Result, Setting


def run(example: Example, settings: Mapping[str, Any]) -> Result:
    """1 within the limit, else limit / cost."""
    cost, limit = float(example.cost_usd or 0), float(settings["limit_usd"])
    score = 1.0 if cost <= limit else limit / cost
    return Result(
        score,
        "cheap" if cost <= limit else "expensive",
        f"${cost:.6f}; the limit is ${limit:.6f}",
        details={"cost_usd": cost},
    )


EVALUATOR = Evaluator(
    name="cost",
    summary="Did the answer cost no more than the limit?",
    aliases=("Cost", "token_cost", "price"),
    needs=("cost_usd",),
    run=run,
    level="trace",
    group="operation",
    blind="Calls without a price are unpriced, not free: such rows cannot be scored.",
    threshold=1.0,
    threshold_why="Within the limit or not.",
    settings=(Setting("limit_usd", 0.05, "What is cheap enough, in US dollars."),),
)
