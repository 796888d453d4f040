"""The embedder in use. The default ships in a package, loads offline and needs no more than numpy."""

from collections.abc import Sequence
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]
REMEMBERED = 1024


class Embedder(Protocol):
    """Anything that makes vectors: `sentence_transformers.SentenceTransformer` fits by a lambda around `encode`.

    name: goes into the scores' details, because scores of two embedders cannot be compared.
    """

    name: str

    def embed(self, texts: Sequence[str]) -> Vectors:
        """(len(texts), d) float32, each row of length 1, or of zeros for a text without words."""
        ...


class StaticEmbedder:
    """wordllama: 256 dimensions, the mean of the vectors of a text's tokens. Order of words does not matter to it."""

    name = "wordllama-l2-256"

    def __init__(self) -> None:
        self._model = _load()
        self._words: dict[str, Vectors] = {}
        self._texts: dict[str, Vectors] = {}

    def embed(self, texts: Sequence[str]) -> Vectors:
        """As the protocol says; short lists are remembered, because several evaluators look at the same texts."""
        if not texts or len(texts) > 64:
            return self._fresh(texts)
        new = [text for text in dict.fromkeys(texts) if text not in self._texts]
        if len(self._texts) + len(new) > REMEMBERED:
            self._texts.clear()
            new = list(dict.fromkeys(texts))
        if new:
            self._texts.update(zip(new, self._fresh(new), strict=True))
        return np.stack([self._texts[text] for text in texts])

    def _fresh(self, texts: Sequence[str]) -> Vectors:
        vectors = np.zeros((len(texts), 256), np.float32)
        table, tokenizer = self._model.embedding, self._model.tokenizer
        for place, text in enumerate(texts):
            # The model's own way pads a batch to its longest text and starts threads; text by text costs a third.
            ids = tokenizer.encode(text, add_special_tokens=False).ids if text.strip() else ()
            if len(ids):
                vectors[place] = table[np.minimum(ids, len(table) - 1)].mean(axis=0)
        vectors = np.nan_to_num(vectors)
        norms = np.linalg.norm(vectors, axis=1, keepdims=True)
        return np.asarray(vectors / np.where(norms == 0, 1, norms), np.float32)

    def embed_words(self, words: Sequence[str]) -> Vectors:
        """Like embed, remembering each word: vocabularies are small."""
        new = [word for word in dict.fromkeys(words) if word not in self._words]
        if len(self._words) > 100_000:
            self._words.clear()
            new = list(dict.fromkeys(words))
        if new:
            self._words.update(zip(new, self._fresh(new), strict=True))
        return np.stack([self._words[word] for word in words]) if words else np.zeros((0, 256), np.float32)


_chosen: list[Embedder] = []


def use(chosen: Embedder | None) -> None:
    """Use another embedder for sentences in this process, e.g. an API's; None goes back to the default."""
    _chosen[:] = [chosen] if chosen else []


def embedder() -> Embedder:
    """The embedder that compares sentences and documents."""
    return _chosen[0] if _chosen else static()


@cache
def static() -> StaticEmbedder:
    """The model that ships; shipped weights of evaluators were made with it, so they always use it."""
    return StaticEmbedder()


def cosine(one: Vectors, other: Vectors) -> NDArray[np.float32]:
    """(n, m) similarities of rows of unit length."""
    return one @ other.T


def _load() -> Any:
    from wordllama import WordLlama  # 0.5 s, paid only by those who embed

    spec = find_spec("wordllama")
    folder = Path(spec.origin).parent if spec and spec.origin else None
    return WordLlama.load(cache_dir=folder, disable_download=True)
