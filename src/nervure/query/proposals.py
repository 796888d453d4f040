"""What is worth a person's minute: traces whose judgement would teach most, each with the reason.

uncertain: an automatic score lies near its threshold, so a person's word moves it most. disagreeing: two judges of the
same thing, or a judge and a user, say different things. novel: what was asked is unlike anything else. costly: a failure
of an answer that was dear. Whatever a person has judged already is left out.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from nervure.query.conditions import Binder
from nervure.query.runner import Runner
from nervure.query.traces import summaries
from nervure.store.sql import Sql

Kind = Literal["uncertain", "disagreeing", "novel", "costly"]
KINDS: tuple[Kind, ...] = ("uncertain", "disagreeing", "novel", "costly")
Embed = Callable[[Sequence[str]], NDArray[np.float32]]

THRESHOLD = 0.5
# How far from the threshold a score is still uncertain.
MARGIN = 0.15
MOST_SCORES, MOST_FAILED, MOST_TEXTS = 20_000, 300, 1500
NEIGHBOURS, LONGEST_TEXT = 5, 2000
# Fewer questions have no "usual" to be unlike.
LEAST_TEXTS = 30
FEEDBACK = ("thumbs", "helpful")


@dataclass(frozen=True, slots=True)
class Proposal:
    """A trace, or a span of it, worth judging. priority: 0 to 1 within its kind."""

    trace_id: str
    span_id: str
    kind: Kind
    reason: str
    priority: float


@dataclass(frozen=True, slots=True)
class _Said:
    trace_id: str
    span_id: str
    name: str
    value: float
    source: str
    evaluator: str
    kind: str


def propose(
    runner: Runner, from_ns: int, to_ns: int, embed: Embed, kinds: Sequence[Kind] = KINDS, limit: int = 40,
    threshold: float = THRESHOLD, score: str = "",
) -> list[Proposal]:  # fmt: skip
    """Proposals of a range, the kinds taking turns, each kind's best first; a trace once, for its best reason.

    embed: texts to rows of unit length. score: only automatic scores of this name. threshold: what passes.
    """
    said = _scores(runner, from_ns, to_ns, score)
    seen = {one.trace_id for one in said if one.source == "human"}
    said = [one for one in said if one.trace_id not in seen]
    found: dict[Kind, list[Proposal]] = {
        "uncertain": _uncertain(said, threshold) if "uncertain" in kinds else [],
        "disagreeing": _disagreeing(said, threshold) if "disagreeing" in kinds else [],
        "costly": _costly(runner, said, threshold) if "costly" in kinds else [],
        "novel": _novel(runner, from_ns, to_ns, embed, seen) if "novel" in kinds else [],
    }
    ranked = [sorted(found[kind], key=lambda one: (-one.priority, one.trace_id)) for kind in kinds]
    chosen: dict[str, Proposal] = {}
    for turn in zip_longest(*ranked):
        for one in turn:
            if one is not None and len(chosen) < limit:
                chosen.setdefault(one.trace_id, one)
    return list(chosen.values())


def novelty(vectors: NDArray[np.float32]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """(mean similarity to the nearest neighbours, standard scores of its opposite) of each row of unit length."""
    near = vectors @ vectors.T
    np.fill_diagonal(near, -1.0)
    closest = np.sort(near, axis=1)[:, -NEIGHBOURS:].mean(axis=1).astype(np.float64)
    # Median and its deviation: a few strange texts must not hide one another.
    middle = float(np.median(closest))
    spread = 1.4826 * float(np.median(np.abs(closest - middle)))
    return closest, (middle - closest) / max(spread, 1e-3)


def _scores(runner: Runner, from_ns: int, to_ns: int, score: str) -> list[_Said]:
    binder = Binder("p")
    named = ""
    if score:
        # What people said counts whatever it is called: it shows what needs no second look.
        named = f" AND (name = {binder.bind(score, 'String')} OR source IN ('human', 'user'))"
    scope = f"project = {binder.bind(runner.project, 'String')} AND time >= {binder.time(from_ns)} AND time < {binder.time(to_ns)}"
    sql = Sql(
        "SELECT if(trace_id != '', trace_id, target_id), if(target_type = 'span', target_id, ''), name, value, source,"
        f" evaluator, data_type FROM (SELECT * FROM scores WHERE {scope} ORDER BY revision DESC, received DESC LIMIT 1 BY id)"
        f" WHERE value IS NOT NULL AND target_type IN ('span', 'trace') AND (target_type = 'trace' OR trace_id != ''){named}"
        f" ORDER BY time DESC LIMIT {MOST_SCORES}",
        binder.values,
    )
    return [_Said(row[0], row[1], row[2], float(row[3]), *map(str, row[4:7])) for row in runner.query(sql).rows]


def _uncertain(said: Sequence[_Said], threshold: float) -> list[Proposal]:
    made = []
    for one in said:
        gap = abs(one.value - threshold)
        # A yes or no of one judge, and a share that happens to be just 0 or 1, have no margin.
        if one.source in ("code", "judge") and one.kind == "numeric" and gap < MARGIN:
            reason = f"{one.name} is {one.value:.2f}, within {gap:.2f} of the threshold {threshold:g}"
            made.append(Proposal(one.trace_id, one.span_id, "uncertain", reason, 1 - gap / MARGIN))
    return made


def _disagreeing(said: Sequence[_Said], threshold: float) -> list[Proposal]:
    by_trace: dict[str, list[_Said]] = {}
    for one in said:
        by_trace.setdefault(one.trace_id, []).append(one)
    made = []
    for trace_id, held in by_trace.items():
        best: tuple[float, _Said, _Said] | None = None
        for at, one in enumerate(held):
            for other in held[at + 1 :]:
                gap = min(1.0, abs(one.value - other.value))
                if _comparable(one, other) and (one.value >= threshold) != (other.value >= threshold):
                    best = max(best, (gap, one, other), key=lambda found: found[0]) if best else (gap, one, other)
        if best:
            gap, one, other = best
            reason = f"{_who(one)} says {one.name} {one.value:.2f}, {_who(other)} says {other.name} {other.value:.2f}"
            made.append(Proposal(trace_id, one.span_id or other.span_id, "disagreeing", reason, gap))
    return made


def _comparable(one: _Said, other: _Said) -> bool:
    """Two judges of the same thing; or a user's thumb against a judgement of the answer."""
    if one.name == other.name:
        return (one.source, one.evaluator) != (other.source, other.evaluator) and one.span_id == other.span_id
    user, judge = (one, other) if one.source == "user" else (other, one)
    return user.source == "user" and user.name in FEEDBACK and judge.source in ("code", "judge")


def _who(one: _Said) -> str:
    return "a user" if one.source == "user" else one.evaluator or one.source


def _costly(runner: Runner, said: Sequence[_Said], threshold: float) -> list[Proposal]:
    failed: dict[str, _Said] = {}
    for one in said:
        if one.value < threshold and one.source != "human" and len(failed) < MOST_FAILED:
            failed.setdefault(one.trace_id, one)
    found = summaries(runner, list(failed)) if failed else {}
    costs = {trace_id: float(trace["cost_total"] or 0) for trace_id, trace in found.items() if trace["cost_total"]}
    if not costs:
        return []
    most, middle = max(costs.values()), float(np.median(list(costs.values())))
    return [
        Proposal(
            trace_id, failed[trace_id].span_id, "costly",
            f"{failed[trace_id].name} is {failed[trace_id].value:.2f} on a trace of ${cost:.4f},"
            f" {cost / middle:.1f} times what failures usually cost", cost / most,
        )
        for trace_id, cost in costs.items()
        if cost > middle
    ]  # fmt: skip


def _novel(runner: Runner, from_ns: int, to_ns: int, embed: Embed, seen: set[str]) -> list[Proposal]:
    binder = Binder("p")
    scope = f"project = {binder.bind(runner.project, 'String')} AND start >= {binder.time(from_ns)} AND start < {binder.time(to_ns)}"
    # Of each trace what came in from outside, which stands at its earliest span with a text; a sample that is
    # always the same for the same traces.
    sql = Sql(
        f"SELECT trace_id, argMin(span_id, start), argMin(substringUTF8(input_text, 1, {LONGEST_TEXT}), start)"
        f" FROM spans WHERE {scope} AND input_text != '' AND kind IN ('agent', 'workflow', 'llm')"
        f" GROUP BY trace_id ORDER BY cityHash64(trace_id) LIMIT {MOST_TEXTS}",
        binder.values,
    )
    rows = [row for row in runner.query(sql).rows if str(row[2]).strip()]
    if len(rows) < LEAST_TEXTS:
        return []
    closest, scores = novelty(embed([str(row[2]) for row in rows]))
    usual = float(np.median(closest))
    return [
        Proposal(
            str(row[0]), "", "novel",
            f"unlike the other {len(rows) - 1} questions: {near:.2f} similar to the nearest {NEIGHBOURS}, usual is {usual:.2f}",
            1 - math.exp(-strange / 6),
        )
        for row, near, strange in zip(rows, closest.tolist(), scores.tolist(), strict=True)
        if strange > 3 and str(row[0]) not in seen
    ]  # fmt: skip


def as_json(one: Proposal) -> dict[str, Any]:
    return {
        "trace_id": one.trace_id, "span_id": one.span_id, "kind": one.kind, "reason": one.reason,
        "priority": round(one.priority, 4),
    }  # fmt: skip
