"""What an embeddings API may cost: its limit holds, whatever the server says and however many ask."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest

from nervure.base.clock import SystemClock
from nervure.base.errors import SettingsError
from nervure.base.settings import Settings
from nervure.catalog.catalog import Catalog
from nervure.catalog.repositories.judge_purse import OverLimit
from nervure.evaluate import Example, get_evaluator
from nervure.evaluate.chosen import charge_to, choose, meter
from nervure.evaluate.embeddings import embedder
from nervure.evaluate.embeddings.contract import EmbedderDown
from nervure.evaluate.embeddings.spend import Ledger, Spent
from nervure.evaluate.judging.meter import OVERHEAD_TOKENS
from nervure.evaluate.online.examples import Made
from nervure.evaluate.online.scoring import judge
from nervure.model.evaluation import Choice, Target
from nervure.price.pricer import open_pricer
from tests.unit.evaluate.judging.fake import Act, FakeEndpoint, Request

Start = Callable[..., FakeEndpoint]


@pytest.fixture
def api(catalog: Catalog) -> Iterator[Start]:
    """Puts an API in force that does what the test says. A dollar for a thousand tokens unless said otherwise."""
    started: list[FakeEndpoint] = []

    def start(act: Callable[[Request, int], Act], **more: Any) -> FakeEndpoint:
        started.append(made := FakeEndpoint(act))
        named = {"embeddings": "api:counts", "embeddings_url": made.url, "embeddings_timeout_s": 5.0}
        choose(Settings(**{**named, "embeddings_usd_per_million": 1000.0, **more}))
        charge_to(Ledger(catalog.judge_purse, open_pricer(), SystemClock(), "r1"))
        return made

    yield start
    charge_to(None)
    choose(Settings())
    for one in started:
        one.close()


def vectors(body: Request, usage: Any = None, **more: Any) -> Act:
    data = [{"index": place, "embedding": [1.0, 2.0]} for place, _ in enumerate(body["input"])]
    return Act({"data": data, "model": body["model"]} | ({} if usage is None else {"usage": usage}), **more)


def spent() -> Spent:
    found = meter()
    assert found is not None
    told = found.spent()
    assert told is not None
    return told


def test_a_limit_holds_with_many_threads_and_is_told_as_the_reason(api: Start) -> None:
    # Each request costs 0.1 USD and may cost at most what is set aside, some 0.55 USD.
    server = api(lambda body, _: vectors(body, {"prompt_tokens": 100, "total_tokens": 100}), embeddings_usd_per_day=1.5)

    def one(number: int) -> str:
        try:
            embedder().embed([f"text {number}"])
        except OverLimit as error:
            return "over" if "embeddings_usd_per_day" in str(error) else str(error)
        return "made"

    with ThreadPoolExecutor(8) as pool:
        said = list(pool.map(one, range(30)))
    assert said.count("made") == len(server.asked) > 0
    assert said.count("over") == 30 - len(server.asked) > 0
    assert spent().today.spent_usd == pytest.approx(0.1 * len(server.asked)) == spent().of_run.spent_usd
    assert spent().today.spent_usd <= 1.5
    assert spent().today.reserved_usd == 0
    # A worker counts it as not bought, gives the task back to nobody, and no other model stands in.
    evaluator = get_evaluator("semantic_similarity")
    choice, target = Choice("semantic_similarity", "similar"), Target("t", "t", 0)
    verdict = judge(choice, evaluator, target, Made(Example(output="x" * 900, expected="y" * 900)))
    assert (verdict.result, verdict.is_unpaid) == (None, True)
    assert "the spend limit of the embeddings for the day (embeddings_usd_per_day)" in verdict.reason


@pytest.mark.parametrize(
    "usage",
    [
        pytest.param(None, id="none"),
        pytest.param({"prompt_tokens": 0, "total_tokens": 0}, id="nothing used"),
        pytest.param({"prompt_tokens": 1}, id="fewer tokens than texts"),
        pytest.param({"total_tokens": -5, "prompt_tokens": "many"}, id="no counts"),
        pytest.param({"total_tokens": 10**400}, id="more than anybody counts"),
        pytest.param([7], id="another shape"),
    ],
)
def test_usage_that_is_not_stated_or_cannot_be_is_all_that_was_set_aside(api: Start, usage: Any) -> None:
    api(lambda body, _: vectors(body, usage), embeddings_usd_per_day=50.0)
    embedder().embed(["one", "two"])
    assert spent().today.spent_usd == pytest.approx((OVERHEAD_TOKENS + 42) / 1000, abs=0.01)
    assert (spent().today.reserved_usd, spent().today.calls) == (0, 1)


def test_an_api_that_bills_more_than_it_may_is_booked_so_and_not_asked_again(api: Start) -> None:
    server = api(lambda body, _: vectors(body, {"total_tokens": 1_000_000}), embeddings_usd_per_day=1.0)
    embedder().embed(["red"])
    assert spent().today.spent_usd == 1000
    with pytest.raises(OverLimit, match="1000"):
        embedder().embed(["blue"])
    assert len(server.asked) == 1
    # What is remembered is had for nothing.
    embedder().embed(["red"])


def test_failures_are_settled_by_what_they_may_have_cost(api: Start) -> None:
    acts = [Act("busy", 503), Act({"error": "no"}, 400)]
    api(lambda _, number: acts[number])
    with pytest.raises(ValueError, match="status 400"):
        embedder().embed(["red"])
    assert (spent().today.spent_usd, spent().today.reserved_usd) == (0, 0)
    api(lambda _, __: Act({}, wait_s=30.0), embeddings_timeout_s=0.2)
    with pytest.raises(EmbedderDown):
        embedder().embed(["red"])
    assert spent().today.spent_usd == pytest.approx(2 * 0.55, abs=0.05)


def test_a_limit_needs_a_price_and_a_ledger(api: Start, catalog: Catalog) -> None:
    limited = {"embeddings_usd_per_day": 1.0, "embeddings_usd_per_million": None}
    with pytest.raises(SettingsError, match=r"'counts'.*set embeddings_usd_per_million"):
        api(lambda body, _: vectors(body), **limited)
    with pytest.raises(SettingsError, match="set embeddings_usd_per_million"):
        embedder().embed(["red"])
    charge_to(None)
    with pytest.raises(SettingsError, match="books spending nowhere"):
        embedder().embed(["red"])
    api(lambda body, _: vectors(body), **limited, embeddings="api:text-embedding-3-small")
    assert spent().usd_per_million == pytest.approx(0.02)
    # Without a limit an unknown price keeps nobody from asking; it is told, and nothing is made up.
    api(lambda body, _: vectors(body), embeddings_usd_per_million=None)
    embedder().embed(["red"])
    assert (spent().usd_per_million, spent().today.calls) == (None, 0)
    assert "no price is known" in str(spent())


def test_a_text_that_is_asked_for_already_is_not_paid_again(api: Start) -> None:
    server = api(lambda body, _: replace(vectors(body, {"total_tokens": 10}), wait_s=0.3))
    begin = threading.Barrier(6)

    def one(_: int) -> Any:
        begin.wait()
        return embedder().embed(["red", "blue"]).shape

    with ThreadPoolExecutor(6) as pool:
        assert list(pool.map(one, range(6))) == [(2, 2)] * 6
    assert len(server.asked) == 1


def test_who_waited_for_a_text_in_vain_asks_again_or_hears_that_it_is_down(api: Start) -> None:
    def act(body: Request, number: int) -> Act:
        return Act({"error": "poison"}, 400, wait_s=0.3) if "poison" in body["input"] else vectors(body)

    server = api(act)
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(embedder().embed, ["poison", "red"])
        while not server.asked:
            threading.Event().wait(0.01)
        second = pool.submit(embedder().embed, ["red"])
        assert second.result(10).shape == (1, 2)
        with pytest.raises(ValueError, match="poison"):
            first.result(10)
