"""What a span costs, where the figure comes from, and when there is none."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from nervure.base.clock import NS_PER_S
from nervure.model.price import PriceOverride
from nervure.model.span import KINDS, Span
from nervure.price.book import SOURCE
from nervure.price.explain import PriceLine, explain_price
from nervure.price.overrides import FixedOverrides
from nervure.price.pricer import Cost, Pricer, reprice

NOON = int(datetime(2026, 11, 1, 12, tzinfo=UTC).timestamp()) * NS_PER_S


def call(**values: Any) -> Span:
    defaults: dict[str, Any] = {
        "kind": "llm",
        "provider": "openai",
        "request_model": "gpt-4o",
        "duration_ns": 2 * NS_PER_S,
    }
    return Span("t", "s", "chat", **{"start_ns": NOON, **defaults, **values})


def cost(span: Span, *overrides: PriceOverride) -> Cost:
    Pricer(source=FixedOverrides(overrides)).price(span)
    return Cost.of(span)


def usd(**values: Any) -> PriceOverride:
    prices = {
        k: Decimal(str(v)) if isinstance(v, (int, float)) and not k.endswith("_ns") else v for k, v in values.items()
    }
    return PriceOverride(**{"name": "ours", "model": "*", "match": "glob", **prices})


def test_each_token_is_billed_once_at_the_price_of_its_class() -> None:
    span = call(input_tokens=1_000_000, cached_input_tokens=400_000, output_tokens=100_000, reasoning_tokens=50_000)
    # 600k at 2.50, 400k cached at 1.25, 100k of output at 10 USD per million; reasoning is output.
    assert cost(span) == Cost(pytest.approx(2.0), pytest.approx(1.0), pytest.approx(3.0), SOURCE)


def test_cache_writes_cost_more_than_input() -> None:
    span = call(
        provider="anthropic", request_model="claude-haiku-4-5", input_tokens=1_000_000, cache_write_tokens=1_000_000
    )
    assert cost(span).total == pytest.approx(1.25)


def test_audio_tokens_have_their_own_price() -> None:
    span = call(request_model="gpt-realtime", input_tokens=1_000_000, audio_input_tokens=1_000_000)
    assert cost(span).total == pytest.approx(32.0)


def test_an_audio_model_whose_audio_price_is_missing_is_unpriced_rather_than_priced_as_text() -> None:
    span = call(request_model="gpt-4o-audio-preview", input_tokens=100, audio_input_tokens=50)
    assert cost(span) == Cost(source="unpriced")


def test_a_prompt_over_the_threshold_costs_more_as_a_whole() -> None:
    small = call(provider="google", request_model="gemini-2.5-pro", input_tokens=200_000)
    large = call(provider="google", request_model="gemini-2.5-pro", input_tokens=200_001)
    assert cost(small).total == pytest.approx(0.2 * 1.25)
    assert cost(large).total == pytest.approx(0.200001 * 2.5)


def test_the_time_of_day_decides_where_the_provider_has_an_off_peak_price() -> None:
    peak = call(provider="deepseek", request_model="deepseek-chat", input_tokens=1_000_000)
    night = call(
        provider="deepseek", request_model="deepseek-chat", input_tokens=1_000_000, start_ns=NOON + 6 * 3600 * NS_PER_S
    )
    assert cost(peak).total == pytest.approx(2 * cost(night).total)  # type: ignore[operator]


@pytest.mark.parametrize(
    ("tier", "factor"),
    [("", 1), ("default", 1), ("auto", 1), ("flex", 0.5), ("priority", 2), ("batch", 0.5), ("PRIORITY", 2)],
)
def test_the_service_tier_changes_the_price(tier: str, factor: float) -> None:
    span = call(request_model="gpt-5", service_tier=tier, input_tokens=1_000_000, output_tokens=1_000_000)
    assert cost(span).total == pytest.approx(11.25 * factor)


def test_a_call_is_priced_by_the_price_of_its_day() -> None:
    before = call(provider="mistral", request_model="mistral-ocr-latest", input_tokens=10)
    assert cost(before).source == "unpriced"  # billed by the page, so tokens say nothing
    flex_before_the_book_knew_it = call(
        request_model="gpt-5", service_tier="flex", input_tokens=1_000_000, start_ns=NOON - 90 * 86400 * NS_PER_S
    )
    assert cost(flex_before_the_book_knew_it).total == pytest.approx(1.25)


def test_a_fee_per_request_is_added_to_the_tokens() -> None:
    span = call(provider="perplexity", request_model="sonar", input_tokens=1_000_000, output_tokens=1_000_000)
    assert cost(span) == Cost(pytest.approx(1.0), pytest.approx(1.0), pytest.approx(2.012), SOURCE)


def test_free_of_charge_is_zero_with_a_source_and_unknown_is_not_zero() -> None:
    free = call(provider="openrouter", request_model="agentica-org/deepcoder-14b-preview:free", input_tokens=10)
    unknown = call(request_model="gpt-99", input_tokens=10)
    assert cost(free) == Cost(0.0, 0.0, 0.0, SOURCE)
    assert cost(unknown) == Cost(None, None, None, "unpriced")


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind not in ("llm", "embedding", "reranker")])
def test_only_calls_of_models_are_billed(kind: str) -> None:
    span = call(kind=kind, input_tokens=10, output_tokens=10, reported_cost_total=0.5)
    assert cost(span) == Cost()
    assert span.reported_cost_total == 0.5


def test_a_wrapper_that_repeats_its_child_is_not_billed_again() -> None:
    assert cost(call(input_tokens=10, flags=["repeats_child"])) == Cost()


@pytest.mark.parametrize("tokens", [{}, {"input_tokens": 0, "output_tokens": 0}, {"input_tokens": -5}])
def test_a_call_that_reports_no_tokens_is_unpriced_unless_it_failed(tokens: dict[str, int]) -> None:
    for status in ("ok", "unset"):
        assert cost(call(**tokens, status=status)) == Cost(source="unpriced")
    assert cost(call(**tokens, status="error")) == Cost()
    assert cost(call(**tokens, reported_cost_total=0.5)) == Cost(total=0.5, source="reported")


def test_a_total_alone_prices_an_embedding_but_not_a_conversation() -> None:
    embedding = call(kind="embedding", request_model="text-embedding-3-small", total_tokens=1_000_000)
    assert cost(embedding).total == pytest.approx(0.02)
    assert cost(call(total_tokens=1_000_000)) == Cost(source="unpriced")


def test_the_senders_cost_is_shown_only_when_we_know_no_price_and_kept_in_both_cases() -> None:
    known = call(input_tokens=1_000_000, reported_cost_total=9.0)
    unknown = call(request_model="gpt-99", input_tokens=10, reported_cost_input=0.25, reported_cost_output=0.5)
    assert cost(known).total == pytest.approx(2.5)
    assert known.reported_cost_total == 9.0
    assert cost(unknown) == Cost(0.25, 0.5, 0.75, "reported")


def test_a_self_hosted_model_is_paid_by_the_second_even_when_it_counts_no_tokens_or_fails() -> None:
    gpu = usd(model="llama*", per_second=0.001)
    for span in (
        call(provider="vllm", request_model="llama-3"),
        call(provider="vllm", request_model="llama-3", status="error"),
        call(provider="vllm", request_model="llama-3", input_tokens=5, output_tokens=5),
    ):
        assert cost(span, gpu) == Cost(0.0, 0.0, pytest.approx(0.002), "override:ours")


def test_a_price_per_request_is_not_due_for_a_call_that_failed() -> None:
    rerank = usd(model="rerank-v3.5", match="exact", per_request=0.002)
    assert cost(call(kind="reranker", provider="cohere", request_model="rerank-v3.5"), rerank).total == pytest.approx(
        0.002
    )
    assert cost(call(kind="reranker", provider="cohere", request_model="rerank-v3.5", status="error"), rerank) == Cost()


def test_a_discount_scales_the_book_and_can_borrow_another_models_price() -> None:
    ten_off = usd(model="gpt-4o", book_factor=0.9)
    fine_tune = usd(model="ft:gpt-4.1-mini-*", book_factor=2, book_model="openai:gpt-4.1-mini")
    assert cost(call(input_tokens=1_000_000), ten_off).total == pytest.approx(2.25)
    tuned = call(request_model="ft:gpt-4.1-mini-2025-04-14:acme::x", input_tokens=1_000_000)
    assert cost(tuned, fine_tune) == Cost(pytest.approx(0.8), 0.0, pytest.approx(0.8), "override:ours")


def test_a_discount_on_a_model_the_book_does_not_know_leaves_it_unpriced() -> None:
    assert cost(call(request_model="gpt-99", input_tokens=10), usd(book_factor=0.5)) == Cost(source="unpriced")


def test_an_override_holds_from_the_very_instant_it_says() -> None:
    new_deal = usd(model="gpt-4o", match="exact", input=1, output=1, valid_from_ns=NOON, valid_to_ns=NOON + NS_PER_S)
    sources = [cost(call(input_tokens=1, start_ns=at), new_deal).source for at in (NOON - 1, NOON, NOON + NS_PER_S)]
    assert sources == [SOURCE, "override:ours", SOURCE]


def test_the_most_specific_override_wins_and_then_the_newest() -> None:
    ladder = [
        usd(name="everything", model="*", input=1),
        usd(name="regex", model="^gpt-4", match="regex", input=1),
        usd(name="glob", model="gpt-*", input=1),
        usd(name="longer glob", model="gpt-4*", input=1),
        usd(name="glob of the provider", model="g*", provider="openai", input=1),
        usd(name="exact", model="gpt-4o", match="exact", input=1),
        usd(name="newer exact", model="GPT-4o", match="exact", input=1, valid_from_ns=NOON - 5),
        usd(name="this project", model="*", project="shop", input=1),
    ]
    other = usd(name="other project", model="gpt-4o", match="exact", project="bank", input=1)
    order = [
        "everything",
        "regex",
        "glob",
        "longer glob",
        "glob of the provider",
        "exact",
        "newer exact",
        "this project",
    ]
    # "everything" is a glob and so more specific than a regex, whatever the regex says.
    order[0], order[1] = order[1], order[0]
    by_name = {override.name: override for override in ladder}
    for best in range(len(order)):
        known = [by_name[name] for name in order[: best + 1]]
        span = call(project="shop", input_tokens=1)
        assert cost(span, other, *known).source == f"override:{order[best]}"


def test_a_changed_override_holds_for_the_next_span() -> None:
    class Changing:
        rules: tuple[PriceOverride, ...] = ()

        def overrides(self) -> tuple[PriceOverride, ...]:
            return self.rules

    source = Changing()
    pricer, span = Pricer(source=source), call(input_tokens=1_000_000)
    pricer.price(span)
    source.rules = (usd(input=7),)
    pricer.price(span)
    assert Cost.of(span) == Cost(7.0, 0.0, 7.0, "override:ours")


def test_an_explanation_shows_every_line_of_the_bill() -> None:
    span = call(input_tokens=1000, cached_input_tokens=400, output_tokens=10, reported_cost_total=0.0041)
    told = explain_price(span, Pricer())
    assert told.tariff == "openai gpt-4o"
    assert told.reasons == ["gpt-4o is openai's gpt-4o in the price book"]
    assert told.lines == [
        PriceLine("input", 600, Decimal("2.50"), "1M tokens", pytest.approx(0.0015)),
        PriceLine("cached_input", 400, Decimal("1.25"), "1M tokens", pytest.approx(0.0005)),
        PriceLine("output", 10, Decimal("10.00"), "1M tokens", pytest.approx(0.0001)),
    ]
    assert sum(line.amount_usd for line in told.lines) == pytest.approx(told.cost.total)
    assert told.difference == pytest.approx(-0.4878, abs=1e-4)


@pytest.mark.parametrize(
    ("span", "says"),
    [
        (call(kind="agent", input_tokens=1), "agent spans only repeat"),
        (call(flags=["repeats_child"]), "a child span is the same call"),
        (call(request_model="gpt-99", input_tokens=1), "gpt-99 of openai is not in the price book"),
        (call(), "the call reports no tokens"),
        (call(total_tokens=5), "only a total"),
        (call(request_model="gpt-4o-audio-preview", input_tokens=5, audio_input_tokens=5), "no price for audio tokens"),
        (call(provider="aws.bedrock", request_model="amazon.nova-lite-v1:0", service_tier="flex", input_tokens=1), "only the standard price"),
    ],
)  # fmt: skip
def test_an_explanation_says_why_there_is_no_price_or_a_doubtful_one(span: Span, says: str) -> None:
    assert says in " / ".join(explain_price(span, Pricer()).reasons)


def test_repricing_yields_what_changed_and_nothing_the_second_time() -> None:
    spans = [call(input_tokens=1_000_000), call(request_model="gpt-99", input_tokens=1_000_000), call(kind="tool")]
    first = Pricer()
    for span in spans:
        first.price(span)
    second = Pricer(source=FixedOverrides([usd(model="gpt-99", match="exact", input=4)]))
    changed = list(reprice(spans, second))
    assert [(one.before, one.after) for one in changed] == [
        (Cost(source="unpriced"), Cost(4.0, 0.0, 4.0, "override:ours"))
    ]
    assert list(reprice(spans, second)) == []
