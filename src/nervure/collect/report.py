"""What a running collector tells of itself."""

import threading
from collections.abc import Mapping
from dataclasses import replace

from nervure.base.clock import Clock
from nervure.model.collector import CollectorState, Target

# More places are counted but not listed, so that a prefix of millions of objects cannot fill the memory.
MOST_TARGETS = 2000
MOST_REASONS = 50


class Report:
    """Thread-safe; one for a collector's whole life."""

    def __init__(self, clock: Clock) -> None:
        self._clock, self._lock = clock, threading.Lock()
        self._state = CollectorState()

    def state(self) -> CollectorState:
        """A copy."""
        with self._lock:
            targets = {name: replace(target) for name, target in self._state.targets.items()}
            return replace(self._state, targets=targets, refusals=dict(self._state.refusals))

    def progress(self, words: str) -> None:
        """How far a long round is, e.g. "12 of 340 objects"."""
        with self._lock:
            self._state.progress = words

    def taken(self, stored: int, refused: Mapping[str, int]) -> None:
        """Records that were stored, and those that were not, by reason."""
        with self._lock:
            self._state.items += stored
            for reason, count in refused.items():
                self._state.refused += count
                listed = self._state.refusals
                key = reason if reason in listed or len(listed) < MOST_REASONS else "other reasons"
                listed[key] = listed.get(key, 0) + count

    def target(
        self, name: str, error: str = "", items: int = 0, seconds: float = 0.0, labels: Mapping[str, str] | None = None
    ) -> None:
        """How one place (endpoint, object) fared just now. error: "" when all was well."""
        now_ns = self._clock.now_ns()
        with self._lock:
            before = self._state.targets.get(name)
            if before is None and len(self._state.targets) >= MOST_TARGETS:
                healthy = next((key for key, each in self._state.targets.items() if each.is_up), None)
                if healthy is None:
                    return
                del self._state.targets[healthy]
            since_ns = before.since_ns if before and before.is_up == (not error) else now_ns
            self._state.targets[name] = Target(
                name, not error, now_ns, since_ns, items, seconds, error, dict(labels or {})
            )

    def keep_targets(self, names: set[str]) -> None:
        """Forget places that are no longer asked."""
        with self._lock:
            self._state.targets = {key: one for key, one in self._state.targets.items() if key in names}

    # What the runner says.

    def begin(self) -> None:
        """A round begins."""
        with self._lock:
            self._state.state = "running"

    def elsewhere(self) -> None:
        """Another replica runs it."""
        with self._lock:
            self._state.state, self._state.progress = "standby", ""

    def end(self, seconds: float, error: str = "", next_ns: int = 0) -> None:
        """A round has ended. error: in words, "" when all was well."""
        with self._lock:
            state, now_ns = self._state, self._clock.now_ns()
            state.state = "failing" if error else "waiting"
            state.rounds += 1
            state.last_ns, state.last_seconds, state.next_ns = now_ns, seconds, next_ns
            state.progress = ""
            if error:
                state.last_error, state.last_error_ns = error, now_ns
