"""The listeners: HTTP through uvicorn, gRPC beside it, on one event loop."""

import asyncio
import contextlib
import socket
from collections.abc import Iterator

import uvicorn
from prometheus_client import REGISTRY

from nervure.api.app import create_app
from nervure.collect.syslog import SyslogDoor
from nervure.receive.doors import Doors
from nervure.receive.grpc import GrpcDoor
from nervure.serve.build import Works

# At a stop, requests that are still being answered after so long are cut off; their senders will send again.
GRACE_S = 20


class Listeners:
    """Opens and closes both. listener: the bound HTTP socket."""

    def __init__(self, works: Works, listener: socket.socket) -> None:
        house = works.house
        self._settings, self._listener = house.settings, listener
        self._doors = Doors(works.pipeline, house.intake, house.catalog.keys, house.settings, house.clock, REGISTRY)
        self._app = create_app(house)
        config = uvicorn.Config(
            self._doors.http(self._app),
            loop="none",
            http="httptools",
            ws="none",
            lifespan="off",
            access_log=False,
            log_config=None,
            server_header=False,
            timeout_graceful_shutdown=GRACE_S,
            timeout_keep_alive=75,
            backlog=1024,
        )
        self._server = _Server(config)
        self._syslog = SyslogDoor(house.settings, works.inlet, house.intake, house.clock)
        self._task: asyncio.Task[None] | None = None
        self._grpc: GrpcDoor | None = None

    async def open(self) -> dict[str, int | None]:
        """Listen. Returns the ports by protocol; gRPC is None when it is off. Raises SettingsError for a taken port."""
        grpc_port = None
        if self._settings.grpc_port >= 0:
            self._grpc = self._doors.grpc()
            grpc_port = await self._grpc.start()
        self._task = asyncio.create_task(self._server.serve(sockets=[self._listener]))
        while not self._server.started and not self._task.done():
            await asyncio.sleep(0.005)
        ports: dict[str, int | None] = {"http": self._listener.getsockname()[1], "grpc": grpc_port}
        self._app.state.ports = dict(ports)
        return {**ports, **await self._syslog.start()}

    async def close(self) -> None:
        """Take no new request, answer those in hand."""
        self._server.should_exit = True
        waits = [self._task] if self._task else []
        if self._grpc is not None:
            waits.append(asyncio.create_task(self._grpc.stop()))
        waits.append(asyncio.create_task(self._syslog.stop()))
        if waits:
            await asyncio.gather(*waits)
        self._doors.close()


class _Server(uvicorn.Server):
    """uvicorn without its own signal handlers: the stop is ours to order."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield
