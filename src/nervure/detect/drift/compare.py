"""One table against another: every column's tests, then one verdict over all of them."""

from collections.abc import Iterable
from typing import Any

import numpy as np
import pyarrow as pa

from nervure.base.errors import BadInput
from nervure.detect.drift import frames, kinds
from nervure.detect.drift.columns import compare_column
from nervure.detect.drift.kinds import kind_of, with_texts
from nervure.detect.drift.result import Column, Report, Verdict
from nervure.stats.multiplicity import benjamini_hochberg, cauchy_combination

FILE_ORDER, NO_ORDER = "file", "none"
# At 0.05 the combination of 20 correlated columns is 0.064 at most (of independent ones 0.053); this brings it below 0.055.
CORRELATED = 1.2


def drift(
    reference: Any,
    current: Any,
    *,
    order: str = FILE_ORDER,
    alpha: float = 0.05,
    columns: Iterable[str] | None = None,
    exclude: Iterable[str] = (),
    measures: Iterable[str] = (),
) -> Report:
    """Whether the rows of `current` come from where those of `reference` came from.

    reference, current: Arrow tables, pandas or polars frames, mappings of columns, or paths of CSV or Parquet files.
    order: "file" (rows are as they came, or independent), "none" (neighbours have nothing to do with each other), or the
    column to order rows by, such as a time. alpha: the chance of a false alarm over the whole table. columns, exclude:
    names to look at or leave out. measures: names of measures (`measures` lists them) whose intervals are wanted besides.
    Raises BadInput for what cannot be compared.
    """
    if not 0 < alpha < 0.5:
        raise BadInput(f"alpha is the accepted chance of a false alarm, between 0 and 0.5, got {alpha}")
    first, second = frames.table_of(reference, "reference"), frames.table_of(current, "current")
    if order not in (FILE_ORDER, NO_ORDER):
        first, second = frames.ordered(first, order, "reference"), frames.ordered(second, order, "current")
    first, second, notes = _embedded(first, second)
    names = _chosen(first, second, columns, set(exclude))
    wanted = tuple(measures)
    twos = with_texts([kind_of(name, first.column(name), second.column(name)) for name in names])
    found = [compare_column(two, order != NO_ORDER, wanted) for two in twos]
    p, verdict = judge(found, alpha)
    left = set(second.column_names)
    report = Report(
        found, verdict, p, alpha, first.num_rows, second.num_rows, order,
        [name for name in first.column_names if name not in left],
        [name for name in second.column_names if name not in set(first.column_names)], notes,
    )  # fmt: skip
    _note(report)
    return report


def judge(columns: list[Column], alpha: float) -> tuple[float | None, Verdict]:
    """Sets each column's q and verdict; returns the table's p and verdict.

    The table is tested once, by all columns' evidence combined (Cauchy combination: one strong column or many weak ones).
    Only when that speaks are columns named, by false discovery control (Benjamini and Hochberg) among them.
    """
    tested = [one for one in columns if one.p is not None]
    if not tested:
        enough = any(one.verdict == "not enough data" for one in columns)
        return None, "not enough data" if enough or not columns else "not compared"
    p_values = np.array([one.p for one in tested], np.float64)
    p, q_values = cauchy_combination(p_values), benjamini_hochberg(p_values)
    if len(tested) > 1:
        p = min(1.0, CORRELATED * p)
    for column, q in zip(tested, q_values, strict=True):
        column.q = float(q)
        is_shown = p <= alpha and column.q <= alpha
        column.verdict = "stable" if not is_shown else "drift" if _is_material(column) else "negligible"
        share = column.q / column.p if column.p else 1.0
        column.shifts = [one.shift for one in column.tests if is_shown and one.p * share <= alpha] or (
            [min(column.tests, key=lambda one: one.p / one.weight).shift] if is_shown else []
        )
    if p > alpha:
        return p, "stable"
    named = [one for one in tested if one.verdict != "stable"]
    return p, "drift" if not named or any(one.is_drift for one in named) else "negligible"


def _is_material(column: Column) -> bool:
    """Whether any way of differing that the evidence speaks for may reach beyond what is too little to matter."""
    return any(one.effect.is_material for one in column.tests if one.p <= 0.05)


def _chosen(first: pa.Table, second: pa.Table, columns: Iterable[str] | None, exclude: set[str]) -> list[str]:
    shared = [name for name in first.column_names if name in set(second.column_names)]
    if not shared:
        raise BadInput(
            f"the tables have no column in common: reference has {', '.join(first.column_names[:20])}; current has"
            f" {', '.join(second.column_names[:20])}"
        )
    unknown = [name for name in [*(columns or ()), *exclude] if name not in shared]
    if unknown:
        raise BadInput(f"both tables must have the column {unknown[0]!r}; they share {', '.join(shared[:30])}")
    return [name for name in (shared if columns is None else columns) if name not in exclude]


def _embedded(first: pa.Table, second: pa.Table) -> tuple[pa.Table, pa.Table, list[str]]:
    """Tables in which numbered columns (emb_0, emb_1, ...) are one column of vectors."""
    shared = [name for name in first.column_names if name in set(second.column_names)]
    numeric = {name for name in shared if all(pa.types.is_floating(t.schema.field(name).type) for t in (first, second))}
    notes = []
    for stem, members in kinds.embedded_columns(shared, numeric).items():
        name = stem if stem not in first.column_names else f"{stem}*"
        first, second = _joined(first, name, members), _joined(second, name, members)
        notes.append(f"{members[0]} to {members[-1]} are compared as one embedding, {name}")
    return first, second, notes


def _joined(table: pa.Table, name: str, members: list[str]) -> pa.Table:
    stacked = np.column_stack([table.column(one).to_numpy() for one in members])
    return table.drop_columns(members).append_column(name, frames.array_of(stacked))


def _note(report: Report) -> None:
    if report.verdict == "drift" and not any(one.is_drift for one in report.columns):
        report.notes.append(
            "no single column stands out: many have moved a little, those with the smallest p_value first"
        )
    for names, where in ((report.only_in_reference, "reference"), (report.only_in_current, "current")):
        if names:
            report.notes.append(f"only in {where}, not compared: {', '.join(names)}")
    worth = [
        min(one.effective_reference / one.n_reference, one.effective_current / one.n_current)
        for one in report.columns
        if one.p is not None and one.n_reference and one.n_current
    ]
    if worth and min(worth) < 0.6:
        report.notes.append(
            f"neighbouring rows depend on each other (a row of some column is worth {min(worth):.2f} independent ones);"
            " tests and intervals allow for it. If the order of rows means nothing, say order none"
        )
