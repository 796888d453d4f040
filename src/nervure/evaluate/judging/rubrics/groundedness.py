"""Is every claim of the answer backed by the documents?"""

from nervure.evaluate.judging.rubric import Rubric
from nervure.model.judge import Grade

RUBRIC = Rubric(
    name="groundedness",
    aliases=(
        "hallucination",
        "faithfulness",
        "RetrievalGroundedness",
        "ResponseGroundedness",
        "groundedness_measure",
        "groundedness_measure_with_cot_reasons_consider_answerability",
        "TurnFaithfulness",
        "FaithfulnesswithHHEM",
    ),
    summary="Whether every claim of the answer is backed by the documents.",
    question="Is every factual claim in the output backed by the documents?",
    rules=(
        "Go through the output claim by claim and look for the passage that says the same.",
        "Only the documents count: a claim that is true in the world but not in them is not backed.",
        "A claim that contradicts the documents, or changes a number, date, name or negation, is not backed.",
        "Saying that the documents do not answer the question is backed when they indeed do not.",
        "Quote the claims that are not backed, word for word from the output.",
    ),
    grades=(
        Grade("supported", 1.0, "every claim is backed"),
        Grade("partly_supported", 0.5, "the main point is backed, a detail is not"),
        Grade("unsupported", 0.0, "the main point, or several claims, are not backed or contradicted"),
    ),
    needs=("output", "documents"),
    optional=("input",),
    detects="hallucination",
    threshold=0.75,
    mark="unsupported",
    blind="What the documents do not hold: whether they are right, and whether the answer is of use.",
)
