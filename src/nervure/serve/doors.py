"""The listeners: HTTP through uvicorn, gRPC beside it, over one pool of decoding threads."""

import asyncio
import contextlib
import socket
from collections.abc import Iterator

import uvicorn

from nervure.api.app import create_app
from nervure.receive.http import TelemetryDoor
from nervure.serve.build import Works

# Senders that keep a connection busy for longer than this at a stop are cut off; they will send again.
GRACE_S = 20


class Doors:
    """Opens and closes both listeners."""

    def __init__(self, works: Works, listener: socket.socket) -> None:
        self._works, self._listener = works, listener
        self._server: _Server | None = None
        self._task: asyncio.Task[None] | None = None

    async def open(self) -> dict[str, int | None]:
        """Listen. Returns the ports by protocol, gRPC None when it is off."""
        house = self._works.house
        door = TelemetryDoor(create_app(house), house, self._works.pipeline)
        config = uvicorn.Config(
            door, loop="none", http="httptools", ws="none", lifespan="off", access_log=False, log_config=None,
            server_header=False, timeout_graceful_shutdown=GRACE_S, timeout_keep_alive=75, backlog=1024,
        )  # fmt: skip
        config.load()
        self._server = _Server(config)
        self._task = asyncio.create_task(self._server.serve(sockets=[self._listener]))
        while not self._server.started:
            await asyncio.sleep(0.005)
        return {"http": self._listener.getsockname()[1], "grpc": await self._open_grpc()}

    async def _open_grpc(self) -> int | None:
        return None

    async def close(self) -> None:
        """Take no new request, answer those in hand."""
        if self._server is not None and self._task is not None:
            self._server.should_exit = True
            await self._task


class _Server(uvicorn.Server):
    """uvicorn without its own signal handlers: the stop is ours to order."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield
