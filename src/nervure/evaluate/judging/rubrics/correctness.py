"""Does the answer say the same as the reference?"""

from nervure.evaluate.judging.rubric import Rubric
from nervure.model.judge import Grade

RUBRIC = Rubric(
    name="correctness",
    aliases=(
        "factual_correctness",
        "answer_correctness",
        "qa_correctness",
        "Correctness",
        "Equivalence",
        "AnswerAccuracy",
        "QA",
    ),
    summary="Whether the answer agrees with the reference answer.",
    question="Does the output agree with the reference in everything the input asks for?",
    rules=(
        "Other words, another order, or more detail that does not contradict are fine.",
        "A wrong number, date, name, unit or negation is wrong, however small the difference looks.",
        "Quote the words of the output that contradict the reference or that it lacks.",
    ),
    grades=(
        Grade("correct", 1.0, "everything asked for is there and right"),
        Grade("partly_correct", 0.5, "some of it is right, some is missing; nothing important is wrong"),
        Grade("incorrect", 0.0, "something important is wrong, or the question is not answered"),
    ),
    needs=("output", "expected"),
    optional=("input",),
    threshold=0.75,
    mark="incorrect",
    blind="Whether the reference itself is right.",
)
