"""Character n-grams of words, hashed: spelling without a vocabulary, so that weights hold nobody's rows."""

import math
from functools import lru_cache
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from nervure.evaluate.text.words import words

BUCKETS = 4096
MOST_WORDS = 2000


@lru_cache(maxsize=20_000)
def _buckets(word: str) -> NDArray[np.intp]:
    padded = f" {word} "
    parts = {padded[at : at + size] for size in (2, 3, 4, 5) for at in range(len(padded) - size + 1)}
    return np.array([crc32(part.encode()) % BUCKETS for part in parts], np.intp)


def hashed_grams(text: str) -> NDArray[np.float64]:
    """(BUCKETS,): 1 where an n-gram (2 to 5 characters within a word) falls, scaled to length 1."""
    out = np.zeros(BUCKETS)
    said = set(words(text).lower[:MOST_WORDS])
    if said:
        out[np.concatenate([_buckets(word) for word in said])] = 1.0
        # All are 0 or 1: the length is the root of how many are 1.
        out /= math.sqrt(np.count_nonzero(out))
    return out
