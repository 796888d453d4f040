"""One server for a module's tests; each test begins with an empty intake in a good mood."""

from collections.abc import Iterator

import pytest

from nervure.base.settings import Settings
from tests.wire.bad_input import LIMITS
from tests.wire.doors import MemoryIntake, Running, serving


@pytest.fixture(scope="module")
def running() -> Iterator[Running]:
    settings = Settings(
        port=0,
        grpc_port=0,
        **LIMITS,
        commit_timeout_s=0.3,
        cors_origins=["https://app.example.com"],
    )
    with serving(settings) as server:
        yield server


@pytest.fixture
def server(running: Running) -> Iterator[Running]:
    running.intake.reset()
    yield running
    running.intake.reset()


@pytest.fixture
def intake(server: Running) -> MemoryIntake:
    return server.intake
