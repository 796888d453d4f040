"""Is it said without waste?"""

from nervure.evaluate.judging.rubric import Rubric
from nervure.model.judge import Grade

RUBRIC = Rubric(
    name="conciseness",
    aliases=("Conciseness", "brevity", "verbosity"),
    summary="Whether the answer says what is needed and no more.",
    question="Does the output say what the input needs, and no more?",
    rules=(
        "Repetition, preambles, restating the question, needless caveats and offers are waste.",
        "An answer that leaves out what is needed is not concise: it is incomplete, and no better for being short.",
        "A long answer to a question that needs one is concise when nothing could go.",
        "Quote what could go.",
    ),
    grades=(
        Grade("concise", 1.0, "nothing could go"),
        Grade("wordy", 0.5, "some of it could go"),
        Grade("verbose", 0.0, "most of it could go"),
    ),
    needs=("input", "output"),
    threshold=0.75,
    mark="needless",
    blind="Whether it is right, and whether something is missing.",
)
