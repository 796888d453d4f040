"""Is the summary true to its source, and does it hold what matters?"""

from nervure.evaluate.judging.rubric import Rubric
from nervure.model.judge import Grade

RUBRIC = Rubric(
    name="summarization",
    aliases=("Summarization", "summary_quality", "summarization_quality", "comprehensiveness"),
    summary="Whether a summary is true to its source and holds what matters in it.",
    question="Is the output a summary of the input that is true to it and leaves out nothing important?",
    rules=(
        "List the statements of the input a reader must not miss; check each against the output.",
        "Then go through the output: what the input does not say, or says otherwise, is not true to it, however likely.",
        "Being much shorter than the input is what a summary is for; copying the input is none.",
        "Quote the words of the output that the input does not bear out.",
    ),
    grades=(
        Grade("faithful", 1.0, "true, and nothing important is missing"),
        Grade("incomplete", 0.5, "true, yet something important is missing"),
        Grade("unfaithful", 0.0, "it says what the input does not, or misses the point"),
    ),
    needs=("input", "output"),
    optional=("expected",),
    threshold=0.75,
    mark="unfaithful",
    blind="Style and length, unless your criteria name them.",
)
