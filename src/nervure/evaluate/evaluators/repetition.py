"""Does the text go round in circles?"""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from nervure.evaluate.evaluator import Evaluator, Example, Mark, Result, Setting, nothing
from nervure.evaluate.text.sentences import sentences
from nervure.evaluate.text.words import grams, words

MOST_WORDS = 5000


def run(example: Example, settings: Mapping[str, Any]) -> Result:
    """1 - the larger of: share of n-grams said before, share of sentences said before."""
    output = example.output or ""
    said = words(output)
    size = settings["n"]
    runs = grams(said.lower[:MOST_WORDS], size)
    if not len(said):
        return nothing("the output holds no word")
    repeated = 1 - len(set(runs)) / len(runs) if runs else 0.0
    seen: set[tuple[str, ...]] = set()
    marks = []
    pieces = sentences(output)
    for piece in pieces:
        key = words(piece.text).lower
        if len(key) > 2 and key in seen:
            marks.append(Mark(piece.start, piece.end, "repeated"))
        seen.add(key)
    again = len(marks) / len(pieces) if len(pieces) > 1 else 0.0
    # One word over and over has few n-grams to compare.
    most = Counter(said.lower[:MOST_WORDS]).most_common(1)[0][1] / min(len(said), MOST_WORDS)
    stuck = most if len(said) >= 20 and most > 0.4 else 0.0
    score = 1 - max(repeated, again, stuck)
    told = f"{repeated:.0%} of runs of {size} words and {again:.0%} of sentences were said before"
    return Result(score, "repetitive" if score < settings["threshold"] else "varied", told, tuple(marks))


EVALUATOR = Evaluator(
    name="repetition",
    summary="Does the text repeat itself?",
    aliases=("Repetition", "degeneration", "repetitiveness", "distinct_n"),
    needs=("output",),
    run=run,
    group="format",
    detects="repetitive",
    blind="Repetition in other words; tables and code repeat for good reasons.",
    threshold=0.7,
    threshold_why="Prose of people rarely repeats more than a tenth of its runs of four words.",
    settings=(Setting("n", 4, "Length of the runs of words."),),
    default=True,
)
