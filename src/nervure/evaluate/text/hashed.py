"""Character n-grams of words, hashed: spelling without a vocabulary, so that weights hold nobody's rows."""

from functools import lru_cache
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from nervure.evaluate.text.words import words

BUCKETS = 4096
MOST_WORDS = 2000


@lru_cache(maxsize=100_000)
def _buckets(word: str) -> tuple[int, ...]:
    padded = f" {word} "
    parts = {padded[at : at + size] for size in (2, 3, 4, 5) for at in range(len(padded) - size + 1)}
    return tuple(crc32(part.encode()) % BUCKETS for part in parts)


def hashed_grams(text: str) -> NDArray[np.float64]:
    """(BUCKETS,): 1 where an n-gram (2 to 5 characters within a word) falls, scaled to length 1."""
    out = np.zeros(BUCKETS)
    for word in set(words(text).lower[:MOST_WORDS]):
        out[list(_buckets(word))] = 1.0
    norm = np.linalg.norm(out)
    return out / norm if norm else out
