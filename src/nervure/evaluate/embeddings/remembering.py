"""An embedder that asks for each text once: vectors of a model cost time, those of an API also money and privacy."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed

import numpy as np

from nervure.base.ids import digest
from nervure.evaluate.embeddings.contract import EmbedderRefused, Vectors

MOST_BYTES = 64 << 20
# What the keys and the order of a remembered vector take beside it.
ENTRY_BYTES = 300
# Tells how many dimensions there are when all texts at hand are blank.
PROBE = "text"

Ask = Callable[[Sequence[str]], Vectors]


class Remembering:
    """Blank texts are never asked for, equal ones once; the last vectors are kept, the texts are not. Thread-safe."""

    def __init__(
        self, name: str, ask: Ask, batch: int, at_once: int = 1, most_chars: int = 8000, most_bytes: int = MOST_BYTES
    ) -> None:
        """ask: (len(texts), d) vectors of any length for at most `batch` texts without blank ones.

        at_once: batches under way at the same time. most_chars: longer texts are cut. most_bytes: of vectors kept.
        """
        self.name = name
        self.at_once = at_once
        self._ask, self._batch = ask, batch
        self._most_chars, self._most_bytes = most_chars, most_bytes
        self._kept: OrderedDict[str, Vectors] = OrderedDict()
        self._dimensions = 0
        self._lock = threading.Lock()

    def embed(self, texts: Sequence[str]) -> Vectors:
        """As the protocol says. Raises what `ask` raises; what was answered until then is kept."""
        # Halves of characters, which JSON may hold, go over no wire.
        cut = [text[: self._most_chars].encode("utf-8", "replace").decode() for text in texts]
        keys = [digest(text.encode()) if text.strip() else "" for text in cut]
        found = self._recall(keys)
        missing = {key: text for key, text in zip(keys, cut, strict=True) if key and key not in found}
        found |= self._fetch(missing)
        if not self._dimensions:
            self._fetch({digest(PROBE.encode()): PROBE})
        out = np.zeros((len(texts), self._dimensions), np.float32)
        for row, key in enumerate(keys):
            if key:
                out[row] = found[key]
        return out

    def _recall(self, keys: Sequence[str]) -> dict[str, Vectors]:
        with self._lock:
            found = {key: self._kept[key] for key in keys if key in self._kept}
            for key in found:
                self._kept.move_to_end(key)
        return found

    def _fetch(self, missing: dict[str, str]) -> dict[str, Vectors]:
        keys, texts = list(missing), list(missing.values())
        parts = [slice(first, first + self._batch) for first in range(0, len(keys), self._batch)]
        found: dict[str, Vectors] = {}
        for part, vectors in self._asked(texts, parts):
            fresh = dict(zip(keys[part], self._unit(vectors, len(keys[part])), strict=True))
            found |= fresh
            self._keep(fresh)
        return found

    def _asked(self, texts: list[str], parts: list[slice]) -> Iterator[tuple[slice, Vectors]]:
        if self.at_once == 1 or len(parts) < 2:
            yield from ((part, self._ask(texts[part])) for part in parts)
            return
        with ThreadPoolExecutor(min(self.at_once, len(parts)), thread_name_prefix="embed") as pool:
            waiting = {pool.submit(self._ask, texts[part]): part for part in parts}
            try:
                for done in as_completed(waiting):
                    yield waiting[done], done.result()
            finally:
                # After a failure the others would only fail, or be paid for, too.
                for future in waiting:
                    future.cancel()

    def _unit(self, vectors: Vectors, count: int) -> Vectors:
        if vectors.ndim != 2 or len(vectors) != count:
            raise EmbedderRefused(f"{self.name} answered vectors of shape {vectors.shape} for {count} texts")
        with self._lock:
            self._dimensions = self._dimensions or vectors.shape[1]
        if vectors.shape[1] != self._dimensions:
            raise EmbedderRefused(
                f"{self.name} answered vectors of {vectors.shape[1]} dimensions, before {self._dimensions}: another model"
                " answers under its name, and their vectors cannot be compared. Start anew, best with a name of its own"
            )
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        if not np.isfinite(lengths).all():
            raise EmbedderRefused(f"{self.name} answered vectors that are no numbers")
        # Static models know no word of some texts.
        return np.asarray(vectors / np.where(lengths == 0, 1, lengths), np.float32)

    def _keep(self, fresh: dict[str, Vectors]) -> None:
        most = max(1, self._most_bytes // (4 * self._dimensions + ENTRY_BYTES))
        with self._lock:
            # Copies: a row of a batch would keep the whole batch.
            self._kept |= {key: vector.copy() for key, vector in fresh.items()}
            while len(self._kept) > most:
                self._kept.popitem(last=False)
