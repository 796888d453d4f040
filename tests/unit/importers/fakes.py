"""Servers that answer as Langfuse, LangSmith and Opik do, as far as they are read, with made-up data.

`tests/sdk/test_importers.py` has the vendors' own SDKs parse what they answer, so that the shapes are theirs.
"""

import json
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

Json = dict[str, Any]


@dataclass(frozen=True)
class Asked:
    """A request to a fake. query: the last value of each parameter; many: all values."""

    method: str
    path: str
    query: dict[str, str]
    many: dict[str, list[str]]
    body: Any
    headers: dict[str, str]
    root: str


@dataclass(frozen=True)
class Raw:
    """An answer that is no JSON."""

    content: bytes
    kind: str = "application/octet-stream"
    status: int = 200


NOT_FOUND = Raw(b'{"message":"not found"}', "application/json", 404)


@dataclass
class Trouble:
    """busy_first: so many requests are answered 429. broken: the request of this number fails once with 500."""

    busy_first: int = 0
    broken: int = 0
    slow_s: float = 0.0


@dataclass
class Fake:
    """A running fake. asked: paths with their counts."""

    url: str
    asked: Counter[str] = field(default_factory=Counter)
    trouble: Trouble = field(default_factory=Trouble)


@contextmanager
def serving(answer: Callable[[Asked], Any], trouble: Trouble | None = None) -> Iterator[Fake]:
    """A fake on a free port."""
    lock, count = threading.Lock(), 0
    pause = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self._answer("GET")

        def do_POST(self) -> None:
            self._answer("POST")

        def _answer(self, method: str) -> None:
            nonlocal count
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            parts = urlsplit(self.path)
            with lock:
                count += 1
                number = count
                fake.asked[f"{method} {parts.path}"] += 1
            if fake.trouble.slow_s:
                pause.wait(fake.trouble.slow_s)
            if number <= fake.trouble.busy_first:
                self._send(Raw(b'{"detail":"too many requests"}', "application/json", 429), {"retry-after": "0"})
                return
            if number == fake.trouble.broken:
                self._send(Raw(b"upstream went away", "text/plain", 500), {})
                return
            many = parse_qs(parts.query)
            asked = Asked(
                method, unquote(parts.path), {key: held[-1] for key, held in many.items()}, many,
                json.loads(body) if body else None, {key.lower(): held for key, held in self.headers.items()}, fake.url,
            )  # fmt: skip
            said = answer(asked)
            self._send(said if isinstance(said, Raw) else Raw(json.dumps(said).encode(), "application/json"), {})

        def _send(self, said: Raw, headers: dict[str, str]) -> None:
            self.send_response(said.status)
            for key, value in {"content-type": said.kind, "content-length": str(len(said.content)), **headers}.items():
                self.send_header(key, value)
            # Who was killed does not wait for the answer.
            with suppress(BrokenPipeError, ConnectionResetError):
                self.end_headers()
                self.wfile.write(said.content)

        def log_message(self, format: str, *args: Any) -> None:
            """Nothing: tests have their own output."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    fake = Fake(f"http://127.0.0.1:{server.server_address[1]}", trouble=trouble or Trouble())
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield fake
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)


def moment(second: int, microsecond: int = 0) -> str:
    """A moment of 2026-11-20."""
    return f"2026-11-20T{10 + second // 3600:02d}:{second // 60 % 60:02d}:{second % 60:02d}.{microsecond:06d}Z"


def uuid(kind: int, number: int) -> str:
    """A UUID of version 7's form, ordered by its number."""
    return f"{0x019A0000 + number:08x}-{kind:04x}-7000-8{kind:03x}-{number + 1:012x}"
