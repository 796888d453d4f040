"""A catalog, a price book, and judges that speak to the fake endpoint."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from nervure.base.clock import SystemClock
from nervure.base.ids import RandomIds
from nervure.catalog.catalog import Catalog, open_catalog
from nervure.catalog.database import FILE
from nervure.evaluate.judging import Bench, bench_of
from nervure.model.judge import Endpoint, Judge, Seat
from nervure.model.span import Span
from nervure.price.pricer import open_pricer
from tests.unit.evaluate.judging.fake import Act, FakeEndpoint, Request

# A dollar for a thousand tokens either way: cheap to check by hand.
SEAT = Seat("fake", "fake-1", input_usd=1000.0, output_usd=1000.0, max_output_tokens=100)


@pytest.fixture(scope="session")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A catalog's file; making one takes longer than a whole test."""
    folder = tmp_path_factory.mktemp("catalog")
    open_catalog(folder, SystemClock(), RandomIds()).close()
    return folder / FILE


@pytest.fixture
def catalog(tmp_path: Path, empty: Path) -> Iterator[Catalog]:
    shutil.copy(empty, tmp_path / FILE)
    opened = open_catalog(tmp_path, SystemClock(), RandomIds())
    yield opened
    opened.close()


@pytest.fixture
def fake(catalog: Catalog) -> Iterator[Callable[..., FakeEndpoint]]:
    """Starts fake endpoints; the catalog knows each by its name."""
    started: list[FakeEndpoint] = []

    def start(act: Callable[[Request, int], Act], name: str = "fake", **settings: Any) -> FakeEndpoint:
        made = FakeEndpoint(act)
        started.append(made)
        catalog.judge_endpoints.create(
            Endpoint("", "", name, **{"url": made.url, "timeout_s": 5.0, "api_key": "sk-secret", **settings})
        )
        return made

    yield start
    for one in started:
        one.close()


@pytest.fixture
def recorded() -> list[Span]:
    return []


@pytest.fixture
def bench(catalog: Catalog, recorded: list[Span]) -> Iterator[Bench]:
    made = bench_of(catalog, open_pricer(), SystemClock(), "shop", run="r1", record=recorded.extend)
    yield made
    made.close()


@pytest.fixture
def judge(catalog: Catalog) -> Callable[..., Judge]:
    """A judge in the catalog: groundedness by one seat unless said otherwise."""

    def make(name: str = "grounded", **settings: Any) -> Judge:
        return catalog.judges.create(
            Judge("", "shop", name, **{"rubric": "groundedness", "panel": (SEAT,), **settings})
        )

    return make
