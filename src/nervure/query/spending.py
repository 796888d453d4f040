"""Where the money went: tokens and USD of each disjoint token class, and what the providers' caches saved.

The store keeps the cost of a call's input and of its output. Classes within are told apart by the unit prices of the
tariff that prices the model, and scaled so that they add up to the stored cost exactly: prices that depend on the
size of a prompt or the time of day shift the whole, hardly the shares. Where no tariff is known (costs the sender
gave) the money is `unsplit`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from nervure.model.price import TOKEN_CLASSES
from nervure.model.span import Span
from nervure.model.usage import Usage, usage_of
from nervure.price.book import DAY_NS
from nervure.price.pricer import Pricer
from nervure.price.tariff import INPUT_CLASSES, Rates
from nervure.query import times
from nervure.query.asker import Asker
from nervure.query.fields import SPAN_FIELDS
from nervure.query.query import Query, parse_ref

MOST_GROUPS = 5000
# Charged by call or second, and money nobody can split.
FEES, UNSPLIT = "fees", "unsplit"
CLASSES = (*TOKEN_CLASSES, FEES, UNSPLIT)
TOKENS = {
    "tokens.input": "input_tokens", "tokens.output": "output_tokens", "tokens.cached": "cached_input_tokens",
    "tokens.cache_write": "cache_write_tokens", "tokens.reasoning": "reasoning_tokens",
    "tokens.audio_input": "audio_input_tokens", "tokens.audio_output": "audio_output_tokens",
}  # fmt: skip
MEASURES = ("cost.sum", "cost.input", "cost.output", "cost.unpriced", *TOKENS)


@dataclass(slots=True)
class Spent:
    """Sums of one group. value: None for what lies beyond the groups. saved: USD the cache spared; premium: USD its
    writes cost above plain input."""

    value: str | None
    calls: int = 0
    priced: int = 0
    unpriced: int = 0
    total: float = 0.0
    saved: float = 0.0
    premium: float = 0.0
    tokens: dict[str, int] = field(default_factory=dict)
    cost: dict[str, float] = field(default_factory=dict)

    def add(self, calls: int, priced: int, unpriced: int, total: float) -> None:
        """Counts calls and their money."""
        self.calls += calls
        self.priced += priced
        self.unpriced += unpriced
        self.total += total

    def put(self, name: str, tokens: int, usd: float) -> None:
        """Counts tokens and money of a class."""
        if tokens:
            self.tokens[name] = self.tokens.get(name, 0) + tokens
        if usd:
            self.cost[name] = self.cost.get(name, 0.0) + usd

    def json(self) -> dict[str, Any]:
        """As the API answers it. total is null when no call has a price: calls that failed have none to begin with."""
        return {
            "value": self.value, "calls": self.calls, "priced": self.priced, "unpriced": self.unpriced,
            "total": self.total if self.priced else None, "tokens": self.tokens, "cost": self.cost,
            "saved": self.saved, "premium": self.premium,
        }  # fmt: skip


def spending_of(
    asker: Asker, pricer: Pricer, project: str, by: str, where: str, since: str, until: str, limit: int
) -> dict[str, Any]:
    """{"by", "items": [sums of a group, most money first], "totals", "query"}. by: a field, "" for the sums alone.

    query: the Query the money and the tokens come from. Raises FilterError, QueryError.
    """
    dimensions = tuple(dict.fromkeys([*([by] if by else []), "provider", "model"]))
    query = Query(MEASURES, where, dimensions, since=since, until=until, limit=MOST_GROUPS)
    answer = asker.ask(query, project)
    now_ns = asker.clock.now_ns()
    at_ns = (times.parse_time(since, now_ns) + times.parse_time(until, now_ns)) // 2
    groups: dict[str | None, Spent] = {}
    totals = Spent(None)
    for key, figures in _rows(answer["series"]).items():
        named = dict(zip(dimensions, key, strict=True))
        value = named[by] if by else ""
        group = groups.setdefault(value, Spent(value))
        for spent in (group, totals):
            _share_out(spent, figures, _span(project, named, figures, at_ns), pricer)
    items = sorted(groups.values(), key=lambda one: (-one.total, -one.calls, one.value or ""))
    shown = [one.json() for one in items if one.calls] if by else []
    if by and _is_list(by):
        # A call with two tags is in two groups, one without any in none: the groups do not add up to the whole.
        whole = spending_of(asker, pricer, project, "", where, since, until, 1)["totals"]
    else:
        whole = totals.json()
    return {
        "by": by, "items": shown[:limit], "groups": len(shown), "totals": whole,
        "query": Query(("cost.sum", *TOKENS), where, (by,) if by else (), since=since, until=until).json(),
        "stats": answer["stats"],
    }  # fmt: skip


def _is_list(by: str) -> bool:
    field = SPAN_FIELDS.find(parse_ref(by).field)
    return field is not None and field.type == "list"


@dataclass(slots=True)
class Figures:
    """Sums of one provider's model in one group."""

    calls: int = 0
    priced: int = 0
    sums: dict[str, float] = field(default_factory=dict)


def _rows(series: Iterable[Mapping[str, Any]]) -> dict[tuple[str | None, ...], Figures]:
    found: dict[tuple[str | None, ...], Figures] = {}
    for one in series:
        figures = found.setdefault(tuple(one["by"].values()), Figures())
        point = one["points"][0]
        figures.sums[one["measure"]] = point["value"] or 0
        if one["measure"] == "cost.sum":
            figures.priced = point["n"]
        if one["measure"] in TOKENS:
            figures.calls = max(figures.calls, point["n"])
    return found


def _span(project: str, named: Mapping[str, str | None], figures: Figures, at_ns: int) -> Span:
    """All the group's calls as one, to be priced at the middle of the range."""
    span = Span(
        trace_id="", span_id="", name="", start_ns=at_ns, kind="llm", project=project, provider=named["provider"] or "",
        response_model=named["model"] or "",
    )  # fmt: skip
    for measure, name in TOKENS.items():
        setattr(span, name, int(figures.sums[measure]))
    return span


def _share_out(spent: Spent, figures: Figures, span: Span, pricer: Pricer) -> None:
    total, paid_in, paid_out = (figures.sums[name] for name in ("cost.sum", "cost.input", "cost.output"))
    spent.add(figures.calls, figures.priced, int(figures.sums["cost.unpriced"]), total)
    usage = usage_of(span) or Usage()
    mean_prompt = (span.input_tokens or 0) // max(1, figures.calls)
    rates = pricer.plan(span).schedule.at(span.start_ns % DAY_NS, mean_prompt) if span.response_model else None
    scale_in, scale_out = _scale(usage, rates, paid_in, True), _scale(usage, rates, paid_out, False)
    split = 0.0
    for name in TOKEN_CLASSES:
        scale = scale_in if name in INPUT_CLASSES else scale_out
        usd = getattr(usage, name) * getattr(rates, name) * scale if rates is not None else 0.0
        spent.put(name, getattr(usage, name), usd)
        split += usd
    rest = total - split
    # Rounding of large sums leaves a few trillionths of a dollar over.
    if abs(rest) > 1e-9 * max(1.0, total):
        spent.put(FEES if rates is not None and rates.tariff.is_per_call else UNSPLIT, 0, rest)
    if rates is not None and scale_in:
        spent.saved += usage.cached_input * (rates.input - rates.cached_input) * scale_in
        spent.premium += usage.cache_write * (rates.cache_write - rates.input) * scale_in


def _scale(usage: Usage, rates: Rates | None, paid: float, is_input: bool) -> float:
    """What the stored cost of one direction is in multiples of what the tariff says."""
    if rates is None:
        return 0.0
    said = sum(
        getattr(usage, name) * getattr(rates, name) for name in TOKEN_CLASSES if (name in INPUT_CLASSES) == is_input
    )
    return paid / said if said > 0 else 0.0
