"""BLEU of the output against the reference."""

import math
from collections import Counter
from collections.abc import Mapping
from typing import Any

from nervure.evaluate.evaluator import Evaluator, Example, Result, Setting, nothing
from nervure.evaluate.text.words import grams, words

MOST_WORDS = 5000


def run(example: Example, settings: Mapping[str, Any]) -> Result:
    """Sentence BLEU (Papineni et al. 2002), orders above 1 smoothed by one (Lin and Och 2004), against the best reference."""
    given = example.expected if isinstance(example.expected, (list, tuple)) else [example.expected]
    references = [words(str(item)).lower[:MOST_WORDS] for item in given]
    said = words(example.output or "").lower[:MOST_WORDS]
    if not said or not any(references):
        return nothing("the output or the reference holds no word")
    logs = 0.0
    for size in range(1, settings["n"] + 1):
        counts = Counter(grams(said, size))
        most: Counter[tuple[str, ...]] = Counter()
        for reference in references:
            most |= Counter(grams(reference, size))
        matched, total, smooth = sum((counts & most).values()), sum(counts.values()), float(size > 1)
        if matched + smooth == 0:
            return Result(0.0, "different", "no word in common with the reference")
        logs += math.log((matched + smooth) / (total + smooth))
    nearest = min((len(reference) for reference in references), key=lambda length: (abs(length - len(said)), length))
    brevity = min(1.0, math.exp(1 - nearest / len(said)))
    score = min(1.0, brevity * math.exp(logs / settings["n"]))
    label = "similar" if score >= settings["threshold"] else "different"
    return Result(
        score,
        label,
        f"BLEU-{settings['n']} {score:.3f}, brevity penalty {brevity:.2f}",
        details={"brevity": round(brevity, 4)},
    )


EVALUATOR = Evaluator(
    name="bleu",
    summary="BLEU: runs of words shared with the reference, as precision.",
    aliases=("BLEU", "BleuScore", "sentence_bleu"),
    needs=("output", "expected"),
    run=run,
    group="reference",
    blind="Meaning and other wordings; it is made for corpora, and shaky for single sentences.",
    threshold=0.3,
    threshold_why="Understandable translations reach about 0.3.",
    settings=(Setting("n", 4, "Longest run of words."),),
)
