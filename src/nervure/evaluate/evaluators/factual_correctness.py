"""Does the answer say what the reference answer says, and no more?"""

from collections.abc import Mapping
from typing import Any

from nervure.evaluate.evaluator import Evaluator, Example, Mark, Result, Setting, nothing
from nervure.evaluate.evaluators._ranking import reference
from nervure.evaluate.models import linear
from nervure.evaluate.text.sentences import Sentence, sentences
from nervure.evaluate.text.support import features_of, passages, support

MOST_SENTENCES = 100


def run(example: Example, settings: Mapping[str, Any]) -> Result:
    """F1 of two supports: of the answer by the reference (precision) and of the reference by the answer (recall)."""
    output, expected = example.output or "", reference(example.expected)
    said, wanted = sentences(output)[:MOST_SENTENCES], sentences(expected)[:MOST_SENTENCES]
    if not said or not wanted:
        return nothing("the output or the reference answer is empty")
    precisions, recalls = _supports(said, expected), _supports(wanted, output)
    precision, recall = sum(precisions) / len(precisions), sum(recalls) / len(recalls)
    both = {
        "f1": 2 * precision * recall / (precision + recall) if precision + recall else 0.0,
        "precision": precision,
        "recall": recall,
    }
    marks = [
        Mark(piece.start, piece.end, "not in the reference", score=round(own, 4))
        for piece, own in zip(said, precisions, strict=True)
        if own < 0.5
    ]
    score = both[settings["mode"]]
    told = f"the reference supports {precision:.0%} of the answer, the answer holds {recall:.0%} of the reference"
    details = {name: round(value, 4) for name, value in both.items()}
    return Result(score, "correct" if score >= settings["threshold"] else "incorrect", told, tuple(marks), details)


def _supports(pieces: tuple[Sentence, ...], against: str) -> list[float]:
    given, model = passages((against,)), linear("groundedness")
    return [model.probability(features_of([support(piece.text, given)])) for piece in pieces]


EVALUATOR = Evaluator(
    name="factual_correctness",
    summary="Does the answer say what the reference answer says? Support of each by the other.",
    aliases=(
        "FactualCorrectness",
        "AnswerCorrectness",
        "Correctness",
        "answer_accuracy",
        "Equivalence",
    ),
    needs=("output", "expected"),
    run=run,
    blind="As groundedness: other words for the same thing count against the answer.",
    threshold=0.5,
    threshold_why="Even odds, as in groundedness.",
    settings=(Setting("mode", "f1", "Which share is the score.", ("f1", "precision", "recall")),),
)
