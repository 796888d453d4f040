"""Is the language right and natural?"""

from nervure.evaluate.judging.rubric import Rubric
from nervure.model.judge import Grade

RUBRIC = Rubric(
    name="fluency",
    aliases=("Fluency", "grammar", "naturalness"),
    summary="Whether the answer is written in correct, natural language.",
    question="Is the output written in correct and natural language?",
    rules=(
        "Judge grammar, spelling, choice of words and flow, in the language of the output.",
        "Code, tables, names and quotations are as they are.",
        "A dialect or a plain style is no mistake.",
        "Quote the words that are wrong.",
    ),
    grades=(
        Grade("fluent", 1.0, "as a careful native writer would put it"),
        Grade("understandable", 0.5, "a few mistakes, nothing is lost"),
        Grade("broken", 0.0, "mistakes get in the way of reading"),
    ),
    needs=("output",),
    threshold=0.75,
    mark="fluency",
    blind="What is said, and whether it is the language that was wanted: see language_mismatch.",
)
