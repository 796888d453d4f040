"""Spend limits hold, whatever the endpoint does; nothing hangs; reasons are told."""

import multiprocessing
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from nervure.base.clock import NS_PER_S, FixedClock, SystemClock
from nervure.base.errors import BadInput
from nervure.base.ids import RandomIds
from nervure.catalog.catalog import Catalog, open_catalog
from nervure.catalog.repositories.judge_purse import OverLimit
from nervure.evaluate import Example
from nervure.evaluate.judging import Bench, bench_of, judge_evaluator
from nervure.evaluate.judging.meter import OVERHEAD_TOKENS
from nervure.evaluate.judging.transport import JudgeDown, Refused
from nervure.model.judge import Account, Judge, Seat
from nervure.price.pricer import open_pricer
from tests.unit.evaluate.judging.conftest import SEAT
from tests.unit.evaluate.judging.fake import Act, FakeEndpoint, chat, verdict

Fake = Callable[..., FakeEndpoint]
Make = Callable[..., Judge]


def example(number: int = 0) -> Example:
    return Example(output=f"answer {number}", documents=())


def spent(catalog: Catalog, name: str) -> float:
    return next(one.spent_usd for one in catalog.judge_purse.balances(name) if one.name == name)


def score_many(bench: Bench, judge: Judge, rows: int, threads: int) -> list[str]:
    evaluator = judge_evaluator(judge, bench)

    def one(number: int) -> str:
        try:
            return evaluator.evaluate(example(number)).label
        except OverLimit:
            return "over"

    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(one, range(rows)))


def test_a_limit_holds_with_many_threads_and_what_was_set_aside_in_vain_is_free_again(
    fake: Fake, judge: Make, bench: Bench, catalog: Catalog
) -> None:
    # Each call costs 0.12 USD and may cost at most what is set aside for it, some 3 USD.
    server = fake(lambda _, __: verdict("supported"), concurrency=8)
    limited = judge(usd_per_day=4.0)
    said = score_many(bench, limited, 60, 8)
    total = spent(catalog, f"judge/{limited.id}")
    assert said.count("supported") == len(server.asked)
    assert said.count("over") == 60 - len(server.asked) > 0
    assert total == pytest.approx(0.12 * len(server.asked))
    assert total <= 4.0
    assert all(one.reserved_usd == 0 for one in catalog.judge_purse.balances("judge/"))


def test_an_endpoint_that_uses_all_it_is_allowed_never_passes_the_limit(
    fake: Fake, judge: Make, bench: Bench, catalog: Catalog
) -> None:
    # One byte a token and the whole answer: the upper estimate itself.
    def dear(request: dict[str, object], _: int) -> Act:
        size = sum(len(str(one["content"]).encode()) for one in request["messages"])  # type: ignore[attr-defined]
        return verdict("supported", input_tokens=size + OVERHEAD_TOKENS, output_tokens=100)

    server = fake(dear, concurrency=8)
    limited = judge(usd_in_all=10.0)
    said = score_many(bench, limited, 30, 8)
    assert 0 < said.count("supported") == len(server.asked) < 30
    assert 10.0 - 2 * 4.0 < spent(catalog, f"judge/{limited.id}") <= 10.0


def test_limits_of_a_run_and_of_an_endpoint_hold_as_well(
    fake: Fake, judge: Make, bench: Bench, catalog: Catalog
) -> None:
    fake(lambda _, __: verdict("supported"), usd_per_day=4.0)
    first, second = judge("first", usd_per_run=3.5), judge("second")
    done, told = until_refused(bench, first, 0)
    assert "the spend limit of run/r1/judge/" in told
    assert 0 < done < 10
    # What one judge may no longer spend in this run another may, as far as the endpoint's day goes.
    more, told = until_refused(bench, second, 100)
    assert "the spend limit of endpoint/" in told
    assert 0 < more < 10


def until_refused(bench: Bench, judge: Judge, first: int) -> tuple[int, str]:
    evaluator = judge_evaluator(judge, bench)
    for number in range(50):
        try:
            evaluator.evaluate(example(first + number))
        except OverLimit as error:
            return number, str(error)
    raise AssertionError("no limit")


def work(folder: str, judge: Judge, first: int, queue: "multiprocessing.Queue[int]") -> None:
    catalog = open_catalog(folder, SystemClock(), RandomIds())
    bench = bench_of(catalog, open_pricer(), SystemClock(), "shop")
    evaluator, done = judge_evaluator(judge, bench), 0
    for number in range(first, first + 20):
        try:
            evaluator.evaluate(example(number))
            done += 1
        except OverLimit:
            break
    queue.put(done)
    bench.close()
    catalog.close()


def test_a_limit_holds_over_several_processes(fake: Fake, judge: Make, catalog: Catalog, tmp_path: Path) -> None:
    server = fake(lambda _, __: verdict("supported"))
    limited = judge(usd_in_all=4.0)
    context = multiprocessing.get_context("spawn")
    queue: multiprocessing.Queue[int] = context.Queue()
    workers = [context.Process(target=work, args=(str(tmp_path), limited, 100 * n, queue)) for n in range(2)]
    for worker in workers:
        worker.start()
    done = sum(queue.get(timeout=60) for _ in workers)
    for worker in workers:
        worker.join(10)
    assert done == len(server.asked) > 0
    assert spent(catalog, f"judge/{limited.id}") == pytest.approx(0.12 * done)
    assert spent(catalog, f"judge/{limited.id}") <= 4.0


def test_an_endpoint_that_bills_more_than_it_was_allowed_is_stopped_at_once(
    fake: Fake, judge: Make, bench: Bench, catalog: Catalog
) -> None:
    server = fake(lambda _, __: verdict("supported", output_tokens=1_000_000))
    limited = judge(usd_per_day=4.0)
    evaluator = judge_evaluator(limited, bench)
    assert evaluator.evaluate(example(1)).details["cost_usd"] == pytest.approx(1000.1)
    with pytest.raises(OverLimit, match=r"1000\.1"):
        evaluator.evaluate(example(2))
    assert len(server.asked) == 1


def test_a_server_that_does_not_say_what_it_used_is_taken_at_the_upper_estimate(
    fake: Fake, judge: Make, bench: Bench, catalog: Catalog
) -> None:
    server = fake(lambda _, __: verdict("supported", input_tokens=None))
    limited = judge(usd_per_day=100.0)
    cost = judge_evaluator(limited, bench).evaluate(example()).details["cost_usd"]
    size = len(str(server.asked[0]).encode())
    assert cost == pytest.approx((size + OVERHEAD_TOKENS + 100) / 1000, rel=0.1)
    assert spent(catalog, f"judge/{limited.id}") == pytest.approx(cost)


def test_a_model_without_a_price_is_not_asked_when_a_limit_must_be_kept(fake: Fake, judge: Make, bench: Bench) -> None:
    server = fake(lambda _, __: verdict("supported"))
    panel = (Seat("fake", "nobody-knows-it"),)
    with pytest.raises(BadInput, match="no price is known for 'nobody-knows-it'"):
        judge_evaluator(judge(panel=panel, usd_per_day=1.0), bench).evaluate(example())
    assert server.asked == []
    free = judge_evaluator(judge("free", panel=panel), bench).evaluate(example())
    assert (free.label, free.details["cost_usd"]) == ("supported", None)


def test_known_models_are_priced_by_the_book(fake: Fake, judge: Make, bench: Bench) -> None:
    fake(lambda _, __: verdict("supported", input_tokens=1000, output_tokens=100, model="gpt-4o-mini-2024-07-18"))
    panel = (Seat("fake", "gpt-4o-mini"),)
    result = judge_evaluator(judge(panel=panel, usd_per_day=1.0), bench).evaluate(example())
    assert result.details["cost_usd"] == pytest.approx(1000 * 0.15e-6 + 100 * 0.60e-6)


def test_a_rate_limit_is_waited_out_as_long_as_the_server_asks(fake: Fake, judge: Make, bench: Bench) -> None:
    refusal = Act({"error": {"message": "slow down"}}, 429, {"retry-after-ms": "300"})
    server = fake(lambda _, number: refusal if number == 0 else verdict("supported"))
    began = time.monotonic()
    assert judge_evaluator(judge(usd_per_day=5.0), bench).evaluate(example()).label == "supported"
    assert time.monotonic() - began >= 0.3
    assert len(server.asked) == 2


def test_a_server_that_asks_for_an_hour_is_left_alone_with_the_reason(
    fake: Fake, judge: Make, bench: Bench, catalog: Catalog
) -> None:
    server = fake(lambda _, __: Act({"error": {"message": "quota"}}, 429, {"retry-after": "3600"}))
    limited = judge(usd_per_day=5.0)
    with pytest.raises(JudgeDown, match=r"asks to wait 3600 s \(status 429: quota\)") as caught:
        judge_evaluator(limited, bench).evaluate(example())
    assert (caught.value.retry_after_s, len(server.asked)) == (3600.0, 1)
    assert spent(catalog, f"judge/{limited.id}") == 0
    # For ever is no time, and a year is not waited for: a task would lie for so long.
    server.act = lambda _, __: Act({}, 429, {"retry-after-ms": "nan", "retry-after": "31536000"})
    with pytest.raises(JudgeDown, match="asks to wait 31536000 s") as caught:
        judge_evaluator(limited, bench).evaluate(example(1))
    assert caught.value.retry_after_s == 3600.0
    server.act = lambda _, number: Act({}, 429, {"retry-after": "inf"}) if number == 2 else verdict("supported")
    assert judge_evaluator(limited, bench).evaluate(example(2)).label == "supported"


@pytest.mark.parametrize(
    "act",
    [
        pytest.param(Act({}, wait_s=30.0), id="silent"),
        pytest.param(Act({"a": "b" * 500}, drip_s=0.05), id="dripping"),
    ],
)
def test_a_server_too_slow_is_given_up_and_may_have_billed(
    fake: Fake, judge: Make, bench: Bench, catalog: Catalog, act: Act
) -> None:
    server = fake(lambda _, __: act, timeout_s=1.0)
    limited = judge(usd_per_day=50.0)
    began = time.monotonic()
    with pytest.raises(JudgeDown, match=r"no answer within 1 s"):
        judge_evaluator(limited, bench).evaluate(example())
    assert time.monotonic() - began < 25, "as long as the server would have taken"
    assert len(server.asked) == 2
    # Twice the upper estimate: nobody knows whether it was billed.
    assert spent(catalog, f"judge/{limited.id}") > 4


def test_errors_that_may_pass_are_tried_again_and_cost_nothing(
    fake: Fake, judge: Make, bench: Bench, catalog: Catalog
) -> None:
    acts = [Act("oops", 503), Act({}, hang_up=True), verdict("supported")]
    server = fake(lambda _, number: acts[number])
    # An answer that broke off may have been billed; the 503 was not.
    limited = judge(usd_per_day=50.0)
    assert judge_evaluator(limited, bench).evaluate(example()).label == "supported"
    assert len(server.asked) == 3
    assert 2 < spent(catalog, f"judge/{limited.id}") < 6


@pytest.mark.parametrize("status", [504, 524, 202])
def test_what_a_gateway_did_not_wait_for_may_have_been_billed(
    fake: Fake, judge: Make, bench: Bench, catalog: Catalog, status: int
) -> None:
    fake(lambda _, __: Act("gave up", status), retries=0)
    limited = judge(usd_per_day=50.0)
    with pytest.raises((JudgeDown, Refused), match=f"status {status}"):
        judge_evaluator(limited, bench).evaluate(example())
    assert spent(catalog, f"judge/{limited.id}") > 2


@pytest.mark.parametrize(
    "settings",
    [{"api_key": "sk-sec\nret"}, {"api_key": "sk-secr\u00e9t"}, {"url": "ftp://x"}],
)
def test_what_cannot_be_sent_costs_nothing_is_not_tried_again_and_shows_no_key(
    fake: Fake, judge: Make, bench: Bench, catalog: Catalog, settings: dict[str, str]
) -> None:
    server = fake(lambda _, __: verdict("supported"), **settings)
    limited = judge(usd_per_day=50.0)
    with pytest.raises(Refused, match="cannot be asked") as caught:
        judge_evaluator(limited, bench).evaluate(example())
    assert "sk-sec" not in str(caught.value)
    assert (server.asked, spent(catalog, f"judge/{limited.id}")) == ([], 0)


def test_a_wrong_key_is_told_at_once(fake: Fake, judge: Make, bench: Bench) -> None:
    server = fake(lambda _, __: Act({"error": {"message": "Incorrect API key provided"}}, 401))
    with pytest.raises(Refused, match="status 401: Incorrect API key provided"):
        judge_evaluator(judge(), bench).evaluate(example())
    assert len(server.asked) == 1


@pytest.mark.parametrize(
    ("act", "words"),
    [
        pytest.param(Act(b"<html>gateway</html>"), "no JSON object: <html>gateway</html>", id="a page"),
        pytest.param(Act(b'{"choices": [{"mess'), "no JSON object", id="half an answer"),
        pytest.param(Act(b"[" * 100_000), "no JSON object", id="too deep"),
        pytest.param(Act({"choices": []}), "no choices", id="no choices"),
        pytest.param(Act({"choices": [{"message": 7}]}), "no message", id="another shape"),
        pytest.param(chat('{"label": 3}'), "no text `label`", id="a number for a label"),
        pytest.param(chat(""), "the answer is empty", id="nothing"),
    ],
)
def test_a_malformed_answer_is_no_verdict_and_is_paid_for(
    fake: Fake, judge: Make, bench: Bench, catalog: Catalog, act: Act, words: str
) -> None:
    fake(lambda _, __: act)
    limited = judge(usd_per_day=50.0)
    result = judge_evaluator(limited, bench).evaluate(example())
    assert (result.score, result.label) == (None, "abstained")
    assert words in result.explanation
    assert spent(catalog, f"judge/{limited.id}") > 0


def test_no_more_calls_are_under_way_than_the_endpoint_takes(fake: Fake, judge: Make, bench: Bench) -> None:
    server = fake(lambda _, __: replace(verdict("supported"), wait_s=0.05), concurrency=3)
    assert score_many(bench, judge(), 12, 8) == ["supported"] * 12
    assert server.most_open <= 3


def test_stopping_ends_the_waiting(fake: Fake, judge: Make, bench: Bench) -> None:
    fake(lambda _, __: Act({}, 429, {"retry-after": "50"}))
    threading.Timer(0.3, bench.close).start()
    began = time.monotonic()
    with pytest.raises(JudgeDown, match="being stopped"):
        judge_evaluator(judge(), bench).evaluate(example())
    assert time.monotonic() - began < 45


def test_what_a_dead_process_had_set_aside_counts_as_spent(tmp_path: Path) -> None:
    clock = FixedClock(1_800_000_000 * NS_PER_S)
    catalog = open_catalog(tmp_path, clock, RandomIds())
    catalog.judge_purse.reserve([Account("a", 1.0)], 0.7, 60)
    with pytest.raises(OverLimit):
        catalog.judge_purse.reserve([Account("a", 1.0)], 0.4, 60)
    clock.advance_s(61)
    (balance,) = catalog.judge_purse.balances("a")
    assert (balance.spent_usd, balance.reserved_usd, balance.calls) == (0.7, 0.0, 1)
    catalog.judge_purse.reserve([Account("a", 1.0)], 0.3, 60)
    catalog.close()


def test_a_refused_reservation_leaves_nothing_behind(catalog: Catalog) -> None:
    with pytest.raises(OverLimit):
        catalog.judge_purse.reserve([Account("a", 9.0), Account("b", 0.1)], 1.0, 60)
    assert catalog.judge_purse.balances("") == []


def test_a_seat_of_ones_own_may_cost_nothing(fake: Fake, judge: Make, bench: Bench) -> None:
    fake(lambda _, __: verdict("supported"))
    free = replace(SEAT, input_usd=0.0, output_usd=0.0)
    assert judge_evaluator(judge(panel=(free,), usd_per_day=0.0), bench).evaluate(example()).details["cost_usd"] == 0
