"""Does the answer speak to the question?"""

from collections.abc import Mapping
from typing import Any

from nervure.evaluate.evaluator import Evaluator, Example, Result, nothing
from nervure.evaluate.models import linear
from nervure.evaluate.text.relevance import FEATURES, asked_for, relevance


def relevance_of(question: str, passage: str) -> tuple[float, dict[str, float]]:
    """P(the passage answers), of the whole or of its best sentence, and the evidence that was counted."""
    model = linear("answer_relevance")
    rows = relevance(question, passage)
    best = rows[int((rows @ model.weights).argmax())]
    return model.probability(best), dict(zip(FEATURES, best.tolist(), strict=True))


def run(example: Example, settings: Mapping[str, Any]) -> Result:
    """Score of the best sentence of the output."""
    question, output = example.input or "", example.output or ""
    if not question.strip() or not output.strip():
        return nothing("the input or the output is empty")
    score, evidence = relevance_of(question, output)
    kind = asked_for(question)
    told = f"{evidence['rare_overlap']:.0%} of what is asked about comes back in the answer"
    if kind:
        told += f"; the question asks for a {kind}, and the answer {'holds one' if evidence['typed'] >= 0.5 else 'holds none'}"
    label = "relevant" if score >= settings["threshold"] else "irrelevant"
    return Result(score, label, told, details={"asked_for": kind, "meaning": round(evidence["meaning"], 4)})


EVALUATOR = Evaluator(
    name="answer_relevance",
    summary="Does the answer speak to the question? Shared words and meaning, and the kind of thing asked for.",
    aliases=(
        "ResponseRelevancy", "AnswerRelevancy", "AnswerRelevancyMetric", "RelevanceToQuery", "response_relevance",
        "relevance", "qa_relevance",
    ),
    needs=("input", "output"),
    run=run,
    group="rag",
    blind="Answers in other words altogether, short answers that leave the question's words out (\"Paris.\"), and whether "
    "the answer is true.",
    threshold=0.5,
    threshold_why="0.5 is even odds between a sentence that answers and one of the same article that does not.",
    default=True,
)  # fmt: skip
