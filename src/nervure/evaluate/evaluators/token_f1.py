"""Words shared by the output and the reference."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from nervure.evaluate.evaluator import Evaluator, Example, Result
from nervure.evaluate.evaluators.exact_match import normal


def run(example: Example, settings: Mapping[str, Any]) -> Result:
    """F1 over words as SQuAD defines it (Rajpurkar et al. 2016), with the best of several references."""
    references = example.expected if isinstance(example.expected, (list, tuple)) else [example.expected]
    said = Counter(normal(example.output or "").split())
    score = max((_f1(said, Counter(normal(str(item)).split())) for item in references), default=0.0)
    return Result(score, "match" if score >= settings["threshold"] else "no match", f"F1 of words {score:.3f}")


def _f1(one: Counter[str], other: Counter[str]) -> float:
    if not one or not other:
        return float(one == other)
    shared = sum((one & other).values())
    return 2 * shared / (sum(one.values()) + sum(other.values()))


EVALUATOR = Evaluator(
    name="token_f1",
    summary="F1 of the words shared with the reference, as SQuAD counts it.",
    aliases=("F1Score", "squad_f1", "word_f1", "token_overlap"),
    needs=("output", "expected"),
    run=run,
    group="reference",
    blind="Meaning, order and other wordings.",
    threshold=0.5,
    threshold_why="Half of the words in common.",
)
