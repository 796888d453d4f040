"""A bounded memory of what was seen lately: two generations, so that forgetting costs nothing per entry."""

from collections.abc import Iterable, Mapping
from typing import Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")


class Recent(Generic[K, V]):
    """Keys with a value, kept for at least `window_s` and at most twice that, unless there are too many.

    When the young generation holds `most // 2` keys or is older than the window it becomes the old one, and the old
    one is forgotten: so between `most // 2` and `most` of the newest keys are known under pressure. Not thread-safe.
    """

    def __init__(self, most: int, window_s: float) -> None:
        self._most = max(most // 2, 1)
        self._window_s = window_s
        self._young: dict[K, V] = {}
        self._old: dict[K, V] = {}
        self._born_s = 0.0

    def get(self, key: K) -> V | None:
        """The value of a key, None when it is not known."""
        value = self._young.get(key)
        return self._old.get(key) if value is None else value

    def put(self, key: K, value: V) -> None:
        """Remember a key, or its new value."""
        self._young[key] = value

    def forget(self, keys: Iterable[K]) -> None:
        """Drop keys as if they had never been seen."""
        for key in keys:
            self._young.pop(key, None)
            self._old.pop(key, None)

    def age(self, now_s: float) -> None:
        """Let time pass: call it now and then (per request is fine) with a monotonic time in seconds."""
        if len(self._young) >= self._most or now_s - self._born_s > self._window_s:
            self._old, self._young, self._born_s = self._young, {}, now_s

    def load(self, entries: Mapping[K, V], now_s: float) -> None:
        """Start with what an earlier process knew."""
        self._young, self._old, self._born_s = dict(entries), {}, now_s

    def __len__(self) -> int:
        return len(self._young) + len(self._old)
