"""Questions from async routes: a bounded pool of threads, and a statement that is stopped when nobody listens any more."""

import asyncio
import base64
import itertools
import json
import secrets
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeVar

import orjson
from starlette.requests import Request
from starlette.responses import Response

from nervure.api.auth import Access
from nervure.base.errors import Busy, NervureError
from nervure.query.asker import Asker

Found = TypeVar("Found")
# Questions that wait for each thread; beyond that the server says so instead of letting everybody wait.
WAITING_PER_THREAD = 16
LOOK_S = 0.25
CLIENT_CLOSED = 499


class ClientGone(Exception):
    """Nobody waits for the answer."""


class Questions:
    """The pool. `stop` ends it."""

    def __init__(self, threads: int) -> None:
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="question")
        self._most = threads * WAITING_PER_THREAD
        self._open = 0
        # Of this process alone: a cluster's other servers number their statements, too.
        self._name = f"question-{secrets.token_hex(6)}"
        self._numbers = itertools.count()

    async def run(self, request: Request, access: Access, ask: Callable[[Asker], Found]) -> Found:
        """What `ask` finds. Raises Busy when too many questions wait, ClientGone when the client has left."""
        if self._open >= self._most:
            raise Busy(f"{self._open} questions wait already: ask again in a moment", 2.0)
        tag = f"{self._name}-{next(self._numbers)}"
        asker = access.house.asker.tagged(tag)
        self._open += 1
        try:
            working = self._pool.submit(ask, asker)
            answered = asyncio.wrap_future(working)
            # Of a question nobody waits for, nobody asks how it ended.
            answered.add_done_callback(lambda ended: ended.cancelled() or ended.exception())
            while not (await asyncio.wait({answered}, timeout=LOOK_S))[0]:
                if await request.is_disconnected():
                    await self._abandon(access, working, tag)
            return answered.result()
        finally:
            self._open -= 1

    async def _abandon(self, access: Access, working: "Future[Any]", tag: str) -> None:
        """Stops the question's statements until it has ended: it may be between two of them."""
        working.cancel()
        while not working.done():
            await asyncio.to_thread(access.house.engine.kill, tag)
            await asyncio.sleep(LOOK_S)
        raise ClientGone

    def stop(self) -> None:
        """Takes no more questions."""
        self._pool.shutdown(wait=False, cancel_futures=True)


async def ask(request: Request, access: Access, question: Callable[[Asker], Any]) -> Response:
    """The answer of a question as JSON."""
    questions: Questions = request.app.state.questions
    return json_answer(await questions.run(request, access, question))


async def gone(request: Request, error: Exception) -> Response:
    """What a client that has left is answered; only the log of a proxy sees it."""
    return Response(status_code=CLIENT_CLOSED)


def json_answer(value: Any, status: int = 200) -> Response:
    """JSON of plain values; also of numbers beyond 64 bits and of bytes, which attributes may hold."""
    return Response(json_bytes(value), status, media_type="application/json")


def json_bytes(value: Any) -> bytes:
    """The same, without an answer around it."""
    try:
        return orjson.dumps(value, default=_plain)
    except TypeError:
        return json.dumps(value, default=_plain, ensure_ascii=False).encode("utf-8", "replace")


def first_then_rest(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """The same pieces, the first made at once: an error before it can still be answered as one."""
    first = next(pieces, b"")
    return itertools.chain((first,), pieces)


def _plain(value: Any) -> Any:
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    raise NervureError(f"a value of type {type(value).__name__} has no JSON form")
