"""Reading a server's API: patience with limits and hiccups, several requests at a time."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from email.utils import parsedate_to_datetime
from threading import Event
from typing import Any, TypeVar

import httpx

import nervure
from nervure.base.clock import Clock, SystemClock
from nervure.base.errors import BadInput, Busy, Forbidden, NervureError, NotFound, Unauthenticated
from nervure.base.ids import RandomIds

ATTEMPTS = 8
FIRST_WAIT_S, LONGEST_WAIT_S = 0.5, 60.0
TIMEOUT_S = 120.0
RETRYABLE = frozenset({408, 425, 429, 500, 502, 503, 504, 529})
LARGEST_MEDIA = 32 << 20
In = TypeVar("In")
Out = TypeVar("Out")


class Api:
    """A source's API. Thread-safe. Raises NervureError in words, and Busy after the last attempt.

    pause(seconds): waits; tests give their own.
    """

    def __init__(
        self,
        url: str,
        headers: Mapping[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        concurrency: int = 4,
        pause: Callable[[float], object] | None = None,
        clock: Clock | None = None,
    ) -> None:
        if not url.startswith(("http://", "https://")):
            raise BadInput(f"--from is an address such as https://host, got {url!r}")
        self.url = url.rstrip("/")
        # https://www.rfc-editor.org/rfc/rfc9110#name-user-agent: who reads so much should say who it is.
        self._headers = {"user-agent": f"nervure-import/{nervure.__version__}", **(headers or {})}
        self._client = httpx.Client(auth=auth, timeout=TIMEOUT_S, follow_redirects=True)
        self._pause = Event().wait if pause is None else pause
        self._clock = clock or SystemClock()
        self.concurrency = max(concurrency, 1)
        self._pool = ThreadPoolExecutor(self.concurrency, "nervure-import")

    def get(self, path: str, /, **parameters: Any) -> Any:
        """The decoded JSON answer."""
        return self.request("GET", path, parameters=parameters)

    def find(self, path: str, /, **parameters: Any) -> Any:
        """The same, None when it is not there."""
        try:
            return self.get(path, **parameters)
        except NotFound:
            return None

    def post(self, path: str, body: Any) -> Any:
        """The decoded JSON answer of a question that is posted."""
        return self.request("POST", path, body)

    def request(self, method: str, path: str, body: Any = None, parameters: Mapping[str, Any] | None = None) -> Any:
        """Sends one request until it is answered; returns decoded JSON."""
        given = {name: value for name, value in (parameters or {}).items() if value is not None}
        whole = path if "://" in path else f"{self.url}{path}"
        answer = self._patiently(method, whole, given, body, self._headers)
        try:
            return answer.json()
        except ValueError as error:
            raise NervureError(
                f"{self.url}{path} did not answer with JSON but with {answer.text[:80]!r}: is --from the right address?"
            ) from error

    def lines(self, path: str, body: Any = None) -> Iterator[bytes]:
        """The lines of an answer in JSON lines."""
        answer = self._patiently("GET" if body is None else "POST", f"{self.url}{path}", {}, body, self._headers)
        yield from (line for line in answer.content.splitlines() if line.strip())

    def download(self, url: str) -> tuple[bytes, str]:
        """Content and media type of an address the source gave, without credentials for another host. Raises BadInput when it is too large."""
        whole = url if "://" in url else f"{self.url}{url}"
        is_own = httpx.URL(whole).host == httpx.URL(self.url).host
        answer = self._patiently("GET", whole, {}, None, self._headers if is_own else {})
        if len(answer.content) > LARGEST_MEDIA:
            raise BadInput(f"it has {len(answer.content):,} bytes, more than {LARGEST_MEDIA:,}")
        return answer.content, answer.headers.get("content-type", "application/octet-stream").partition(";")[0]

    def each(self, do: Callable[[In], Out], items: Iterable[In]) -> Iterator[Out]:
        """do(item) of each, in order, several at a time and never many ahead."""
        waiting: list[Future[Out]] = []
        try:
            for item in items:
                waiting.append(self._pool.submit(do, item))
                if len(waiting) > 2 * self.concurrency:
                    yield waiting.pop(0).result()
            while waiting:
                yield waiting.pop(0).result()
        finally:
            for future in waiting:
                future.cancel()

    def close(self) -> None:
        self._pool.shutdown(cancel_futures=True)
        self._client.close()

    def _patiently(
        self, method: str, url: str, parameters: Mapping[str, Any], body: Any, headers: Mapping[str, str]
    ) -> httpx.Response:
        problem = ""
        for attempt in range(ATTEMPTS):
            try:
                answer = self._client.request(
                    method, url, params=parameters or None, json=body, headers=headers, auth=httpx.USE_CLIENT_DEFAULT
                )
            except httpx.InvalidURL as error:
                raise BadInput(f"{url!r} is not an address: {error}") from error
            except httpx.TransportError as error:
                problem, wait_s = f"{type(error).__name__}: {error}", None
            else:
                if answer.status_code not in RETRYABLE:
                    return _checked(answer)
                problem, wait_s = f"HTTP {answer.status_code}: {answer.text[:200]}", self._asked_wait(answer)
            if attempt < ATTEMPTS - 1:
                self._pause(backoff_s(attempt) if wait_s is None else wait_s)
        raise Busy(
            f"{method} {url} failed {ATTEMPTS} times, last with {problem}: try again later, it goes on from here"
        )

    def _asked_wait(self, answer: httpx.Response) -> float | None:
        """Seconds of Retry-After, which is a number or a date; None without one."""
        said = answer.headers.get("retry-after", "")
        try:
            return min(max(float(said), 0.0), LONGEST_WAIT_S)
        except ValueError:
            pass
        try:
            until_s = parsedate_to_datetime(said).timestamp()
        except (ValueError, TypeError):
            return None
        return min(max(until_s - self._clock.now_ns() / 1e9, 0.0), LONGEST_WAIT_S)


def backoff_s(attempt: int) -> float:
    """Seconds to wait: doubling, at most a minute, and by chance between half of that and all."""
    longest: float = min(FIRST_WAIT_S * 2.0**attempt, LONGEST_WAIT_S)
    # Chance keeps many importers from knocking at the same moment.
    share = int(RandomIds().token("", 2), 16) / 0xFFFF
    return longest * (0.5 + share / 2)


def _checked(answer: httpx.Response) -> httpx.Response:
    if answer.is_success:
        return answer
    asked = f"{answer.request.method} {answer.request.url}"
    said = answer.text[:300].strip()
    match answer.status_code:
        case 401:
            raise Unauthenticated(f"{asked} was refused (401): the source does not know these credentials. {said}")
        case 403:
            raise Forbidden(f"{asked} was refused (403): these credentials may not read it. {said}")
        case 404:
            raise NotFound(f"{asked} was not found (404): {said}")
        case status:
            raise NervureError(f"{asked} was answered with {status}: {said}")
