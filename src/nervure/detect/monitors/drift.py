"""Drift: what a field holds is another than in a reference window: numbers, words, texts.

Evidence is that of the drift measures, which allow for sessions, bursts and autocorrelation. It is looked at again and
again: the accepted false alarms of a month are shared out evenly over all looks of a month (a union bound, which holds
however much the windows of two looks overlap). What matters is told by the effect's 95 % interval.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from nervure.base.errors import BadInput
from nervure.detect.drift import compare
from nervure.detect.drift.live import compare_held
from nervure.detect.drift.measure import measures
from nervure.detect.drift.result import Column, Effect
from nervure.detect.monitor import Compared, MonitorType, Option, Samples, Verdict, Window
from nervure.query.times import parse_span

USUAL = "usual"
NONE = {"domain_classifier_auc": 0.5}
SHOWN_TOPICS, EXAMPLE = 3, 120


def judge(windows: Sequence[Window], settings: Mapping[str, Any]) -> list[Verdict]:
    """Each window for itself. Raises BadInput for a measure that the field's values have not."""
    return [_judged(one.compared, settings) if one.compared else Verdict("no_data") for one in windows]


def samples(settings: Mapping[str, Any]) -> Samples:
    """What is to be read. Raises BadInput or QueryError."""
    current_ns = parse_span(settings["current"])
    if current_ns <= 0:
        raise BadInput(f"settings.current is a length such as 24h, got {settings['current']!r}")
    if settings["false_alarms"] <= 0:
        raise BadInput("settings.false_alarms is a number above 0: false alarms a month that are accepted")
    if not 0 <= settings["topic_share"] < 1:
        raise BadInput("settings.topic_share is a share, from 0 to below 1")
    return Samples(settings["field"], current_ns, settings["reference"])


def _judged(compared: Compared, settings: Mapping[str, Any]) -> Verdict:
    name, wanted = settings["field"], settings["measure"]
    if not compared.held.sides[1].rows:
        return Verdict("no_data")
    column = compare_held(name, compared.held, () if wanted == USUAL else (wanted,))
    level = min(0.49, settings["false_alarms"] / compared.looks)
    compare.judge([column], level)
    if column.p is None:
        return Verdict("learning", column.reason)
    effect = _leading(column) if wanted == USUAL else _named(column, wanted)
    least = settings.get("effect", effect.tolerance if wanted == USUAL else 0.0)
    topics = _moved(column, settings["topic_share"])
    if topics and wanted == USUAL and "effect" not in settings:
        effect, least = _of_topic(topics[0], settings["topic_share"]), settings["topic_share"]
    is_bad = column.is_drift and beyond(effect) > least
    details = {"kind": column.kind, "p_value": column.p, "shifts": column.shifts, "topics": topics}
    text = _text(column, effect, topics) if is_bad else ""
    band = effect.none - least, effect.none + least
    return Verdict("alert" if is_bad else "ok", text, effect.none, *band, effect, details if is_bad else {})


def beyond(effect: Effect) -> float:
    """How far from no difference the whole interval lies; 0 when it holds it."""
    return max(effect.low - effect.none, effect.none - effect.high, 0.0)


def _leading(column: Column) -> Effect:
    """Of the test that found drift; of the first one otherwise, so that quiet windows are told in one unit."""
    found = column.effect if column.is_drift else column.tests[0].effect
    assert found is not None  # a column with a p-value has tests
    return found


def _named(column: Column, wanted: str) -> Effect:
    found = column.measures.get(wanted)
    if found is None:
        known = ", ".join(column.measures) or "none: too few values"
        raise BadInput(f"{wanted} does not compare {column.kind} values such as those of {column.name}: use {known}")
    if "low" not in found or found["low"] != found["low"]:
        raise BadInput(f"{wanted} has no interval for {column.kind} values: use domain_classifier_auc or {USUAL}")
    about = measures()[wanted].about
    return Effect(wanted, found["value"], found["low"], found["high"], NONE.get(wanted, 0.0), 0.0, about)


def _moved(column: Column, least: float) -> list[dict[str, Any]]:
    """Topics whose share moved, by an interval that lies beyond `least`; what came or grew first."""
    if not column.is_drift:
        return []
    moved = [
        one for one in column.details.get("topics", ())
        if one["change"] != "steady" and max(one["low"], -one["high"]) > least
    ]  # fmt: skip
    return sorted(moved, key=lambda one: (one["change"] not in ("grew", "appeared"), -abs(one["difference"])))


def _of_topic(topic: Mapping[str, Any], least: float) -> Effect:
    gap, low, high = (float(topic[name]) for name in ("difference", "low", "high"))
    return Effect("topic_share", gap, low, high, 0.0, least, "difference of the share of texts about it")


def _text(column: Column, effect: Effect, topics: Sequence[Mapping[str, Any]]) -> str:
    shown = f"{effect.measure} {effect.value:.3g} (95 % interval {effect.low:.3g} to {effect.high:.3g}; {effect.unit})"
    said = f"{column.name} has drifted ({', '.join(column.shifts)}): {shown}, p = {column.p:.2g}"
    if not topics:
        return said
    told = [
        f'"{", ".join(one["terms"]) or "no common terms"}" {one["change"]} from {one["reference"]:.1%} to'
        f" {one['current']:.1%} (difference {one['low']:+.1%} to {one['high']:+.1%})"
        for one in topics[:SHOWN_TOPICS]
    ]
    example = f', e.g. "{str(topics[0]["examples"][0])[:EXAMPLE]}"' if topics[0]["examples"] else ""
    return f"topics of {column.name} moved: {'; '.join(told)}{example}. {said}"


MONITOR = MonitorType(
    "drift",
    "What a field holds (numbers, words, texts) is another than in a reference window, by an effect that matters.",
    {
        "field": Option("text", 'what is compared: input, output_tokens, model, attr["tier"] ...', is_needed=True),
        "measure": Option(
            "text", "whose effect is told; usual: that of the test that speaks loudest", USUAL, (USUAL, *measures())
        ),
        "reference": Option("text", "a kept reference window by name, or a length such as 7d just before", "7d"),
        "current": Option("text", "length of the window that is compared; whole days have no rhythm", "24h"),
        "effect": Option("number", "the effect's whole 95 % interval must lie so far from none; empty: its own least"),
        "topic_share": Option("number", "of texts: a topic must have won or lost more than this share of them", 0.02),
        "false_alarms": Option("number", "accepted false alarms a month, over all groups and looks", 0.1),
    },
    judge,
    samples=samples,
)
