"""The same store tests on every layout: embedded, over HTTP, on two shards, and on a real server if one is named."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from nervure.store import migrate
from nervure.store.engine import Engine
from nervure.store.engines.cluster import ClusterEngine
from nervure.store.engines.embedded import EmbeddedEngine
from tests.store.facade import Facade
from tests.store.two_shards import TwoShards, lay_out

REAL = os.environ.get("NERVURE_TEST_CLICKHOUSE", "")
LAYOUTS = ["embedded", "http", "two_shards", *(["server"] if REAL else [])]


@pytest.fixture(scope="module", params=LAYOUTS)
def engine(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """A migrated store, shared by the tests of a module: keep tests apart by project."""
    folder: Path = tmp_path_factory.mktemp("store")
    if request.param == "embedded":
        embedded = EmbeddedEngine(folder)
        migrate(embedded)
        yield embedded
        embedded.close()
        return
    if request.param == "server":
        server = ClusterEngine(REAL)
        migrate(server)
        yield server
        server.close()
        return
    facade = Facade(folder)
    try:
        if request.param == "http":
            plain = ClusterEngine(f"{facade.url}/nervure")
            migrate(plain)
            yield plain
            plain.close()
        else:
            shards = TwoShards(facade.url, "nervure")
            lay_out(shards)
            yield shards
            shards.close()
    finally:
        facade.close()


@pytest.fixture
def project(request: pytest.FixtureRequest) -> str:
    """A project of the test's own."""
    return str(request.node.name)
