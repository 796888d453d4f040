"""score:<name>.corrected: the rate people would find, from many scores by machines and few labels by people.

A target judged by both is a labelled row, one judged by a machine alone the rest; `stats.ppi` makes the rate of them.
People are scores of the same name with source human: of several annotators the mean of what they say, unless one settled
the matter (`final`). A label of a whole trace counts for the span of it that the machine scored, where that is beyond
doubt: no other span of the trace was, nor the trace itself, people judged no span of it, and the span is the root, the
only call of a model, or the only agent or workflow. Labels of targets that somebody picked or a proposal chose (`origin` hand or proposal) are no random
sample and stay out of the rate.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from nervure.query.conditions import Binder
from nervure.query.measures import Figure, Measure, Parts
from nervure.query.runner import Runner
from nervure.query.scored import Shape
from nervure.stats.ppi import FOLDS, Moments, corrected_rate_of_sums
from nervure.store.sql import Sql

YES = ("yes", "true", "pass", "passed", "good", "correct", "right", "ok", "supported", "relevant", "safe", "helpful")
NO = ("no", "false", "fail", "failed", "bad", "incorrect", "wrong", "unsupported", "irrelevant", "unsafe", "harmful")
MACHINES = "source IN ('judge', 'code')"
PICKED = "metadata['origin'] IN ('hand', 'proposal')"
MOST_PAIRS = 20_000
# Scores are counted to a thousandth for threshold curves.
GRAIN = 1000


def _said() -> str:
    """A score as a number; of categories those that plainly say yes or no."""
    words = [", ".join(f"'{word}'" for word in listed) for listed in (YES, NO)]
    return (
        f"multiIf(value IS NOT NULL, value, lower(label) IN ({words[0]}), 1., lower(label) IN ({words[1]}), 0., NULL)"
    )


_SCOPE = "project = {project} AND {names} AND time >= {since}"
_OF_TRACES = f"SELECT target_id FROM scores WHERE {_SCOPE} AND source = 'human' AND target_type = 'trace'"
_IN_FORCE = "ORDER BY revision DESC, received DESC LIMIT 1 BY id"
# Of traces that people judged as a whole: the one span the machine judged, if there is but one.
_HELD = (
    "SELECT if(target_type = 'trace', target_id, trace_id) AS held_trace,"
    f" anyIf(target_id, target_type = 'span' AND {MACHINES}) AS held_span FROM (SELECT * FROM scores WHERE {_SCOPE}"
    f" AND (trace_id GLOBAL IN ({_OF_TRACES}) OR target_id GLOBAL IN ({_OF_TRACES})) {_IN_FORCE})"
    f" WHERE {_said()} IS NOT NULL GROUP BY held_trace HAVING uniqExactIf(target_id, target_type = 'span' AND {MACHINES}) = 1"
    f" AND countIf(target_type = 'trace' AND {MACHINES}) = 0 AND countIf(target_type = 'span' AND source = 'human') = 0"
)
# What it is in its trace. A score is made after what it judges; a day allows for clocks that disagree.
_LOOKED = (
    "SELECT trace_id AS looked_trace, argMin(span_id, (parent_id != '', start)) AS root,"
    " groupUniqArrayIf(2)(span_id, kind = 'llm') AS calls,"
    " groupUniqArrayIf(2)(span_id, kind IN ('agent', 'workflow')) AS runs"
    " FROM spans WHERE project = {project} AND start >= {since} - toIntervalDay(1)"
    f" AND trace_id GLOBAL IN ({_OF_TRACES}) GROUP BY trace_id"
)
_MOVED = (
    f"SELECT held_trace AS moved_trace, held_span AS moved_span FROM ({_HELD}) AS held GLOBAL INNER JOIN ({_LOOKED})"
    " AS looked ON held_trace = looked_trace"
    " WHERE held_span = root OR calls = [held_span] OR runs = [held_span]"
)
# Scores of machines and people, the latest revision of each.
_ALL = (
    f"SELECT * FROM (SELECT *, {_said()} AS said FROM scores WHERE {_SCOPE} {_IN_FORCE})"
    f" WHERE said IS NOT NULL AND (source = 'human' OR {MACHINES})"
)
_IS_MOVED = "source = 'human' AND target_type = 'trace' AND moved_span != ''"
_PLACED = (
    "SELECT said, source, time, author, evaluator, evaluator_version, metadata,"
    f" {_IS_MOVED} AS is_moved, if(is_moved, 'span', target_type) AS on_type,"
    " if(is_moved, moved_span, target_id) AS on_id, if(is_moved, target_id, trace_id) AS on_trace"
    f" FROM ({_ALL}) AS given GLOBAL LEFT JOIN ({_MOVED}) AS moved ON target_id = moved_trace"
)
# One row a target: `value` of the machine that scored it last, `human` as the share of people who say yes.
_JUDGED = (
    "SELECT on_type AS target_type, on_id AS target_id, max(if(on_type = 'span', home, on_trace)) AS trace_id,"
    f" argMaxIf(said, time, {MACHINES}) AS value,"
    " countIf(source = 'human') AS humans, countIf(is_final) AS finals,"
    " if(finals > 0, avgIf(toFloat64(said >= {label}), is_final), avgIf(toFloat64(said >= {label}), source = 'human'))"
    " AS human_share, if(humans > 0, human_share, NULL) AS human,"
    f" max(source = 'human' AND {PICKED}) AS is_picked, max(is_moved) AS of_trace,"
    f" argMaxIf(evaluator, time, {MACHINES}) AS by, argMaxIf(evaluator_version, time, {MACHINES}) AS by_version,"
    f" maxIf(time, {MACHINES}) AS at, countIf({MACHINES}) AS machines"
    " FROM (SELECT *, source = 'human' AND metadata['final'] = 'true' AS is_final,"
    # Some protocols judge a span without saying its trace: it is that of the other scores of the span.
    " if(on_type != 'span', '', if(empty(on_trace), max(on_trace) OVER (PARTITION BY on_type, on_id), on_trace))"
    f" AS home FROM ({_PLACED})"
    " ORDER BY time DESC LIMIT 1 BY on_type, on_id, home, source = 'human', if(source = 'human', author, ''))"
    " GROUP BY on_type, on_id, home"
)
JUDGED = Shape(
    "SELECT target_type, target_id, trace_id, if(machines > 0, value, NULL) AS value, human, is_picked FROM ("
    + _JUDGED.replace("{label}", "0.5").replace("{names}", "name = {name}")
    + ")",
    ("value", "human", "is_picked"),
)
_F, _Y = "toFloat64(score_value >= 0.5)", "ifNull(score_human, 0.)"
_LABELLED = "(score_human IS NOT NULL AND NOT score_is_picked)"
_FOLD = f"cityHash64(score_trace, score_span) % {FOLDS}"
PARTS: Mapping[str, str] = {
    "score_n": "count()",
    "score_hits": "countIf(score_value >= 0.5)",
    "picked": "countIf(score_human IS NOT NULL AND score_is_picked)",
    "both": "sumForEach(arrayFlatten(arrayMap(k -> arrayMap("
    f"x -> if({_LABELLED} AND k = {_FOLD}, x, 0.), [1., {_Y}, {_F}, {_Y} * {_Y}, {_F} * {_F}, {_Y} * {_F}]), range({FOLDS}))))",
    "alone": f"sumForEach(arrayMap(x -> if({_LABELLED}, 0., x), [1., {_F}, {_F} * {_F}]))",
}


def is_corrected(name: str) -> bool:
    """Whether a measure is a corrected rate."""
    return name.startswith("score:") and name.endswith(".corrected")


def corrected_measure(name: str) -> Measure:
    """score:<name>.corrected: value None for fewer than two labels; tells labels, raw, bias and tuning beside it."""
    return Measure(
        name, "ratio", "share people would find, from machine scores and labels by people (prediction-powered)",
        tuple(PARTS), _figure, "score_n", "score_hits / score_n", "prediction-powered",
    )  # fmt: skip


def corrected_parts() -> dict[str, Sql]:
    return {name: Sql(text) for name, text in PARTS.items()}


def _figure(parts: Parts, seconds: float) -> Figure:
    n = int(parts["score_n"])
    raw = int(parts["score_hits"]) / n if n else None
    both = [float(value) for value in parts["both"] or [0.0] * 6 * FOLDS]
    alone = [float(value) for value in parts["alone"] or [0.0] * 3]
    folds = [Moments(*both[6 * fold : 6 * fold + 6]) for fold in range(FOLDS)]
    labels = int(sum(fold.n for fold in folds))
    extra: dict[str, Any] = {"labels": labels, "raw": raw, "labels_left_out": int(parts["picked"])}
    found = corrected_rate_of_sums(folds, *alone)
    if found is None:
        return Figure(None, n, extra=extra)
    extra |= {"bias": found.bias, "tuning": found.tuning, "effective_n": found.effective_n}
    return Figure(found.interval.estimate, n, found.interval.low, found.interval.high, extra)


@dataclass(frozen=True, slots=True)
class Pair:
    """A target both a machine and people have judged. human: share of people who say yes. machine: its score.

    of_trace: people judged the whole trace, the machine this span of it.
    """

    target_type: str
    target_id: str
    trace_id: str
    machine: float
    human: float
    people: int
    is_picked: bool
    at_ns: int
    evaluator: str
    version: str
    of_trace: bool


@dataclass(frozen=True, slots=True)
class Judged:
    """pairs: targets with labels. alone: scores of the machine on the others, to a thousandth, with their number.

    is_whole: False when there were more pairs than are read; they are the latest then.
    """

    pairs: tuple[Pair, ...]
    alone: Mapping[float, int]
    is_whole: bool


def read_judged(
    runner: Runner, score: str, labels: str, from_ns: int, to_ns: int, evaluator: str = "", yes_from: float = 0.5
) -> Judged:
    """Scores of one name beside labels by people under the same or another name. Scores count by when they were made.

    evaluator: only scores by it, "" for all. yes_from: a person's number from which it is a yes.
    """
    binder = Binder("j")
    bound = binder.bind(runner.project, "String")
    machine, people = binder.bind(score, "String"), binder.bind(labels, "String")
    by = f" AND evaluator = {binder.bind(evaluator, 'String')}" if evaluator else ""
    names = (
        f"time < {binder.time(to_ns)} AND ((name = {machine} AND {MACHINES}{by})"
        f" OR (name = {people} AND source = 'human'))"
    )
    rows = _JUDGED.replace("{label}", binder.bind(yes_from, "Float64")).replace("{names}", names)
    rows = rows.replace("{project}", bound).replace("{since}", binder.time(from_ns))
    pairs = runner.query(
        Sql(
            "SELECT target_type, target_id, trace_id, assumeNotNull(value), assumeNotNull(human), humans, is_picked,"
            f" toUnixTimestamp64Nano(at), by, by_version, of_trace FROM ({rows})"
            f" WHERE machines > 0 AND humans > 0 ORDER BY at DESC LIMIT {MOST_PAIRS + 1}",
            binder.values,
        )
    ).rows
    alone = runner.query(
        Sql(
            f"SELECT round(value * {GRAIN}) / {GRAIN} AS at_score, count() FROM ({rows})"
            " WHERE machines > 0 AND humans = 0 GROUP BY at_score ORDER BY at_score LIMIT 20000",
            binder.values,
        )
    ).rows
    return Judged(
        tuple(
            Pair(
                kind,
                target,
                trace,
                float(value),
                float(human),
                int(people),
                bool(picked),
                int(at),
                by,
                version,
                bool(moved),
            )
            for kind, target, trace, value, human, people, picked, at, by, version, moved in pairs[:MOST_PAIRS]
        ),
        {float(value): int(count) for value, count in alone},
        len(pairs) <= MOST_PAIRS,
    )


def list_calibrated(runner: Runner, from_ns: int, to_ns: int) -> list[dict[str, Any]]:
    """Names of scores by machines: {"name", "scores", "labels", "evaluators", "last"}, those with labels first.

    labels: targets that people judged under the same name. last: ns of the newest score.
    """
    binder = Binder("l")
    scope = (
        f"project = {binder.bind(runner.project, 'String')} AND time >= {binder.time(from_ns)}"
        f" AND time < {binder.time(to_ns)}"
    )
    sql = (
        f"SELECT name, countIf({MACHINES}) AS machine_scores, uniqExactIf((target_id, trace_id), source = 'human') AS labels,"
        f" groupUniqArrayIf(10)(evaluator, {MACHINES} AND evaluator != '') AS evaluators,"
        f" toUnixTimestamp64Nano(maxIf(time, {MACHINES})) AS last"
        f" FROM (SELECT * FROM scores WHERE {scope} ORDER BY revision DESC, received DESC LIMIT 1 BY id)"
        " GROUP BY name HAVING machine_scores > 0 ORDER BY labels DESC, machine_scores DESC, name LIMIT 500"
    )
    return [
        {
            "name": name,
            "scores": int(scores),
            "labels": int(labels),
            "evaluators": sorted(evaluators),
            "last": int(last),
        }
        for name, scores, labels, evaluators, last in runner.query(Sql(sql, binder.values)).rows
    ]


def pair_rows(pairs: Sequence[Pair]) -> list[dict[str, Any]]:
    """Pairs as JSON values."""
    return [{name: getattr(pair, name) for name in Pair.__slots__} for pair in pairs]
