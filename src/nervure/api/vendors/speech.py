"""Errors in a vendor's own form: a class of routes whose errors its client can read."""

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.responses import Response

from nervure.api.errors import STATUS
from nervure.base.errors import BadInput, Busy, NervureError

Say = Callable[[int, NervureError], Response]


def speaking(say: Say) -> type[APIRoute]:
    """Routes that answer our errors as `say(status, error)` does. Give it to a router as `route_class`."""

    class Speaking(APIRoute):
        def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
            handle = super().get_route_handler()

            async def handled(request: Request) -> Response:
                try:
                    return await handle(request)
                except NervureError as error:
                    return _said(error)
                except RequestValidationError as error:
                    told = "; ".join(f"{'.'.join(map(str, item['loc']))}: {item['msg']}" for item in error.errors())
                    return _said(BadInput(told))

            return handled

    def _said(error: NervureError) -> Response:
        status = next((status for kind, status in STATUS if isinstance(error, kind)), 500)
        answer = say(status, error)
        if isinstance(error, Busy):
            answer.headers["retry-after"] = str(max(1, round(error.retry_after_s)))
        return answer

    return Speaking
