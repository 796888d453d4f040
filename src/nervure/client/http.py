"""Requests to the server's API: problem details become errors of our tree."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import httpx

import nervure
from nervure.base import errors
from nervure.base.connection import Connection

_BY_CODE: dict[str, type[errors.NervureError]] = {
    kind.code: kind
    for kind in (
        errors.BadInput, errors.DecodeError, errors.QueryError, errors.MappingError, errors.SettingsError,
        errors.NotFound, errors.Conflict, errors.Unauthenticated, errors.Forbidden, errors.QueryStopped,
        errors.StoreError,
    )
}  # fmt: skip
_BY_STATUS: dict[int, type[errors.NervureError]] = {
    400: errors.BadInput, 401: errors.Unauthenticated, 403: errors.Forbidden, 404: errors.NotFound,
    409: errors.Conflict, 422: errors.BadInput, 429: errors.Busy, 503: errors.Busy,
}  # fmt: skip


class Http:
    """A connection to one server. Thread-safe. Every method raises NervureError with words a person can act on."""

    def __init__(self, connection: Connection, timeout_s: float = 60.0) -> None:
        self.connection = connection
        headers = {**connection.headers, "user-agent": f"nervure-python/{nervure.__version__}"}
        self._client = httpx.Client(base_url=connection.url, headers=headers, timeout=timeout_s)

    def get(self, path: str, **parameters: Any) -> Any:
        """The decoded JSON answer; parameters that are None are left out."""
        return self.request("GET", path, parameters=parameters)

    def post(self, path: str, body: Any = None, **parameters: Any) -> Any:
        return self.request("POST", path, body, parameters)

    def delete(self, path: str, **parameters: Any) -> Any:
        return self.request("DELETE", path, parameters=parameters)

    def request(self, method: str, path: str, body: Any = None, parameters: Mapping[str, Any] | None = None) -> Any:
        """Sends one request; returns decoded JSON, or None for an empty answer."""
        with self._told():
            answer = self._client.request(method, path, json=body, params=_given(parameters))
        if answer.is_error:
            raise _error(answer)
        if not answer.content:
            return None
        try:
            return answer.json()
        except ValueError as error:
            raise errors.NervureError(
                f"{self.connection.url}{path} did not answer with JSON: is a Nervure server listening there?"
            ) from error

    @contextmanager
    def stream(
        self, method: str, path: str, content: Any = None, headers: Mapping[str, str] | None = None,
        timeout_s: float | None = None, **parameters: Any,
    ) -> Iterator[httpx.Response]:  # fmt: skip
        """The answer as it arrives, for bodies larger than memory. content: bytes or an iterator of bytes.

        timeout_s: None for as long as it takes.
        """
        with (
            self._told(),
            self._client.stream(
                method, path, params=_given(parameters), content=content, headers=dict(headers or {}), timeout=timeout_s
            ) as answer,
        ):
            if answer.is_error:
                answer.read()
                raise _error(answer)
            yield answer

    def close(self) -> None:
        self._client.close()

    @contextmanager
    def _told(self) -> Iterator[None]:
        url = self.connection.url
        try:
            yield
        except httpx.TimeoutException as error:
            raise errors.Busy(f"the server at {url} did not answer in time: ask for less, or try again") from error
        except httpx.TransportError as error:
            raise errors.Busy(
                f"no server answers at {url} ({error}): start one with `nervure serve`, or set NERVURE_URL"
            ) from error
        except httpx.InvalidURL as error:
            raise errors.BadInput(f"{url!r} is not an address: write it like http://127.0.0.1:4318") from error


def _given(parameters: Mapping[str, Any] | None) -> dict[str, Any]:
    return {name: value for name, value in (parameters or {}).items() if value is not None}


def _error(answer: httpx.Response) -> errors.NervureError:
    """The error of our tree that a refused request stands for."""
    try:
        problem = answer.json()
    except ValueError:
        problem = {}
    problem = problem if isinstance(problem, dict) else {}
    code = problem.get("code", "")
    # Protocols of others say it in their own member.
    said = problem.get("detail") or problem.get("title") or problem.get("error")
    words = said if isinstance(said, str) else f"HTTP {answer.status_code} from {answer.request.url}"
    if code == errors.FilterError.code and isinstance(problem.get("position"), int):
        expected = tuple(map(str, problem.get("expected") or ()))
        return errors.FilterError(str(words), str(problem.get("text", "")), problem["position"], expected)
    kind = _BY_CODE.get(str(code)) or _BY_STATUS.get(answer.status_code)
    if kind is errors.Busy:
        after = answer.headers.get("retry-after", "")
        return errors.Busy(str(words), float(after) if after.isdigit() else 1.0)
    error = (kind or errors.NervureError)(str(words))
    if code:
        error.code = str(code)
    return error
