"""Which of two answers is better?"""

from nervure.evaluate.judging.rubric import Rubric
from nervure.model.judge import Grade

RUBRIC = Rubric(
    name="pairwise",
    aliases=(
        "comparison",
        "preference",
        "win_rate",
        "ArenaGEval",
    ),
    summary="Whether the answer is better than another one to the same question; asked in both orders.",
    question="Which of the two answers serves the person who wrote the input better?",
    rules=(
        "Judge content: right, complete, to the point, safe. Neither order nor length is a merit.",
        "Say `tie` when a person would not care which one they got.",
    ),
    grades=(
        Grade("win", 1.0, "the output is better"),
        Grade("tie", 0.5, "neither is better"),
        Grade("loss", 0.0, "the other answer is better"),
    ),
    needs=("input", "output", "expected"),
    optional=("documents",),
    is_pair=True,
    blind="How good both are: two bad answers may tie.",
)
