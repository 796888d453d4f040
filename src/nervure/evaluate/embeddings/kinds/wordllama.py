"""wordllama: the model that ships in a package, loads offline and needs no more than numpy."""

import math
import re
import threading
from collections.abc import Sequence
from functools import cache, cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import Any, cast

import numpy as np

from nervure.base.errors import SettingsError
from nervure.base.settings import Settings
from nervure.evaluate.embeddings.contract import Embeddings, Vectors
from nervure.evaluate.text.memory import remembered

DIMENSIONS = 256
# 16 MB at most; a word beyond so many letters is text without blanks, which does not come back.
MOST_WORDS, MOST_LETTERS = 16_384, 40
# Lists of more texts are data sets, whose texts do not come back either.
MOST_SHARED = 64
# The tokenizer's own signs, which it takes out of a text before it looks for words; the last stands for a blank.
_MARKS = ("<unk>", "<s>", "</s>", "\u2581")
_BLANK = 29871
_SPACED = re.compile(" *[^ ]+| +")


class StaticEmbedder:
    """wordllama: 256 dimensions, the mean of the vectors of a text's tokens. Order of words does not matter to it.

    No token of its vocabulary goes on beyond a blank, so that a text's tokens are those of its words: what a word adds is
    worked out once and remembered. Thread-safe.
    """

    name = "wordllama-l2-256"

    def __init__(self) -> None:
        self._adding = threading.Lock()
        self._words = _Words()
        self._remembered = remembered()(self._vector)

    # 50 MB, paid only by processes that embed.
    @cached_property
    def _model(self) -> Any:
        return _load()

    @cached_property
    def _table(self) -> Any:
        return self._model.embedding

    @cached_property
    def _tokenizer(self) -> Any:
        return self._model.tokenizer

    def embed(self, texts: Sequence[str]) -> Vectors:
        """As the protocol says; the last texts are remembered, because several evaluators look at the same ones."""
        if not texts:
            return np.zeros((0, DIMENSIONS), np.float32)
        found = self._remembered if len(texts) <= MOST_SHARED else self._vector
        return np.concatenate([found(text) for text in texts]).reshape(len(texts), DIMENSIONS)

    def embed_words(self, words: Sequence[str]) -> Vectors:
        """Like embed, for single words without a blank."""
        held = self._words
        rows = self._rows(held, words) if words else []
        if rows is None:
            return self.embed(words)
        return np.asarray(held.sums.take(rows, axis=0) / held.lengths.take(rows)[:, None], np.float32)

    def _vector(self, text: str) -> Vectors:
        total = self._total(text)
        length = math.sqrt(float(total @ total))
        return np.asarray(total / length, np.float32) if length else total

    def _total(self, text: str) -> Vectors:
        if not text.strip():
            return np.zeros(DIMENSIONS, np.float32)
        if any(mark in text for mark in _MARKS):
            return self._sum_of(text)
        pieces = _pieces(text)
        odd = [piece for piece in pieces if len(piece) > MOST_LETTERS]
        held = self._words
        rows = self._rows(held, [piece for piece in pieces if len(piece) <= MOST_LETTERS] if odd else pieces)
        if rows is None:
            return self._sum_of(text)
        total: Vectors = np.add.reduce(held.sums.take(rows, axis=0))
        for piece in odd:
            total += self._sum_of(piece)
        return total

    def _rows(self, held: "_Words", words: Sequence[str]) -> list[int] | None:
        """Where each word's sum stands; None when they cannot all be remembered."""
        rows = list(map(held.rows.get, words))
        if None in rows:
            new = [word for word in dict.fromkeys(words) if word not in held.rows]
            with self._adding:
                if len(held.rows) + len(new) > MOST_WORDS or max(map(len, new)) > MOST_LETTERS:
                    # Whoever still reads the full table keeps it.
                    if held is self._words and len(held.rows) + len(new) > MOST_WORDS:
                        self._words = _Words()
                    return None
                for word in new:
                    held.add(word, self._sum_of(word))
            rows = [held.rows[word] for word in words]
        return cast("list[int]", rows)

    def _sum_of(self, text: str) -> Vectors:
        ids = self._tokenizer.encode(text, add_special_tokens=False).ids if text else [_BLANK]
        total: Vectors = self._table[np.minimum(ids, len(self._table) - 1)].sum(axis=0, dtype=np.float32)
        return total


class _Words:
    """sums: of the vectors of a word's tokens, one row a word; lengths: of the sums, 1 for a sum of zeros."""

    def __init__(self) -> None:
        self.rows: dict[str, int] = {}
        self.sums = np.zeros((MOST_WORDS, DIMENSIONS), np.float32)
        self.lengths = np.ones(MOST_WORDS, np.float32)

    def add(self, word: str, total: Vectors) -> None:
        if word not in self.rows:
            row = len(self.rows)
            self.sums[row] = total
            self.lengths[row] = math.sqrt(float(total @ total)) or 1.0
            self.rows[word] = row


def _pieces(text: str) -> list[str]:
    """The text cut at blanks, which begin the tokenizer's words; of more than one blank all but one stay."""
    pieces = text.split(" ")
    if "" not in pieces:
        return pieces
    return [piece[1:] for piece in _SPACED.findall(" " + text)]


@cache
def static() -> StaticEmbedder:
    """The model that ships; shipped weights of evaluators were made with it, so they always use it."""
    return StaticEmbedder()


def open_static(what: str, settings: Settings) -> StaticEmbedder:
    """The one there is. Raises SettingsError when another of its kind is asked for."""
    if what:
        raise SettingsError(
            f"embeddings = {settings.embeddings!r}: wordllama takes no name of a model, write wordllama"
        )
    return static()


def _load() -> Any:
    from wordllama import WordLlama  # 0.5 s, paid only by those who embed

    spec = find_spec("wordllama")
    folder = Path(spec.origin).parent if spec and spec.origin else None
    return WordLlama.load(cache_dir=folder, disable_download=True)


EMBEDDINGS = Embeddings("wordllama", "wordllama", "The small model that ships: 256 dimensions, offline.", open_static)
