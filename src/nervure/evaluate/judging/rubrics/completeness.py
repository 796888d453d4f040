"""Is every part of the question answered?"""

from nervure.evaluate.judging.rubric import Rubric
from nervure.model.judge import Grade

RUBRIC = Rubric(
    name="completeness",
    aliases=(
        "coverage",
        "answer_completeness",
        "Completeness",
    ),
    summary="Whether every part of the question is answered.",
    question="Does the output answer every part of the input?",
    rules=(
        "List the parts of the input: each question, condition, format and limit it names.",
        "A part that is declined with a reason counts as answered; one that is passed over does not.",
        "Extra information does not make up for a missing part.",
    ),
    grades=(
        Grade("complete", 1.0, "every part"),
        Grade("mostly_complete", 0.6, "a minor part is missing"),
        Grade("incomplete", 0.0, "an important part is missing"),
    ),
    needs=("input", "output"),
    optional=("expected",),
    threshold=0.8,
    blind="Whether the parts that are answered are answered rightly.",
)
