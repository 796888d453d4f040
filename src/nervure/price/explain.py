"""Why a call costs what it costs: tariff, reasons and each class times its unit price, as a value."""

from dataclasses import dataclass, field
from decimal import Decimal

from nervure.base.clock import NS_PER_S
from nervure.model.price import TOKEN_CLASSES
from nervure.model.span import BILLABLE_KINDS, Span
from nervure.price.book import DAY_NS
from nervure.price.plan import in_force
from nervure.price.pricer import REPEATS_CHILD, REPORTED, UNPRICED, Cost, Pricer, amounts_of, billed_usage
from nervure.price.tariff import PER_MTOK, Rates


@dataclass(frozen=True, slots=True)
class PriceLine:
    """One line of the bill: quantity times unit_price is amount_usd.

    item: a token class, "request" or "second". unit_price: USD per `per` ("1M tokens", "request", "second").
    """

    item: str
    quantity: float
    unit_price: Decimal
    per: str
    amount_usd: float


@dataclass(frozen=True, slots=True)
class PriceExplanation:
    """cost: what the span shows. tariff: whose prices, "" for none. reasons: how they were found, in words.

    reported: the sender's own figures. difference: (ours - theirs) / theirs when both are known, else None.
    """

    cost: Cost
    reported: Cost
    tariff: str = ""
    reasons: list[str] = field(default_factory=list)
    lines: list[PriceLine] = field(default_factory=list)
    difference: float | None = None


def explain_price(span: Span, pricer: Pricer) -> PriceExplanation:
    """Prices the span (its cost fields are set, as by `Pricer.price`) and tells how."""
    pricer.price(span)
    cost = Cost.of(span)
    reported = Cost(span.reported_cost_input, span.reported_cost_output, span.reported_cost_total, REPORTED)
    if span.kind not in BILLABLE_KINDS:
        return PriceExplanation(
            cost, reported, reasons=[f"{span.kind} spans only repeat what the calls below them cost"]
        )
    if REPEATS_CHILD in span.flags:
        return PriceExplanation(cost, reported, reasons=["a child span is the same call and carries its cost"])
    plan = pricer.plan(span)
    override = in_force(plan.overrides, span.start_ns)
    rates = plan.schedule.at(span.start_ns % DAY_NS, span.input_tokens or 0)
    reasons = list(plan.quote.reasons)
    if override:
        reasons.append(f"the override {override.name!r} ({override.match} {override.model!r}) is in force at that time")
    lines = _lines(span, rates) if rates is not None and amounts_of(span, rates) is not None else []
    reasons.extend(_doubts(span, rates, cost))
    difference = None
    if lines and cost.total is not None and reported.total:
        difference = (cost.total - reported.total) / reported.total
    return PriceExplanation(cost, reported, rates.tariff.title if rates and lines else "", reasons, lines, difference)


def _doubts(span: Span, rates: Rates | None, cost: Cost) -> list[str]:
    usage = billed_usage(span)
    if cost.source in ("", UNPRICED, REPORTED) and usage is None:
        return ["the call reports no tokens" if not span.total_tokens else "the call reports only a total of tokens"]
    if usage is not None and rates is not None and cost.source in (UNPRICED, REPORTED):
        if rates.lacks_audio and usage.audio_input + usage.audio_output:
            return [f"{rates.tariff.title} has no price for audio tokens"]
        return [f"{rates.tariff.title} has no price for all of the tokens the call reports"]
    if cost.source == UNPRICED:
        return ["add a price to the price file or with POST /api/v1/prices, then re-price"]
    return []


def _lines(span: Span, rates: Rates) -> list[PriceLine]:
    tariff, usage = rates.tariff, billed_usage(span)
    lines = []
    for token_class in TOKEN_CLASSES if usage is not None else ():
        count, price = getattr(usage, token_class), tariff.unit_price(token_class)
        if count and price is not None:
            amount = float(price * count / PER_MTOK)
            lines.append(PriceLine(token_class, count, price, "1M tokens", amount))
    if tariff.per_request is not None and (usage is not None or span.status != "error"):
        lines.append(PriceLine("request", 1, tariff.per_request, "request", float(tariff.per_request)))
    if tariff.per_second is not None:
        seconds = span.duration_ns / NS_PER_S
        lines.append(PriceLine("second", seconds, tariff.per_second, "second", float(tariff.per_second) * seconds))
    return lines
