"""Every error as RFC 9457 problem details: title, status, detail, code and what helps to mend it."""

from http import HTTPStatus
from typing import Any

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse

from nervure.base.errors import (
    BadInput,
    Busy,
    Conflict,
    FilterError,
    Forbidden,
    NervureError,
    NotFound,
    QueryStopped,
    QueueFull,
    TooLarge,
    Unauthenticated,
)
from nervure.base.journal import journal

PROBLEM = "application/problem+json"

# The first class an error is an instance of decides.
STATUS: tuple[tuple[type[NervureError], int], ...] = (
    (TooLarge, 413),
    (BadInput, 400),
    (NotFound, 404),
    (Conflict, 409),
    (Unauthenticated, 401),
    (Forbidden, 403),
    (QueueFull, 429),
    (Busy, 503),
    # The question is well formed but too expensive: asking again unchanged cannot help, so it is not a 5xx.
    (QueryStopped, 422),
)


def problem(status: int, code: str, detail: str, headers: dict[str, str] | None = None, **members: Any) -> JSONResponse:
    """An answer of problem details. members: extension members, e.g. position of a mistake."""
    body = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status, "detail": detail, "code": code}
    return JSONResponse({**body, **members}, status_code=status, headers=headers, media_type=PROBLEM)


def problem_of(error: NervureError) -> JSONResponse:
    """The answer for one of our own errors."""
    status = next((status for kind, status in STATUS if isinstance(error, kind)), 500)
    headers: dict[str, str] = {}
    members: dict[str, Any] = {}
    if isinstance(error, FilterError):
        members = {"position": error.position, "text": error.text, "expected": list(error.expected)}
        return problem(status, error.code, error.problem, headers, **members)
    if isinstance(error, TooLarge):
        members["limit_bytes"] = error.limit_bytes
    if isinstance(error, Busy):
        headers["retry-after"] = str(max(1, round(error.retry_after_s)))
    if isinstance(error, Unauthenticated):
        headers["www-authenticate"] = 'Bearer realm="nervure", Basic realm="nervure"'
    return problem(status, error.code, str(error), headers, **members)


def install(app: FastAPI) -> None:
    """Makes every error of the application a problem, also those of the framework."""
    log = journal("api")

    async def ours(request: Request, error: Exception) -> JSONResponse:
        if not isinstance(error, NervureError):
            raise error
        answer = problem_of(error)
        if answer.status_code >= 500:
            log.warning("request failed", path=request.url.path, code=error.code, error=str(error))
        return answer

    async def invalid(request: Request, error: Exception) -> JSONResponse:
        if not isinstance(error, RequestValidationError):
            raise error
        found = [
            {"where": ".".join(map(str, item["loc"])), "problem": item["msg"], "value": _shown(item.get("input"))}
            for item in error.errors()
        ]
        detail = "; ".join(f"{item['where']}: {item['problem']}" for item in found)
        return problem(422, "invalid_request", detail, errors=found)

    async def framework(request: Request, error: Exception) -> JSONResponse:
        if not isinstance(error, HTTPException):
            raise error
        if error.status_code == 404:
            detail = f"there is nothing at {request.url.path}: see /docs for what there is"
            return problem(404, "no_such_path", detail)
        if error.status_code == 405:
            allowed = dict(error.headers or {})
            detail = (
                f"{request.method} is not possible at {request.url.path}: use {allowed.get('Allow', 'another method')}"
            )
            return problem(405, "method_not_allowed", detail, allowed)
        return problem(error.status_code, "http_error", str(error.detail), dict(error.headers or {}))

    async def unforeseen(request: Request, error: Exception) -> JSONResponse:
        identity = getattr(request.state, "request_id", "")
        log.error("unforeseen error", path=request.url.path, request=identity, exc_info=error)
        detail = "this is a defect of the server: its log has the details under the request id of this answer"
        # This answer is made outside the middleware that marks the others.
        return problem(500, "internal_error", detail, {"x-request-id": identity} if identity else None)

    app.add_exception_handler(NervureError, ours)
    app.add_exception_handler(RequestValidationError, invalid)
    app.add_exception_handler(HTTPException, framework)
    app.add_exception_handler(Exception, unforeseen)


def _shown(value: Any) -> Any:
    """A wrong value short enough to repeat."""
    text = value if isinstance(value, str) else repr(value)
    return text if len(text) <= 200 else text[:200] + "..."
