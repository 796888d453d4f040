"""Which retrieved documents are relevant, from labels or from a reference answer."""

import math
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from nervure.base.errors import BadInput
from nervure.evaluate.evaluator import Example
from nervure.evaluate.text.sentences import sentences
from nervure.evaluate.text.words import content_stems


def grades(example: Example) -> list[float]:
    """Relevance of each document in order of rank. Raises BadInput when no document carries a label.

    `expected` may be a list of the ids of the relevant documents instead.
    """
    documents = example.documents or ()
    if isinstance(example.expected, (list, tuple, set)) and documents and all(document.id for document in documents):
        wanted = {str(item) for item in example.expected}
        return [float(document.id in wanted) for document in documents]
    if documents and all(document.relevance is None for document in documents):
        raise BadInput(
            "documents need relevance labels (`relevance`: 0 or higher), or ids with `expected` a list of the relevant ids"
        )
    return [document.relevance or 0.0 for document in documents]


def all_grades(example: Example, found: Sequence[float]) -> list[float]:
    """Grades of everything relevant there is: with ids in `expected`, also of what was not retrieved."""
    if isinstance(example.expected, Mapping):
        return [float(value) for value in example.expected.values()]
    if isinstance(example.expected, (list, tuple, set)) and example.documents and all(d.id for d in example.documents):
        return [1.0] * len(set(map(str, example.expected)))
    return list(found)


def dcg(gains: Sequence[float]) -> float:
    """Discounted cumulative gain with exponential gains, as in Burges et al. 2005: sum (2^g - 1) / log2(rank + 1)."""
    return sum((2**gain - 1) / math.log2(rank + 2) for rank, gain in enumerate(gains))


@lru_cache(maxsize=512)
def statements(text: str) -> tuple[tuple[str, frozenset[str]], ...]:
    """Sentences that say something, each with its content stems."""
    found = [(piece.text, frozenset(content_stems(piece.text))) for piece in sentences(text)]
    return tuple((piece, stems) for piece, stems in found if stems)


def covered(stems: frozenset[str], text_stems: frozenset[str]) -> float:
    """Share of a statement's content that a text holds."""
    return len(stems & text_stems) / len(stems)


def reference(expected: Any) -> str:
    """The reference answer as text. Raises BadInput when it is none."""
    if not isinstance(expected, str):
        raise BadInput(f"expected must be the reference answer as text, got {type(expected).__name__}")
    return expected
