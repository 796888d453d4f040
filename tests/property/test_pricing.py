"""Our arithmetic of money is the library's, for every model and every usage."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from genai_prices.data import providers
from genai_prices.types import ModelInfo, Provider, Usage
from hypothesis import given, settings
from hypothesis import strategies as st

from nervure.base.clock import NS_PER_S
from nervure.model.span import Span
from nervure.price.book import Book
from nervure.price.pricer import Cost, Pricer, amounts_of
from nervure.price.tariff import Rates

PRICER = Pricer(Book())
# Every entry that a sender can name by its provider and id, and that the book then finds itself.
ENTRIES: list[tuple[Provider, ModelInfo]] = [
    (provider, model)
    for provider in providers
    for model in provider.models
    if model.is_match(model.id.lower()) and next(m for m in provider.models if m.is_match(model.id.lower())) is model
]

counts = st.integers(0, 3_000_000)


@st.composite
def usages(draw: st.DrawFn) -> dict[str, int]:
    """Token counts as a span has them: breakdowns that fit into their totals."""
    total_in, total_out = draw(counts), draw(counts)
    cached = draw(st.integers(0, total_in))
    written = draw(st.integers(0, total_in - cached))
    reasoning = draw(st.integers(0, total_out))
    return {
        "input_tokens": total_in,
        "output_tokens": total_out,
        "cached_input_tokens": cached,
        "cache_write_tokens": written,
        "audio_input_tokens": draw(st.integers(0, total_in - cached - written)),
        "reasoning_tokens": reasoning,
        "audio_output_tokens": draw(st.integers(0, total_out - reasoning)),
    }


def library_price(model: ModelInfo, provider: Provider, tokens: dict[str, int], at: datetime) -> Decimal:
    usage = Usage(
        input_tokens=tokens["input_tokens"],
        output_tokens=tokens["output_tokens"],
        cache_read_tokens=tokens["cached_input_tokens"],
        cache_write_tokens=tokens["cache_write_tokens"],
        input_audio_tokens=tokens["audio_input_tokens"],
        output_reasoning_tokens=tokens["reasoning_tokens"],
        output_audio_tokens=tokens["audio_output_tokens"],
        # Our classes never overlap: cached tokens are not also audio tokens.
        cache_audio_read_tokens=0,
        cache_audio_write_tokens=0,
        input_image_tokens=0,
        cache_image_read_tokens=0,
        input_video_tokens=0,
    )
    price: Decimal = model.calc_price(usage, provider, genai_request_timestamp=at).total_price
    return price


def make_span(provider: str, model: str, at: datetime, **values: Any) -> Span:
    start_ns = int(at.timestamp()) * NS_PER_S
    return Span("t", "s", "chat", start_ns, kind="llm", provider=provider, response_model=model, **values)


@settings(max_examples=300, deadline=None)
@given(entry=st.sampled_from(ENTRIES), tokens=usages(), hours=st.integers(0, 24 * 365 * 2))
def test_a_call_costs_what_the_library_says_at_any_time_and_size(
    entry: tuple[Provider, ModelInfo], tokens: dict[str, int], hours: int
) -> None:
    provider, model = entry
    at = datetime(2025, 1, 1, tzinfo=UTC) + timedelta(hours=hours)
    span = make_span(provider.id, model.id, at, **tokens)
    quote = PRICER.plan(span).quote
    PRICER.price(span)
    if span.cost_total is None or (quote.provider, quote.model) != (provider.id, model.id):
        return  # said to be unpriced, or read as a more particular entry: other tests say when
    assert span.cost_total == pytest.approx(float(library_price(model, provider, tokens, at)), rel=1e-9, abs=1e-15)


def test_nearly_all_entries_of_the_book_are_found_under_their_own_name_and_priced() -> None:
    at = datetime(2026, 11, 1, 12, tzinfo=UTC)
    own = priced = 0
    for provider, model in ENTRIES:
        span = make_span(provider.id, model.id, at, input_tokens=1000)
        PRICER.price(span)
        priced += span.cost_total is not None
        quote = PRICER.plan(span).quote
        own += (quote.provider, quote.model) == (provider.id, model.id)
    assert len(ENTRIES) > 2000
    assert priced / len(ENTRIES) > 0.95
    assert own / len(ENTRIES) > 0.95


breakdown = st.none() | st.integers(0, 5000)


@given(
    tokens_in=st.integers(0, 4000), tokens_out=st.integers(0, 4000), cached=breakdown, written=breakdown,
    reasoning=breakdown,
)  # fmt: skip
def test_the_quick_path_and_the_disjoint_classes_agree_even_for_impossible_breakdowns(
    tokens_in: int, tokens_out: int, cached: int | None, written: int | None, reasoning: int | None
) -> None:
    span = make_span(
        "openrouter", "perplexity/sonar-deep-research", datetime(2026, 11, 1, tzinfo=UTC), input_tokens=tokens_in,
        output_tokens=tokens_out, cached_input_tokens=cached, cache_write_tokens=written, reasoning_tokens=reasoning,
    )  # fmt: skip
    rates = PRICER.plan(span).schedule.at(0, tokens_in)
    assert isinstance(rates, Rates)
    PRICER.price(span)
    slow = amounts_of(span, rates)
    if slow is None:
        # A call that went well and says nothing of tokens was not for nothing.
        assert Cost.of(span) == Cost(source="unpriced")
    else:
        assert (span.cost_input, span.cost_output, span.cost_total) == (
            pytest.approx(slow.input, rel=1e-9, abs=1e-15),
            pytest.approx(slow.output, rel=1e-9, abs=1e-15),
            pytest.approx(slow.total, rel=1e-9, abs=1e-15),
        )


names = st.text(max_size=60) | st.sampled_from(["openai", "aws.bedrock", "ft:", "us.anthropic.", "a/b/c", "arn:aws:x"])


@settings(deadline=None)
@given(provider=names, model=names, tier=names, day=st.integers(-(10**6), 10**7))
def test_any_names_give_a_quote_and_never_an_error(provider: str, model: str, tier: str, day: int) -> None:
    quote = Book().quote(provider, (model,), tier, day)
    assert quote.reasons
    assert quote.is_known or quote.schedule.at(0, 0) is None
