"""Reciprocal rank of the first relevant document."""

from collections.abc import Mapping
from typing import Any

from nervure.evaluate.evaluator import Evaluator, Example, Result, Setting, nothing
from nervure.evaluate.evaluators._ranking import grades


def run(example: Example, settings: Mapping[str, Any]) -> Result:
    """1 / rank of the first relevant document within k, 0 without one; its mean over rows is the MRR."""
    if not example.documents:
        return nothing("no document was retrieved")
    found = grades(example)[: settings["k"] or None]
    first = next((rank for rank, grade in enumerate(found, 1) if grade > 0), None)
    score = 1 / first if first else 0.0
    told = f"the first relevant document has rank {first}" if first else f"none of {len(found)} documents is relevant"
    return Result(
        score, "found" if score >= settings["threshold"] else "not found early", told, details={"rank": first}
    )


EVALUATOR = Evaluator(
    name="mrr",
    summary="How early is the first relevant document? Reciprocal rank.",
    aliases=("MRR", "mean_reciprocal_rank", "reciprocal_rank"),
    needs=("documents",),
    optional=("expected",),
    run=run,
    level="document",
    group="rag",
    blind="Everything after the first relevant document.",
    threshold=0.5,
    threshold_why="The first relevant document is among the first two.",
    settings=(Setting("k", 0, "How many ranks count; 0 for all."),),
)
