"""A rule tried on real targets before it is in force: scores and explanations are shown, nothing is stored."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from nervure.base.errors import QueryError
from nervure.evaluate.online.examples import Made, example_of
from nervure.evaluate.online.paths import needs_maps
from nervure.evaluate.online.scoring import Chosen, Verdict, judge_targets, marks_of
from nervure.model.evaluation import Rule, Target
from nervure.model.span import Span
from nervure.query.asker import Asker
from nervure.query.lists import Page
from nervure.query.present import time_text
from nervure.query.sampled import rows_of
from nervure.query.times import parse_time
from nervure.stats.intervals import mean_interval, wilson
from nervure.store.rows import span_of

MOST_TARGETS = 50
MOST_TEXT = 4000


@dataclass(frozen=True, slots=True)
class Tried:
    """What a preview looked at and what came of it."""

    targets: list[Target]
    verdicts: list[Verdict]
    seconds: float


def newest(asker: Asker, rule: Rule, since: str, until: str, most: int) -> list[Target]:
    """The newest targets that pass a rule's filter in a range. Raises FilterError, QueryError."""
    if not 1 <= most <= MOST_TARGETS:
        raise QueryError(f"a preview takes 1 to {MOST_TARGETS} targets, got {most}")
    page = Page(rule.where, since, until, most, "", "newest")
    if rule.level == "span":
        return [
            Target(one["span_id"], one["trace_id"], _ns(one["start"], asker))
            for one in asker.spans(rule.project, page)["items"]
        ]
    if rule.level == "trace":
        return [
            Target(one["trace_id"], one["trace_id"], _ns(one["start"], asker))
            for one in asker.traces(rule.project, page)["items"]
        ]
    sessions = asker.sessions(rule.project, page)["items"]
    return [Target(one["session"], "", _ns(one["start"], asker)) for one in sessions]


def spans_of(asker: Asker, rule: Rule, targets: Sequence[Target]) -> dict[str, list[Span]]:
    """Spans of targets by trace, or by session."""
    if not targets:
        return {}
    ids = list(dict.fromkeys(one.id if rule.level != "span" else one.trace_id for one in targets))
    starts = [one.start_ns for one in targets]
    with_maps = any(needs_maps(path) for choice in rule.choices for path in choice.fields.values())
    found: dict[str, list[Span]] = {}
    key = "session" if rule.level == "session" else "trace_id"
    for row in rows_of(asker.runner(rule.project), rule.level, ids, min(starts), max(starts), with_maps):
        span = span_of(row)
        found.setdefault(getattr(span, key), []).append(span)
    return found


def preview(asker: Asker, rule: Rule, chosen: Sequence[Chosen], targets: Sequence[Target]) -> dict[str, Any]:
    """{"items": [...], "evaluators": [...], "seconds"}: each target with its verdicts, each evaluator with its rates."""
    spans = spans_of(asker, rule, targets)
    begun_s = time.perf_counter()
    verdicts = judge_targets(rule, chosen, targets, spans)
    seconds = time.perf_counter() - begun_s
    by_target: dict[str, list[Verdict]] = {}
    for verdict in verdicts:
        by_target.setdefault(verdict.target.id, []).append(verdict)
    items = [_item(rule, target, spans, by_target.get(target.id, [])) for target in targets]
    told = [
        _told(choice.name, evaluator.name, [one for one in verdicts if one.choice == choice])
        for choice, evaluator in chosen
    ]
    return {"items": items, "evaluators": told, "seconds": round(seconds, 3)}


def _item(rule: Rule, target: Target, spans: dict[str, list[Span]], verdicts: Sequence[Verdict]) -> dict[str, Any]:
    held = spans.get(target.id if rule.level != "span" else target.trace_id, [])
    made = verdicts[0].made if verdicts else example_of(rule.level, target.id, held) if held else None
    example = made.example if made else None
    return {
        "id": target.id, "trace_id": target.trace_id or (made.trace_id if made else ""), "start": time_text(target.start_ns),
        "input": _cut(example.input if example else None), "output": _cut(example.output if example else None),
        "documents": [_cut(one.content) for one in (example.documents or ())[:20]] if example else [],
        "output_span": made.output_span if made else "",
        "verdicts": [_verdict(one) for one in verdicts],
    }  # fmt: skip


def _verdict(verdict: Verdict) -> dict[str, Any]:
    result = verdict.result
    has_score = result is not None and result.score is not None
    made = Made(verdict.made.example)
    return {
        "name": verdict.choice.name, "evaluator": verdict.evaluator.name,
        "state": "failed" if verdict.has_failed else "scored" if has_score else "skipped",
        "score": round(result.score, 6) if result is not None and result.score is not None else None,
        "label": result.label if result else "", "passed": result.passed if result and has_score else None,
        "explanation": result.explanation if result else verdict.reason,
        # Here the output is told as it was judged, so its marks count in it.
        "marks": marks_of(made, result.spans) if result else [],
        "cost_usd": result.details.get("cost_usd") if result else None,
    }  # fmt: skip


def _told(name: str, evaluator: str, verdicts: Sequence[Verdict]) -> dict[str, Any]:
    scores = [one.result.score for one in verdicts if one.result is not None and one.result.score is not None]
    passed = sum(bool(one.result.passed) for one in verdicts if one.result is not None and one.result.score is not None)
    failed = sum(one.has_failed for one in verdicts)
    rate, mean = wilson(passed, len(scores)), mean_interval(scores) if len(scores) > 1 else None
    costs = [float(cost) for one in verdicts if one.result and (cost := one.result.details.get("cost_usd")) is not None]
    return {
        "name": name, "evaluator": evaluator, "scored": len(scores), "skipped": len(verdicts) - len(scores) - failed, "failed": failed,
        "pass_rate": {"value": rate.estimate, "low": rate.low, "high": rate.high, "n": rate.n} if rate else None,
        "mean": {"value": mean.estimate, "low": mean.low, "high": mean.high, "n": mean.n} if mean else None,
        "cost_usd": sum(costs) if costs else None,
    }  # fmt: skip


def _cut(text: str | None) -> str | None:
    return text if text is None or len(text) <= MOST_TEXT else f"{text[:MOST_TEXT]}…"


def _ns(text: str, asker: Asker) -> int:
    return parse_time(text, asker.clock.now_ns())
