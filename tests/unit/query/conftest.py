"""A small world in the real embedded engine, known span by span, so that every answer can be counted by hand."""

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from nervure.base.clock import NS_PER_S, FixedClock, parse_iso
from nervure.base.settings import Settings
from nervure.model.log import LogRecord
from nervure.model.metric import MetricPoint
from nervure.model.score import Score
from nervure.model.span import Document, Span
from nervure.query.asker import Asker
from nervure.query.query import Query
from nervure.store import insert_spans, migrate, open_engine
from nervure.store.engine import Engine
from nervure.store.engines.cluster import ClusterEngine
from nervure.store.rows import line, log_row, metric_row, score_row, span_row
from tests.store.facade import Facade
from tests.store.two_shards import TwoShards, lay_out

NOW_NS = parse_iso("2026-11-20T12:34:56.789Z")
HOUR_NS = 3600 * NS_PER_S
TEXTS = ("please Refund order {n}", "where is my parcel, it is late", "Ünïcödé 100%_sure \\ back", "")


@dataclass
class World:
    """The engine, an asker whose clock stands still, and what was put in."""

    engine: Engine
    asker: Asker
    spans: list[Span]
    folder: Path
    inserts: int = 0

    def insert(self, table: str, records: list[Any]) -> None:
        """Stores records as one block."""
        make: dict[str, Callable[[Any], dict[str, Any]]] = {
            "spans": lambda record: span_row(record, 0),
            "logs": log_row,
            "metrics": metric_row,
            "scores": score_row,
        }
        self.inserts += 1
        path = self.folder / f"rows-{self.inserts}.jsonl"
        path.write_bytes(b"".join(line(make[table](record)) for record in records))
        insert = partial(insert_spans, self.engine) if table == "spans" else partial(self.engine.insert, table)
        insert(path, f"{table}-{self.inserts}")

    def ask(self, measure: Any, project: str = "world", **query: Any) -> list[dict[str, Any]]:
        """The series of a query; `since` and `until` stand for from and to."""
        names = {"since": "from", "until": "to"}
        given = {names.get(name, name): value for name, value in query.items()}
        return self.asker.ask(Query.of({"measure": measure, **given}), project)["series"]

    def value(self, measure: str, project: str = "world", **query: Any) -> Any:
        """The only value of a query."""
        (series,) = self.ask(measure, project, **query)
        (point,) = series["points"]
        return point["value"]


def made_spans() -> list[Span]:
    """1500 spans of 40 hours, three to a trace at random times: traces interleave, cross every window, lack roots."""
    chance = random.Random(20)
    spans = []
    for n in range(1500):
        kind = chance.choice(["llm", "llm", "tool", "agent", "retriever", "embedding"])
        is_call = kind in ("llm", "embedding")
        priced = is_call and chance.random() < 0.7
        spans.append(
            Span(
                trace_id=f"{n // 3 + 1:032x}",
                span_id=f"{n + 1:016x}",
                parent_id="" if n % 3 == 0 and n % 2 else f"{n:016x}",
                name=f"{kind} {n % 5}",
                project="world",
                start_ns=NOW_NS - chance.randrange(40 * HOUR_NS),
                duration_ns=int(chance.lognormvariate(20, 1)),
                received_ns=NOW_NS,
                kind=kind,  # type: ignore[arg-type]
                status=chance.choice(["ok", "ok", "ok", "error", "unset"]),  # type: ignore[arg-type]
                service=chance.choice(["shop", "desk"]),
                environment=chance.choice(["production", "staging", ""]),
                request_model=chance.choice(["gpt", "claude", "llama"]) if is_call else "",
                input_tokens=chance.randrange(1000) if is_call else None,
                output_tokens=chance.randrange(300) if kind == "llm" else None,
                total_tokens=chance.randrange(1300) if is_call else None,
                cost_total=chance.random() / 10 if priced else None,
                cost_source="" if not is_call else "book:1" if priced else "unpriced",
                ttft_ns=chance.randrange(10**9) if kind == "llm" and n % 4 else None,
                streaming=chance.choice([True, False, None]),
                user=f"user-{n // 3 % 20}" if n % 3 else "",
                session=f"session-{n // 3 % 40}",
                tags=["a", "b", "ab"][: n % 4],
                attributes={"k": str(n % 7), "n": n, "f": n / 2, "long": "x" * 300 if n % 10 == 0 else "short"},
                metadata={"plan": chance.choice(["free", "pro"])},
                resource={"service.name": "shop", "replicas": n % 3},
                params={"temperature": (n % 10) / 10} if kind == "llm" else {},
                input_text=TEXTS[n % 4].format(n=n) if kind == "llm" else "",
                output_text="refunded gladly" if kind == "llm" and n % 5 == 0 else "",
                documents=[Document(id="d", score=n % 10 / 10)] if kind == "retriever" else [],
                flags=["repeats_child"] if kind == "llm" and n % 11 == 0 else [],
            )
        )
    return spans


LAYOUTS = ["embedded", pytest.param("http", marks=pytest.mark.slow), pytest.param("two_shards", marks=pytest.mark.slow)]


@contextmanager
def opened(layout: str, folder: Path) -> Iterator[Engine]:
    """A migrated engine of one layout: as embedded, as a server over HTTP, as two shards behind one."""
    if layout == "embedded":
        engine = open_engine(Settings(data=folder))
        try:
            migrate(engine)
            yield engine
        finally:
            engine.close()
        return
    facade = Facade(folder)
    try:
        if layout == "http":
            served: Engine = ClusterEngine(f"{facade.url}/nervure")
            migrate(served)
        else:
            served = TwoShards(facade.url, "nervure")
            lay_out(served)
        yield served
        served.close()
    finally:
        facade.close()


@pytest.fixture(scope="package", params=LAYOUTS)
def world(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("world")
    with opened(request.param, folder) as engine:
        made = World(engine, Asker(engine, Settings(data=folder), FixedClock(NOW_NS)), made_spans(), folder)
        # In blocks, so that a trace is spread over parts.
        for place in range(0, len(made.spans), 500):
            made.insert("spans", made.spans[place : place + 500])
        yield made


__all__ = ["HOUR_NS", "NOW_NS", "LogRecord", "MetricPoint", "Score", "World"]
