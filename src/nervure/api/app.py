"""The HTTP application: one FastAPI, its routes found by folder."""

import importlib
import pkgutil
import re
from typing import TYPE_CHECKING

from fastapi import FastAPI
from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware.cors import CORSMiddleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

import nervure
from nervure.api import errors, routes, ui
from nervure.api.asking import ClientGone, Questions, gone
from nervure.api.foreign import FeedbackOrigins
from nervure.api.langsmith.door import LangSmithPaths
from nervure.base.ids import IdSource, RandomIds

if TYPE_CHECKING:
    from nervure.api.house import House

REQUEST_ID = "x-request-id"
SAFE_ID = re.compile(r"[A-Za-z0-9_.:-]{1,128}")
COMPRESS_ABOVE_BYTES = 4096

ABOUT = """Ask about traces, spans, sessions, tokens, money and scores.

Lists answer `{"items": [...], "next_cursor": null}`; hand `next_cursor` back as `cursor` for the next page.
Errors are problem details (RFC 9457) that say what to do. Times are ISO 8601 in UTC, or relative such as `-1h`.
Name the project by the header `x-nervure-project`, the parameter `project`, or your API key.
"""


def create_app(house: "House", ids: IdSource | None = None) -> FastAPI:
    """The application over a running house. Every module of `nervure.api.routes` ends in `router`."""
    app = FastAPI(
        title="Nervure",
        version=nervure.__version__,
        description=ABOUT,
        # FastAPI's own pages load scripts from elsewhere; ours work without a network.
        docs_url=None,
        redoc_url=None,
        openapi_url="/openapi.json",
    )
    app.state.house = house
    # Those in force; whoever listens writes what it was given (port 0 is any free one).
    app.state.ports = {
        "http": house.settings.port,
        "grpc": None if house.settings.grpc_port < 0 else house.settings.grpc_port,
    }
    app.state.questions = Questions(house.settings.query_threads)
    errors.install(app)
    app.add_exception_handler(ClientGone, gone)
    for info in pkgutil.iter_modules(routes.__path__):
        module = importlib.import_module(f"{routes.__name__}.{info.name}")
        app.include_router(module.router)
    ui.install(app)
    app.add_middleware(GZipMiddleware, minimum_size=COMPRESS_ABOVE_BYTES, compresslevel=4)
    if house.settings.cors_origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=house.settings.cors_origins,
            allow_methods=["*"],
            allow_headers=["*"],
            expose_headers=[REQUEST_ID, "retry-after"],
            max_age=7200,
        )
    if house.settings.feedback_origins:
        app.add_middleware(FeedbackOrigins, origins=house.settings.feedback_origins)
    app.add_middleware(LangSmithPaths)
    app.add_middleware(RequestIds, ids=ids or RandomIds())
    return app


class RequestIds:
    """Gives every answer the header x-request-id: the sender's if it is a sane one, else a new one."""

    def __init__(self, app: ASGIApp, ids: IdSource) -> None:
        self.app, self.ids = app, ids

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        named = Headers(scope=scope).get(REQUEST_ID, "")
        identity = named if SAFE_ID.fullmatch(named) else self.ids.token("req")
        scope.setdefault("state", {})["request_id"] = identity

        async def marked(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)[REQUEST_ID] = identity
            await send(message)

        await self.app(scope, receive, marked)
