"""Changes found in the data, what needs attention, and where money went: over a small company known call by call."""

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from nervure.base.clock import NS_PER_S, FixedClock, iso, parse_iso
from nervure.base.errors import QueryError
from nervure.base.settings import Settings
from nervure.model.span import Span
from nervure.price.pricer import Pricer
from nervure.query.asker import Asker
from nervure.query.attention import compare_periods
from nervure.query.changes import find_changes
from nervure.query.outlook import month_of, outlook_of
from nervure.query.query import Query
from nervure.query.spending import spending_of
from tests.unit.query.conftest import HOUR_NS, NOW_NS, World, opened

DAY_NS = 24 * HOUR_NS
SWAP_NS = NOW_NS - 10 * HOUR_NS
PRICER = Pricer()


def company() -> list[Span]:
    """Ten days of a desk and a shop. Ten hours ago the shop was released anew, with another model and failing calls."""
    chance = random.Random(9)
    spans = []
    for n in range(6000):
        start = NOW_NS - 10 * DAY_NS + n * (10 * DAY_NS // 6000) + chance.randrange(NS_PER_S)
        is_shop, is_new = n % 2 == 0, start >= SWAP_NS
        fails = chance.random() < (0.4 if is_shop and is_new else 0.02)
        span = Span(
            trace_id=f"{n:032x}", span_id=f"{n:016x}", name="chat", project="firm", kind="llm", start_ns=start,
            duration_ns=int(chance.lognormvariate(20, 0.3) * (3 if is_shop and is_new else 1)), received_ns=start,
            service="shop" if is_shop else "desk", release=("2" if is_new else "1") if is_shop else "7",
            provider="openai", status="error" if fails else "ok", error_type="APITimeoutError" if fails else "",
            request_model="gpt-4o-mini" if is_shop and is_new else "gpt-4o", input_tokens=1000,
            cached_input_tokens=400, output_tokens=100, total_tokens=1100, user=f"user-{n % 3}",
        )  # fmt: skip
        if n % 1500 == 7:
            span.error_type, span.status = "RareError", "error"
        PRICER.price(span)
        spans.append(span)
    return spans


@pytest.fixture(scope="module")
def firm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("firm")
    with opened("embedded", folder) as engine:
        made = World(engine, Asker(engine, Settings(data=folder), FixedClock(NOW_NS)), company(), Path(folder))
        made.insert("spans", made.spans)
        yield made


def changes(firm: World, since_ns: int, project: str = "firm") -> list[Any]:
    return find_changes(firm.asker.runner(project), since_ns, NOW_NS)


def test_a_release_and_the_model_that_came_with_it_are_found(firm: World) -> None:
    found = {change.kind: change for change in changes(firm, NOW_NS - DAY_NS)}
    assert set(found) == {"release", "model"}
    release, model = found["release"], found["model"]
    assert (release.name, release.before, release.after) == ("shop", "1", "2")
    assert release.scope == {"service": "shop", "release": "2"}
    assert release.source == "found"
    assert abs(release.time_ns - SWAP_NS) < 6 * 60 * NS_PER_S
    assert (model.name, model.before, model.after) == ("gpt-4o-mini", "gpt-4o", "gpt-4o-mini")
    assert model.scope == {"service": "shop", "provider": "openai", "model": "gpt-4o-mini"}


def test_the_same_change_has_the_same_id_whatever_the_range(firm: World) -> None:
    near, far = changes(firm, NOW_NS - DAY_NS), changes(firm, NOW_NS - 2 * DAY_NS)
    assert {change.id for change in near} == {change.id for change in far}


def test_the_beginning_of_the_data_and_rare_values_are_no_changes(firm: World) -> None:
    everything = changes(firm, NOW_NS - 20 * DAY_NS)
    assert {(change.kind, change.after) for change in everything} == {("release", "2"), ("model", "gpt-4o-mini")}
    assert changes(firm, NOW_NS - DAY_NS, "nobody") == []


def test_attention_says_what_got_worse_and_nothing_else(firm: World) -> None:
    found = compare_periods(firm.asker, "firm", NOW_NS - 10 * HOUR_NS, NOW_NS, 20)
    facts = found["facts"]
    assert found["checks"] >= 4
    # The model was replaced, so its calls have no before; the service's LLM calls as a whole have.
    assert {fact.kind for fact in facts} == {"errors", "latency"}
    slow = next(fact for fact in facts if fact.kind == "latency")
    assert slow.scope == {"service": "shop"}
    assert "shop's LLM calls take 2." in slow.sentence
    # Three times; the period begins with the hour, half an hour before the release.
    assert 2 < slow.change.difference < 3.2
    fact = next(fact for fact in facts if fact.kind == "errors")
    assert fact.severity == "critical"
    assert fact.scope == {"service": "shop", "provider": "openai"}
    assert fact.where == (
        'service = "shop" and provider = "openai" and kind in ("llm", "embedding", "reranker") and status = "error"'
    )
    assert "shop's calls to openai fail, up from" in fact.sentence
    for one in facts:
        shown = firm.asker.ask(Query.of(one.query), "firm")["series"][0]["points"][0]
        assert shown["value"] == pytest.approx(one.value)
    assert fact.change.low > 0.2


def test_attention_sees_slower_calls_of_the_same_model_and_a_service_that_fell_silent(firm: World) -> None:
    spans = []
    for n in range(800):
        is_late = n >= 400
        if n >= 380 and n % 2:
            continue  # the second service stops an hour before the period
        spans.append(
            Span(
                trace_id=f"{n:032x}", span_id=f"{n:016x}", name="chat", project="slow", kind="llm", provider="acme",
                service="voice" if n % 2 else "chat", request_model="m", duration_ns=(20 if is_late else 10) * 10**8 + n * 10**5,
                start_ns=NOW_NS - 2 * DAY_NS + n * (2 * DAY_NS // 800), received_ns=NOW_NS,
            )
        )  # fmt: skip
    firm.insert("spans", spans)
    facts = compare_periods(firm.asker, "slow", NOW_NS - DAY_NS, NOW_NS, 20)["facts"]
    assert {(fact.kind, fact.scope["service"]) for fact in facts} == {("latency", "chat"), ("silence", "voice")}
    slow = next(fact for fact in facts if fact.kind == "latency")
    assert slow.change.difference == pytest.approx(2, rel=0.05)
    assert "chat's calls to m take" in slow.sentence


def test_without_a_period_before_nothing_is_compared(firm: World) -> None:
    found = compare_periods(firm.asker, "firm", NOW_NS - 20 * DAY_NS, NOW_NS, 20)
    assert found["before"] is None
    assert (found["facts"], found["checks"]) == ([], 0)


def test_spending_adds_up_to_the_stored_cost_and_prices_the_cache(firm: World) -> None:
    answer = spending_of(firm.asker, PRICER, "firm", "model", "", iso(NOW_NS - DAY_NS), iso(NOW_NS), 10)
    total = firm.value("cost.sum", "firm", since=iso(NOW_NS - DAY_NS), until=iso(NOW_NS))
    assert answer["totals"]["total"] == pytest.approx(total)
    assert sum(answer["totals"]["cost"].values()) == pytest.approx(total)
    assert [one["value"] for one in answer["items"]] == ["gpt-4o", "gpt-4o-mini"]
    big = answer["items"][0]
    calls = big["calls"]
    assert big["tokens"] == {"input": 600 * calls, "cached_input": 400 * calls, "output": 100 * calls}
    # gpt-4o: $2.50 per million input tokens, $1.25 cached, $10 output.
    assert big["cost"]["input"] == pytest.approx(600 * calls * 2.5e-6)
    assert big["cost"]["cached_input"] == pytest.approx(400 * calls * 1.25e-6)
    assert big["cost"]["output"] == pytest.approx(100 * calls * 10e-6)
    assert big["saved"] == pytest.approx(400 * calls * 1.25e-6)


def test_spending_by_user_splits_the_same_money(firm: World) -> None:
    answer = spending_of(firm.asker, PRICER, "firm", "user", "", iso(NOW_NS - DAY_NS), iso(NOW_NS), 2)
    assert [len(answer["items"]), answer["groups"]] == [2, 3]
    assert answer["totals"]["total"] > sum(item["total"] for item in answer["items"])


def test_groups_that_overlap_do_not_swell_the_whole(firm: World) -> None:
    spans = [
        Span(
            trace_id=f"{n:032x}", span_id=f"{n:016x}", name="chat", project="tagged", kind="llm", received_ns=NOW_NS,
            start_ns=NOW_NS - HOUR_NS + n, provider="openai", request_model="gpt-4o", input_tokens=100, output_tokens=10,
            total_tokens=110, tags=["a", "b"][:n],
        )
        for n in range(3)
    ]  # fmt: skip
    for span in spans:
        PRICER.price(span)
    firm.insert("spans", spans)
    answer = spending_of(firm.asker, PRICER, "tagged", "tag", "", "-24h", "now", 10)
    assert {one["value"]: one["calls"] for one in answer["items"]} == {"a": 2, "b": 1}
    assert answer["totals"]["calls"] == 3
    assert answer["totals"]["total"] == pytest.approx(3 * (100 * 2.5e-6 + 10 * 10e-6))


def test_what_nobody_priced_is_unknown_not_free(firm: World) -> None:
    span = Span(
        trace_id="a" * 32, span_id="b" * 16, name="chat", project="own", kind="llm", start_ns=NOW_NS - HOUR_NS,
        request_model="our-own-model", input_tokens=10, output_tokens=10, total_tokens=20, received_ns=NOW_NS,
    )  # fmt: skip
    PRICER.price(span)
    firm.insert("spans", [span])
    totals = spending_of(firm.asker, PRICER, "own", "", "", "-24h", "now", 10)["totals"]
    assert (totals["total"], totals["unpriced"], totals["calls"]) == (None, 1, 1)
    (fact,) = compare_periods(firm.asker, "own", NOW_NS - DAY_NS, NOW_NS, 20)["facts"]
    assert (fact.kind, fact.severity, fact.where) == (
        "unpriced", "info", 'model = "our-own-model" and cost_source = "unpriced"'
    )  # fmt: skip


def test_the_month_is_projected_from_whole_days(firm: World) -> None:
    told = outlook_of(firm.asker, "firm", "count")
    assert told["enough"]
    # Ten days of 600 calls each, the first and the running one left out.
    assert [point["value"] for point in told["history"]] == [pytest.approx(600, abs=2)] * 9
    month = told["month"]
    assert month["from"] == "2026-11-01T00:00:00.000000Z"
    assert month["spent"] == pytest.approx(6000, abs=2)
    left_days = (parse_iso(month["to"]) - NOW_NS) / DAY_NS
    assert month["projected"] == pytest.approx(6000 + 600 * left_days, rel=0.01)
    assert month["low"] <= month["projected"] <= month["high"]


def test_too_little_data_and_means_are_not_forecast(firm: World) -> None:
    told = outlook_of(firm.asker, "nobody", "cost.sum")
    assert not told["enough"]
    assert told["reason"].startswith("A forecast needs 3 whole days of data")
    assert (told["forecast"], told["month"]) == ([], None)
    with pytest.raises(QueryError, match="does not add up"):
        outlook_of(firm.asker, "firm", "latency.p95")


def test_months_begin_at_local_midnight() -> None:
    begin, end = month_of(parse_iso("2026-12-31T23:30:00Z"), HOUR_NS)
    assert (iso(begin), iso(end)) == ("2026-12-31T23:00:00.000000Z", "2027-01-31T23:00:00.000000Z")
