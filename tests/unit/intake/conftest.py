"""A real engine for the folder's tests, one that can be told to refuse, and houses around them."""

import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from nervure.base.clock import SystemClock
from nervure.base.errors import NervureError
from nervure.base.settings import Settings
from nervure.intake.intake import Intake
from nervure.intake.pipeline import request_key
from nervure.model.batch import Batch
from nervure.model.span import Span
from nervure.store import migrate, open_engine
from nervure.store.engine import DiskUse, Engine, Layout, Limits, Result
from nervure.store.sql import Sql

NOW_NS = 1_794_787_200 * 10**9


class Moody:
    """The real engine behind a gate. before, after: called around each insert with table and file; may raise."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.intakes: list[Intake] = []
        self.before: Callable[[str, Any], None] = lambda table, rows: None
        self.after: Callable[[str, Any], None] = lambda table, rows: None

    @property
    def layout(self) -> Layout:
        return self.engine.layout

    def insert(self, table: str, rows: Path | Sequence[Path], token: str) -> None:
        self.before(table, rows)
        self.engine.insert(table, rows, token)
        self.after(table, rows)

    def query(self, sql: Sql, limits: Limits | None = None) -> Result:
        return self.engine.query(sql, limits)

    def arrow(self, sql: Sql, limits: Limits | None = None) -> Any:
        return self.engine.arrow(sql, limits)

    def stream(self, sql: Sql, limits: Limits | None = None) -> Any:
        return self.engine.stream(sql, limits)

    def command(self, sql: Sql, limits: Limits | None = None) -> None:
        self.engine.command(sql, limits)

    def kill(self, tag: str) -> None:
        self.engine.kill(tag)

    def ping(self) -> str:
        return self.engine.ping()

    def disk(self) -> DiskUse:
        return self.engine.disk()

    def close(self) -> None:
        self.engine.close()

    def settle(self) -> None:
        """Let the summaries catch up, as every question about them does."""
        for intake in self.intakes:
            intake.settle()


class Gate:
    """Holds inserts until opened, or fails them."""

    def __init__(self) -> None:
        self.error: NervureError | None = None
        self.opened = threading.Event()
        self.opened.set()
        self.calls = 0

    def __call__(self, table: str, rows: Path) -> None:
        self.calls += 1
        self.opened.wait(30)
        if self.error is not None:
            raise self.error


@pytest.fixture(scope="package")
def real_engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    engine = open_engine(Settings(data=tmp_path_factory.mktemp("engine")))
    migrate(engine)
    yield engine
    engine.close()


@pytest.fixture
def engine(real_engine: Engine) -> Moody:
    """The same store for all tests: each uses a project of its own."""
    return Moody(real_engine)


@pytest.fixture
def make_intake(engine: Moody, tmp_path: Path) -> Iterator[Callable[..., Intake]]:
    """Makes started intakes on this test's data folder; all are stopped at the end."""
    made: list[Intake] = []

    def make(**settings: Any) -> Intake:
        tmp_path.mkdir(exist_ok=True)
        clock = settings.pop("clock", SystemClock())
        intake = Intake(engine, Settings(data=tmp_path, disk_free_min_bytes=0, **settings), clock)
        made.append(intake)
        engine.intakes.append(intake)
        intake.start(10)
        return intake

    yield make
    for intake in made:
        intake.stop(10)


@pytest.fixture
def project(request: pytest.FixtureRequest) -> str:
    return str(request.node.name)


def span(project: str, number: int, name: str = "chat", **fields: Any) -> Span:
    return Span(
        trace_id=f"{number:032x}", span_id=f"{number:016x}", name=name, start_ns=NOW_NS + number, project=project,
        duration_ns=10**6, received_ns=NOW_NS, kind="llm", sdk_name="sdk", **fields,
    )  # fmt: skip


def batch(project: str, request: int, *spans: Span, **fields: Any) -> Batch:
    """A request as the pipeline hands it over."""
    return Batch(
        list(spans), request=request_key(project, request), project=project, wire="otlp_traces", bytes=100, **fields
    )


def count(engine: Moody, project: str, table: str = "spans", what: str = "count()") -> int:
    engine.settle()
    text = f"SELECT {what} FROM {table} WHERE project = {{project:String}}"
    return int(engine.query(Sql(text, {"project": project})).rows[0][0] or 0)
