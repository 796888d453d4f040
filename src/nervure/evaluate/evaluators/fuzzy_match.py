"""How many edits lie between the output and the reference?"""

from collections.abc import Mapping
from typing import Any

from rapidfuzz import fuzz
from rapidfuzz.distance import Levenshtein

from nervure.evaluate.evaluator import Evaluator, Example, Result, Setting
from nervure.evaluate.evaluators.exact_match import normal

MOST_CHARACTERS = 20_000
_WAYS = {
    "levenshtein": lambda one, other: Levenshtein.normalized_similarity(one, other),
    "partial": lambda one, other: fuzz.partial_ratio(one, other) / 100,
    "token_set": lambda one, other: fuzz.token_set_ratio(one, other) / 100,
}


def run(example: Example, settings: Mapping[str, Any]) -> Result:
    """The best similarity with the reference, or with one of a list, from 0 to 1."""
    references = (
        [str(item) for item in example.expected]
        if isinstance(example.expected, (list, tuple))
        else [str(example.expected)]
    )
    output = normal(example.output or "")[:MOST_CHARACTERS]
    score = max((_WAYS[settings["method"]](output, normal(item)[:MOST_CHARACTERS]) for item in references), default=0.0)
    label = "match" if score >= settings["threshold"] else "no match"
    return Result(score, label, f"{settings['method']} similarity {score:.3f}")


EVALUATOR = Evaluator(
    name="fuzzy_match",
    summary="How alike are the spellings of the output and the reference?",
    aliases=("NonLLMStringSimilarity", "StringPresence", "Levenshtein", "LevenshteinDistance", "string_distance", "edit_distance", "levenshtein_ratio"),
    needs=("output", "expected"),
    run=run,
    group="reference",
    blind="Meaning: \"is\" and \"is not\" are four letters apart.",
    threshold=0.8,
    threshold_why="One edit in five characters.",
    settings=(Setting("method", "levenshtein", "How to compare.", tuple(_WAYS)),),
)  # fmt: skip
