"""The gRPC door: the three OTLP services, on the event loop of the HTTP door.

Requests stay bytes: they are decoded by the same desk as those of HTTP. On the loop and not on threads of its own,
because a call waits for the store most of its time, and a waiting coroutine is cheaper than a waiting thread.
"""

import math
from collections.abc import Iterable
from typing import Any

import grpc
from google.protobuf.any_pb2 import Any as AnyMessage
from google.protobuf.duration_pb2 import Duration
from google.rpc.error_details_pb2 import RetryInfo
from google.rpc.status_pb2 import Status

from nervure.base.errors import SettingsError
from nervure.base.settings import Settings
from nervure.decode.formats.otlp_answer import PROTOBUF
from nervure.decode.wire import Outcome, Request, Wire
from nervure.receive.clerk import Clerk, Gone, Held
from nervure.receive.desk import Parcel

SERVICES = {
    "otlp_traces": "opentelemetry.proto.collector.trace.v1.TraceService",
    "otlp_logs": "opentelemetry.proto.collector.logs.v1.LogsService",
    "otlp_metrics": "opentelemetry.proto.collector.metrics.v1.MetricsService",
}
CODES = {
    400: grpc.StatusCode.INVALID_ARGUMENT,
    401: grpc.StatusCode.UNAUTHENTICATED,
    403: grpc.StatusCode.PERMISSION_DENIED,
    413: grpc.StatusCode.RESOURCE_EXHAUSTED,
    415: grpc.StatusCode.UNIMPLEMENTED,
    429: grpc.StatusCode.UNAVAILABLE,
    503: grpc.StatusCode.UNAVAILABLE,
}
REQUEST = Request(PROTOBUF)
# One connection may have so many calls open; more wait at the client.
MAX_STREAMS = 64
STOP_GRACE_S = 10.0


class GrpcDoor:
    """Construct and start it inside the running event loop."""

    def __init__(self, wires: Iterable[Wire], clerk: Clerk, settings: Settings) -> None:
        self._clerk, self._settings = clerk, settings
        self._server = grpc.aio.server(
            options=[
                # gRPC itself allows 4 MiB; the limit holds before and after decompression.
                ("grpc.max_receive_message_length", settings.max_body_bytes),
                ("grpc.max_concurrent_streams", MAX_STREAMS),
                # Else a second process could take the same port and get half of the telemetry.
                ("grpc.so_reuseport", 0),
            ]
        )
        for wire in wires:
            if service := SERVICES.get(wire.name):
                methods = {"Export": grpc.unary_unary_rpc_method_handler(self._export(wire, f"/{service}/Export"))}
                handler = grpc.method_handlers_generic_handler(service, methods)
                self._server.add_generic_rpc_handlers((handler,))

    async def start(self) -> int:
        """Listens; returns the port. Raises SettingsError when it is taken."""
        host = self._settings.host.strip("[]")
        address = f"[{host}]:{self._settings.grpc_port}" if ":" in host else f"{host}:{self._settings.grpc_port}"
        try:
            port: int = self._server.add_insecure_port(address)
        except RuntimeError as error:
            raise SettingsError(
                f"cannot listen on {address} for gRPC ({error}): choose another NERVURE_GRPC_PORT, or -1 for none"
            ) from error
        await self._server.start()
        return port

    async def stop(self, grace_s: float = STOP_GRACE_S) -> None:
        """Takes no new calls and lets running ones finish within `grace_s`."""
        await self._server.stop(grace_s)

    def _export(self, wire: Wire, path: str) -> Any:
        async def export(body: bytes, context: Any) -> bytes:
            metadata = {key: value for key, value in context.invocation_metadata() or () if isinstance(value, str)}

            async def take(held: Held) -> Outcome:
                sender = await self._clerk.welcome(metadata, held)
                self._clerk.admit(len(body))
                held.grow(len(body))
                return await self._clerk.settle(Parcel(wire, path, REQUEST, "", body, sender), "grpc", held)

            outcome = await self._clerk.attend(wire, "grpc", take)
            if outcome.is_success:
                return wire.answer(outcome, PROTOBUF)
            code = CODES.get(outcome.status, grpc.StatusCode.UNAVAILABLE)
            details = (("grpc-status-details-bin", _details(code, outcome)),)
            await context.abort(code, outcome.message, trailing_metadata=details)
            raise Gone  # abort has raised already; this says so to readers and type checkers

        return export


def _details(code: grpc.StatusCode, outcome: Outcome) -> bytes:
    """A google.rpc.Status. Only one with RetryInfo makes clients send again after RESOURCE_EXHAUSTED."""
    status = Status(code=code.value[0], message=outcome.message)
    if outcome.retry_after_s is not None:
        whole = math.ceil(outcome.retry_after_s * 1000)
        delay = Duration(seconds=whole // 1000, nanos=whole % 1000 * 1_000_000)
        packed = AnyMessage()
        packed.Pack(RetryInfo(retry_delay=delay))
        status.details.append(packed)
    encoded: bytes = status.SerializeToString()
    return encoded
