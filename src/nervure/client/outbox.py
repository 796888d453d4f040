"""A bounded queue of records for the API, sent in the background in batches."""

import logging
from collections import deque
from collections.abc import Iterable, Sequence
from threading import Condition, Thread
from typing import Any

from nervure.base.errors import Busy, NervureError
from nervure.client.http import Http

log = logging.getLogger("nervure")

BATCH = 1000
MOST_WAITING = 100_000
LINGER_S = 1.0
RETRIES = 5


class Outbox:
    """Queues of bodies by API path, and the thread that sends them. Drop-and-count beyond `most` of one path."""

    def __init__(self, http: Http, paths: Sequence[str], most: int = MOST_WAITING, linger_s: float = LINGER_S) -> None:
        self._http, self._most, self._linger_s = http, most, linger_s
        self._waiting: dict[str, deque[dict[str, Any]]] = {path: deque() for path in paths}
        self._changed = Condition()
        self._sending = self.lost = 0
        self._is_hurried = False
        self._told = ""
        Thread(target=self._run, name="nervure-outbox", daemon=True).start()

    def put(self, path: str, bodies: Iterable[dict[str, Any]]) -> None:
        """Queues bodies; beyond `most` the newest are left out, counted and told in the log."""
        with self._changed:
            queue = self._waiting[path]
            for body in bodies:
                if len(queue) >= self._most:
                    self._lose(1, f"{self._most} wait already: is the server away?")
                else:
                    queue.append(body)
            self._changed.notify_all()

    def flush(self, timeout_s: float) -> bool:
        """Waits until everything was sent; False when it was not in time."""
        with self._changed:
            self._is_hurried = True
            self._changed.notify_all()
            return self._changed.wait_for(lambda: not self._sending and not any(self._waiting.values()), timeout_s)

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: any(self._waiting.values()))
                self._changed.wait_for(self._is_due, self._linger_s)
                path, queue = next((path, queue) for path, queue in self._waiting.items() if queue)
                batch = [queue.popleft() for _ in range(min(len(queue), BATCH))]
                self._sending = len(batch)
            try:
                self._send(path, batch)
            finally:
                with self._changed:
                    self._sending = 0
                    self._is_hurried = self._is_hurried and any(self._waiting.values())
                    self._changed.notify_all()

    def _is_due(self) -> bool:
        return self._is_hurried or any(len(queue) >= BATCH for queue in self._waiting.values())

    def _send(self, path: str, batch: list[dict[str, Any]]) -> None:
        for attempt in range(RETRIES):
            try:
                self._http.post(f"/api/v1/{path}", batch)
                return
            except Busy as error:
                problem: NervureError = error
            except NervureError as error:
                problem = error
                break
            with self._changed:
                # Sooner when somebody waits for the end.
                self._changed.wait(min(0.5 * 2**attempt, error_wait(problem)))
        with self._changed:
            self._lose(len(batch), str(problem))

    def _lose(self, count: int, why: str) -> None:
        # Not for each: a server that is away would fill the log.
        if why != self._told or self.lost // 1000 != (self.lost + count) // 1000:
            log.warning("nervure: %d records could not be stored so far: %s", self.lost + count, why)
        self.lost += count
        self._told = why


def error_wait(error: NervureError) -> float:
    """Seconds the server asked to wait, at most 30."""
    return min(float(getattr(error, "retry_after_s", None) or 8.0), 30.0)
