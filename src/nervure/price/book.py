"""The price book: the maintained library genai-prices, read into dated tariffs. Never asks the network.

The library prices one call in about 50 us. A tariff derived from it once per model, service tier and day prices a
call in about 1 us, and a property test holds the two equal.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import genai_prices
from genai_prices.data import providers as bundled_providers
from genai_prices.data_snapshot import find_provider_by_id
from genai_prices.types import ModelPrice, TieredPrices, TimeOfDateConstraint, Usage

from nervure.price.match import candidates
from nervure.price.tariff import UNPRICED, Bands, Rates, Schedule, Tariff

SOURCE = f"book:genai-prices {genai_prices.__version__}"
DAY_NS = 86_400_000_000_000
EPOCH = date(1970, 1, 1)
# Calls outside these days carry a broken clock; they are priced as on the nearest of them.
FIRST_DAY, LAST_DAY = 0, (date(2261, 12, 31) - EPOCH).days

_MTOK = 1_000_000
# Probes: usage of one million tokens of one class, inclusive as the library counts.
_PROBES: Mapping[str, tuple[str, dict[str, int]]] = {
    "input": ("input_mtok", {"input_tokens": _MTOK}),
    "cached_input": ("input_mtok", {"input_tokens": _MTOK, "cache_read_tokens": _MTOK}),
    "cache_write": ("input_mtok", {"input_tokens": _MTOK, "cache_write_tokens": _MTOK}),
    "audio_input": ("input_mtok", {"input_tokens": _MTOK, "input_audio_tokens": _MTOK}),
    "output": ("output_mtok", {"output_tokens": _MTOK}),
    "reasoning": ("output_mtok", {"output_tokens": _MTOK, "output_reasoning_tokens": _MTOK}),
    "audio_output": ("output_mtok", {"output_tokens": _MTOK, "output_audio_tokens": _MTOK}),
}
# What senders call a service tier -> how the book asks for it. A tier that is missing here is the standard one.
_CONTEXTS: Mapping[str, Mapping[str, str]] = {
    "default": {"service_tier": "default"},
    "flex": {"service_tier": "flex"},
    "priority": {"service_tier": "priority"},
    "fast": {"service_tier": "fast"},
    "batch": {"processing": "batch"},
}
_FREE_COMMENT = re.compile(r"free of charge|included in the subscription", re.IGNORECASE)
_AUDIO_MODEL = re.compile(r"audio|realtime|voice|-live-")


@dataclass(frozen=True, slots=True)
class Quote:
    """What the book says of one call. schedule: UNPRICED when it does not know. reasons: how it got there, in words."""

    schedule: Schedule
    reasons: tuple[str, ...]
    provider: str = ""
    model: str = ""

    @property
    def is_known(self) -> bool:
        return bool(self.model)


@dataclass(frozen=True, slots=True)
class Entry:
    """A model as the book has it. tariff: for short prompts at midnight; None when the book holds no price.

    steps: prompt tokens above which dearer prices begin. varies_by_time: other prices at other times of the day.
    """

    provider: str
    provider_name: str
    model: str
    name: str
    tariff: Tariff | None
    steps: tuple[int, ...]
    varies_by_time: bool
    comment: str


class Book:
    """Looks calls up. Thread-safe; answers are not remembered here but by the pricer."""

    def __init__(self, providers: Iterable[Any] | None = None) -> None:
        """providers: entries in the library's form; default: those that came with it."""
        self._providers: list[Any] = list(bundled_providers if providers is None else providers)

    @property
    def source(self) -> str:
        """The value of Span.cost_source for prices from here."""
        return SOURCE

    def quote(self, provider: str, models: Iterable[str], tier: str, day: int) -> Quote:
        """The schedule of the first of `models` that the book knows, on a day (days since 1970-01-01 UTC).

        models: the response's model, then the request's. tier: the service tier as the sender wrote it, "" unknown.
        """
        tried: list[str] = []
        for model in dict.fromkeys(name for name in models if name):
            before = len(tried)
            for candidate in candidates(provider, model):
                found = self._find(candidate.provider, candidate.model)
                if found is None:
                    continue
                reasons = [f"{model} is {found[0].id}'s {found[1].id} in the price book"]
                if candidate.reason:
                    reasons.append(f"read as {candidate.provider} {candidate.model}: {candidate.reason}")
                quote = self._quote(found[0], found[1], tier.strip().lower(), day, reasons)
                if quote.is_known:
                    return quote
                tried.extend(quote.reasons)
            if len(tried) == before:
                tried.append(f"{model} of {provider or 'an unnamed provider'} is not in the price book")
        return Quote(UNPRICED, tuple(tried) or ("the call names no model",))

    def search(self, words: str, day: int, most: int) -> tuple[list["Entry"], int]:
        """Models whose provider, id or name holds all the words, and how many there are of them; priced on that day.

        words: parted by blanks, in any case; "" finds everything. At most `most` entries, the shortest ids first.
        """
        wanted = words.lower().split()
        found = [
            (provider, model)
            for provider in self._providers
            for model in provider.models
            if all(word in f"{provider.id} {provider.name} {model.id} {model.name or ''}".lower() for word in wanted)
        ]
        found.sort(key=lambda pair: (len(pair[1].id), pair[1].id, pair[0].id))
        midnight = datetime.combine(EPOCH + timedelta(days=min(max(day, FIRST_DAY), LAST_DAY)), time(), UTC)
        return [_entry(provider, model, midnight) for provider, model in found[:most]], len(found)

    def _find(self, provider_id: str, model: str) -> tuple[Any, Any] | None:
        provider = find_provider_by_id(self._providers, provider_id)
        found = provider.find_model(model, all_providers=self._providers) if provider else None
        return (provider, found) if found else None

    def _quote(self, provider: Any, model: Any, tier: str, day: int, reasons: list[str]) -> Quote:
        context = _CONTEXTS.get(tier)
        # A model lent from another provider (Azure's GPT) has its maker's standard price, not its tiers: as the library.
        if context and not any(model is own for own in provider.models):
            context = None
        if tier and tier not in ("default", "standard", "auto", "on_demand"):
            known = context is not None and any(
                variant.when.items() <= context.items() for variant in model.price_variants or ()
            )
            reasons.append(f"service tier {tier}" + ("" if known else ": the book has only the standard price"))
        midnight = datetime.combine(EPOCH + timedelta(days=min(max(day, FIRST_DAY), LAST_DAY)), time(), UTC)
        cuts = _cuts(model)
        bands = []
        for cut in (0, *cuts):
            price = model.get_prices(midnight + timedelta(microseconds=cut // 1000), context)
            bands.append(_bands(price, f"{provider.id} {model.id}", _is_free(model, price), model.id))
        if all(band is None for band in bands):
            return Quote(UNPRICED, (*reasons, "but its entry holds no price for tokens"))
        return Quote(Schedule.build(tuple(cuts), tuple(bands)), tuple(reasons), provider.id, model.id)


def _entry(provider: Any, model: Any, midnight: datetime) -> Entry:
    price = model.get_prices(midnight)
    bands = _bands(price, f"{provider.id} {model.id}", _is_free(model, price), model.id)
    return Entry(
        provider.id,
        provider.name,
        model.id,
        model.name or "",
        bands.rates[0].tariff if bands else None,
        bands.above if bands else (),
        bool(_cuts(model)),
        " ".join((model.price_comments or "").split()),
    )


def _cuts(model: Any) -> list[int]:
    """Times of day (ns since midnight UTC) at which another price of the model may begin."""
    priced = model.prices if isinstance(model.prices, list) else []
    cuts = set()
    for entry in (*priced, *(model.price_variants or ())):
        if isinstance(entry.constraint, TimeOfDateConstraint):
            cuts |= {_ns_of_day(entry.constraint.start_time), _ns_of_day(entry.constraint.end_time)}
    return sorted(cuts - {0})


def _ns_of_day(at: time) -> int:
    if at.tzinfo is not None:
        at = datetime.combine(EPOCH, at).astimezone(UTC).time()
    return ((at.hour * 60 + at.minute) * 60 + at.second) * 1_000_000_000 + at.microsecond * 1000


def _is_free(model: Any, price: Any) -> bool:
    """An entry without prices means "free" only where it says so; elsewhere it means "nobody wrote them down"."""
    if any(value is not None for value in vars(price).values()):
        return False
    return model.id.endswith(":free") or bool(_FREE_COMMENT.search(model.price_comments or ""))


def _bands(price: Any, title: str, is_free: bool, model_id: str) -> Bands | None:
    if is_free:
        zero = Decimal(0)
        return Bands((), (Rates(Tariff(SOURCE, f"{title} (free of charge)", input=zero, output=zero)),))
    starts = sorted(
        {tier.start for value in vars(price).values() if isinstance(value, TieredPrices) for tier in value.tiers}
    )
    tariffs = [_tariff(price, prompt, title, model_id) for prompt in (0, *(start + 1 for start in starts))]
    rates = tuple(Rates(tariff) for tariff in tariffs if tariff is not None)
    return Bands(tuple(starts), rates) if len(rates) == len(tariffs) else None


def _tariff(price: Any, prompt_tokens: int, title: str, model_id: str) -> Tariff | None:
    """The flat tariff of prompts of that many tokens, read off the library's own arithmetic by probing it."""
    flat = ModelPrice(**{key: _rate(value, prompt_tokens) for key, value in vars(price).items() if value is not None})
    held = vars(flat)
    per_request: Decimal = flat.calc_price(Usage())["total_price"]
    prices: dict[str, Any] = {}
    for token_class, (needs, usage) in _PROBES.items():
        if held.get(needs) is not None:
            prices[token_class] = flat.calc_price(Usage(**usage))["total_price"] - per_request
    if not prices:
        return None
    has_audio = "input_audio_mtok" in held or "output_audio_mtok" in held
    return Tariff(
        SOURCE,
        title,
        per_request=per_request or None,
        # Such entries repeat the text price, which is 10 to 20 times less than what the provider bills for audio.
        lacks_audio=bool(_AUDIO_MODEL.search(model_id)) and not has_audio,
        **prices,
    )


def _rate(value: Any, prompt_tokens: int) -> Any:
    if not isinstance(value, TieredPrices):
        return value
    rate = value.base
    for tier in value.tiers:
        if prompt_tokens > tier.start:
            rate = tier.price
    return rate
