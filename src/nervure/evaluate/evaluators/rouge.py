"""ROUGE of the output against the reference."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from rapidfuzz.distance import LCSseq

from nervure.evaluate.evaluator import Evaluator, Example, Result, Setting, nothing
from nervure.evaluate.evaluators._ranking import reference
from nervure.evaluate.text.words import grams, words

MOST_WORDS = 5000


def run(example: Example, settings: Mapping[str, Any]) -> Result:
    """ROUGE-1, -2 or -L (Lin 2004) over stems: F1, precision or recall."""
    said = words(example.output or "").stems[:MOST_WORDS]
    wanted = words(reference(example.expected)).stems[:MOST_WORDS]
    if not said or not wanted:
        return nothing("the output or the reference holds no word")
    if settings["type"] == "rougeL":
        shared, given, held = LCSseq.similarity(said, wanted), len(wanted), len(said)
    else:
        size = int(settings["type"][-1])
        one, other = Counter(grams(said, size)), Counter(grams(wanted, size))
        shared, given, held = sum((one & other).values()), sum(other.values()), sum(one.values())
    recall, precision = (shared / given if given else 0.0), (shared / held if held else 0.0)
    both = {
        "f1": 2 * precision * recall / (precision + recall) if shared else 0.0,
        "precision": precision,
        "recall": recall,
    }
    score = both[settings["mode"]]
    label = "similar" if score >= settings["threshold"] else "different"
    told = f"{settings['type']}: precision {precision:.3f}, recall {recall:.3f}"
    return Result(score, label, told, details={name: round(value, 4) for name, value in both.items()})


EVALUATOR = Evaluator(
    name="rouge",
    summary="ROUGE: words, pairs of words or the longest common sequence shared with the reference.",
    aliases=(
        "ROUGE",
        "RougeScore",
        "rouge_l",
        "rouge1",
        "rouge2",
        "rougeL",
        "rougeLsum",
    ),
    needs=("output", "expected"),
    run=run,
    group="reference",
    blind="Meaning, and the same thing in other words.",
    threshold=0.4,
    threshold_why="Good summaries reach about 0.4 against a reference by a person.",
    settings=(
        Setting("type", "rougeL", "Which ROUGE.", ("rougeL", "rouge1", "rouge2")),
        Setting("mode", "f1", "Which number is the score.", ("f1", "precision", "recall")),
    ),
)
