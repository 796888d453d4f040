"""Does the text hang together?"""

from nervure.evaluate.judging.rubric import Rubric
from nervure.model.judge import Grade

RUBRIC = Rubric(
    name="coherence",
    aliases=("Coherence", "logical_consistency", "consistency_of_reasoning"),
    summary="Whether the answer is well ordered and does not contradict itself.",
    question="Does the output hang together: sentences that follow from one another, no contradiction, no jump?",
    rules=(
        "Judge order and logic only, neither truth nor manners.",
        "A statement that contradicts an earlier one of the same output makes it incoherent.",
        "A list may be a list: it needs no transitions.",
        "Quote the places that do not fit together.",
    ),
    grades=(
        Grade("coherent", 1.0, "it reads as one piece"),
        Grade("partly_coherent", 0.5, "a jump or a loose end, the thread is kept"),
        Grade("incoherent", 0.0, "it contradicts itself, or there is no thread"),
    ),
    needs=("output",),
    optional=("input",),
    threshold=0.75,
    mark="incoherent",
    blind="Whether what is said is true.",
)
