"""An embedder that asks for each text once: vectors of a model cost time, those of an API also money and privacy."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed

import numpy as np

from nervure.base.errors import Busy
from nervure.base.ids import digest
from nervure.evaluate.embeddings.contract import EmbedderRefused, Vectors
from nervure.evaluate.embeddings.spend import Meter

MOST_BYTES = 64 << 20
# What the keys and the order of a remembered vector take beside it.
ENTRY_BYTES = 300
# Tells how many dimensions there are when all texts at hand are blank.
PROBE = "text"

Ask = Callable[[Sequence[str]], Vectors]


class Remembering:
    """Blank texts are never asked for, equal ones once; the last vectors are kept, the texts are not. Thread-safe.

    A text that another thread is asking for already is waited for, not asked for and paid again.
    """

    def __init__(
        self,
        name: str,
        ask: Ask,
        batch: int,
        at_once: int = 1,
        most_chars: int = 8000,
        most_bytes: int = MOST_BYTES,
        meter: Meter | None = None,
    ) -> None:
        """ask: (len(texts), d) vectors of any length for at most `batch` texts without blank ones.

        at_once: batches under way at the same time. most_chars: longer texts are cut. most_bytes: of vectors kept.
        meter: of what costs money.
        """
        self.name, self.meter = name, meter
        self.at_once = at_once
        self._ask, self._batch = ask, batch
        self._most_chars, self._most_bytes = most_chars, most_bytes
        self._kept: OrderedDict[str, Vectors] = OrderedDict()
        self._under_way: dict[str, Future[Vectors | None]] = {}
        self._dimensions = 0
        self._lock = threading.Lock()

    def embed(self, texts: Sequence[str]) -> Vectors:
        """As the protocol says. Raises what `ask` raises; what was answered until then is kept."""
        # Halves of characters, which JSON may hold, go over no wire.
        cut = [text[: self._most_chars].encode("utf-8", "replace").decode() for text in texts]
        keys = [digest(text.encode()) if text.strip() else "" for text in cut]
        found = self._gather({key: text for key, text in zip(keys, cut, strict=True) if key})
        if not self._dimensions:
            self._gather({digest(PROBE.encode()): PROBE})
        out = np.zeros((len(texts), self._dimensions), np.float32)
        for row, key in enumerate(keys):
            if key:
                out[row] = found[key]
        return out

    def _gather(self, wanted: dict[str, str]) -> dict[str, Vectors]:
        """The vector of each key: remembered, of whoever is asking for it already, or asked for here."""
        found: dict[str, Vectors] = {}
        while missing := {key: text for key, text in wanted.items() if key not in found}:
            with self._lock:
                found |= self._recall(missing)
                others = {key: self._under_way[key] for key in missing if key not in found and key in self._under_way}
                mine = {key: text for key, text in missing.items() if key not in found and key not in others}
                self._under_way |= {key: Future() for key in mine}
            # One's own first: two threads that wait for each other's texts both get on.
            found |= self._fetch(mine) if mine else {}
            for key, promise in others.items():
                vector = promise.result()
                # None: it failed for whoever asked, maybe because of another text.
                found |= {} if vector is None else {key: vector}
        return found

    def _recall(self, keys: Iterable[str]) -> dict[str, Vectors]:
        found = {key: self._kept[key] for key in keys if key in self._kept}
        for key in found:
            self._kept.move_to_end(key)
        return found

    def _fetch(self, missing: dict[str, str]) -> dict[str, Vectors]:
        keys = list(missing)
        parts = [keys[first : first + self._batch] for first in range(0, len(keys), self._batch)]
        found: dict[str, Vectors] = {}
        down: Busy | None = None
        try:
            for fresh in self._asked(missing, parts):
                found |= fresh
        except Busy as error:
            down = error
            raise
        finally:
            with self._lock:
                promises = {key: self._under_way.pop(key) for key in keys}
                known = found | self._recall(keys)
            for key, promise in promises.items():
                # What is down for one is down for all: they need not find out one after the other.
                if key not in known and down is not None:
                    promise.set_exception(down)
                else:
                    promise.set_result(known.get(key))
        return found

    def _asked(self, missing: dict[str, str], parts: list[list[str]]) -> Iterator[dict[str, Vectors]]:
        def one(keys: list[str]) -> dict[str, Vectors]:
            vectors = self._ask([missing[key] for key in keys])
            fresh = dict(zip(keys, self._unit(vectors, len(keys)), strict=True))
            # Kept here: what is answered after another part has failed is paid for, too.
            self._keep(fresh)
            return fresh

        if self.at_once == 1 or len(parts) < 2:
            yield from map(one, parts)
            return
        with ThreadPoolExecutor(min(self.at_once, len(parts)), thread_name_prefix="embed") as pool:
            waiting = [pool.submit(one, part) for part in parts]
            try:
                for done in as_completed(waiting):
                    yield done.result()
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
