"""How much of what was retrieved is relevant, with the useful ones first."""

from collections.abc import Mapping
from typing import Any

from nervure.evaluate.evaluator import Evaluator, Example, Result, Setting, nothing
from nervure.evaluate.evaluators._ranking import covered, grades, reference, statements
from nervure.evaluate.text.words import content_stems


def run(example: Example, settings: Mapping[str, Any]) -> Result:
    """Average precision at k as Ragas defines it, from labels, or from overlap with the reference answer."""
    documents = example.documents or ()
    if not documents:
        return nothing("no document was retrieved")
    if isinstance(example.expected, str) and all(document.relevance is None for document in documents):
        useful = statements(reference(example.expected))
        contents = [frozenset(content_stems(document.content)) for document in documents]
        found = [float(any(covered(stems, held) >= settings["coverage"] for _, stems in useful)) for held in contents]
        how = "overlap with the reference answer"
    else:
        found, how = grades(example), "labels"
    top = [grade > 0 for grade in found[: settings["k"] or None]]
    hits, total = 0, 0.0
    for rank, relevant in enumerate(top, 1):
        hits += relevant
        total += hits / rank if relevant else 0.0
    score = total / hits if hits else 0.0
    told = f"{hits} of the first {len(top)} documents are relevant by {how}; average precision {score:.2f}"
    return Result(
        score,
        "precise" if score >= settings["threshold"] else "imprecise",
        told,
        details={"precision": hits / len(top), "k": len(top), "by": how},
    )


EVALUATOR = Evaluator(
    name="context_precision",
    summary="Are the relevant documents ranked first? Average precision at k.",
    aliases=("ContextPrecision", "ContextualPrecision", "ContextualPrecisionMetric", "average_precision", "precision_at_k", "map", "LLMContextPrecisionWithReference", "LLMContextPrecisionWithoutReference", "NonLLMContextPrecisionWithReference", "ContextUtilization", "IDBasedContextPrecision", "TurnContextualPrecision",),
    needs=("documents",),
    optional=("expected",),
    run=run,
    level="document",
    group="rag",
    blind="Without labels a document counts as relevant when it holds the words of a statement of the reference answer.",
    threshold=0.5,
    threshold_why="Half of the ranks down to the last relevant document hold relevant ones.",
    settings=(
        Setting("k", 0, "How many documents count; 0 for all."),
        Setting("coverage", 0.6, "Without labels: share of a reference statement's words a relevant document holds."),
    ),
)  # fmt: skip
