"""chrF of the output against the reference."""

import string
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from nervure.evaluate.evaluator import Evaluator, Example, Result, Setting, nothing
from nervure.evaluate.text.words import grams

CHARACTER_ORDER, MOST_CHARACTERS = 6, 20_000


def run(example: Example, settings: Mapping[str, Any]) -> Result:
    """F of the mean precision and recall over runs of 1 to 6 characters, blanks left out (Popovic 2015), and up to
    `word_order` words (chrF++, Popovic 2017), against the best reference. As sacreBLEU counts, over 100.
    """
    given = example.expected if isinstance(example.expected, (list, tuple)) else [example.expected]
    references = [str(item)[:MOST_CHARACTERS] for item in given if item is not None]
    said = (example.output or "")[:MOST_CHARACTERS]
    if not said.strip() or not any(one.strip() for one in references):
        return nothing("the output or the reference is empty")
    orders = settings["word_order"]
    own = _runs(said, orders)
    found = [_chrf(own, _runs(one, orders), settings["beta"]) for one in references if one.strip()]
    score, precision, recall = max(found)
    name = "chrF" + "+" * min(2, orders)
    label = "similar" if score >= settings["threshold"] else "different"
    told = (
        f"{name} {score:.3f}: precision {precision:.3f}, recall {recall:.3f}, recall counts {settings['beta']:g} times"
    )
    return Result(score, label, told, details={"precision": round(precision, 4), "recall": round(recall, 4)})


def _runs(text: str, word_order: int) -> list[Counter[Any]]:
    """Runs of characters of each order, then of words."""
    letters = "".join(text.split())
    found: list[Counter[Any]] = [
        Counter(letters[at : at + size] for at in range(len(letters) - size + 1))
        for size in range(1, CHARACTER_ORDER + 1)
    ]
    pieces = [piece for word in text.split() for piece in _without_mark(word)]
    return found + [Counter(grams(pieces, size)) for size in range(1, word_order + 1)]


def _without_mark(word: str) -> Sequence[str]:
    """A mark at one end is a word of its own."""
    if len(word) == 1:
        return (word,)
    if word[-1] in string.punctuation:
        return (word[:-1], word[-1])
    return (word[0], word[1:]) if word[0] in string.punctuation else (word,)


def _chrf(own: list[Counter[Any]], other: list[Counter[Any]], beta: float) -> tuple[float, float, float]:
    """(F, precision, recall). Orders longer than one of the texts do not count."""
    counted = [(one, two) for one, two in zip(own, other, strict=True) if one and two]
    if not counted:
        return 0.0, 0.0, 0.0
    shared = [sum((one & two).values()) for one, two in counted]
    precision = sum(both / sum(one.values()) for both, (one, _) in zip(shared, counted, strict=True)) / len(counted)
    recall = sum(both / sum(two.values()) for both, (_, two) in zip(shared, counted, strict=True)) / len(counted)
    weight = beta * beta
    if precision + recall == 0:
        return 0.0, 0.0, 0.0
    return (1 + weight) * precision * recall / (weight * precision + recall), precision, recall


EVALUATOR = Evaluator(
    name="chrf",
    summary="chrF: runs of characters shared with the reference; kind to endings of words and to any language.",
    aliases=("chrF", "CHRF", "ChrfScore", "chrF2", "chrF++", "sentence_chrf"),
    needs=("output", "expected"),
    run=run,
    group="reference",
    blind="Meaning, and the same thing in other words; texts of one alphabet share many short runs by chance.",
    threshold=0.5,
    threshold_why="Good translations reach 0.5 to 0.6; unrelated English sentences about 0.15.",
    settings=(
        Setting("word_order", 0, "Longest run of words that counts besides; 2 makes it chrF++."),
        Setting("beta", 2.0, "How many times as much recall counts as precision."),
    ),
)
