"""A real server and a fake model provider for the session; a way to run a program of an SDK against both.

A test that shows what a client can do says so with `@pytest.mark.supports("langsmith", "runs in batches", "feedback")`:
the client's page (docs/clients/<client>.md) and the feature in the words its users look for. The tables of support in
the documentation and in the web application are made of these marks (`python -m tests.support`), here and in every other
folder of tests.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from nervure.client.client import Client
from nervure.demo.model_server import ModelServer
from tests.sdk.environments import Unavailable, python_of

PROGRAMS = Path(__file__).parent / "programs"
START_S = 60
ARRIVAL_S = 30


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a real server on a free port."""
    folder = tmp_path_factory.mktemp("sdk")
    command = [
        sys.executable,
        "-m",
        "nervure",
        "serve",
        "--data",
        str(folder / "data"),
        "--port",
        "0",
        "--grpc-port",
        "-1",
    ]
    kept = {name: value for name, value in os.environ.items() if not name.startswith("NERVURE_")}
    with (folder / "server.log").open("wb") as log:
        process = subprocess.Popen([*command, "--print-ports"], env=kept, stdout=subprocess.PIPE, stderr=log)
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            assert line, (folder / "server.log").read_text()
            yield f"http://127.0.0.1:{json.loads(line)['http']}"
        finally:
            process.terminate()
            process.wait(START_S)


@pytest.fixture(scope="session")
def models() -> Iterator[ModelServer]:
    with ModelServer() as running:
        yield running


@dataclass
class Seen:
    """What the public API shows of one program's telemetry. printed, complaint: its standard output and error."""

    client: Client
    spans: list[dict[str, Any]] = field(default_factory=list)
    printed: str = ""
    complaint: str = ""

    def of(self, kind: str, **members: Any) -> list[dict[str, Any]]:
        """Spans of a kind whose members are as given, in order of start."""
        return [
            span for span in self.spans
            if span["kind"] == kind and all(span[name] == value for name, value in members.items())
        ]  # fmt: skip

    def one(self, kind: str, **members: Any) -> dict[str, Any]:
        found = self.of(kind, **members)
        assert len(found) == 1, [(span["kind"], span["name"]) for span in self.spans]
        return found[0]

    def asking(self, text: str, kind: str = "llm") -> dict[str, Any]:
        """The one model call whose last question is this."""
        found = [span for span in self.of(kind) if span["input_text"].rstrip().endswith(text)]
        assert len(found) == 1, [(span["kind"], span["name"], span["input_text"]) for span in self.spans]
        return found[0]


Run = Callable[..., Seen]


@pytest.fixture
def run(server: str, models: ModelServer, request: pytest.FixtureRequest) -> Run:
    """run(environment, program, **variables): runs the program to its end and gives what arrived, once it is `expected` spans."""

    def running(environment: str, program: str, expected: int, **variables: str) -> Seen:
        try:
            python = python_of(environment)
        except Unavailable as error:
            pytest.skip(f"the package index cannot be reached: {error}")
        project = variables.get("PROJECT") or request.node.name.replace("[", "-").rstrip("]")
        kept = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG", "TMPDIR")}
        given = {
            "OPENAI_BASE_URL": f"{models.url}/v1",
            "OPENAI_API_KEY": "sk-none",
            "OTEL_RESOURCE_ATTRIBUTES": f"nervure.project={project}",
            "OTEL_SERVICE_NAME": "sdk-app",
            "PROJECT": project,
            **{name: value.replace("SERVER", server) for name, value in variables.items()},
        }
        done = subprocess.run(
            [str(python), str(PROGRAMS / program)], env={**kept, **given}, capture_output=True, text=True, timeout=180
        )
        assert done.returncode == 0, done.stderr
        seen = arrived(Client(server, project=project), expected, done.stderr)
        seen.printed, seen.complaint = done.stdout, done.stderr
        return seen

    return running


def arrived(client: Client, expected: int, complaint: str) -> Seen:
    """Waits until so many spans are there, their calls complete, then reads them.

    Some SDKs send texts as log records, some a span when it begins and again when it ends.
    """
    deadline = time.monotonic() + ARRIVAL_S
    while True:
        found = client.spans(limit=500, order="oldest")
        full = [client.span(span["trace_id"], span["span_id"]) for span in found]
        waiting = [
            {name: span[name] for name in ("name", "status", "duration_ms", "input_text")}
            for span in full
            if span["kind"] == "llm" and span["status"] != "error"
            if not span["input_text"] or (span["status"] == "unset" and not span["duration_ms"])
        ]
        if len(found) >= expected and not waiting:
            return Seen(client, full)
        assert time.monotonic() < deadline, f"{len(found)} of {expected} spans, incomplete: {waiting}\n{complaint}"
        time.sleep(0.2)
