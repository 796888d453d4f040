"""Sends OTLP requests to the server: several at a time, repeated while the server asks for patience."""

import gzip
from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from threading import Event

import httpx

from nervure.base.clock import Clock
from nervure.base.errors import Busy, NervureError
from nervure.demo.otlp import Request

RETRYABLE = frozenset({429, 502, 503, 504})


@dataclass(slots=True)
class Tally:
    """What the server has acknowledged so far, by path, and how often it asked to wait."""

    accepted: dict[str, int] = field(default_factory=dict)
    retries: int = 0

    @property
    def spans(self) -> int:
        return self.accepted.get("/v1/traces", 0)


class Sender:
    """Sends to one server. patience_s: how long a request is repeated before giving up with Busy."""

    def __init__(
        self, url: str, clock: Clock, api_key: str = "", project: str = "", connections: int = 4,
        patience_s: float = 60.0, is_compressed: bool = False,
    ) -> None:  # fmt: skip
        headers: dict[str, str] = {}
        if api_key:
            headers["authorization"] = f"Bearer {api_key}"
        if project:
            headers["x-nervure-project"] = project
        if is_compressed:
            headers["content-encoding"] = "gzip"
        self._client = httpx.Client(base_url=url, headers=headers, timeout=60.0)
        self._clock, self._patience_s, self._is_compressed = clock, patience_s, is_compressed
        self._connections = connections
        self._stopping = Event()
        self.tally = Tally()

    def send_all(self, requests: Iterable[tuple[int, Request]], progress: Callable[[int, Tally], None]) -> Tally:
        """Sends everything; progress is told the simulated time reached (ns) and the tally after each request.

        Raises NervureError when the server refuses for good or stays away longer than the patience.
        """
        waiting: deque[tuple[int, Request, Future[int]]] = deque()
        with ThreadPoolExecutor(self._connections) as pool:
            for at_ns, request in requests:
                waiting.append((at_ns, request, pool.submit(self.send, request)))
                if len(waiting) >= 2 * self._connections:
                    self._settle(*waiting.popleft(), progress)
            while waiting:
                self._settle(*waiting.popleft(), progress)
        return self.tally

    def send(self, request: Request) -> int:
        """Sends one request; returns how often it had to be repeated."""
        path, body, _ = request
        content = gzip.compress(body, 1) if self._is_compressed else body
        deadline_s = self._clock.monotonic_s() + self._patience_s
        attempt = 0
        while True:
            problem, wait_s = self._attempt(path, content, attempt)
            if not problem:
                return attempt
            if self._clock.monotonic_s() + wait_s > deadline_s:
                raise Busy(f"the server did not take {path} within {self._patience_s:.0f} s: {problem}", wait_s)
            self._stopping.wait(wait_s)
            attempt += 1

    def close(self) -> None:
        """Gives up waiting requests and closes the connections."""
        self._stopping.set()
        self._client.close()

    def _attempt(self, path: str, content: bytes, attempt: int) -> tuple[str, float]:
        """("", 0) when accepted, else what went wrong and how long to wait. Raises NervureError if waiting cannot help."""
        backoff_s = min(0.25 * 2**attempt, 8.0)
        try:
            answer = self._client.post(path, content=content, headers={"content-type": _content_type(path)})
        except httpx.TransportError as error:
            return f"{type(error).__name__}: {error}", backoff_s
        if answer.is_success:
            return "", 0.0
        if answer.status_code in RETRYABLE:
            after = answer.headers.get("retry-after", "")
            return f"HTTP {answer.status_code}", float(after) if after.isdigit() else backoff_s
        hint = " (set --api-key or NERVURE_API_KEY)" if answer.status_code in (401, 403) else ""
        raise NervureError(f"the server refused {path} with HTTP {answer.status_code}{hint}: {answer.content[:200]!r}")

    def _settle(
        self, at_ns: int, request: Request, sent: "Future[int]", progress: Callable[[int, Tally], None]
    ) -> None:
        self.tally.retries += sent.result()
        self.tally.accepted[request[0]] = self.tally.accepted.get(request[0], 0) + request[2]
        progress(at_ns, self.tally)


def _content_type(path: str) -> str:
    """OTLP is sent as protobuf, the API takes JSON."""
    return "application/json" if path.startswith("/api/") else "application/x-protobuf"
