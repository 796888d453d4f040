"""From the book and the overrides to one schedule: what a kind of call costs on one day."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from nervure.model.price import PriceOverride
from nervure.price.book import DAY_NS, Book, Quote
from nervure.price.overrides import PRICES, applicable
from nervure.price.tariff import Bands, Rates, Schedule, Tariff


@dataclass(frozen=True, slots=True)
class Call:
    """What decides a call's tariff, apart from its time of day and size. day: days since 1970-01-01 UTC."""

    project: str
    provider: str
    response_model: str
    request_model: str
    service_tier: str
    day: int

    @property
    def models(self) -> tuple[str, ...]:
        """Models to look for, the one that answered first."""
        return tuple(dict.fromkeys(name for name in (self.response_model, self.request_model) if name))


@dataclass(frozen=True, slots=True)
class Plan:
    """schedule: what to multiply with. quote: what the book said. overrides: those that match, best first."""

    schedule: Schedule
    quote: Quote
    overrides: tuple[PriceOverride, ...]


def build_plan(call: Call, book: Book, overrides: Sequence[PriceOverride]) -> Plan:
    """Merges the book's schedule of that day with the overrides in force on it."""
    quote = book.quote(call.provider, call.models, call.service_tier, call.day)
    found = applicable(overrides, call.project, call.provider, call.models)
    if not found:
        return Plan(quote.schedule, quote, ())
    midnight = call.day * DAY_NS
    bounds = {
        bound - midnight
        for override in found
        for bound in (override.valid_from_ns, override.valid_to_ns)
        if bound is not None and 0 < bound - midnight < DAY_NS
    }
    lent = {override.name: _lent(override, call, book) for override in found if override.book_factor is not None}
    cuts = sorted({*bounds, *quote.schedule.cuts, *(cut for one in lent.values() for cut in one.schedule.cuts)})
    bands = []
    for cut in (0, *cuts):
        override = in_force(found, midnight + cut)
        bands.append(_bands(override, lent, cut) if override else quote.schedule.bands_at(cut))
    return Plan(Schedule.build(tuple(cuts), tuple(bands)), quote, tuple(found))


def in_force(overrides: Sequence[PriceOverride], at_ns: int) -> PriceOverride | None:
    """The first (that is, best) of the matching overrides whose validity holds the time."""
    for override in overrides:
        begins, ends = override.valid_from_ns, override.valid_to_ns
        if (begins is None or begins <= at_ns) and (ends is None or at_ns < ends):
            return override
    return None


def _lent(override: PriceOverride, call: Call, book: Book) -> Quote:
    """The book's word on the model whose price the override scales."""
    if not override.book_model:
        return book.quote(call.provider, call.models, call.service_tier, call.day)
    provider, colon, model = override.book_model.partition(":")
    if not colon:
        provider, model = call.provider, override.book_model
    return book.quote(provider, (model,), call.service_tier, call.day)


def _bands(override: PriceOverride, lent: dict[str, Quote], cut: int) -> Bands | None:
    source = f"override:{override.name}"
    if override.book_factor is None:
        return Bands((), (Rates(_tariff(override, source)),))
    factor: Decimal = override.book_factor
    base = lent[override.name].schedule.bands_at(cut)
    if base is None:
        return None
    return base.changed(lambda tariff: tariff.scaled(factor, source, f"{override.name}: {factor} x {tariff.title}"))


def _tariff(override: PriceOverride, source: str) -> Tariff:
    prices = {name: value for name in PRICES if (value := getattr(override, name)) is not None}
    return Tariff(source, override.name, bills_without_tokens=True, **prices)
