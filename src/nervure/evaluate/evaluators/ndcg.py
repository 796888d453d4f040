"""Normalised discounted cumulative gain of the ranking."""

from collections.abc import Mapping
from typing import Any

from nervure.evaluate.evaluator import Evaluator, Example, Result, Setting, nothing
from nervure.evaluate.evaluators._ranking import all_grades, dcg, grades


def run(example: Example, settings: Mapping[str, Any]) -> Result:
    """nDCG@k (Jarvelin and Kekalainen 2002) with exponential gains: 1 when the best documents come first."""
    if not example.documents:
        return nothing("no document was retrieved")
    k, found = settings["k"], grades(example)
    ideal = dcg(sorted(all_grades(example, found), reverse=True)[:k])
    if not ideal:
        return nothing("nothing is labelled relevant, so no ranking is better than another")
    score = min(1.0, dcg(found[:k]) / ideal)
    first = next((rank for rank, grade in enumerate(found, 1) if grade > 0), None)
    told = f"nDCG@{k} is {score:.3f}; " + (
        f"the first relevant document has rank {first}" if first else "none is relevant"
    )
    return Result(score, "well ranked" if score >= settings["threshold"] else "badly ranked", told, details={"k": k})


EVALUATOR = Evaluator(
    name="ndcg",
    summary="Are the most relevant documents ranked first? nDCG@k from graded labels.",
    aliases=("nDCG", "ndcg_at_k", "NDCG@k", "normalized_discounted_cumulative_gain"),
    needs=("documents",),
    optional=("expected",),
    run=run,
    level="document",
    group="rag",
    blind="Relevant documents that were not retrieved, unless `expected` lists all relevant ids or grades.",
    threshold=0.5,
    threshold_why="Convention: half of the gain of the ideal ranking.",
    settings=(Setting("k", 10, "How many ranks count."),),
)
