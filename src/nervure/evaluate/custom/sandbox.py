"""A user's evaluator in a process of its own, with bounded time, memory and answers, killed when it passes them."""

import json
import os
import select
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from nervure.base.errors import NervureError
from nervure.evaluate.evaluator import Evaluator, Example, Mark, Result, Setting

LONGEST_ANSWER = 1 << 20
# What the user's code may know of our environment: nothing that opens doors.
KEPT = ("PATH", "HOME", "LANG", "LC_ALL", "PYTHONPATH", "VIRTUAL_ENV", "TMPDIR")


class SandboxError(NervureError):
    """The user's code failed, took too long or was killed; the message says which."""

    code = "sandbox_error"


@dataclass(frozen=True, slots=True)
class Bounds:
    """start_s: for loading, which may import large libraries. call_s: for one example, on the wall's clock."""

    start_s: float = 20.0
    call_s: float = 5.0
    memory_bytes: int = 1 << 30


class Sandbox:
    """One process for one evaluator; started when first needed, started anew when it was killed. Thread-safe."""

    def __init__(
        self, kind: str, what: str, first: Mapping[str, Any] | None = None, bounds: Bounds | None = None
    ) -> None:
        """kind, what: see `child`. first: what an expression says of itself."""
        self._command = [sys.executable, "-m", "nervure.evaluate.custom.child", kind, what]
        self._first, self._bounds, self._what = (
            first,
            bounds or Bounds(),
            Path(what).name or str((first or {}).get("name", "")),
        )
        self._process: subprocess.Popen[bytes] | None = None
        self._held = b""
        self._lock = threading.Lock()

    def describe(self) -> dict[str, Any]:
        """What the evaluator says of itself. Raises SandboxError when it cannot be loaded."""
        with self._lock:
            return self._start()

    def run(self, example: Example, settings: Mapping[str, Any]) -> Result:
        """Raises SandboxError with the reason."""
        asked = {name: value for name, value in asdict(example).items() if value not in (None, "")}
        with self._lock:
            if self._process is None or self._process.poll() is not None:
                self._start()
            said = self._ask({"example": asked, "settings": dict(settings)}, self._bounds.call_s)
        if "error" in said:
            raise SandboxError(said["error"])
        marks = tuple(Mark(**mark) for mark in said["spans"])
        return Result(said["score"], said["label"], said["explanation"], marks, said["details"])

    def close(self) -> None:
        with self._lock:
            self._kill()

    def _start(self) -> dict[str, Any]:
        self._kill()
        environment = {name: value for name in KEPT if (value := os.environ.get(name))}
        # One thread for matrix libraries: each thread reserves memory that counts against the bound.
        environment |= {
            "SANDBOX_MEMORY_BYTES": str(self._bounds.memory_bytes),
            "OMP_NUM_THREADS": "1",
            "OPENBLAS_NUM_THREADS": "1",
        }
        self._process = subprocess.Popen(
            self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment,
            start_new_session=True,
        )  # fmt: skip
        self._held = b""
        said = self._ask(self._first, self._bounds.start_s)
        if "error" in said:
            self._kill()
            raise SandboxError(f"{self._what} cannot be loaded: {said['error']}")
        return said

    def _ask(self, value: Mapping[str, Any] | None, within_s: float) -> dict[str, Any]:
        process = self._process
        assert process is not None
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            if value is not None:
                process.stdin.write(json.dumps(value, ensure_ascii=False, default=str).encode() + b"\n")
                process.stdin.flush()
            line = self._line(process.stdout.fileno(), within_s)
        except OSError as error:
            line = b""
            if not isinstance(error, BrokenPipeError):
                self._kill()
                raise SandboxError(f"{self._what}: its process cannot be reached: {error}") from error
        if not line:
            process.wait(5)
            status = process.returncode
            self._kill()
            raise SandboxError(
                f"{self._what} ended by itself ({_ended(status)}); limit of memory: {self._bounds.memory_bytes >> 20} MB"
            )
        answer: dict[str, Any] = json.loads(line)
        return answer

    def _line(self, descriptor: int, within_s: float) -> bytes:
        """The next line; b"" when the process has ended. Raises SandboxError past a limit, and kills it."""
        poll = select.poll()
        poll.register(descriptor, select.POLLIN | select.POLLHUP)
        while b"\n" not in self._held:
            if not poll.poll(within_s * 1000):
                self._kill()
                raise SandboxError(f"{self._what} took longer than {within_s:g} s and was stopped")
            piece = os.read(descriptor, 1 << 16)
            if not piece:
                return b""
            self._held += piece
            if len(self._held) > LONGEST_ANSWER:
                self._kill()
                raise SandboxError(f"{self._what} answered more than {LONGEST_ANSWER >> 20} MB and was stopped")
        line, _, self._held = self._held.partition(b"\n")
        return line

    def _kill(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        # Its session: what the user's code has started ends with it. It may have ended already.
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        for pipe in (process.stdin, process.stdout):
            # What is left to write has no reader any more.
            with suppress(BrokenPipeError):
                if pipe is not None:
                    pipe.close()


def sandboxed(said: Mapping[str, Any], sandbox: Sandbox, name: str) -> Evaluator:
    """The Evaluator whose `run` asks a sandbox. said: as `Sandbox.describe` says. name: as rules call it."""
    settings = tuple(
        Setting(one["name"], one["default"], one["help"], tuple(one["choices"])) for one in said["settings"]
    )
    return Evaluator(
        name=name, summary=said["summary"], run=sandbox.run, needs=tuple(said["needs"]), blind=said["blind"],
        threshold=said["threshold"], threshold_why=said["threshold_why"], aliases=tuple(said["aliases"]),
        optional=tuple(said["optional"]), level=said["level"], group="custom", detects=said["detects"],
        version=said["version"], settings=settings, low=said["low"], high=said["high"],
    )  # fmt: skip


def _ended(status: int | None) -> str:
    if status is not None and status < 0:
        return f"killed by {signal.Signals(-status).name}"
    return f"exit status {status}"
