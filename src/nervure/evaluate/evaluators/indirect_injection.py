"""Do the documents hold orders to the model that do not belong there?"""

from collections.abc import Mapping
from typing import Any

from nervure.evaluate.evaluator import Evaluator, Example, Mark, Result, nothing
from nervure.evaluate.models import linear, sigmoid
from nervure.evaluate.text.planted import planted

MOST_DOCUMENTS = 50


def run(example: Example, settings: Mapping[str, Any]) -> Result:
    """1 - P(planted) of the most suspicious sentence of all documents, each held against its own document."""
    model = linear("indirect_injection")
    marks, worst, told = [], 0.0, ""
    pieces = 0
    for number, document in enumerate((example.documents or ())[:MOST_DOCUMENTS]):
        held = planted(document.content)
        pieces += len(held.pieces)
        logits = (held.features @ model.weights + model.intercept).tolist()
        for piece, logit in zip(held.pieces, logits, strict=True):
            risk = sigmoid(logit)
            if risk > worst:
                worst, told = risk, piece.text[:120]
            if 1 - risk < settings["threshold"]:
                marks.append(Mark(piece.start, piece.end, "planted", "documents", round(1 - risk, 4), number))
    if not pieces:
        return nothing("there is no document with text")
    explanation = f"{len(marks)} of {pieces} sentences speak to the model and do not belong to their document; the most suspicious ({worst:.0%}): {told}"
    return Result(
        1 - worst, "injection" if marks else "clean", explanation, tuple(marks[:100]), {"risk": round(worst, 4)}
    )


EVALUATOR = Evaluator(
    name="indirect_injection",
    summary="Do retrieved documents or tool results hold instructions planted for the model?",
    aliases=("IndirectInjection", "XPIA", "cross_prompt_injection", "IndirectAttack", "rag_poisoning"),
    needs=("documents",),
    run=run,
    level="document",
    group="safety",
    detects="injection",
    blind="Planted statements that give no order (false facts), orders in documents that consist of orders (manuals, recipes), "
    "languages other than English.",
    threshold=0.5,
    threshold_why="Clean mails, tables and news rarely fall below it; of manuals, which consist of orders, about one in four does.",
    default=True,
)
