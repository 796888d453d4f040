"""Keeps worker processes running beside the server while there is something to score, and ends them with it."""

import os
import socket
import subprocess
import sys
import threading

from nervure.base.clock import Clock
from nervure.base.connection import Connection, child_environment
from nervure.base.errors import NervureError
from nervure.base.journal import journal
from nervure.base.settings import Settings
from nervure.catalog.catalog import Catalog
from nervure.evaluate.chosen import MODEL_SETTINGS

LOOK_S = 1.0
# A worker that dies at once, e.g. for lack of memory, is not started in a tight loop.
PAUSES_S = (1.0, 60.0)
KEY_NAME = "evaluation worker of this server"


def worker_names(pid: int) -> str:
    """How the names of workers of a process of this machine begin; what follows tells it from others with its number."""
    return f"{socket.gethostname()}-{pid}-"


class Supervisor:
    """A thread that starts, looks after and stops them."""

    def __init__(self, settings: Settings, catalog: Catalog, clock: Clock) -> None:
        self._settings, self._catalog, self._clock = settings, catalog, clock
        self._stopping = threading.Event()
        self._children: list[subprocess.Popen[bytes]] = []
        self._key_id = ""
        self._secret = ""
        self._not_before_s, self._pause_s, self._started_s = 0.0, PAUSES_S[0], 0.0
        self._url = ""
        self._thread = threading.Thread(target=self._run, name="evaluation-workers", daemon=True)
        self._journal = journal("evaluate")

    def start(self, port: int) -> None:
        """Begin. port: of this server's HTTP door."""
        host = "127.0.0.1" if self._settings.host in ("0.0.0.0", "::", "[::]") else self._settings.host
        self._url = f"http://{host}:{port}"
        if self._settings.evaluation_workers:
            self._thread.start()

    def stop(self, timeout_s: float = 10.0) -> None:
        """End the workers after the task in hand."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(timeout_s)
        for child in self._children:
            child.terminate()
        for child in self._children:
            try:
                child.wait(timeout_s)
            except subprocess.TimeoutExpired:
                # Its task is taken up again: nothing is lost by it.
                child.kill()
                child.wait()
        self._children.clear()
        if self._key_id:
            self._catalog.keys.revoke(self._key_id)

    def _run(self) -> None:
        while not self._stopping.wait(LOOK_S):
            try:
                self._look()
            except NervureError as error:
                self._journal.warning("workers cannot be looked after now", reason=str(error))

    def _look(self) -> None:
        ended = [child for child in self._children if child.poll() is not None]
        for child in ended:
            self._children.remove(child)
            self._journal.error("a worker ended; it is started anew", status=child.returncode, pid=child.pid)
            self._catalog.evaluation_tasks.forsake(worker_names(child.pid))
        now_s = self._clock.monotonic_s()
        if ended:
            lasted = now_s - self._started_s > PAUSES_S[1]
            self._pause_s = PAUSES_S[0] if lasted else min(self._pause_s * 2, PAUSES_S[1])
            self._not_before_s = now_s + self._pause_s
        if now_s < self._not_before_s or not self._is_needed():
            return
        while len(self._children) < self._settings.evaluation_workers:
            self._children.append(self._spawn())
            self._started_s = now_s

    def _is_needed(self) -> bool:
        if self._children or any(rule.enabled for rule in self._catalog.evaluation_rules.list()):
            return True
        queue = self._catalog.evaluation_tasks.queue()
        return bool(queue.waiting or queue.running)

    def _spawn(self) -> "subprocess.Popen[bytes]":
        settings = self._settings
        environment = child_environment(Connection(self._url, self._api_key()))
        environment |= {"NERVURE_DATA": str(settings.data), "NERVURE_CATALOG": settings.catalog}
        environment |= {"NERVURE_SECRET_KEY": settings.secret_key}
        # Small matrices are not worth a second thread, which would spin while it waits for the next one.
        environment = {
            "OMP_NUM_THREADS": "1",
            "OPENBLAS_NUM_THREADS": "1",
            "TOKENIZERS_PARALLELISM": "false",
            **environment,
        }
        environment |= {
            f"NERVURE_{name.upper()}": str(value)
            for name in (
                "evaluators",
                "evaluator_timeout_s",
                "evaluator_memory_bytes",
                "price_file",
                "log_level",
                "log_format",
                *MODEL_SETTINGS,
            )
            if (value := getattr(settings, name)) is not None
        }
        command = [sys.executable, "-m", "nervure", "worker", "--with-parent", str(os.getpid())]
        return subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL)

    def _api_key(self) -> str:
        """The admin key; a key of its own where there is none; "" when nobody asks for one."""
        if not self._settings.auth:
            return ""
        if self._settings.admin_key:
            return self._settings.admin_key
        if not self._secret:
            for old in self._catalog.keys.list():
                if old.name == KEY_NAME and old.revoked_ns is None:
                    self._catalog.keys.revoke(old.id)
            key, self._secret = self._catalog.keys.create(KEY_NAME, ("send", "read"))
            self._key_id = key.id
        return self._secret
