"""A real server in a process of its own, and a sender that does not give up."""

import http.client
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

START_TIMEOUT_S = 60
# 2026-11-16, a Monday: spans of one run lie in one week or two, as `days` says.
MONDAY_NS = 1_794_787_200 * 10**9
STATUSES_TO_RETRY = {429, 502, 503, 504}


class Server:
    """`nervure serve` on free ports. port: of HTTP, known after `start`, as are ports: all by what listens there."""

    def __init__(self, data: Path, **settings: Any) -> None:
        self.data, self.port, self.grpc_port = data, 0, 0
        # What is run, and what else its environment holds.
        self.command = ["-m", "nervure.cli.main", "serve", "--port", "0", "--grpc-port", "0", "--data", str(data),
                        "--print-ports"]  # fmt: skip
        self.variables: dict[str, str] = {}
        self.ports: dict[str, int] = {}
        # Recorded and made-up telemetry is years old: it must not expire while a slow machine looks at it.
        self._settings = {"retention_days": 36_500, **settings}
        self._process: subprocess.Popen[str] | None = None
        self.log = data.parent / f"{data.name}.log"

    def start(self) -> "Server":
        """Returns when it is ready."""
        variables = {f"NERVURE_{name.upper()}": str(value) for name, value in self._settings.items()}
        with self.log.open("a") as log:
            self._process = subprocess.Popen(
                [sys.executable, *self.command], stdout=subprocess.PIPE, stderr=log, text=True,
                env={**os.environ, **variables, **self.variables},
            )  # fmt: skip
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line, f"the server did not start:\n{self.log.read_text()[-3000:]}"
        ports = json.loads(line)
        self.ports, self.port, self.grpc_port = ports, ports["http"], ports["grpc"]
        return self

    def kill(self) -> None:
        """SIGKILL: no chance to tidy up."""
        assert self._process is not None
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()

    def stop(self) -> int:
        """SIGTERM, and wait. Returns the exit status."""
        assert self._process is not None
        self._process.send_signal(signal.SIGTERM)
        return self._process.wait(60)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def post(self, body: bytes, path: str = "/v1/traces", timeout_s: float = 60, **headers: str) -> "Reply":
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout_s)
        try:
            connection.request("POST", path, body, {"content-type": "application/x-protobuf", **headers})
            response = connection.getresponse()
            return Reply(response.status, response.read(), response.getheader("retry-after"))
        finally:
            connection.close()

    def get(self, path: str) -> "Reply":
        return self.ask(path)

    def ask(self, path: str, body: Any = None, method: str = "", project: str = "") -> "Reply":
        """JSON there and back; method: GET without a body and POST with one, unless said. project: "" for the default."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            sent = None if body is None else json.dumps(body)
            headers = {"content-type": "application/json", **({"x-nervure-project": project} if project else {})}
            connection.request(method or ("GET" if body is None else "POST"), path, sent, headers)
            response = connection.getresponse()
            return Reply(response.status, response.read(), None)
        finally:
            connection.close()


@dataclass(frozen=True)
class Reply:
    status: int
    body: bytes
    retry_after: str | None

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@contextmanager
def running(data: Path, **settings: Any) -> Iterator[Server]:
    """A started server, killed at the end whatever happened."""
    server = Server(data, **settings).start()
    try:
        yield server
    finally:
        if server.is_running():
            server.kill()


def body_of(request: int, spans: int, text: int = 200, days: int = 2, project: str = "") -> bytes:
    """An OTLP request of LLM spans, the same for the same number; ids made from it."""
    message = ExportTraceServiceRequest()
    resource = message.resource_spans.add()
    for key, value in {"service.name": "release-test", "telemetry.sdk.name": "opentelemetry",
                       **({"nervure.project": project} if project else {})}.items():  # fmt: skip
        attribute = resource.resource.attributes.add()
        attribute.key, attribute.value.string_value = key, value
    scope = resource.scope_spans.add()
    for at in range(spans):
        span = scope.spans.add()
        span.trace_id = (request + 1).to_bytes(8, "big") + (at // 10 + 1).to_bytes(8, "big")
        span.span_id = ((request + 1) << 20 | at + 1).to_bytes(8, "big")
        span.name = f"chat {at % 3}"
        # Weeks meet at MONDAY_NS: half of a request's rows lie in another partition.
        span.start_time_unix_nano = MONDAY_NS + (at % 2 * days - 1) * 86_400 * 10**9 // 2 + request * 10**6 + at
        span.end_time_unix_nano = span.start_time_unix_nano + 5 * 10**8
        for key, value in {
            "gen_ai.operation.name": "chat",
            "gen_ai.provider.name": "openai",
            "gen_ai.request.model": "gpt-4o-mini",
            "gen_ai.input.messages": json.dumps(
                [{"role": "user", "parts": [{"type": "text", "content": f"{request} {at} " + "word " * (text // 5)}]}]
            ),
        }.items():
            attribute = span.attributes.add()
            attribute.key, attribute.value.string_value = key, value
        attribute = span.attributes.add()
        attribute.key, attribute.value.int_value = "gen_ai.usage.input_tokens", 10
    return message.SerializeToString()


@dataclass
class Sender:
    """Threads that send numbered requests until each is acknowledged, as an exporter with a long patience would."""

    server: Callable[[], Server]
    spans_per_request: int = 20
    threads: int = 4
    acknowledged: set[int] = field(default_factory=set)
    attempts: int = 0
    refused: dict[int, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._next = 0
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._threads = [threading.Thread(target=self._work, daemon=True) for _ in range(self.threads)]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def finish(self, timeout_s: float = 120) -> None:
        """Begin no new request, and wait until those begun are acknowledged."""
        self._stopping.set()
        for thread in self._threads:
            thread.join(timeout_s)
        assert not any(thread.is_alive() for thread in self._threads), "some requests were never acknowledged"

    def wait_for(self, more: int, timeout_s: float = 60) -> None:
        """Until `more` further requests are acknowledged."""
        wanted, deadline = len(self.acknowledged) + more, time.monotonic() + timeout_s
        while len(self.acknowledged) < wanted:
            assert time.monotonic() < deadline, "nothing is acknowledged any more"
            time.sleep(0.005)

    def _work(self) -> None:
        while not self._stopping.is_set():
            with self._lock:
                number, self._next = self._next, self._next + 1
            self._send(number, body_of(number, self.spans_per_request))

    def _send(self, number: int, body: bytes) -> None:
        while True:
            with self._lock:
                self.attempts += 1
            try:
                reply = self.server().post(body)
            except OSError:
                time.sleep(0.02)
                continue
            except http.client.HTTPException:
                continue
            if reply.status == 200:
                self.acknowledged.add(number)
                return
            if reply.status not in STATUSES_TO_RETRY:
                self.refused[number] = f"{reply.status} {reply.body[:300]!r}"
                return
            time.sleep(0.05)
