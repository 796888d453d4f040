"""Questions about scores that no single Query answers: which there are, how they are spread, where they are worst."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Any

import numpy as np
import scipy

from nervure.base.clock import iso
from nervure.query.conditions import Binder, condition
from nervure.query.filter import quote
from nervure.query.intervals import student, wilson
from nervure.query.plans import dimensions_of
from nervure.query.query import Checked, Dimension, Query, check, parse_ref
from nervure.query.revisions import spans_table
from nervure.query.runner import Runner
from nervure.query.scored import score_source
from nervure.store.sql import Sql

DIMENSIONS = (
    "service", "model", "provider", "prompt", "prompt_version", "feature", "tenant", "environment", "release", "region",
)  # fmt: skip
BINS = 20
MOST_NAMES, MOST_LABELS, MOST_GROUPS = 500, 50, 5000
# Below this many scores a slice says nothing about itself.
LEAST_N = 20
LEVEL = 0.95


@dataclass(frozen=True, slots=True)
class Moments:
    """Sums over scores of a group. hits: values of at least 0.5."""

    n: int
    total: float
    squares: float
    hits: int

    def without(self, part: "Moments") -> "Moments":
        return Moments(self.n - part.n, self.total - part.total, self.squares - part.squares, self.hits - part.hits)

    @property
    def mean(self) -> float:
        return self.total / self.n

    @property
    def variance(self) -> float:
        return max(0.0, (self.squares - self.total**2 / self.n) / (self.n - 1)) if self.n > 1 else 0.0

    def interval(self, is_yes_no: bool) -> tuple[float | None, float | None]:
        return wilson(self.hits, self.n) if is_yes_no else student(self.total, self.squares, self.n)


def list_names(runner: Runner, from_ns: int, to_ns: int) -> list[dict[str, Any]]:
    """The scores made in a range, by name: how many, of what kind, by whom, mean and pass rate with 95 % intervals."""
    binder = Binder("q")
    scope = f"project = {binder.bind(runner.project, 'String')} AND time >= {binder.time(from_ns)} AND time < {binder.time(to_ns)}"
    sql = Sql(
        "SELECT name, count() AS n, countIf(value IS NOT NULL) AS valued, sum(value) AS total,"
        " sum(pow(value, 2)) AS squares, countIf(value >= 0.5) AS hits, min(value) AS least, max(value) AS most,"
        " anyLast(data_type) AS data_type, arraySort(groupUniqArray(source)) AS sources,"
        " arraySort(groupUniqArrayIf(20)(evaluator, evaluator != '')) AS evaluators,"
        " arraySort(groupUniqArray(target_type)) AS target_types, toUnixTimestamp64Nano(max(time)) AS latest,"
        " countIf(source = 'human') AS human_n"
        f" FROM (SELECT * FROM scores WHERE {scope} ORDER BY revision DESC, received DESC LIMIT 1 BY id)"
        f" WHERE value IS NOT NULL OR label != '' GROUP BY name ORDER BY n DESC, name LIMIT {MOST_NAMES}",
        binder.values,
    )
    return [_name(row) for row in runner.query(sql).dicts()]


def _name(row: dict[str, Any]) -> dict[str, Any]:
    held = Moments(int(row["valued"]), float(row["total"] or 0), float(row["squares"] or 0), int(row["hits"]))
    mean: dict[str, Any] | None = None
    rate: dict[str, Any] | None = None
    if held.n:
        low, high = held.interval(row["data_type"] == "boolean")
        mean = {"value": held.mean, "low": low, "high": high, "n": held.n}
        low, high = wilson(held.hits, held.n)
        rate = {"value": held.hits / held.n, "low": low, "high": high, "n": held.n}
    return {
        "name": row["name"], "data_type": row["data_type"], "n": int(row["n"]), "human_n": int(row["human_n"]),
        "sources": row["sources"], "evaluators": row["evaluators"], "target_types": row["target_types"],
        "latest": iso(int(row["latest"])), "least": row["least"], "most": row["most"], "mean": mean, "rate": rate,
    }  # fmt: skip


def distribution(runner: Runner, name: str, query: Query) -> dict[str, Any]:
    """How the values and labels of a score are spread over the spans a query's range and filter choose.

    {"n", "bins": [{"low", "high", "n"}], "labels": [{"label", "n"}]}. Bins are of equal width; over 0 to 1 when all
    values lie in there. A bin holds its lower end, the last one both ends.
    """
    checked, source = _scored(runner, name, query)
    found = runner.query(Sql("SELECT min(score_value), max(score_value), count() FROM ") + source).rows[0]
    if not int(found[2]):
        return {"n": 0, "bins": [], "labels": _labels(runner, name, checked)}
    least, most = float(found[0]), float(found[1])
    if least >= 0 and most <= 1:
        least, most = 0.0, 1.0
    width = (most - least) / BINS or 1.0
    binder = Binder("b")
    place = (
        f"least({BINS - 1}, toInt32(floor((score_value - {binder.bind(least, 'Float64')})"
        f" / {binder.bind(width, 'Float64')})))"
    )
    rows = runner.query(
        Sql(f"SELECT {place} AS bin, count() FROM ", binder.values) + source + Sql(" GROUP BY bin")
    ).rows
    counts = {int(row[0]): int(row[1]) for row in rows}
    bins = [
        {"low": least + at * width, "high": least + (at + 1) * width, "n": counts.get(at, 0)}
        for at in range(BINS if most > least else 1)
    ]
    return {"n": int(found[2]), "bins": bins, "labels": _labels(runner, name, checked)}


def worst_slices(
    runner: Runner, name: str, query: Query, dimensions: Sequence[str] = DIMENSIONS, is_lower_better: bool = False,
    limit: int = 20,
) -> dict[str, Any]:  # fmt: skip
    """Where a score is worse than elsewhere: values of one or two dimensions, each compared with all the rest.

    {"overall", "slices": [{"by", "where", "mean", "difference", "p_value", "q_value", "is_significant"}], "compared"}.
    q_value: the p-value corrected for all slices compared together (Benjamini and Yekutieli 2001, which holds however
    slices overlap). Yes-no scores are compared by Fisher's exact test with Newcombe's interval of the difference,
    others by Welch's test. A slice of two dimensions is told only when it is worse than either alone.
    """
    checked, source = _scored(runner, name, query)
    rows = runner.query(_grouped(checked, source, dimensions)).rows
    names = {str(at): name for at, name in enumerate(dimensions)} | {"": ""}
    groups = {
        (names[row[0]], row[1], names[row[2]], row[3]): Moments(int(row[4]), float(row[5]), float(row[6]), int(row[7]))
        for row in rows
    }
    whole = groups.pop(("", "", "", ""), Moments(0, 0.0, 0.0, 0))
    if not whole.n:
        return {"overall": None, "slices": [], "compared": 0}
    # A yes-no score has no values but 0 and 1: then each equals its square, and all ones are hits.
    is_yes_no = whole.total == whole.squares == whole.hits
    tested = {
        key: _compare(held, whole.without(held), is_yes_no)
        for key, held in groups.items()
        if held.n >= LEAST_N and whole.n - held.n >= LEAST_N
    }
    corrected = scipy.stats.false_discovery_control([one[3] for one in tested.values()], method="by") if tested else []
    found: list[dict[str, Any]] = []
    for (key, (difference, low, high, p_value)), q_value in zip(tested.items(), corrected, strict=True):
        is_worse = difference > 0 if is_lower_better else difference < 0
        if not is_worse or (key[2] and not _adds(key, groups, is_lower_better, is_yes_no)):
            continue
        by = dict([(key[0], key[1]), *([(key[2], key[3])] if key[2] else [])])
        found.append(
            {
                "by": by,
                "where": " and ".join(f"{field} = {quote(value)}" for field, value in by.items()),
                "mean": _point(groups[key], is_yes_no),
                "difference": {"value": difference, "low": low, "high": high, "n": groups[key].n},
                "p_value": p_value, "q_value": float(q_value), "is_significant": bool(q_value <= 1 - LEVEL),
            }
        )  # fmt: skip
    # What it costs all together: how far below the rest, times how many.
    found.sort(key=lambda one: (not one["is_significant"], -abs(one["difference"]["value"]) * one["mean"]["n"]))
    return {"overall": _point(whole, is_yes_no), "slices": found[:limit], "compared": len(tested)}


def _scored(runner: Runner, name: str, query: Query) -> tuple[Checked, Sql]:
    checked = check(query, runner.now_ns)
    where = condition(checked.where, runner.project, runner.now_ns, checked.fields)
    table = spans_table(runner, checked.from_ns, checked.to_ns)
    return checked, score_source(name, checked, runner.project, where, table).sql


def _labels(runner: Runner, name: str, checked: Checked) -> list[dict[str, Any]]:
    """Labels of a range by how often they were given; these are of all spans, whatever the filter."""
    if checked.query.where:
        return []
    binder = Binder("l")
    sql = Sql(
        "SELECT label, count() AS n FROM (SELECT id, label FROM scores"
        f" WHERE project = {binder.bind(runner.project, 'String')} AND name = {binder.bind(name, 'String')}"
        f" AND time >= {binder.time(checked.from_ns)} AND time < {binder.time(checked.to_ns)}"
        " ORDER BY revision DESC, received DESC LIMIT 1 BY id)"
        f" WHERE label != '' GROUP BY label ORDER BY n DESC, label LIMIT {MOST_LABELS}",
        binder.values,
    )
    return [{"label": row[0], "n": int(row[1])} for row in runner.query(sql).rows]


def _grouped(checked: Checked, source: Sql, dimensions: Sequence[str]) -> Sql:
    """Moments of every value of every dimension and of every pair, and of everything under empty names: one reading."""
    by = tuple(Dimension(name, parse_ref(name)) for name in dimensions)
    columns = dimensions_of(replace(checked, by=by))
    values = {key: value for column in columns for key, value in column.values.items()}
    # By number: a dimension may be an attribute whose name holds anything.
    singles = [f"('{at}', v{at}, '', '')" for at in range(len(dimensions))]
    pairs = [f"('{a}', v{a}, '{b}', v{b})" for a, b in combinations(range(len(dimensions)), 2)]
    told = ["('', '', '', '')", *singles, *pairs]
    named = ", ".join(f"{column.text} AS v{at}" for at, column in enumerate(columns))
    inner = Sql(f"SELECT score_value, {named} FROM ", values) + source
    return (
        Sql(
            "SELECT slice.1, slice.2, slice.3, slice.4, count() AS n, sum(score_value), sum(pow(score_value, 2)),"
            " countIf(score_value >= 0.5) FROM ("
        )
        + inner
        + Sql(
            f") ARRAY JOIN arrayFilter(s -> (s.1 = '' OR s.2 != '') AND (s.3 = '' OR s.4 != ''), [{', '.join(told)}]) AS slice"
            f" GROUP BY slice ORDER BY n DESC LIMIT {MOST_GROUPS}"
        )
    )


def _compare(one: Moments, rest: Moments, is_yes_no: bool) -> tuple[float, float, float, float]:
    """(difference of means, low, high, two-sided p-value)."""
    difference = one.mean - rest.mean
    if is_yes_no:
        table = [[one.hits, one.n - one.hits], [rest.hits, rest.n - rest.hits]]
        (low_a, high_a), (low_b, high_b) = wilson(one.hits, one.n), wilson(rest.hits, rest.n)
        below = math.hypot(one.mean - (low_a or 0.0), (high_b or 1.0) - rest.mean)
        above = math.hypot((high_a or 1.0) - one.mean, rest.mean - (low_b or 0.0))
        return difference, difference - below, difference + above, float(scipy.stats.fisher_exact(table).pvalue)
    errors = np.array([one.variance / one.n, rest.variance / rest.n])
    error = math.sqrt(errors.sum())
    if error == 0:
        return difference, difference, difference, 1.0 if difference == 0 else 0.0
    freedom = errors.sum() ** 2 / (errors[0] ** 2 / (one.n - 1) + errors[1] ** 2 / (rest.n - 1))
    half = float(scipy.stats.t.ppf(0.5 + LEVEL / 2, freedom)) * error
    p_value = 2 * float(scipy.stats.t.sf(abs(difference) / error, freedom))
    return difference, difference - half, difference + half, p_value


def _adds(
    key: tuple[str, str, str, str],
    groups: Mapping[tuple[str, str, str, str], Moments],
    is_lower_better: bool,
    is_yes_no: bool,
) -> bool:
    """Whether a slice of two dimensions is worse than each of them: its whole interval beyond both means."""
    low, high = groups[key].interval(is_yes_no)
    for single in ((key[0], key[1], "", ""), (key[2], key[3], "", "")):
        parent = groups.get(single)
        if parent is None or low is None or high is None:
            return False
        if (low <= parent.mean) if is_lower_better else (high >= parent.mean):
            return False
    return True


def _point(held: Moments, is_yes_no: bool) -> dict[str, Any]:
    low, high = held.interval(is_yes_no)
    return {"value": held.mean, "low": low, "high": high, "n": held.n}
