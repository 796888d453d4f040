"""A server with real doors and a small store in memory behind them, for tests of what senders hear."""

import asyncio
import threading
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from typing import Any

import uvicorn
from prometheus_client import CollectorRegistry

from nervure.base.clock import SystemClock
from nervure.base.errors import QueueFull, StoreDown
from nervure.base.settings import Settings
from nervure.intake.receipt import Receipt
from nervure.intake.refusals import Refusals
from nervure.model.batch import Batch
from nervure.model.key import Key
from nervure.model.raw import RawBatch
from nervure.receive.doors import Doors


@dataclass
class Kept:
    """A ledger of what was turned away."""

    refused: list[tuple[str, str, int]] = field(default_factory=list)

    def refuse(self, project: str, signal: str, items: int, wire: str = "", sdk: str = "") -> None:
        self.refused.append((project, signal, items))


class MemoryIntake:
    """Keeps raw batches; turned_away: requests it could not take at all. mood: "" takes everything, "full", "down", "slow" (never answers), "broken" (raises),
    "no disk" (media cannot be written)."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """As new."""
        self.ledger = Kept()
        self.refusals = Refusals(SystemClock())
        self.mood = ""
        self.turned_away = 0
        self.batches: list[tuple[Batch, RawBatch]] = []
        self.never: list[Future[Receipt]] = []
        self._stored: dict[tuple[str, int], Receipt] = {}
        self._raw: dict[int, RawBatch] = {}
        self._lock = threading.Lock()

    def ordered(self, raw: RawBatch) -> AbstractContextManager[object]:
        return nullcontext()

    def process(self, raw: RawBatch, project: str, wire: str, request: int, size: int) -> list[Batch]:
        if self.mood == "no disk":
            raise OSError(28, "No space left on device")
        if not raw.received:
            return []
        batch = Batch(refused=dict(raw.refused), request=request, project=project, wire=wire, bytes=size)
        self._raw[id(batch)] = raw
        return [batch]

    def seen(self, project: str, request: int) -> Receipt | None:
        return self._stored.get((project, request))

    def admit(self, size: int) -> None:
        self.turned_away += self.mood in ("full", "down")
        if self.mood == "full":
            raise QueueFull("256 MiB wait for the store: send again in a moment", 2.0)
        if self.mood == "down":
            raise StoreDown("the store cannot be reached: send again in a moment", 7.0)

    def submit(self, batch: Batch) -> "Future[Receipt]":
        if self.mood == "broken":
            raise RuntimeError("an accident nobody thought of")
        raw = self._raw.pop(id(batch))
        future: Future[Receipt] = Future()
        if self.mood == "slow":
            self.never.append(future)
            return future
        receipt = Receipt(raw.received - sum(raw.refused.values()), batch.refused)
        with self._lock:
            self.batches.append((batch, raw))
            self._stored[(batch.project, batch.request)] = Receipt(0, batch.refused, is_repeat=True)
        future.set_result(receipt)
        return future

    @property
    def spans(self) -> list[Any]:
        return [span for _, raw in self.batches for span in raw.spans]

    @property
    def logs(self) -> list[Any]:
        return [log for _, raw in self.batches for log in raw.logs]

    @property
    def metrics(self) -> list[Any]:
        return [point for _, raw in self.batches for point in raw.metrics]


@dataclass
class MemoryKeys:
    """Keys by their secret."""

    known: dict[str, Key] = field(default_factory=dict)

    def find(self, secret: str) -> Key | None:
        return self.known.get(secret)


async def rest_of_the_house(scope: Any, receive: Any, send: Any) -> None:
    """Stands for the API: answers 404 in plain text, so that a test sees who answered.

    It has routes below /api/, for GET, as the router of the real one notes it.
    """
    if scope["type"] == "http":
        if scope["path"].startswith("/api/") and scope["method"] == "GET":
            scope["endpoint"] = rest_of_the_house
        await send({"type": "http.response.start", "status": 404, "headers": [(b"content-type", b"text/plain")]})
        await send({"type": "http.response.body", "body": b"the house"})


@dataclass
class Running:
    """A running server. url: of the root of the HTTP door. grpc: host and port of the other."""

    url: str
    grpc: str
    intake: MemoryIntake
    doors: Doors
    registry: CollectorRegistry


@contextmanager
def serving(settings: Settings, keys: MemoryKeys | None = None, rest: Any = rest_of_the_house) -> Iterator[Running]:
    """A uvicorn server on a free port, stopped afterwards. rest: the application that answers what no door takes."""
    intake = MemoryIntake()
    registry = CollectorRegistry()
    doors = Doors(intake, intake, keys, settings, SystemClock(), registry)
    config = uvicorn.Config(doors.http(rest), host="127.0.0.1", port=0, log_level="error", lifespan="off")
    server, started = uvicorn.Server(config), Started()
    thread = threading.Thread(target=_run, args=(server, doors, started), daemon=True)
    thread.start()
    assert started.event.wait(10), "the server did not start"
    try:
        yield Running(f"http://127.0.0.1:{started.port}", f"127.0.0.1:{started.grpc_port}", intake, doors, registry)
    finally:
        server.should_exit = True
        thread.join(10)
        doors.close()


@dataclass
class Started:
    """Set once the ports are known."""

    event: threading.Event = field(default_factory=threading.Event)
    port: int = 0
    grpc_port: int = 0


def _run(server: uvicorn.Server, doors: Doors, started: Started) -> None:
    async def main() -> None:
        config = server.config
        config.load()
        server.lifespan = config.lifespan_class(config)
        await server.startup()
        started.port = server.servers[0].sockets[0].getsockname()[1]
        door = doors.grpc()
        started.grpc_port = await door.start()
        started.event.set()
        await server.main_loop()
        await door.stop(0)
        await server.shutdown()

    asyncio.run(main())
