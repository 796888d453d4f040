"""Asks model servers over HTTP, for judges and for embeddings: concurrency, time limits, retries, and money set aside before every single try."""

import json
import math
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any

import httpx

from nervure.base.clock import NS_PER_S, Clock
from nervure.base.errors import BadInput, Busy
from nervure.base.ids import fingerprint
from nervure.evaluate.judging.client import Call
from nervure.model.judge import Endpoint

# An answer is a few sentences; a server that sends more is not answering.
MOST_BYTES = 4 << 20
# A server that asks for more patience is told so in the reason; the next run tries again.
MOST_WAIT_S = 60.0
FIRST_WAIT_S = 0.5
# Whoever asks for more, or for ever, is asked again then: a day's quota may have been raised meanwhile.
MOST_PAUSE_S = 3600.0
PASSING = frozenset({408, 409, 425, 429, 500, 502, 503, 504, 520, 522, 524, 529})
# A gateway gave up on the server behind it, which may have answered, and billed.
UNSURE = frozenset({502, 504, 520, 524})
# Never sent: an address or a header that cannot be.
UNSENDABLE = (httpx.InvalidURL, httpx.UnsupportedProtocol, httpx.LocalProtocolError, UnicodeError)
SHOWN = 300
# Beyond the time limit of a call, until what was set aside for it counts as spent.
GRACE_S = 60.0
STOPPED = "judging is being stopped"


class Refused(BadInput):
    """The server will not have the request. status, told: in its words."""

    code = "judge_refused"

    def __init__(self, message: str, status: int, told: str) -> None:
        super().__init__(message)
        self.status, self.told = status, told


class JudgeDown(Busy):
    """The server could not answer for now: not reached, too slow, or too busy, after all tries."""

    code = "judge_down"


@dataclass(frozen=True, slots=True)
class Answer:
    """The JSON of an answer, and how long it took. hold: the reservation to settle, None when nothing was reserved."""

    body: Mapping[str, Any]
    started_ns: int
    ended_ns: int
    tries: int
    hold: str | None


class Line:
    """The way to one endpoint, shared by all judges of a process. Thread-safe.

    At most `endpoint.concurrency` calls are under way; when the server asks for patience, all of them wait.
    """

    def __init__(
        self, endpoint: Endpoint, clock: Clock, stopping: threading.Event, who: str = "", most_bytes: int = MOST_BYTES
    ) -> None:
        """who: what is asked, in the words of errors; the judge's endpoint by its name. most_bytes: of an answer."""
        self.endpoint = endpoint
        self._who, self._most_bytes = who or f"the judge's endpoint {endpoint.name}", most_bytes
        self._clock, self._stopping = clock, stopping
        self._places = threading.BoundedSemaphore(max(1, endpoint.concurrency))
        self._not_before_s = 0.0
        timeout = httpx.Timeout(endpoint.timeout_s, connect=min(10.0, endpoint.timeout_s))
        limits = httpx.Limits(max_connections=max(1, endpoint.concurrency))
        # A judge's address is the operator's choice: no redirects to somewhere else with the key in hand.
        self._http = httpx.Client(timeout=timeout, limits=limits, follow_redirects=False)

    def close(self) -> None:
        self._http.close()

    def post(self, call: Call, set_aside: Callable[[int], str | None], settle: Callable[[str, bool], None]) -> Answer:
        """The answer.

        set_aside(bytes of the request): reserves money and names the reservation (None: nothing to reserve); it may
        raise, and nothing is sent then. settle(reservation, may be billed): ends a try that gave no answer; that of the
        answer is for the caller to settle. Raises Refused, JudgeDown, and what set_aside raises.
        """
        body = json.dumps(call.body, ensure_ascii=False).encode()
        problem, patience_s = "", 0.0
        tries = self.endpoint.retries + 1
        slow = 0
        for number in range(tries):
            if number:
                self._wait(patience_s or self._backoff_s(number, body))
            with self._places:
                self._wait(max(0.0, self._not_before_s - self._clock.monotonic_s()))
                hold = set_aside(len(body))
                started_ns = self._clock.now_ns()
                try:
                    status, headers, told = self._send(call, body)
                except (httpx.TimeoutException, TimeoutError) as error:
                    # A connection never made bills nothing; an answer not waited for may be billed.
                    asked = not isinstance(error, httpx.ConnectTimeout | httpx.PoolTimeout)
                    self._end(hold, settle, asked)
                    slow += asked
                    problem, patience_s = f"no answer within {self.endpoint.timeout_s:g} s", 0.0
                    if slow > 1:
                        break
                    continue
                except UNSENDABLE as error:
                    self._end(hold, settle, False)
                    # Without its words, which repeat the header: that may be the key.
                    raise Refused(
                        f"{self._who} cannot be asked ({type(error).__name__}): its address, key or headers hold what no"
                        " HTTP request may hold",
                        0,
                        "",
                    ) from None
                except httpx.HTTPError as error:
                    self._end(hold, settle, not isinstance(error, httpx.ConnectError))
                    problem, patience_s = f"{type(error).__name__}: {error}", 0.0
                    continue
                except BaseException as error:
                    self._end(hold, settle, True)
                    # Closed under the call's feet.
                    if self._stopping.is_set() and isinstance(error, Exception):
                        raise JudgeDown(STOPPED, 5.0) from error
                    raise
                if status == 200:
                    return self._read(told, hold, settle, started_ns, number + 1)
                self._end(hold, settle, status in UNSURE or 200 < status < 300)
            problem = f"status {status}: {words_of(told)}"
            patience_s = self._refused(status, headers, told, problem)
        raise JudgeDown(f"{self._who} did not answer: {problem}", 30.0)

    def _refused(self, status: int, headers: httpx.Headers, told: str, problem: str) -> float:
        """Seconds to wait before the next try, 0 for the usual. Raises when another try is of no use."""
        if status not in PASSING:
            raise Refused(f"{self._who} refused ({problem})", status, told)
        patience_s = self._patience_s(headers)
        if patience_s > MOST_WAIT_S:
            told = f"{self._who} asks to wait {patience_s:.0f} s ({problem}): try again then"
            raise JudgeDown(told, min(patience_s, MOST_PAUSE_S))
        if status in (429, 529) and patience_s:
            # Whoever else uses the endpoint waits as well.
            self._not_before_s = max(self._not_before_s, self._clock.monotonic_s() + patience_s)
        return patience_s

    def _send(self, call: Call, body: bytes) -> tuple[int, httpx.Headers, str]:
        # httpx limits the time between two pieces; a server that drips is stopped by the whole time.
        ends_s = self._clock.monotonic_s() + self.endpoint.timeout_s
        headers = {"content-type": "application/json", "accept": "application/json", **call.headers}
        with self._http.stream("POST", call.url, content=body, headers=headers) as response:
            pieces, size = [], 0
            for piece in response.iter_bytes():
                pieces.append(piece)
                size += len(piece)
                if size > self._most_bytes:
                    raise httpx.DecodingError(
                        f"the answer is larger than {self._most_bytes} bytes", request=response.request
                    )
                if self._clock.monotonic_s() > ends_s:
                    raise TimeoutError
            return response.status_code, response.headers, b"".join(pieces).decode("utf-8", "replace")

    def _read(
        self, told: str, hold: str | None, settle: Callable[[str, bool], None], started_ns: int, tries: int
    ) -> Answer:
        try:
            body = json.loads(told)
        except (ValueError, RecursionError):
            body = None
        if not isinstance(body, dict):
            # It answered, so it bills.
            self._end(hold, settle, True)
            raise Refused(
                f"{self._who} answered no JSON object: {words_of(told) or 'nothing'}",
                200,
                told,
            )
        return Answer(body, started_ns, self._clock.now_ns(), tries, hold)

    def _end(self, hold: str | None, settle: Callable[[str, bool], None], is_billed: bool) -> None:
        if hold is not None:
            settle(hold, is_billed)

    def _wait(self, seconds: float) -> None:
        if self._stopping.wait(max(0.0, seconds)):
            raise JudgeDown(STOPPED, 5.0)

    def _backoff_s(self, number: int, body: bytes) -> float:
        # Spread by what is asked, so that callers refused together do not come back together.
        spread = fingerprint(body + bytes([number]), 2) / 65536
        return min(MOST_WAIT_S, FIRST_WAIT_S * 2.0 ** (number - 1)) * (0.75 + 0.5 * spread)

    def _patience_s(self, headers: httpx.Headers) -> float:
        """Retry-After in seconds, 0 when there is none (RFC 9110: seconds or a date)."""
        milliseconds = headers.get("retry-after-ms", "")
        with suppress(ValueError):
            return _seconds(float(milliseconds) / 1000)
        said = headers.get("retry-after", "").strip()
        with suppress(ValueError):
            return _seconds(float(said))
        with suppress(ValueError, TypeError, OverflowError):
            return max(0.0, parsedate_to_datetime(said).timestamp() - self._clock.now_ns() / NS_PER_S)
        return 0.0


def _seconds(said: float) -> float:
    """Raises ValueError for what is no number of seconds."""
    if not math.isfinite(said):
        raise ValueError(said)
    return max(0.0, said)


def words_of(told: str) -> str:
    """The message of an error's body, else its beginning."""
    try:
        body = json.loads(told)
    except (ValueError, RecursionError):
        body = None
    if isinstance(body, dict):
        error = body.get("error", body)
        if isinstance(error, dict):
            error = error.get("message") or error.get("type") or error
        told = error if isinstance(error, str) else json.dumps(error)
    return " ".join(told.split())[:SHOWN]
