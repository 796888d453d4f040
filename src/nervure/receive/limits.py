"""How many bytes of requests are in hand."""

import threading


class Gauge:
    """Bytes of requests between their arrival and their answer, bounded. Thread-safe."""

    def __init__(self, bound: int) -> None:
        self.bound = bound
        self._held = 0
        self._lock = threading.Lock()

    @property
    def held(self) -> int:
        """Bytes held now."""
        return self._held

    def has_room(self, size: int) -> bool:
        """Whether `size` more bytes fit. A request larger than the bound fits when nothing else is held."""
        return not self._held or self._held + size <= self.bound

    def take(self, size: int) -> bool:
        """Reserve, if there is room."""
        with self._lock:
            if not self.has_room(size):
                return False
            self._held += size
            return True

    def give_back(self, size: int) -> None:
        """Release what was taken."""
        with self._lock:
            self._held -= size
