"""Is any relevant document among the first k?"""

from collections.abc import Mapping
from typing import Any

from nervure.evaluate.evaluator import Evaluator, Example, Result, Setting, nothing
from nervure.evaluate.evaluators._ranking import grades


def run(example: Example, settings: Mapping[str, Any]) -> Result:
    """1 when a relevant document is among the first k, else 0."""
    if not example.documents:
        return nothing("no document was retrieved")
    found = grades(example)[: settings["k"] or None]
    hit = any(grade > 0 for grade in found)
    told = f"{sum(grade > 0 for grade in found)} of the first {len(found)} documents are relevant"
    return Result(float(hit), "hit" if hit else "miss", told)


EVALUATOR = Evaluator(
    name="hit_rate",
    summary="Is any relevant document among the first k?",
    aliases=("HitRate", "hit_at_k", "success_at_k"),
    needs=("documents",),
    optional=("expected",),
    run=run,
    level="document",
    group="rag",
    blind="How many relevant documents there are, and their order.",
    threshold=0.5,
    threshold_why="The score is 0 or 1.",
    settings=(Setting("k", 5, "How many ranks count; 0 for all."),),
)
