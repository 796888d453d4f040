"""Character n-grams of words, hashed: spelling without a vocabulary, so that weights hold nobody's rows."""

from functools import lru_cache
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from nervure.evaluate.text.words import words

# So many that frequent n-grams seldom share one. A model's weights are kept in a byte each.
BUCKETS = 32_768
MOST_WORDS = 2000


@lru_cache(maxsize=20_000)
def _buckets(word: str) -> NDArray[np.int32]:
    padded = f" {word} "
    parts = {padded[at : at + size] for size in (2, 3, 4, 5) for at in range(len(padded) - size + 1)}
    return np.array([crc32(part.encode()) % BUCKETS for part in parts], np.int32)


def hashed_grams(text: str) -> NDArray[np.intp]:
    """Buckets, in order and each once, into which an n-gram (2 to 5 characters within a word) falls."""
    said = set(words(text).lower[:MOST_WORDS])
    if not said:
        return np.zeros(0, np.intp)
    held = np.zeros(BUCKETS, np.bool_)
    held[np.concatenate([_buckets(word) for word in said])] = True
    return np.flatnonzero(held)
