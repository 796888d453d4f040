"""A real server for one run: `nervure serve` in a process of its own, with a fresh data folder and free ports."""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

START_S = 60
STOP_S = 30


@dataclass(frozen=True)
class Server:
    """Where it listens; grpc None when that door is closed."""

    http: int
    grpc: int | None


@contextmanager
def serving() -> Iterator[Server]:
    """Start, hand out, stop. Raises RuntimeError with the server's own log when it does not come up."""
    with tempfile.TemporaryDirectory(prefix="nervure-conformance-") as folder:
        log = Path(folder) / "server.log"
        # Recordings carry the times they were made at: whatever today is, they are to be kept.
        environment = {**os.environ, "NERVURE_RETENTION_DAYS": "36500"}
        command = [
            sys.executable, "-c", "from nervure.cli.main import main; main()", "serve", "--data", f"{folder}/data",
            "--port", "0", "--grpc-port", "0", "--print-ports",
        ]  # fmt: skip
        with log.open("wb") as errors:
            process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, env=environment)
        try:
            yield _ports(process, log)
        finally:
            process.terminate()
            try:
                process.wait(STOP_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            if process.stdout is not None:
                process.stdout.close()


def _ports(process: "subprocess.Popen[bytes]", log: Path) -> Server:
    assert process.stdout is not None
    until = time.monotonic() + START_S
    os.set_blocking(process.stdout.fileno(), False)
    line = b""
    while b"\n" not in line:
        if process.poll() is not None or time.monotonic() > until:
            raise RuntimeError(f"the server did not start; its log says:\n{log.read_text()[-4000:]}")
        line += process.stdout.read() or b""
        time.sleep(0.02)
    ports = json.loads(line.splitlines()[0])
    return Server(ports["http"], ports.get("grpc"))
