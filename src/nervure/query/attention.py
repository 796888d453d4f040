"""What needs attention first: this period held against the one before it, as plain facts. This is not detection.

Every service is compared by provider (errors: a failed call does not know the model that would have answered), model
(latency, cost) and tool. A fact is said only when it is worse by more than a size people care about and by more than
chance: p-values of all comparisons of one answer are corrected together (Benjamini and Hochberg) at RATE.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from nervure.base.clock import iso
from nervure.query.asker import Asker
from nervure.query.compare import Shift, compare_estimates, compare_shares, false_discovery, silence_p
from nervure.query.facts import (
    Fact,
    Severity,
    calls_fail,
    cut_off,
    ranked,
    service_fails,
    slower,
    told_once,
    tool_fails,
)
from nervure.query.filter import quote
from nervure.query.query import Query
from nervure.query.rollup import HOUR, MINUTE
from nervure.query.words import whole

# Share of false ones among the facts of an answer.
RATE = 0.01
MOST_SERIES = 300
LEAST_CALLS = 30
MORE_ERRORS, MANY_ERRORS = 0.005, 0.05
SLOWER, MUCH_SLOWER = 1.25, 2.0
DEARER, MUCH_DEARER = 1.25, 2.0
# A dearer call that makes up less of the bill than this is nobody's first concern.
LEAST_OF_BILL = 0.02
MORE_CUT_OFF = 0.01
CUT_OFF = 'finish_reason in ("length", "max_tokens", "MAX_TOKENS")'

Point = Mapping[str, Any]
Key = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Period:
    """A half-open range in ns. is_open: it ends now."""

    from_ns: int
    to_ns: int
    is_open: bool = False

    @classmethod
    def of(cls, from_ns: int, to_ns: int, now_ns: int) -> "Period":
        """A range that begins with an hour, or a minute if it is short, so that the roll-ups alone answer for it."""
        grain = HOUR if to_ns - from_ns >= 6 * HOUR else MINUTE
        return cls(from_ns // grain * grain, to_ns, to_ns >= now_ns)

    @property
    def before(self) -> "Period":
        """The period just before, as long as this one, rounded up to a whole minute or hour."""
        length = self.to_ns - self.from_ns
        grain = HOUR if length >= 6 * HOUR else MINUTE
        return Period(self.from_ns - -(-length // grain) * grain, self.from_ns)

    def query(self, measures: tuple[str, ...], where: str = "", by: tuple[str, ...] = ()) -> Query:
        until = "now" if self.is_open else iso(self.to_ns)
        return Query(measures, where, by, since=iso(self.from_ns), until=until, limit=MOST_SERIES)


@dataclass(frozen=True, slots=True)
class Tested:
    """A comparison before chance is ruled out. is_large: whether it is worse by as much as people care about."""

    fact: Fact
    p: float
    is_large: bool


def compare_periods(asker: Asker, project: str, from_ns: int, to_ns: int, limit: int) -> dict[str, Any]:
    """{"facts": best first, at most limit, "checks": comparisons made, "period": as compared, "before": Period or None when it holds no data}."""
    period = Period.of(from_ns, to_ns, asker.clock.now_ns())
    watcher = Watcher(asker, project, period)
    facts = list(watcher.unpriced())
    tested: list[Tested] = []
    has_before = watcher.has_before()
    if has_before:
        tested = [*watcher.errors(), *watcher.tools(), *watcher.models(), *watcher.cut_off(), *watcher.silent()]
        adjusted = false_discovery([one.p for one in tested])
        facts += [one.fact for one, p in zip(tested, adjusted, strict=True) if p <= RATE and one.is_large]
    return {
        "facts": ranked(told_once(facts))[:limit],
        "checks": len(tested),
        "period": period,
        "before": period.before if has_before else None,
    }


class Watcher:
    """Asks for both periods and compares, a method per concern."""

    def __init__(self, asker: Asker, project: str, period: Period) -> None:
        self.asker, self.project, self.period = asker, project, period

    def has_before(self) -> bool:
        """Whether there was any traffic to compare with."""
        return bool(self._one(self.period.before, ("count",))["count"]["value"])

    def errors(self) -> Iterator[Tested]:
        """Failed spans of a service, and failed calls of a service to a provider."""
        by_provider = ("service", "provider")
        calls = 'kind in ("llm", "embedding", "reranker")'
        yield from self._shares("errors", by_provider, calls, calls_fail)
        yield from self._shares("errors", ("service",), 'kind != "tool"', service_fails)

    def tools(self) -> Iterator[Tested]:
        """Failed tool calls."""
        yield from self._shares("tool_errors", ("service", "tool_name"), 'kind = "tool"', tool_fails)

    def models(self) -> Iterator[Tested]:
        """Latency and cost of a service's LLM calls, as a whole and by model: a model that was replaced has no before."""
        answered = 'kind = "llm" and status != "error"'
        yield from self._means(("service", "model"), answered)
        yield from self._means(("service",), answered)

    def _means(self, by: tuple[str, ...], where: str) -> Iterator[Tested]:
        now, before = self._both(("latency.p95", "cost.avg", "cost.sum"), where, by)
        bill = sum(point["cost.sum"]["value"] or 0 for point in now.values())
        for key, point in now.items():
            past = before.get(key)
            if past is None or not all(key):
                continue
            scope = dict(zip(by, key, strict=True))
            for name, kind, large, huge in (
                ("latency.p95", "latency", SLOWER, MUCH_SLOWER), ("cost.avg", "cost", DEARER, MUCH_DEARER)
            ):  # fmt: skip
                shift = _ratio(point[name], past[name])
                if shift is None:
                    continue
                matters = kind != "cost" or (point["cost.sum"]["value"] or 0) >= LEAST_OF_BILL * bill
                severity: Severity = "critical" if shift.low >= huge else "warning"
                fact = self._fact(kind, scope, name, point[name], past[name], shift, where, "", severity)
                yield Tested(replace(fact, sentence=slower(fact)), shift.p, shift.difference >= large and matters)

    def cut_off(self) -> Iterator[Tested]:
        """Answers that ended because they ran out of room."""
        by = ("service",)
        answered, answered_before = self._both(("count",), 'kind = "llm"', by)
        cut, cut_before = self._both(("count",), f'kind = "llm" and {CUT_OFF}', by)
        for key, point in answered.items():
            past = answered_before.get(key)
            if past is None:
                continue
            hits, hits_before = (_value(held.get(key), "count") for held in (cut, cut_before))
            share, share_before = (
                {"value": some / of["count"]["value"], "n": of["count"]["value"]}
                for some, of in ((hits, point), (hits_before, past))
            )
            yield from self._share(
                "truncation", {"service": key[0]}, share, share_before, 'kind = "llm"', CUT_OFF, MORE_CUT_OFF, cut_off
            )

    def silent(self) -> Iterator[Tested]:
        """Services whose traffic has stopped."""
        now, before = self._both(("count",), "service exists", ("service",))
        past_period = self.period.before
        ratio = (self.period.to_ns - self.period.from_ns) / (past_period.to_ns - past_period.from_ns)
        for (service,), past in before.items():
            n = int(past["count"]["value"] or 0)
            if (service,) in now or n < LEAST_CALLS:
                continue
            scope = {"service": service}
            p = silence_p(n, ratio)
            fact = self._fact(
                "silence", scope, "count", {"value": 0, "n": 0}, past["count"], Shift(-n, -n, -n, p), "", "", "critical"
            )
            said = f"{service} has sent nothing; in the period before it sent {whole(n)} spans."
            yield Tested(replace(fact, sentence=said), p, True)

    def unpriced(self) -> Iterator[Fact]:
        """Models whose calls are missing from every cost."""
        for key, point in self._ask(self.period, ("cost.unpriced",), "model exists", ("model",)).items():
            calls = int(point["cost.unpriced"]["value"] or 0)
            if not calls:
                continue
            fact = self._fact("unpriced", {"model": key[0]}, "cost.unpriced", point["cost.unpriced"], {}, None)
            said = f"{whole(calls)} calls of {key[0]} have no price: every cost leaves them out."
            yield replace(
                fact,
                severity="info",
                sentence=said,
                n=calls,
                before=None,
                where=f'{fact.where} and cost_source = "unpriced"',
            )

    # Comparing

    def _shares(self, kind: str, by: tuple[str, ...], where: str, say: Callable[[Fact], str]) -> Iterator[Tested]:
        now, before = self._both(("error_rate",), where, by)
        for key, point in now.items():
            past = before.get(key)
            if past is not None and all(key):
                scope = dict(zip(by, key, strict=True))
                pair = (point["error_rate"], past["error_rate"])
                yield from self._share(kind, scope, *pair, where, 'status = "error"', MORE_ERRORS, say)

    def _share(
        self,
        kind: str,
        scope: dict[str, str],
        now: Point,
        past: Point,
        among: str,
        hits: str,
        least: float,
        say: Callable[[Fact], str],
    ) -> Iterator[Tested]:
        if not now["n"] or not past["n"]:
            return
        shift = compare_shares(now["value"] * now["n"], now["n"], past["value"] * past["n"], past["n"])
        if shift is None:
            return
        severity: Severity = "critical" if shift.low >= MANY_ERRORS else "warning"
        fact = self._fact(kind, scope, "error_rate", now, past, shift, among, hits, severity)
        if kind == "truncation":
            fact = replace(fact, measure="count")
        enough = now["n"] >= LEAST_CALLS
        yield Tested(replace(fact, sentence=say(fact)), shift.p, enough and shift.difference >= least)

    def _fact(
        self, kind: str, scope: dict[str, str], measure: str, now: Point, past: Point, shift: Shift | None,
        among: str = "", hits: str = "", severity: Severity = "warning",
    ) -> Fact:  # fmt: skip
        """among: what is measured, within the scope; hits: those of it that count against it."""
        within = " and ".join(
            [*(f"{name} = {quote(value)}" for name, value in scope.items()), *([among] if among else [])]
        )
        where = f"{within} and {hits}" if hits else within
        is_counted = kind == "truncation"
        query = self.period.query(("count" if is_counted else measure,), where if is_counted else within)
        return Fact(
            kind, severity, "", scope, where, measure, UNITS.get(measure, ""), now.get("value"), past.get("value"),
            int(now.get("n") or 0), int(past.get("n") or 0), shift, replace(query, limit=20).json(),
        )  # fmt: skip

    # Asking

    def _both(self, measures: tuple[str, ...], where: str, by: tuple[str, ...]) -> tuple["Answers", "Answers"]:
        return self._ask(self.period, measures, where, by), self._ask(self.period.before, measures, where, by)

    def _one(self, period: Period, measures: tuple[str, ...]) -> Mapping[str, Point]:
        return self._ask(period, measures, "", ())[()]

    def _ask(self, period: Period, measures: tuple[str, ...], where: str, by: tuple[str, ...]) -> "Answers":
        found: dict[Key, dict[str, Point]] = {}
        for one in self.asker.ask(period.query(measures, where, by), self.project)["series"]:
            if not one.get("other"):
                found.setdefault(tuple(one["by"].values()), {})[one["measure"]] = one["points"][0]
        return found


Answers = Mapping[Key, Mapping[str, Point]]
UNITS = {"error_rate": "ratio", "latency.p95": "ms", "cost.avg": "USD", "count": "spans", "cost.unpriced": "calls"}


def _value(points: Mapping[str, Point] | None, measure: str) -> float:
    return float(points[measure]["value"] or 0) if points else 0.0


def _ratio(now: Point, past: Point) -> Shift | None:
    figures = [point[name] for point in (now, past) for name in ("value", "low", "high")]
    if any(figure is None for figure in figures) or min(now["n"], past["n"]) < LEAST_CALLS:
        return None
    return compare_estimates(figures[0], (figures[1], figures[2]), figures[3], (figures[4], figures[5]))
