"""A tariff: what each class of tokens costs, and the arithmetic that turns tokens into money."""

from bisect import bisect_left, bisect_right
from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal

from nervure.model.price import TOKEN_CLASSES
from nervure.model.usage import Usage

PER_MTOK = Decimal(1_000_000)
INPUT_CLASSES = ("input", "cached_input", "cache_write", "audio_input")


@dataclass(frozen=True, slots=True)
class Tariff:
    """Unit prices in USD. Exact decimals: floats appear only in `Rates` and on spans.

    Token prices are per million tokens. A class that is None costs what its parent does (cached_input, cache_write
    and audio_input as `input`; reasoning and audio_output as `output`); a parent that is None has no price at all.
    per_request, per_second: added to every call. lacks_audio: calls with audio tokens have no price.
    bills_without_tokens: per_request and per_second are due even when the call reports no tokens (own machines);
    a provider's fee by the call is not, because such a call has failed.
    source: what ends up in Span.cost_source. title: whose prices these are, for people.
    """

    source: str
    title: str
    input: Decimal | None = None
    cached_input: Decimal | None = None
    cache_write: Decimal | None = None
    audio_input: Decimal | None = None
    output: Decimal | None = None
    reasoning: Decimal | None = None
    audio_output: Decimal | None = None
    per_request: Decimal | None = None
    per_second: Decimal | None = None
    lacks_audio: bool = False
    bills_without_tokens: bool = False

    def unit_price(self, token_class: str) -> Decimal | None:
        """USD per million tokens of a class, after inheritance; None: no price."""
        own: Decimal | None = getattr(self, token_class)
        return own if own is not None else (self.input if token_class in INPUT_CLASSES else self.output)

    @property
    def is_per_call(self) -> bool:
        """Whether a call has a price even when it reports no tokens."""
        return self.per_request is not None or self.per_second is not None

    def scaled(self, factor: Decimal, source: str, title: str) -> "Tariff":
        """The same tariff with every price times `factor`."""
        names = (*TOKEN_CLASSES, "per_request", "per_second")
        prices = {name: price * factor for name in names if (price := getattr(self, name)) is not None}
        return replace(self, source=source, title=title, **prices)


@dataclass(frozen=True, slots=True)
class Amounts:
    """USD of one call. total = input + output + what is charged per call or second."""

    input: float
    output: float
    total: float


class Rates:
    """A tariff made ready for multiplication: USD per token as floats. Built once, used for millions of spans."""

    __slots__ = (
        "audio_input", "audio_output", "cache_write", "cached_input", "cached_less_input", "has_input", "has_output",
        "input", "is_plain", "lacks_audio", "output", "per_request", "per_second", "reasoning", "source", "tariff",
        "written_less_input",
    )  # fmt: skip

    def __init__(self, tariff: Tariff) -> None:
        self.tariff = tariff
        self.source = tariff.source
        # A tariff by the call or the second prices a call whole, so a direction without a token price costs nothing.
        self.has_input = tariff.input is not None or tariff.is_per_call
        self.has_output = tariff.output is not None or tariff.is_per_call
        self.lacks_audio = tariff.lacks_audio
        self.is_plain = self.has_input and self.has_output and not tariff.per_second
        self.input = _per_token(tariff, "input")
        self.cached_input = _per_token(tariff, "cached_input")
        self.cache_write = _per_token(tariff, "cache_write")
        self.audio_input = _per_token(tariff, "audio_input")
        self.output = _per_token(tariff, "output")
        self.reasoning = _per_token(tariff, "reasoning")
        self.audio_output = _per_token(tariff, "audio_output")
        # Written as differences, so that a call's input can be priced whole and then corrected.
        self.cached_less_input = self.cached_input - self.input
        self.written_less_input = self.cache_write - self.input
        self.per_request = float(tariff.per_request or 0)
        self.per_second = float(tariff.per_second or 0)

    def amounts(self, usage: Usage, duration_s: float = 0.0) -> Amounts | None:
        """What the usage costs; None when it holds tokens of a direction that has no price."""
        spent_in = (
            usage.input * self.input
            + usage.cached_input * self.cached_input
            + usage.cache_write * self.cache_write
            + usage.audio_input * self.audio_input
        )
        spent_out = (
            usage.output * self.output + usage.reasoning * self.reasoning + usage.audio_output * self.audio_output
        )
        if not self.has_input and usage.input + usage.cached_input + usage.cache_write + usage.audio_input:
            return None
        if not self.has_output and usage.output + usage.reasoning + usage.audio_output:
            return None
        if self.lacks_audio and usage.audio_input + usage.audio_output:
            return None
        return Amounts(spent_in, spent_out, spent_in + spent_out + self.per_request + self.per_second * duration_s)


def _per_token(tariff: Tariff, token_class: str) -> float:
    price = tariff.unit_price(token_class)
    return float(price / PER_MTOK) if price is not None else 0.0


@dataclass(frozen=True, slots=True)
class Bands:
    """Tariffs by size of the prompt. above[i]: more prompt tokens than this and rates[i + 1] holds for the whole call."""

    above: tuple[int, ...]
    rates: tuple[Rates, ...]

    def of(self, prompt_tokens: int) -> Rates:
        """The band of a prompt of that many tokens (cached ones included)."""
        return self.rates[bisect_left(self.above, prompt_tokens)]

    def changed(self, change: Callable[[Tariff], Tariff]) -> "Bands":
        """The same bands of other tariffs."""
        return Bands(self.above, tuple(Rates(change(rates.tariff)) for rates in self.rates))


@dataclass(frozen=True, slots=True)
class Schedule:
    """What one model costs on one day, by time of day and size of prompt.

    cuts: ns since midnight UTC at which bands[i + 1] begins; bands[i] None: no price is known then.
    flat: the only rates, when neither matters: the common case, kept apart because it is met on every span.
    """

    cuts: tuple[int, ...]
    bands: tuple[Bands | None, ...]
    flat: Rates | None = None

    @classmethod
    def build(cls, cuts: tuple[int, ...], bands: tuple[Bands | None, ...]) -> "Schedule":
        """len(bands) == len(cuts) + 1."""
        only = bands[0] if not cuts else None
        return cls(cuts, bands, only.rates[0] if only and not only.above else None)

    def bands_at(self, ns_of_day: int) -> Bands | None:
        """The bands in force at a time of day."""
        return self.bands[bisect_right(self.cuts, ns_of_day)]

    def at(self, ns_of_day: int, prompt_tokens: int) -> Rates | None:
        """The rates of one call; None: no price is known."""
        if self.flat is not None:
            return self.flat
        bands = self.bands_at(ns_of_day)
        return bands.of(prompt_tokens) if bands else None


UNPRICED = Schedule((), (None,))
