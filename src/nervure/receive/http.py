"""The HTTP door for telemetry: an ASGI wrapper that takes what belongs to a wire and hands on everything else.

read_timeout_s: a body that takes longer to arrive is refused, so that stalled senders do not fill the house.
"""

import asyncio
import math
from collections.abc import Awaitable, Callable, Iterable, Mapping, MutableMapping
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl

from nervure.base.errors import Busy
from nervure.base.settings import Settings
from nervure.decode.formats.otlp_answer import status_body
from nervure.decode.packing import UnsupportedMedia, check_encoding, too_large
from nervure.decode.wire import Outcome, Request, Wire, media_type
from nervure.receive.clerk import Clerk, Gone, Held
from nervure.receive.desk import Parcel
from nervure.receive.paths import NONE, Found, Paths

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

PROTOBUF_TYPES = frozenset({"application/x-protobuf", "application/protobuf"})
PREFLIGHT_S = 7200
READ_TIMEOUT_S = 60.0


class TelemetryDoor:
    """Takes what is sent, by a wire's methods, to a path that ends in the wire's; `app` gets everything else.

    What is asked at a wire's path (GET) is for `app` too: only when it has no route there does the wire say 405.
    read_timeout_s: a body that takes longer to arrive is refused, so that stalled senders do not fill the house.
    """

    def __init__(
        self,
        app: App,
        wires: Iterable[Wire],
        clerk: Clerk,
        settings: Settings,
        read_timeout_s: float = READ_TIMEOUT_S,
    ) -> None:
        self._app, self._clerk, self._settings, self._read_timeout_s = app, clerk, settings, read_timeout_s
        self._paths = Paths(wires)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        method, path = scope["method"], scope["path"].rstrip("/")
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        if (found := self._paths.find(path, method)) is not None:
            request = _request(found, method, headers, scope)
            await self._serve(found.wire, path, request, headers, receive, send)
            return
        methods, wire = self._paths.methods(path)
        if wire is not None:
            asked = headers.get("access-control-request-method", "")
            if method == "OPTIONS" and (not asked or asked in methods) and self._allowed_origin(headers):
                await self._preflight(methods, headers, send)
            else:
                await self._app(scope, receive, self._unless_unknown(scope, wire, methods, headers, send))
        elif method == "POST" and media_type(headers.get("content-type", "")) in PROTOBUF_TYPES:
            # Only a telemetry sender writes protobuf, and it expects its errors in protobuf too.
            outcome = Outcome(404, message=f"no telemetry protocol is served at {path or '/'}: OTLP is at /v1/traces, "
                                           "/v1/logs and /v1/metrics")  # fmt: skip
            await self._answer(None, headers.get("content-type", ""), outcome, headers, send)
        else:
            await self._app(scope, receive, send)

    def _unless_unknown(
        self, scope: Scope, wire: Wire, methods: list[str], headers: Mapping[str, str], send: Send
    ) -> Send:
        """`send` of the application, but where it has no route for the method the wire says which methods it takes."""
        is_ours = False

        async def say(message: Message) -> None:
            nonlocal is_ours
            if message["type"] == "http.response.start":
                # The router notes the endpoint it found; its own 404 for a path it knows is an answer.
                is_unknown = message["status"] == 404 and "endpoint" not in scope
                if is_unknown or message["status"] == 405:
                    is_ours = True
                    told = dict(message.get("headers", ())).get(b"allow", b"").decode("latin-1")
                    allowed = dict.fromkeys([*methods, *(word.strip() for word in told.split(",") if word), "OPTIONS"])
                    text = f"{scope['method']} is not served here: send telemetry with {' or '.join(methods)}"
                    more = {"allow": ", ".join(allowed)}
                    kind = headers.get("content-type", "")
                    await self._answer(wire, kind, Outcome(405, message=text), headers, send, more)
            if not is_ours:
                await send(message)

        return say

    async def _serve(
        self, wire: Wire, path: str, request: Request, headers: Mapping[str, str], receive: Receive, send: Send
    ) -> None:
        content_type = request.content_type

        async def take(held: Held) -> Outcome:
            sender = await self._clerk.welcome(headers, held)
            if media_type(content_type) not in wire.content_types:
                raise UnsupportedMedia(
                    f"Content-Type {content_type!r} is not served here: send {' or '.join(wire.content_types)}"
                )
            said = headers.get("content-encoding", "")
            encoding = check_encoding(said) or wire.packed.get(media_type(content_type), "")
            body = await self._read(headers, receive, held)
            return await self._clerk.settle(Parcel(wire, path, request, encoding, body, sender), "http", held)

        try:
            outcome = await self._clerk.attend(wire, "http", take)
        except Gone:
            return
        await self._answer(wire, content_type, outcome, headers, send)

    async def _read(self, headers: Mapping[str, str], receive: Receive, held: Held) -> bytearray:
        limit = self._settings.max_body_bytes
        promised = headers.get("content-length", "")
        size = int(promised) if promised.isascii() and promised.isdigit() else 0
        if size > limit:
            raise too_large(limit, "the body")
        self._clerk.admit(size)
        body = bytearray()
        try:
            async with asyncio.timeout(self._read_timeout_s):
                while True:
                    message = await receive()
                    if message["type"] == "http.disconnect":
                        raise Gone
                    body += message.get("body", b"")
                    if len(body) > limit:
                        raise too_large(limit, "the body")
                    # What has arrived, not what is promised: a sender that stalls must not keep room from others.
                    held.grow(len(body))
                    if not message.get("more_body", False):
                        return body
        except TimeoutError:
            raise Busy(f"the body did not arrive within {self._read_timeout_s:g} s: send it again") from None

    def _allowed_origin(self, headers: Mapping[str, str]) -> str:
        """The Origin of a browser that may send, "" for any other."""
        origin = headers.get("origin", "")
        allowed = self._settings.cors_origins
        return origin if origin and (origin in allowed or "*" in allowed) else ""

    async def _preflight(self, methods: list[str], headers: Mapping[str, str], send: Send) -> None:
        more = {
            "access-control-allow-methods": ", ".join(methods),
            "access-control-allow-headers": headers.get("access-control-request-headers", "content-type"),
            "access-control-max-age": str(PREFLIGHT_S),
        }
        await self._send(204, b"", {**more, **self._cors(headers)}, send)

    def _cors(self, headers: Mapping[str, str]) -> dict[str, str]:
        origin = self._allowed_origin(headers)
        if not origin:
            return {}
        return {"access-control-allow-origin": origin, "access-control-expose-headers": "retry-after", "vary": "origin"}

    async def _answer(
        self,
        wire: Wire | None,
        content_type: str,
        outcome: Outcome,
        headers: Mapping[str, str],
        send: Send,
        more: Mapping[str, str] | None = None,
    ) -> None:
        spoken = media_type(content_type)
        known = wire.content_types if wire else tuple(PROTOBUF_TYPES)
        # A sender whose type we do not know can most likely read JSON.
        spoken = spoken if spoken in known else "application/x-protobuf" if "protobuf" in spoken else "application/json"
        spoken = spoken or known[0]
        if wire and wire.echo:
            outcome = replace(outcome, echo=headers.get(wire.echo, ""))
        body = wire.answer(outcome, spoken) if wire else status_body(outcome, spoken)
        fields = {
            "content-type": spoken,
            **self._cors(headers),
            **(wire.headers if wire else {}),
            **outcome.headers,
            **(more or {}),
        }
        if outcome.retry_after_s is not None:
            fields["retry-after"] = str(max(1, math.ceil(outcome.retry_after_s)))
        if outcome.status == 401:
            fields["www-authenticate"] = 'Bearer realm="nervure"'
        await self._send(outcome.status, body, fields, send)

    @staticmethod
    async def _send(status: int, body: bytes, headers: Mapping[str, str], send: Send) -> None:
        listed = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
        listed.append((b"content-length", str(len(body)).encode()))
        await send({"type": "http.response.start", "status": status, "headers": listed})
        await send({"type": "http.response.body", "body": body})


def _request(found: Found, method: str, headers: Mapping[str, str], scope: Scope) -> Request:
    """What is said beside the body, as far as the wire asks."""
    kind, asks = headers.get("content-type", ""), found.wire.asks
    if not asks:
        return Request(kind, method, found.pattern, found.said, NONE, NONE)
    query = dict(parse_qsl(scope.get("query_string", b"").decode("latin-1"), keep_blank_values=True))
    return Request(
        kind,
        method,
        found.pattern,
        found.said,
        {name: query[name] for name in asks if name in query},
        {name: headers[name] for name in asks if name in headers},
    )
