"""A fake model provider on loopback: OpenAI's chat, responses and embeddings, Anthropic's messages; also streamed.

Deterministic and free of charge, for tests, examples and trying an SDK: `python -m nervure.demo.model_server 8080`,
then OPENAI_BASE_URL=http://127.0.0.1:8080/v1 or ANTHROPIC_BASE_URL=http://127.0.0.1:8080, with any API key.
"""

import json
import sys
from collections.abc import Callable, Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from types import TracebackType
from typing import Any

from nervure.demo import anthropic_shapes, openai_shapes
from nervure.demo.brain import Trouble

# Path to what answers it: a decoded request to a body, to events of a stream, or to a refusal.
Answerer = Callable[[Mapping[str, Any]], "dict[str, Any] | Iterator[bytes] | Trouble"]
ROUTES: dict[str, Answerer] = {
    "/v1/chat/completions": openai_shapes.chat,
    "/v1/responses": openai_shapes.responses,
    "/v1/embeddings": openai_shapes.embeddings,
    "/v1/messages": anthropic_shapes.messages,
}


class ModelServer:
    """Serves in a thread: `with ModelServer() as server: ... server.url`. calls: the requests so far, decoded."""

    def __init__(self, port: int = 0) -> None:
        self.calls: list[tuple[str, dict[str, Any]]] = []
        handler = type("Handler", (_Handler,), {"calls": self.calls})
        self._server = ThreadingHTTPServer(("127.0.0.1", port), handler)
        self._server.daemon_threads = True

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def run(self) -> None:
        """Serves until interrupted."""
        self._server.serve_forever()

    def __enter__(self) -> "ModelServer":
        Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    calls: list[tuple[str, dict[str, Any]]]

    def do_GET(self) -> None:  # the name is the standard library's
        if self.path.startswith("/v1/models"):
            self._send(
                200, {"object": "list", "data": [{"id": "gpt-4o-mini", "object": "model", "owned_by": "nobody"}]}
            )
        else:
            self._refuse(Trouble(404, "not_found", f"nothing is served at {self.path}"))

    def do_POST(self) -> None:
        try:
            request = json.loads(self.rfile.read(int(self.headers.get("content-length") or 0)) or b"{}")
        except ValueError:
            self._refuse(Trouble(400, "invalid_json", "the body is not JSON"))
            return
        path = self.path.partition("?")[0]
        answer = ROUTES.get(path if path.startswith("/v1") else f"/v1{path}")
        if answer is None:
            self._refuse(Trouble(404, "not_found", f"nothing is served at {self.path}"))
            return
        self.calls.append((path, request))
        result = answer(request)
        if isinstance(result, Trouble):
            self._refuse(result)
        elif isinstance(result, dict):
            self._send(200, result)
        else:
            self._stream(result)

    def log_message(self, format: str, *args: Any) -> None:
        """Silent: what was asked is in `calls`."""

    def _refuse(self, trouble: Trouble) -> None:
        error = {"message": trouble.message, "type": trouble.code, "code": trouble.code, "param": None}
        self._send(trouble.status, {"type": "error", "error": error})

    def _send(self, status: int, body: Mapping[str, Any]) -> None:
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(data)))
        self.send_header("x-request-id", "req_0001")
        self.end_headers()
        self.wfile.write(data)

    def _stream(self, events: Iterator[bytes]) -> None:
        self.send_response(200)
        self.send_header("content-type", "text/event-stream")
        self.send_header("transfer-encoding", "chunked")
        self.end_headers()
        for event in events:
            self.wfile.write(b"%x\r\n%b\r\n" % (len(event), event))
            self.wfile.flush()
        self.wfile.write(b"0\r\n\r\n")


if __name__ == "__main__":
    server = ModelServer(int(sys.argv[1]) if len(sys.argv) > 1 else 8080)
    sys.stderr.write(f"fake model provider on {server.url}; stop with Ctrl-C\n")
    server.run()
