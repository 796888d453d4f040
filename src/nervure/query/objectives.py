"""Valid and bad events of an SLO, and the cost of a budget's scope: asked as Queries, like every number."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from nervure.base.clock import NS_PER_S, iso, parse_iso
from nervure.base.errors import BadInput
from nervure.model.objective import EACH, Budget, Slo
from nervure.query.asker import Asker
from nervure.query.filter import parse, quote
from nervure.query.query import MAX_BUCKETS, Query

ROOTS = "is_root = true"
MOST_VALUES = 500


@dataclass(frozen=True, slots=True)
class Events:
    """Filters of an SLO: of its valid events, and of the bad ones among them."""

    valid: str
    bad: str


def events_of(slo: Slo) -> Events:
    """The filters. Raises BadInput for a kind without what it needs, FilterError for a filter that cannot be read."""
    scope = f"({parse(slo.where)})" if slo.where.strip() else ROOTS
    if slo.kind == "availability":
        return Events(scope, f'{scope} and status = "error"')
    if slo.kind in ("latency", "ttft"):
        if slo.threshold_ms <= 0:
            raise BadInput(f"a {slo.kind} SLO needs threshold_ms, a number above 0")
        field = "duration_ms" if slo.kind == "latency" else "ttft_ms"
        # How fast something failed says nothing about how fast it answers; failures are for availability.
        valid = f'{scope} and status != "error"' + (" and ttft exists" if slo.kind == "ttft" else "")
        return Events(valid, f"{valid} and {field} > {slo.threshold_ms!r}")
    if slo.kind == "quality":
        if not slo.score:
            raise BadInput("a quality SLO needs score, the name of a score, and threshold")
        score = f"score[{quote(slo.score)}]"
        valid = f"{scope} and {score} exists"
        return Events(valid, f"{valid} and not {score} >= {slo.threshold!r}")
    if not slo.good.strip():
        raise BadInput("a custom SLO needs good, a filter of the good events")
    return Events(scope, f"{scope} and not ({parse(slo.good)})")


def count_events(asker: Asker, slo: Slo, from_ns: int, to_ns: int, every_s: int) -> Iterator[tuple[int, int, int]]:
    """(begin in s, valid, bad) of each bucket that holds valid events, ascending. from_ns lies on a bucket's edge."""
    events = events_of(slo)
    step_ns = MAX_BUCKETS // 2 * every_s * NS_PER_S
    for begin_ns in range(from_ns, to_ns, step_ns):
        span = (iso(begin_ns), iso(min(to_ns, begin_ns + step_ns)), f"{every_s}s")
        bad = dict(_counts(asker, slo.project, events.bad, *span))
        for start_s, valid in _counts(asker, slo.project, events.valid, *span):
            yield start_s, valid, min(valid, bad.get(start_s, 0))


def scope_filter(scope: Mapping[str, str]) -> str:
    """The filter of a budget's scope; a value EACH only asks that there is one."""
    parts = [f'{name} != ""' if value == EACH else f"{name} = {quote(value)}" for name, value in sorted(scope.items())]
    return " and ".join(parts)


def spent(asker: Asker, budget: Budget, from_ns: int, to_ns: int) -> list[tuple[dict[str, str], float]]:
    """(scope, USD) of the budget's scope, of each value where it says EACH; the dearest first."""
    each = tuple(name for name, value in sorted(budget.scope.items()) if value == EACH)
    query = Query(
        ("cost.sum",), scope_filter(budget.scope), each, since=iso(from_ns), until=iso(to_ns), limit=MOST_VALUES,
        order="desc" if each else "",
    )  # fmt: skip
    found = asker.ask(query, budget.project)["series"]
    made = [
        ({**budget.scope, **{name: str(one["by"][name]) for name in each}}, float(one["points"][0]["value"] or 0.0))
        for one in found
        if one["points"] and not one.get("other")
    ]
    return made or ([] if each else [(dict(budget.scope), 0.0)])


def costs(
    asker: Asker, project: str, scope: Mapping[str, str], from_ns: int, to_ns: int, every: str, offset: str
) -> list[tuple[int, float]]:
    """(begin in ns, USD) of each bucket, also of those without cost."""
    query = Query(("cost.sum",), scope_filter(scope), (), every, iso(from_ns), iso(to_ns), offset=offset)
    series = asker.ask(query, project)["series"]
    points: list[dict[str, Any]] = series[0]["points"] if series else []
    return [(parse_iso(point["time"]), float(point["value"] or 0.0)) for point in points]


def _counts(asker: Asker, project: str, where: str, since: str, until: str, every: str) -> list[tuple[int, int]]:
    series = asker.ask(Query(("count",), where, (), every, since, until), project)["series"]
    points: list[dict[str, Any]] = series[0]["points"] if series else []
    return [(parse_iso(point["time"]) // NS_PER_S, int(point["value"])) for point in points if point["value"]]
