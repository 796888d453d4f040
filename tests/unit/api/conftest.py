"""A whole house behind the application, as `serve` builds it, without listeners and loops."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from nervure.api.app import create_app
from nervure.api.house import House
from nervure.base.clock import NS_PER_S, SystemClock
from nervure.base.ids import RandomIds
from nervure.base.settings import Settings
from nervure.model.batch import Batch
from nervure.model.span import Span
from nervure.serve.build import build

ADMIN = "an-admin-key-of-some-length"
Client = Callable[..., TestClient]


@pytest.fixture(scope="package")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with ExitStack() as closing:
        settings = Settings(data=tmp_path_factory.mktemp("house"))
        works = build(settings, SystemClock(), RandomIds(), closing)
        works.start()
        store(works.house, made_spans(works.house.clock.now_ns()))
        yield works.house


@pytest.fixture
def client(house: House) -> TestClient:
    return TestClient(create_app(house), raise_server_exceptions=False)


def store(house: House, spans: list[Span]) -> None:
    house.intake.submit(Batch(spans=spans, wire="test")).result(30)


def made_spans(now_ns: int) -> list[Span]:
    """Twenty traces of an agent and two calls."""
    spans = []
    for n in range(20):
        start = now_ns - (n + 1) * 60 * NS_PER_S
        trace_id = f"{n + 1:032x}"
        agent = Span(trace_id, f"{n + 1:015x}0", "run", start, kind="agent", duration_ns=NS_PER_S, session=f"s{n % 4}", user="ann",
                     service="desk", received_ns=now_ns)  # fmt: skip
        spans.append(agent)
        for call in (1, 2):
            spans.append(
                Span(trace_id, f"{n + 1:015x}{call}", "chat", start + call, parent_id=agent.span_id, kind="llm", service="desk",
                     duration_ns=call * 10**8, status="error" if n % 5 == 0 else "ok", request_model="gpt", input_tokens=10,
                     output_tokens=5, total_tokens=15, cost_total=0.01, cost_source="book:1", input_text="where is my refund",
                     attributes={"n": n, "big": 1 << 70, "raw": b"\x00\x01"}, received_ns=now_ns)
            )  # fmt: skip
    return spans


def with_settings(house: House, **changed: Any) -> House:
    """The same house under other settings."""
    from dataclasses import replace

    return replace(house, settings=house.settings.model_copy(update=changed))


__all__ = ["ADMIN", "Client", "Path", "store", "with_settings"]
