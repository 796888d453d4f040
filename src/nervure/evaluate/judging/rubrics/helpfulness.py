"""Would the person who asked be helped?"""

from nervure.evaluate.judging.rubric import Rubric
from nervure.model.judge import Grade

RUBRIC = Rubric(
    name="helpfulness",
    aliases=("usefulness",),
    summary="Whether the answer gets the person further.",
    question="Would the output help the person who wrote the input to reach what they want?",
    rules=(
        "Think of what the person wants to do next, and whether the output lets them do it.",
        "Vague advice, missing steps and needless refusals do not help.",
        "Length is no merit: a short answer that settles the matter is better than a long one that circles it.",
    ),
    grades=(
        Grade("very_helpful", 1.0, "the person can go on at once"),
        Grade("helpful", 0.75, "it settles most of it"),
        Grade("somewhat_helpful", 0.4, "it is a start, much is left to the person"),
        Grade("not_helpful", 0.0, "the person is no further, or is led astray"),
    ),
    needs=("input", "output"),
    mark="unhelpful",
    threshold=0.6,
    blind="Whether facts are right: use correctness or groundedness beside it.",
)
