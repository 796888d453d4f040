"""Texts: what they are about (by their embeddings), and their form: length, letters, digits."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from nervure.detect.drift.cells import cells_of
from nervure.detect.drift.numeric import numeric_tests
from nervure.detect.drift.result import Test
from nervure.detect.drift.topics import topics
from nervure.detect.drift.vectors import Cloud, cloud_of, cloud_tests
from nervure.evaluate.embeddings.embedder import Embedder, embedder
from nervure.stats.multiplicity import cauchy_combination

WEIGHTS = {"topics": 0.65, "form": 0.35}
# Of longer texts the beginning is embedded: what a text is about is said there, and the work stays bounded.
MOST_CHARACTERS = 4000


def text_tests(
    reference: Sequence[str], current: Sequence[str], is_ordered: bool
) -> tuple[list[Test], dict[str, object], Cloud]:
    """(tests of topics and form, details: the topics that moved and who embedded, the vectors of the texts).

    is_ordered: the texts are in order of time.
    """
    # One embedder for both, whatever is chosen meanwhile: vectors of two cannot be compared.
    chosen = embedder()
    cloud = cloud_of(_embedded(chosen, reference), _embedded(chosen, current))
    about = cloud_tests(cloud, is_ordered, WEIGHTS["topics"])
    rows = np.concatenate([np.arange(len(reference)), np.arange(len(current))])
    moved = topics(cloud, list(reference), list(current), rows)
    return [about, _form(reference, current)], {"topics": moved, "embedder": chosen.name}, cloud


def _embedded(chosen: Embedder, texts: Sequence[str]) -> NDArray[np.float32]:
    return chosen.embed([text[:MOST_CHARACTERS] for text in texts])


def _form(reference: Sequence[str], current: Sequence[str]) -> Test:
    """Length in characters, share of letters and share of digits; the effect is that of what moved most."""
    first, second = _shapes(reference), _shapes(current)
    found = [
        Test(f"{name}: {one.shift}", one.p, one.weight, one.effect)
        for name in first
        for one in numeric_tests(cells_of(first[name], second[name]))
    ]
    best = min(found, key=lambda one: one.p)
    p = cauchy_combination([one.p for one in found], [one.weight for one in found])
    return Test(best.shift, p, WEIGHTS["form"], best.effect)


def _shapes(texts: Sequence[str]) -> dict[str, NDArray[np.float64]]:
    length = np.array([len(text) for text in texts], np.float64)
    letters = np.array([sum(map(str.isalpha, text)) for text in texts], np.float64)
    digits = np.array([sum(map(str.isdigit, text)) for text in texts], np.float64)
    some = np.maximum(length, 1)
    return {"length": length, "letters": letters / some, "digits": digits / some}
