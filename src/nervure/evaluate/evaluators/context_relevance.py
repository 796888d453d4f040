"""Are the retrieved documents about the question?"""

from collections.abc import Mapping
from typing import Any

from nervure.evaluate.evaluator import Evaluator, Example, Mark, Result, nothing
from nervure.evaluate.evaluators.answer_relevance import relevance_of

MOST_DOCUMENTS = 50


def run(example: Example, settings: Mapping[str, Any]) -> Result:
    """Mean over the documents of how likely each holds the answer, each judged by its best sentence."""
    question, documents = example.input or "", (example.documents or ())[:MOST_DOCUMENTS]
    if not question.strip() or not documents:
        return nothing("there is no question or no document")
    scores = [
        relevance_of(question, document.content)[0] if document.content.strip() else 0.0 for document in documents
    ]
    useful = [place for place, score in enumerate(scores) if score >= settings["threshold"]]
    marks = [
        Mark(0, len(documents[place].content), "irrelevant", "documents", round(score, 4), place)
        for place, score in enumerate(scores)
        if place not in useful
    ]
    label = "relevant" if useful else "irrelevant"
    told = f"{len(useful)} of {len(scores)} documents are about the question; the best scores {max(scores):.2f}"
    mean = sum(scores) / len(scores)
    return Result(
        mean,
        label,
        told,
        tuple(marks),
        {"documents": [round(score, 4) for score in scores], "best": round(max(scores), 4)},
    )


EVALUATOR = Evaluator(
    name="context_relevance",
    summary="Are the retrieved documents about the question?",
    aliases=("ContextRelevance", "ContextualRelevancy", "DocumentRelevance", "RetrievalRelevance", "document_relevance_evaluator", "ContextualRelevancyMetric", "RelevanceEvaluator", "ContextQuality", "qs_relevance", "TurnContextualRelevancy",),
    needs=("input", "documents"),
    run=run,
    level="document",
    group="rag",
    blind="Documents that answer in other words than the question's, and documents that are on the topic without the answer.",
    threshold=0.4,
    threshold_why="Below the even odds of answer_relevance, because a useful document need not be a whole answer.",
    default=True,
)  # fmt: skip
