"""Measures of classic models' predictions: prediction.<name> over all of them, prediction:<class>.<name> of one class.

Labels are joined by id whenever they came. What needs them stands on the labelled predictions alone and says how many
these are; `prediction.labelled` tells the share. A prediction counts at the time it was made.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from nervure.query import cursor
from nervure.query.conditions import Binder, condition
from nervure.query.fields import PREDICTION_FIELDS
from nervure.query.intervals import Grid, poisson
from nervure.query.lists import Page
from nervure.query.measures import (
    GRID,
    LEVELS,
    Figure,
    Measure,
    Parts,
    mean_figure,
    number,
    quantile_figure,
    share_figure,
)
from nervure.query.present import record_json, time_text
from nervure.query.query import PREDICTION_MEASURES, Checked
from nervure.query.rollup import Source
from nervure.query.runner import Runner
from nervure.store.rows import PREDICTION_COLUMNS, prediction_of
from nervure.store.sql import Sql

IS_LABELLED = "(true_label != '' OR true_value IS NOT NULL)"
# A class is compared as text, a number as a number: 1 and 1.0 are the same answer.
IS_RIGHT = "(prediction = true_label)"
IS_CLASSED = "(prediction != '' AND true_label != '')"
ERROR = "(value - true_value)"
HAS_ERROR = "(value IS NOT NULL AND true_value IS NOT NULL)"
# Multi-class Brier score: squared distance of the probabilities from the truth (Brier 1950), 0 to 2.
BRIER = (
    "(arraySum(arrayMap((name, p) -> pow(p - (name = true_label), 2), mapKeys(probabilities), mapValues(probabilities)))"
    " + if(mapContains(probabilities, true_label), 0, 1))"
)
HAS_BRIER = "(true_label != '' AND notEmpty(mapKeys(probabilities)))"

_COUNTS: Mapping[str, str] = {
    "made": "count()",
    "labelled": f"countIf({IS_LABELLED})",
    "classed": f"countIf({IS_CLASSED})",
    "right_ones": f"countIf({IS_CLASSED} AND {IS_RIGHT})",
}


def _spread(name: str, sql: str, holds: str) -> dict[str, str]:
    held = f"ifNull({sql}, 0)"
    return {
        f"{name}_n": f"countIf({holds})",
        f"{name}_sum": f"sumIf({held}, {holds})",
        f"{name}_squares": f"sumIf(pow({held}, 2), {holds})",
        f"{name}_spread": f"quantilesTDigestIf({GRID})({held}, {holds})",
    }


PARTS: Mapping[str, str] = {
    **_COUNTS,
    **_spread("confidence", "confidence", "confidence IS NOT NULL"),
    **_spread("value", "value", "value IS NOT NULL"),
    **_spread("deviation", ERROR, HAS_ERROR),
    **_spread("distance", f"abs({ERROR})", HAS_ERROR),
    **_spread("brier", BRIER, HAS_BRIER),
}


def _count(parts: Parts, seconds: float) -> Figure:
    return Figure(int(parts["made"]), int(parts["made"]))


def _rate(parts: Parts, seconds: float) -> Figure:
    n = int(parts["made"])
    low, high = poisson(n)
    return Figure(n / seconds, n, (low or 0.0) / seconds, (high or 0.0) / seconds)


def _rmse(parts: Parts, seconds: float) -> Figure:
    n = int(parts["deviation_n"])
    return Figure(number(math.sqrt(parts["deviation_squares"] / n)) if n else None, n)


def _mean(name: str, part: str, unit: str) -> Measure:
    parts = (f"{part}_n", f"{part}_sum", f"{part}_squares")
    figure = mean_figure(*parts, least=None)
    return Measure(
        name, unit, PREDICTION_MEASURES[name], parts, figure, parts[0], f"{parts[1]} / {parts[0]}", "Student"
    )


def _quantile(name: str, part: str, unit: str) -> Measure:
    level = LEVELS[name.rpartition(".")[2]]
    n, spread = f"{part}_n", f"{part}_spread"
    value = f"{spread}[{Grid.LEVELS.index(level) + 1}]"
    return Measure(
        name, unit, PREDICTION_MEASURES[name], (n, spread), quantile_figure(n, spread, level), n, value,
        "order statistics",
    )  # fmt: skip


def _share(name: str, hits: str, n: str) -> Measure:
    return Measure(
        name, "ratio", PREDICTION_MEASURES[name], (n, hits), share_figure(hits, n), n, f"{hits} / {n}", "Wilson"
    )


MEASURES: Mapping[str, Measure] = {
    one.name: one
    for one in (
        Measure(
            "prediction.count", "predictions", PREDICTION_MEASURES["prediction.count"], ("made",), _count, "made", "made"
        ),
        Measure(
            "prediction.rate", "1/s", PREDICTION_MEASURES["prediction.rate"], ("made",), _rate, "made", "made", "Poisson"
        ),
        _share("prediction.labelled", "labelled", "made"),
        _share("prediction.accuracy", "right_ones", "classed"),
        _mean("prediction.confidence.avg", "confidence", "probability"),
        _quantile("prediction.confidence.p50", "confidence", "probability"),
        _mean("prediction.value.avg", "value", ""),
        _quantile("prediction.value.p50", "value", ""),
        _quantile("prediction.value.p95", "value", ""),
        _mean("prediction.error.mean", "deviation", ""),
        _mean("prediction.error.mae", "distance", ""),
        Measure(
            "prediction.error.rmse", "", PREDICTION_MEASURES["prediction.error.rmse"],
            ("deviation_n", "deviation_squares"), _rmse, "deviation_n", "sqrt(deviation_squares / deviation_n)",
        ),
        _mean("prediction.brier", "brier", ""),
    )
}  # fmt: skip


def class_measure(name: str, at: int) -> tuple[Measure, dict[str, Sql]]:
    """prediction:<class>.<rate|precision|recall|f1>. at: keeps the names of several classes' parts apart."""
    family, _, suffix = name.rpartition(".")
    binder = Binder(f"k{at}_")
    chosen = binder.bind(family.partition(":")[2], "String")
    of: dict[str, str] = {
        "as_said": f"countIf(prediction = {chosen})",
        "said": f"countIf({IS_CLASSED} AND prediction = {chosen})",
        "so": f"countIf({IS_CLASSED} AND true_label = {chosen})",
        "both": f"countIf({IS_CLASSED} AND prediction = {chosen} AND true_label = {chosen})",
    }
    part = {key: f"{key}_{at}" for key in of}
    sql = {part[key]: Sql(text, binder.values) for key, text in of.items()}
    about = CLASS_ABOUT[suffix]
    if suffix == "f1":
        value = f"2 * {part['both']} / ({part['said']} + {part['so']})"
        names = (part["both"], part["said"], part["so"])
        return Measure(name, "ratio", about, names, _f1(*names), part["so"], value), {one: sql[one] for one in names}
    hits, n = {
        "rate": (part["as_said"], "made"),
        "precision": (part["both"], part["said"]),
        "recall": (part["both"], part["so"]),
    }[suffix]
    sql["made"] = Sql(PARTS["made"])
    measure = Measure(name, "ratio", about, (n, hits), share_figure(hits, n), n, f"{hits} / {n}", "Wilson")
    return measure, {one: sql[one] for one in (n, hits)}


CLASS_ABOUT = {
    "rate": "share of predictions that say this class",
    "precision": "share of the predictions of this class that were right",
    "recall": "share of the cases of this class that were predicted",
    "f1": "harmonic mean of precision and recall of this class",
}


def _f1(both: str, said: str, so: str) -> Callable[[Parts, float], Figure]:
    def figure(parts: Parts, seconds: float) -> Figure:
        total = int(parts[said]) + int(parts[so])
        return Figure(2 * int(parts[both]) / total if total else None, int(parts[so]))

    return figure


def prediction_parts(measures: Sequence[Measure]) -> dict[str, Sql]:
    """The parts of measures that are no class's."""
    return {part: Sql(PARTS[part]) for measure in measures for part in measure.parts if part in PARTS}


def prediction_source(checked: Checked, project: str, where: Sql | None) -> Source:
    """Predictions of the range, each as it was said last, with its label when there is one."""
    body = labelled_predictions(project, checked.from_ns, checked.to_ns)
    return Source("predictions", body, where or Sql(""), "toUnixTimestamp64Nano(time)")


def labelled_predictions(project: str, from_ns: int, to_ns: int) -> Sql:
    """A FROM clause: the predictions of a range, with true_label, true_value and labelled_at."""
    binder = Binder("c")
    bound = binder.bind(project, "String")
    scope = f"project = {bound} AND time >= {binder.time(from_ns)} AND time < {binder.time(to_ns)}"
    # GLOBAL: a label may lie on another shard than the one that asks for it.
    return Sql(
        f"(SELECT * FROM predictions WHERE {scope} ORDER BY received DESC LIMIT 1 BY id) AS said"
        " GLOBAL ANY LEFT JOIN (SELECT prediction_id, argMax(label, received) AS true_label,"
        " argMax(tuple(value), received).1 AS true_value, max(received) AS labelled_at"
        f" FROM truths WHERE project = {bound}"
        f" AND prediction_id GLOBAL IN (SELECT id FROM predictions WHERE {scope}) GROUP BY prediction_id) AS known"
        " ON id = prediction_id",
        binder.values,
    )


def list_predictions(runner: Runner, page: Page) -> dict[str, Any]:
    """A page of predictions with their labels: {"label", "label_value", "labelled"} are null until one is known."""
    where = page.check(("newest", "oldest"), PREDICTION_FIELDS)
    from_ns, to_ns = page.scope(runner.now_ns)
    question = ("predictions", runner.project, str(where), page.order, page.since, page.until)
    place = cursor.decode(question, page.cursor, (int, str))
    direction, sign = ("DESC", "<") if page.order == "newest" else ("ASC", ">")
    test = condition(where, runner.project, runner.now_ns, PREDICTION_FIELDS) or Sql("1")
    if place:
        binder = Binder("p")
        test = test + Sql(
            f" AND (time, id) {sign} ({binder.time(place[0])}, {binder.bind(place[1], 'String')})", binder.values
        )
    rows = runner.query(
        Sql(
            f"SELECT {PREDICTION_COLUMNS}, true_label, true_value, toUnixTimestamp64Nano(labelled_at) AS labelled_ns FROM "
        )
        + labelled_predictions(runner.project, from_ns, to_ns)
        + Sql(" WHERE ")
        + test
        + Sql(f" ORDER BY time {direction}, id {direction} LIMIT {page.limit + 1}")
    ).dicts()
    more, rows = len(rows) > page.limit, rows[: page.limit]
    following = cursor.encode(question, [int(rows[-1]["time_ns"]), rows[-1]["id"]]) if more else None
    return {"items": [_answer(row) for row in rows], "next_cursor": following}


def _answer(row: dict[str, Any]) -> dict[str, Any]:
    labelled_ns = int(row["labelled_ns"] or 0)
    return record_json(prediction_of(row)) | {
        "label": row["true_label"] or None,
        "label_value": row["true_value"],
        "labelled": time_text(labelled_ns) if labelled_ns > 0 else None,
    }
