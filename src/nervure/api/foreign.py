"""Lets pages of other origins send feedback, and nothing else: CORS for one path."""

from collections.abc import Sequence

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

PATH = "/api/v1/user-feedback"
REMEMBERED_S = 7200


class FeedbackOrigins:
    """origins: those whose pages may send; "*" for any. Cookies are never involved: the key is in the request."""

    def __init__(self, app: ASGIApp, origins: Sequence[str]) -> None:
        self.app, self.origins = app, frozenset(origins)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = Headers(scope=scope) if scope["type"] == "http" else Headers()
        origin = headers.get("origin", "")
        if not origin or scope.get("path") != PATH or not ({origin, "*"} & self.origins):
            await self.app(scope, receive, send)
            return
        allowed = {"access-control-allow-origin": origin, "vary": "origin"}
        if scope["method"] == "OPTIONS":
            allowed |= {
                "access-control-allow-methods": "POST",
                "access-control-allow-headers": "authorization, content-type, x-nervure-project",
                "access-control-max-age": str(REMEMBERED_S),
            }
            await Response(status_code=204, headers=allowed)(scope, receive, send)
            return

        async def marked(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(allowed)
            await send(message)

        await self.app(scope, receive, marked)
