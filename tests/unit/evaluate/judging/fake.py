"""A model server on loopback that does whatever a test asks of it."""

import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Request = dict[str, Any]


@dataclass
class Act:
    """What the server does with one request. body: a JSON value, or bytes as they go out. drip_s: pause between bytes."""

    body: Any
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    wait_s: float = 0.0
    drip_s: float = 0.0
    hang_up: bool = False


def chat(text: str, input_tokens: int | None = 100, output_tokens: int = 20, model: str = "fake-1", **more: Any) -> Act:
    """An OpenAI-style answer."""
    usage = (
        {} if input_tokens is None else {"usage": {"prompt_tokens": input_tokens, "completion_tokens": output_tokens}}
    )
    message = {"role": "assistant", "content": text, **more.pop("message", {})}
    choice = {"index": 0, "message": message, "finish_reason": more.pop("finish_reason", "stop")}
    return Act({"id": "chatcmpl-1", "model": model, "choices": [choice], **usage}, **more)


def verdict(label: str, reasoning: str = "because", quotes: list[str] | None = None, **more: Any) -> Act:
    """An answer as the schema asks for it."""
    return chat(json.dumps({"reasoning": reasoning, "label": label, "quotes": quotes or []}), **more)


class FakeEndpoint:
    """Answers by `act(request, number)`; requests are kept in `asked`, how many were open at once in `most_open`."""

    def __init__(self, act: Callable[[Request, int], Act]) -> None:
        self.act = act
        self.asked: list[Request] = []
        self.headers: list[dict[str, str]] = []
        self.most_open = self._open = 0
        self._lock = threading.Lock()
        fake = self
        self.released = threading.Event()

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["content-length"])))
                with fake._lock:
                    fake.asked.append(body | {"_path": self.path})
                    fake.headers.append({name.lower(): value for name, value in self.headers.items()})
                    number = len(fake.asked) - 1
                    fake._open += 1
                    fake.most_open = max(fake.most_open, fake._open)
                try:
                    self._answer(fake.act(body, number))
                except (BrokenPipeError, ConnectionResetError):
                    self.close_connection = True
                finally:
                    with fake._lock:
                        fake._open -= 1

            def _answer(self, act: Act) -> None:
                fake.released.wait(act.wait_s)
                if act.hang_up:
                    self.close_connection = True
                    return
                raw = act.body if isinstance(act.body, bytes) else json.dumps(act.body).encode()
                self.send_response(act.status)
                for name, value in act.headers.items():
                    self.send_header(name, value)
                self.send_header("content-length", str(len(raw)))
                self.end_headers()
                for at in range(len(raw)) if act.drip_s else ():
                    self.wfile.write(raw[at : at + 1])
                    self.wfile.flush()
                    if fake.released.wait(act.drip_s):
                        return
                if not act.drip_s:
                    self.wfile.write(raw)

            def log_message(self, *_: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/v1"
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    def close(self) -> None:
        self.released.set()
        self._server.shutdown()
        self._server.server_close()
