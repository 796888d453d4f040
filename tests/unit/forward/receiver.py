"""An OTLP/HTTP receiver that behaves as it is told."""

import gzip
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)


@dataclass(frozen=True)
class Answer:
    """What to say. wait_s: before saying it. rejected: spans refused of a success."""

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    wait_s: float = 0.0
    rejected: int = 0
    words: str = ""


@dataclass
class Receiver:
    """answers: said one after the other, then 200 for ever. requests: (path, headers, body) of all that came."""

    url: str = ""
    answers: list[Answer] = field(default_factory=list)
    requests: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)
    times: list[float] = field(default_factory=list)
    stopping: threading.Event = field(default_factory=threading.Event)

    @property
    def span_ids(self) -> list[str]:
        """Of every span that came, also of those that were turned away."""
        found = []
        for path, headers, body in self.requests:
            if path.endswith("/v1/traces"):
                data = gzip.decompress(body) if headers.get("content-encoding") == "gzip" else body
                for resource in ExportTraceServiceRequest.FromString(data).resource_spans:
                    found += [span.span_id.hex() for scope in resource.scope_spans for span in scope.spans]
        return found


@contextmanager
def receiving(answers: list[Answer] | None = None) -> Iterator[Receiver]:
    """A receiver on a free port."""
    receiver = Receiver(answers=list(answers or []))

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            headers = {name.lower(): value for name, value in self.headers.items()}
            receiver.requests.append((self.path, headers, body))
            answer = receiver.answers.pop(0) if receiver.answers else Answer()
            if answer.wait_s:
                receiver.stopping.wait(answer.wait_s)
            said = answer.body
            more = dict(answer.headers)
            if answer.rejected or answer.words:
                told = ExportTraceServiceResponse()
                told.partial_success.rejected_spans = answer.rejected
                told.partial_success.error_message = answer.words
                said = told.SerializeToString()
                more["content-type"] = "application/x-protobuf"
            try:
                self.send_response(answer.status)
                for name, value in more.items():
                    self.send_header(name, value)
                self.send_header("content-length", str(len(said)))
                self.end_headers()
                self.wfile.write(said)
            except OSError:
                return  # the sender has given up

        def log_message(self, *_: Any) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    receiver.url = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield receiver
    finally:
        receiver.stopping.set()
        server.shutdown()
        server.server_close()
