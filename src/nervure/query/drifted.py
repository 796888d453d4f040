"""What a field holds in two stretches of telemetry, counted by the engine: cells of numbers, counts of values, some texts.

Rows are not independent: those of one session, and those near in time, are alike. Each answer says by how much that makes
means vary more than independent rows would (`inflated`), from sums by session and by blocks of time.
"""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import scipy

from nervure.base.errors import QueryError
from nervure.model.reference_window import Stretch
from nervure.query.conditions import Binder, condition, expression
from nervure.query.fields import PREDICTION_FIELDS, SIGNALS, SPAN_FIELDS, Field, Fields
from nervure.query.filter import parse
from nervure.query.predicted import labelled_predictions
from nervure.query.query import parse_ref
from nervure.query.revisions import spans_table
from nervure.query.runner import Runner
from nervure.store.sql import Sql

CELLS = 400
# Up to so many distinct numbers each is a cell of its own.
MOST_DISTINCT = 400
MOST_VALUES = 2000
BLOCKS = 64
# How sure block sums must be before they count for more than independent rows.
SURE = 0.999
NUMERIC_SHARE = 0.95
CHARACTERS = 4000
KEYED_NUMBERS = ("feature", "probability")


@dataclass(frozen=True, slots=True)
class Side:
    """rows: looked at; held: with a value; mean, sd, skew, kurtosis: of numbers, 0 otherwise."""

    rows: int
    held: int
    mean: float = 0.0
    sd: float = 0.0
    skew: float = 0.0
    kurtosis: float = 3.0


@dataclass(frozen=True, slots=True)
class Held:
    """kind: numeric, categorical or text. values: cells' means, or labels; reference, current: counts of them.

    inflated: how many rows of each side are worth one independent row. texts: of a text, one list a side.
    """

    kind: str
    sides: tuple[Side, Side]
    values: list[Any]
    reference: list[int]
    current: list[int]
    inflated: tuple[float, float] = (1.0, 1.0)
    texts: tuple[list[str], list[str]] = field(default_factory=lambda: ([], []))
    unit: str = ""


def read_field(
    runner: Runner, name: str, reference: Stretch, current: Stretch, where: str = "", signal: str = "spans", texts: int = 1000
) -> Held:  # fmt: skip
    """A field as in a filter, e.g. model, attr["k"] or feature["income"]; of spans, logs or predictions.

    where: a filter that rows of both stretches pass. texts: how many are read of a side, spread by hash. Raises
    QueryError or FilterError.
    """
    if signal not in ("spans", "logs", "predictions"):
        raise QueryError(f"signal is spans, logs or predictions, got {signal!r}")
    fields = SIGNALS[signal]
    ref = parse_ref(name, fields)
    known = fields.find(ref.field)
    if known is None or known.type in ("time", "score"):
        raise QueryError(f"{name} cannot be compared: name a number, a word, a list, a text or an attribute")
    asked = _Asked(runner, fields, known, name, reference, current, where)
    if known.is_long:
        return _texts(asked, texts)
    if known.type in ("number", "duration") or _is_keyed_number(known):
        unit = "ms" if known.type == "duration" else ""
        return _numbers(asked, "assumeNotNull(x) / 1e6" if unit else "toFloat64(assumeNotNull(x))", unit)
    if known.type == "map":
        held, numeric = runner.query(
            Sql("SELECT countIf(x != ''), countIf(toFloat64OrNull(x) IS NOT NULL) FROM ") + asked.rows("toString(x)")
        ).rows[0]
        if held and numeric >= NUMERIC_SHARE * held:
            return _numbers(asked, "toFloat64OrNull(x)", "")
    return _words(asked)


def _is_keyed_number(field: Field) -> bool:
    return field.type == "map" and field.name in KEYED_NUMBERS


@dataclass(frozen=True, slots=True)
class _Asked:
    runner: Runner
    fields: Fields
    field: Field
    name: str
    reference: Stretch
    current: Stretch
    where: str

    def rows(self, value: str) -> Sql:
        """FROM clause: side (0 or 1), x (as `value` says, of the field as x), at and cluster."""
        return (
            Sql("(")
            + self._side(0, self.reference, value)
            + Sql(" UNION ALL ")
            + self._side(1, self.current, value)
            + Sql(")")
        )

    def _side(self, side: int, stretch: Stretch, value: str) -> Sql:
        if stretch.from_ns >= stretch.to_ns:
            raise QueryError("a window must begin before it ends")
        fields, prefix = self.fields, f"d{side}_"
        binder = Binder(prefix)
        time = "start" if fields is SPAN_FIELDS else "time"
        table = Sql(fields.table)
        if fields is SPAN_FIELDS:
            table = Sql(spans_table(self.runner, stretch.from_ns, stretch.to_ns))
        elif fields is PREDICTION_FIELDS:
            table = labelled_predictions(
                self.runner.project,
                min(self.reference.from_ns, self.current.from_ns),
                max(self.reference.to_ns, self.current.to_ns),
            )
        x = expression(parse_ref(self.name, fields), binder, fields)
        x = f"arrayJoin({x})" if self.field.type == "list" else f"toString({x})" if self.field.type == "bool" else x
        if _is_keyed_number(self.field):
            x = f"toFloat64OrNull({x})"
        scope = Sql(
            f"project = {binder.bind(self.runner.project, 'String')} AND {time} >= {binder.time(stretch.from_ns)}"
            f" AND {time} < {binder.time(stretch.to_ns)}"
        )  # fmt: skip
        for place, text in enumerate((self.where, stretch.where)):
            test = (
                condition(parse(text, fields), self.runner.project, self.runner.now_ns, fields, f"{prefix}w{place}_")
                if text
                else None
            )
            scope = scope + Sql(" AND ") + test if test else scope
        cluster = "if(session != '', session, trace_id)" if fields is SPAN_FIELDS else "trace_id"
        identity = "id" if fields is PREDICTION_FIELDS else "span_id"
        begin = Sql(
            f"SELECT {side} AS side, {value} AS x, at, cluster, identity FROM (SELECT {x} AS x, toUnixTimestamp64Nano({time}) AS at,"
            f" if({cluster} != '', {cluster}, toString(cityHash64({identity}, at))) AS cluster, {identity} AS identity FROM ",
            binder.values,
        )
        return begin + table + Sql(" WHERE ") + scope + Sql(")")

    def block(self) -> str:
        """Which of BLOCKS stretches of equal length a row lies in; times are known to the statement as numbers."""
        spans = [(one.from_ns, max(1, (one.to_ns - one.from_ns) // BLOCKS)) for one in (self.reference, self.current)]
        ahead, behind = (f"intDiv(at - toInt64({start}), {width})" for start, width in spans)
        return f"if(side = 0, {ahead}, {behind})"


def _numbers(asked: _Asked, value: str, unit: str) -> Held:
    source = asked.rows(f"if(isNull(x), NULL, if(isFinite({value}), {value}, NULL))")
    run = asked.runner.query
    rows = run(
        Sql("SELECT side, count(), count(x), avg(x), stddevSamp(x), skewPop(x), kurtPop(x) FROM ")
        + source
        + Sql(" GROUP BY side")
    ).rows
    sides = _sides(rows)
    if not sides[0].held or not sides[1].held:
        return Held("numeric", sides, [], [], [], unit=unit)
    levels = ", ".join(f"{(one + 0.5) / CELLS:.6f}" for one in range(CELLS))
    distinct, low, *edges = run(Sql(f"SELECT uniq(x), min(x), quantilesTDigest({levels})(x) FROM ") + source).rows[0]
    binder = Binder("e")
    cell = "x"
    if distinct > MOST_DISTINCT:
        held = sorted({float(low), *(float(one) for one in edges[0])})
        cell = f"roundDown(assumeNotNull(x), {binder.bind(held, 'Array(Float64)')})"
    found = run(
        Sql(
            f"SELECT avg(x), countIf(side = 0), countIf(side = 1) FROM (SELECT {cell} AS cell, x, side FROM ",
            binder.values,
        )
        + source
        + Sql(" WHERE isNotNull(x)) GROUP BY cell ORDER BY avg(x)")
    ).rows
    within = float(edges[0][1]), float(edges[0][-2])
    y = "greatest(least(assumeNotNull(x), {yh:Float64}), {yl:Float64})"
    inflated = _inflated(asked, source, [Sql(y, {"yl": within[0], "yh": within[1]})], [1.0])
    values, ahead, behind = ([row[place] for row in found] for place in range(3))
    return Held("numeric", sides, [float(one) for one in values], ahead, behind, inflated, unit=unit)


def _words(asked: _Asked) -> Held:
    source = asked.rows("ifNull(x, '')" if asked.field.type != "map" else "x")
    run = asked.runner.query
    sides = _sides(run(Sql("SELECT side, count(), countIf(x != '') FROM ") + source + Sql(" GROUP BY side")).rows)
    found = run(
        Sql("SELECT x, countIf(side = 0), countIf(side = 1) FROM ")
        + source
        + Sql(f" WHERE x != '' GROUP BY x ORDER BY count() DESC, x LIMIT {MOST_VALUES}")
    ).rows
    values, ahead, behind = ([row[place] for row in found] for place in range(3))
    for counts, side in ((ahead, sides[0]), (behind, sides[1])):
        counts.append(side.held - sum(counts))
    if ahead[-1] or behind[-1]:
        values.append("(rarer values)")
    else:
        ahead.pop()
        behind.pop()
    total = max(1, sides[0].held + sides[1].held)
    shown = [(one, (a + b) / total) for one, a, b in zip(values[:3], ahead, behind, strict=False)]
    tests = [Sql(f"toFloat64(x = {{k{place}:String}})", {f"k{place}": one}) for place, (one, _) in enumerate(shown)]
    inflated = _inflated(asked, source, tests, [1 - share for _, share in shown], "x != ''") if shown else (1.0, 1.0)
    return Held("categorical", sides, values, ahead, behind, inflated)


def _texts(asked: _Asked, most: int) -> Held:
    source = asked.rows(f"substring(x, 1, {CHARACTERS})")
    run = asked.runner.query
    sides = _sides(run(Sql("SELECT side, count(), countIf(x != '') FROM ") + source + Sql(" GROUP BY side")).rows)
    taken: list[list[str]] = []
    for side in (0, 1):
        found = run(
            Sql("SELECT x FROM (SELECT x, at FROM ")
            + source
            + Sql(f" WHERE side = {side} AND x != '' ORDER BY cityHash64(identity) LIMIT {int(most)}) ORDER BY at")
        )
        taken.append([row[0] for row in found.rows])
    return Held("text", sides, [], [], [], texts=(taken[0], taken[1]))


def _sides(rows: list[tuple[Any, ...]]) -> tuple[Side, Side]:
    found = {int(row[0]): Side(int(row[1]), int(row[2]), *(float(one or 0.0) for one in row[3:])) for row in rows}
    return found.get(0, Side(0, 0)), found.get(1, Side(0, 0))


def _inflated(
    asked: _Asked, source: Sql, tests: list[Sql], weights: list[float], held: str = "isNotNull(x)"
) -> tuple[float, float]:
    """Variance of the sums by session, and by block of time, over what independent rows would give; at least 1.

    Counted only where it is beyond chance, so that independent rows lose nothing; the larger of the two counts.
    """
    found = np.ones((2, len(tests)))
    if not tests:
        return 1.0, 1.0
    columns = [Sql(", ") + test + Sql(f" AS y{place}") for place, test in enumerate(tests)]
    rows = Sql("(SELECT side, at, cluster")
    for column in columns:
        rows = rows + column
    rows = rows + Sql(" FROM ") + source + Sql(f" WHERE {held})")
    sums = ", ".join(f"avg(y{place}), varPop(y{place}), count()" for place in range(len(tests)))
    plain = {
        int(row[0]): row[1:]
        for row in asked.runner.query(Sql(f"SELECT side, {sums} FROM ") + rows + Sql(" GROUP BY side")).rows
    }
    if len(plain) < 2:
        return 1.0, 1.0
    means = {f"m{side}_{place}": float(plain[side][3 * place]) for side in plain for place in range(len(tests))}
    for key in ("cluster", asked.block()):
        inner = ", ".join(
            f"sum(y{place} - if(side = 0, {{m0_{place}:Float64}}, {{m1_{place}:Float64}})) AS t{place}"
            for place in range(len(tests))
        )
        outer = ", ".join(f"sum(pow(t{place}, 2))" for place in range(len(tests)))
        by = asked.runner.query(
            Sql(f"SELECT side, count(), {outer} FROM (SELECT side, {key} AS part, {inner} FROM ", means)
            + rows
            + Sql(" GROUP BY side, part) GROUP BY side")
        )
        for side, groups, *squares in by.rows:
            freedom = max(1, int(groups) - 1)
            bound = float(scipy.stats.chi2.ppf(SURE, freedom)) / freedom
            for place, square in enumerate(squares):
                variance, n = float(plain[side][3 * place + 1]), int(plain[side][3 * place + 2])
                shown = float(square) / (n * variance) if variance > 0 else 1.0
                if shown > bound:
                    found[side, place] = max(found[side, place], shown)
    held_weights = np.array(weights) if sum(weights) > 0 else np.ones(len(tests))
    made = np.average(found, axis=1, weights=held_weights)
    return float(made[0]), float(made[1])
