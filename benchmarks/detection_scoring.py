"""Scores incidents against the truth of a world. Pure: lists of dicts in, numbers out.

The rule of matching. An incident belongs to a fault when
  1. it opened between the fault's onset and an hour after its end,
  2. it shares an item of scope (dimension and value) with the fault, or a family of measures (see `family`),
  3. nothing contradicts: no dimension has one value in the fault's scope and only others in the incident's.
Of several faults it belongs to the one it shares most items with, then a family of measures, then the latest onset.
Incidents that belong to none are false; those that opened while a decoy was on are counted by its kind as well.

A fault is found when an incident belongs to it. The first to open speaks for it: its delay, cause, nature, scope.
Scope F1 is over items, names and values compared as `item` makes them. Cause, nature, scope, delay are of found faults.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from scipy.stats import chi2

from nervure.base.clock import NS_PER_S, parse_iso
from nervure.query.intervals import wilson

GRACE_NS = 3600 * NS_PER_S
DAY_NS = 24 * 3600 * NS_PER_S
# Two ways to say one dimension.
_NAMES = {
    "prompt_name": "prompt",
    "tool_name": "tool",
    "service.name": "service",
    "env": "environment",
    "version": "release",
}
# Words that begin a measure's name, and the family they belong to.
_FAMILIES = {
    "error": "errors", "errors": "errors", "latency": "time", "ttft": "time", "duration": "time", "tokens_per_second": "time",
    "cost": "cost", "tokens": "tokens", "tokens_per_call": "tokens", "count": "volume", "rate": "volume", "volume": "volume",
    "traces": "volume", "finish": "finish", "score": "score", "documents": "documents", "retrieval": "documents",
    "prediction": "prediction", "predictions": "prediction", "drift": "drift", "steps": "volume",
}  # fmt: skip
Item = tuple[str, str]


@dataclass(slots=True)
class Verdict:
    """What became of one fault. The rest is empty unless it was found."""

    cause: str
    is_found: bool = False
    said: str = ""
    is_cause: bool = False
    is_nature: bool = False
    scope_f1: float = 0.0
    delay_min: float = 0.0
    incidents: int = 0
    fault: dict[str, Any] = field(default_factory=dict)
    first: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class Result:
    """One world. days: how long it was watched. false: incidents that belong to no fault, clean: those in its clean half."""

    seed: int
    days: float
    verdicts: list[Verdict]
    false: list[dict[str, Any]]
    clean: int
    decoys: dict[str, int]


def family(measure: str) -> str:
    """What a Query measure is about: "latency.p95" and "ttft.p50" are both of time; every error rate is of errors."""
    if "error" in measure:
        return "errors"
    head = measure.split(":")[0].split(".")[0]
    return _FAMILIES.get(head, head)


def item(name: str, value: str) -> Item:
    """A dimension and value in one spelling: a model without the date of its version, a retriever without its operation."""
    name, value = _NAMES.get(name, name), str(value)
    if name == "retriever":
        value = value.removeprefix("retrieval ").removeprefix("retrieve ")
    if name == "model":
        head, _, tail = value.rpartition("-")
        while head and tail.isdigit() and len(tail) in (2, 4, 8):
            value = head
            head, _, tail = value.rpartition("-")
    return name, value


def items_of(scope: Mapping[str, str] | Sequence[Mapping[str, str]]) -> set[Item]:
    """All items of a scope, or of a list of scopes."""
    scopes = [scope] if isinstance(scope, Mapping) else scope
    return {item(name, value) for one in scopes for name, value in one.items() if value}


def belongs(incident: Mapping[str, Any], fault: Mapping[str, Any]) -> tuple[int, bool, int] | None:
    """How well an incident fits a fault (items shared, a family shared, onset in ns), None when it does not."""
    opened, onset = parse_iso(incident["opened_at"]), parse_iso(fault["onset"])
    if not onset <= opened <= parse_iso(fault["end"]) + GRACE_NS:
        return None
    said, true = items_of(incident["scope"]), items_of(fault["scope"])
    values: dict[str, set[str]] = defaultdict(set)
    for name, value in said:
        values[name].add(value)
    if any(name in values and value not in values[name] for name, value in true):
        return None
    shared = len(said & true)
    is_kin = bool({family(one) for one in incident["measures"]} & {family(one) for one in fault["measures"]})
    return (shared, is_kin, onset) if shared or is_kin else None


def f1(said: set[Item], true: set[Item]) -> float:
    """Harmonic mean of precision and recall of the items; 0 when nothing is shared."""
    return 2 * len(said & true) / (len(said) + len(true)) if said or true else 1.0


def score_world(truth: Mapping[str, Any], incidents: Sequence[Mapping[str, Any]]) -> Result:
    """One world's result. truth: as `nervure demo --truth` writes it. incidents: as `/api/v1/backtest` answers them."""
    faults = truth["faults"]
    owned: dict[int, list[Mapping[str, Any]]] = defaultdict(list)
    false: list[dict[str, Any]] = []
    for incident in incidents:
        fits = [(fit, place) for place, fault in enumerate(faults) if (fit := belongs(incident, fault))]
        if fits:
            owned[max(fits)[1]].append(incident)
        else:
            false.append(dict(incident))
    decoys: dict[str, int] = defaultdict(int)
    for incident in false:
        for decoy in truth.get("decoys", ()):
            if decoy["kind"] not in ("growth", "weekend") and _is_decoyed(incident, decoy):
                decoys[decoy["kind"]] += 1
                break
    from_ns, to_ns = parse_iso(truth["world"]["from"]), parse_iso(truth["world"]["to"])
    first_ns = min((parse_iso(fault["onset"]) for fault in faults), default=to_ns)
    return Result(
        seed=int(truth["world"]["seed"]),
        days=(to_ns - from_ns) / DAY_NS,
        verdicts=[_judge(fault, owned[place]) for place, fault in enumerate(faults)],
        false=false,
        clean=sum(parse_iso(incident["opened_at"]) < first_ns for incident in incidents),
        decoys=dict(decoys),
    )


def _is_decoyed(incident: Mapping[str, Any], decoy: Mapping[str, Any]) -> bool:
    opened, onset = parse_iso(incident["opened_at"]), parse_iso(decoy["onset"])
    return onset <= opened <= onset + 4 * GRACE_NS and bool(items_of(incident["scope"]) & items_of(decoy["scope"]))


def _judge(fault: Mapping[str, Any], incidents: Sequence[Mapping[str, Any]]) -> Verdict:
    if not incidents:
        return Verdict(fault["cause"], fault=dict(fault))
    first = min(incidents, key=lambda one: parse_iso(one["opened_at"]))
    return Verdict(
        cause=fault["cause"],
        is_found=True,
        said=first["cause"],
        is_cause=first["cause"] == fault["cause"],
        is_nature=first["nature"] == fault["nature"],
        scope_f1=f1(items_of(first["scope"]), items_of(fault["scope"])),
        delay_min=(parse_iso(first["opened_at"]) - parse_iso(fault["onset"])) / NS_PER_S / 60,
        incidents=len(incidents),
        fault=dict(fault),
        first=dict(first),
    )


Figure = tuple[float | None, float | None, float | None]


def summarise(results: Sequence[Result]) -> dict[str, Figure]:
    """Name to (value, low, high), 95 %: Wilson for shares, exact Poisson for false incidents, bootstrap of worlds else."""
    verdicts = [verdict for result in results for verdict in result.verdicts]
    found = [verdict for verdict in verdicts if verdict.is_found]
    days = sum(result.days for result in results)
    false = sum(len(result.false) for result in results)
    return {
        "recall": _share(len(found), len(verdicts)),
        "cause top-1": _share(sum(verdict.is_cause for verdict in found), len(found)),
        "nature": _share(sum(verdict.is_nature for verdict in found), len(found)),
        "scope F1": _resampled(results, lambda chosen: _mean([one.scope_f1 for one in chosen])),
        "median delay, min": _resampled(results, lambda chosen: _median([one.delay_min for one in chosen])),
        "incidents per fault": _resampled(results, lambda chosen: _mean([one.incidents for one in chosen])),
        "false incidents per day": _poisson(false, days),
        "of these in clean days": _poisson(sum(result.clean for result in results), days / 2),
    }


def by_cause(results: Sequence[Result]) -> dict[str, dict[str, Any]]:
    """Cause to what happened to its faults, and what they were taken for."""
    table: dict[str, dict[str, Any]] = {}
    for cause in sorted({verdict.cause for result in results for verdict in result.verdicts}):
        verdicts = [one for result in results for one in result.verdicts if one.cause == cause]
        found = [one for one in verdicts if one.is_found]
        said: dict[str, int] = defaultdict(int)
        for verdict in found:
            said[verdict.said] += 1
        table[cause] = {
            "faults": len(verdicts), "found": len(found), "cause": sum(one.is_cause for one in found),
            "nature": sum(one.is_nature for one in found), "scope_f1": _mean([one.scope_f1 for one in found]),
            "delay_min": _median([one.delay_min for one in found]), "said": dict(said),
        }  # fmt: skip
    return table


def _share(hits: int, n: int) -> Figure:
    low, high = wilson(hits, n)
    return (hits / n if n else None, low, high)


def _poisson(count: int, days: float) -> Figure:
    """Garwood's exact interval of a Poisson mean, per day."""
    low = chi2.ppf(0.025, 2 * count) / 2 if count else 0.0
    return count / days, float(low) / days, float(chi2.ppf(0.975, 2 * count + 2)) / 2 / days


def _mean(values: Sequence[float]) -> float | None:
    return float(np.mean(values)) if values else None


def _median(values: Sequence[float]) -> float | None:
    return float(np.median(values)) if values else None


def _resampled(results: Sequence[Result], measure: Any, runs: int = 1000) -> Figure:
    """Percentile bootstrap over worlds, because faults of one world share its detector's baseline."""
    groups = [[one for one in result.verdicts if one.is_found] for result in results]
    value = measure([one for group in groups for one in group])
    if value is None or len(groups) < 2:
        return value, None, None
    rng, drawn = np.random.default_rng(0), []
    for _ in range(runs):
        chosen = [one for place in rng.integers(0, len(groups), len(groups)) for one in groups[place]]
        if chosen:
            drawn.append(measure(chosen))
    return value, float(np.quantile(drawn, 0.025)), float(np.quantile(drawn, 0.975))
