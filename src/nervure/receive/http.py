"""The HTTP door for telemetry: an ASGI wrapper that takes what belongs to a wire and hands on everything else.

read_timeout_s: a body that takes longer to arrive is refused, so that stalled senders do not fill the house.
"""

import asyncio
import math
from collections.abc import Awaitable, Callable, Iterable, Mapping, MutableMapping
from typing import Any

from nervure.base.errors import Busy
from nervure.base.settings import Settings
from nervure.decode.formats.otlp_answer import status_body
from nervure.decode.wire import Outcome, Wire, media_type
from nervure.receive.clerk import Clerk, Gone, Held
from nervure.receive.desk import Parcel
from nervure.receive.limits import UnsupportedMedia, check_encoding, too_large

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

PROTOBUF_TYPES = frozenset({"application/x-protobuf", "application/protobuf"})
# Under this prefix GET is a question to the API, which has paths that end like a wire's.
API_PREFIX = "/api/v1/"
PREFLIGHT_S = 7200
READ_TIMEOUT_S = 60.0


class TelemetryDoor:
    """Takes POSTs whose path ends in a wire's path, whatever stands before it; `app` gets everything else.

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
        # The longest path first, so that /api/x/v1/traces of one wire goes before /v1/traces of another.
        self._paths = sorted(((path, wire) for wire in wires for path in wire.paths), key=lambda pair: -len(pair[0]))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        method, path = scope["method"], scope["path"].rstrip("/")
        wire = next((wire for ending, wire in self._paths if path.endswith(ending)), None)
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        content_type = headers.get("content-type", "")
        if wire is not None and method == "POST":
            await self._serve(wire, path, headers, receive, send)
        elif wire is not None and method == "OPTIONS" and self._allowed_origin(headers):
            await self._preflight(headers, send)
        elif wire is not None and not path.startswith(API_PREFIX):
            outcome = Outcome(405, message=f"{method} is not served here: send telemetry with POST")
            await self._answer(wire, content_type, outcome, headers, send, {"allow": "POST, OPTIONS"})
        elif method == "POST" and media_type(content_type) in PROTOBUF_TYPES:
            # Only a telemetry sender writes protobuf, and it expects its errors in protobuf too.
            outcome = Outcome(404, message=f"no telemetry protocol is served at {path or '/'}: OTLP is at /v1/traces, "
                                           "/v1/logs and /v1/metrics")  # fmt: skip
            await self._answer(None, content_type, outcome, headers, send)
        else:
            await self._app(scope, receive, send)

    async def _serve(self, wire: Wire, path: str, headers: Mapping[str, str], receive: Receive, send: Send) -> None:
        content_type = headers.get("content-type", "")

        async def take(held: Held) -> Outcome:
            sender = await self._clerk.welcome(headers, held)
            if media_type(content_type) not in wire.content_types:
                raise UnsupportedMedia(
                    f"Content-Type {content_type!r} is not served here: send {' or '.join(wire.content_types)}"
                )
            said = headers.get("content-encoding", "")
            encoding = check_encoding(said) or wire.packed.get(media_type(content_type), "")
            body = await self._read(headers, receive, held)
            return await self._clerk.settle(Parcel(wire, path, content_type, encoding, body, sender), "http", held)

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

    async def _preflight(self, headers: Mapping[str, str], send: Send) -> None:
        more = {
            "access-control-allow-methods": "POST",
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
