"""Where a change sits, from a file, an Arrow table, a pandas or polars frame, or a mapping of columns."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from pyarrow import csv

from nervure.base.errors import BadInput
from nervure.detect.drift.frames import PARQUET, table_of
from nervure.explain.localise_columns import MOST, localise_columns, localise_ratio
from nervure.explain.localise_nouns import Array, Dimension, Localisation

# Earlier times that an expectation is made of, at most.
HISTORY = 10


def localise(
    table: Any,
    *,
    dimensions: Sequence[str],
    actual: str | None = None,
    expected: str | None = None,
    numerator: str | None = None,
    denominator: str | None = None,
    expected_numerator: str | None = None,
    expected_denominator: str | None = None,
    count: str | None = None,
    expected_count: str | None = None,
    time: str | None = None,
    at: Any = None,
    history: int = HISTORY,
    max_dimensions: int | None = None,
    max_scopes: int = MOST,
) -> Localisation:
    """The scopes ({dimension: value}) that explain why a table's numbers are not what was expected.

    Sums (counts, costs): `actual` and `expected`. Means: the same with `count`, the observations behind each row's mean
    (and `expected_count`, if another). Ratios: `numerator` and `denominator` with `expected_numerator` and
    `expected_denominator`, or with `expected`, the expected ratio itself. With `time` the table holds several times, and what
    is expected at the time `at` (the last by default) is the mean of up to `history` times before it: then only `actual`, or
    `numerator` and `denominator`, is named. Rows of one combination of dimensions are added up. Empty cells of numbers count
    as 0; `details["empty_cells"]` says how many there were.
    Raises BadInput for a table, columns or values that cannot be used.
    """
    ratio = numerator is not None or denominator is not None
    means = count is not None
    named = {
        "actual": actual, "expected": expected, "numerator": numerator, "denominator": denominator, "count": count,
        "expected_numerator": expected_numerator, "expected_denominator": expected_denominator, "expected_count": expected_count,
    }  # fmt: skip
    _check_names(named, ratio, time is not None, dimensions)
    held = _table(table, dimensions)
    missing = [one for one in [*dimensions, *named.values(), time] if one and one not in held.column_names]
    if missing:
        raise BadInput(f"the table has no column {', '.join(missing)}; it has {', '.join(held.column_names[:30])}")
    numbers = {what: _numbers(held, column) for what, column in named.items() if column}
    empty = sum(int(held.column(column).null_count) for column in named.values() if column)
    if means:
        numbers["numerator"], numbers["denominator"] = numbers["actual"] * numbers["count"], numbers["count"]
        if "expected" in numbers:
            weight = numbers.get("expected_count", numbers["count"])
            numbers["expected_numerator"], numbers["expected_denominator"] = numbers["expected"] * weight, weight
    elif ratio and "expected" in numbers:
        numbers["expected_numerator"] = numbers["expected"] * numbers["denominator"]
        numbers["expected_denominator"] = numbers["denominator"]
    columns = ["numerator", "denominator"] if ratio or means else ["actual"]
    coded, row_of = _combinations([_dimension(held, name) for name in dimensions])
    if time is not None:
        sums = _before(held, time, at, history, row_of, len(coded[0].codes), [numbers[name] for name in columns])
    else:
        sums = [_added(row_of, numbers[name], len(coded[0].codes)) for name in [*columns, *(f"expected_{name}" for name in columns)]
                if name in numbers]  # fmt: skip
        if len(columns) == 1:
            sums.append(_added(row_of, numbers["expected"], len(coded[0].codes)))
    how: dict[str, Any] = {"max_dimensions": max_dimensions, "max_scopes": max_scopes}
    found = localise_ratio(coded, *sums, **how) if len(columns) == 2 else localise_columns(coded, *sums, **how)
    return replace(found, details=found.details | {"empty_cells": empty}) if empty else found


def _check_names(named: dict[str, str | None], ratio: bool, timed: bool, dimensions: Sequence[str]) -> None:
    """Raises BadInput for a set of columns that makes no question."""
    if not dimensions:
        raise BadInput("name the dimensions to look in, e.g. --dimensions model,region")
    if len(set(dimensions)) < len(dimensions):
        raise BadInput(f"a dimension is named twice: {', '.join(dimensions)}")
    given = {what for what, column in named.items() if column}
    if ratio and named["actual"]:
        raise BadInput("give either actual (a sum or a mean) or numerator and denominator (a ratio), not both")
    if ratio and not {"numerator", "denominator"} <= given:
        raise BadInput("a ratio needs both numerator and denominator")
    if not ratio and not named["actual"]:
        raise BadInput("name the column that holds what came: actual, or numerator and denominator")
    if timed and given & {"expected", "expected_numerator", "expected_denominator", "expected_count"}:
        raise BadInput("with time, what is expected is made from the earlier times: leave the expected columns out")
    pair = {"expected_numerator", "expected_denominator"}
    if not timed and not (ratio and (pair <= given or "expected" in given)) and not (not ratio and "expected" in given):
        need = "expected_numerator and expected_denominator (or expected, the ratio)" if ratio else "expected"
        raise BadInput(f"name the column that holds what was expected: {need}; or time, to make it from earlier times")


def _table(table: Any, dimensions: Sequence[str]) -> pa.Table:
    held = table_of(table, "the table")
    if not held.num_rows:
        raise BadInput("the table has no rows")
    if isinstance(table, str | Path) and set(dimensions) <= set(held.column_names):
        file = Path(table)
        with file.open("rb") as source:
            if source.read(4) == PARQUET:
                return held
        # As texts: 007 is a name, not the number 7.
        how = csv.ParseOptions(delimiter="\t" if ".tsv" in file.name.lower() else ",", newlines_in_values=True)
        kinds = csv.ConvertOptions(
            include_columns=list(dimensions), column_types={name: pa.string() for name in dimensions}
        )
        texts = csv.read_csv(file, parse_options=how, convert_options=kinds)
        for name in dimensions:
            held = held.set_column(held.column_names.index(name), name, _numbered(texts.column(name)))
    return held


def _numbered(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Texts that are whole numbers, all of them and written the plain way, as numbers."""
    try:
        numbers = column.cast(pa.int64())
    except pa.ArrowInvalid:
        return column
    return numbers if numbers.cast(column.type).equals(column) else column


def _numbers(table: pa.Table, column: str) -> Array:
    """A column as floats, 0 for empty cells. Raises BadInput with the first value that is no number."""
    held = table.column(column)
    if pa.types.is_dictionary(held.type):
        held = held.cast(held.type.value_type)
    try:
        floats = held.cast(pa.float64()).fill_null(0.0).to_numpy()
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        raise BadInput(f"column {column!r} must hold numbers: {error}") from error
    return np.nan_to_num(np.asarray(floats, np.float64), nan=0.0, posinf=np.inf, neginf=-np.inf)


def _dimension(table: pa.Table, name: str) -> Dimension:
    held = table.column(name).combine_chunks()
    if pa.types.is_nested(held.type):
        raise BadInput(f"dimension {name!r} holds {held.type}: a dimension holds texts or numbers")
    if pa.types.is_dictionary(held.type):
        held = held.cast(held.type.value_type)
    coded = held.dictionary_encode(null_encoding="encode")
    if isinstance(coded, pa.ChunkedArray):
        coded = coded.combine_chunks()
    return Dimension(name, coded.indices.to_numpy(zero_copy_only=False).astype(np.int64), coded.dictionary.to_pylist())


def _combinations(dimensions: Sequence[Dimension]) -> tuple[list[Dimension], Any]:
    """The combinations that occur, once each, and for each row of the table which it is."""
    codes = np.stack([one.codes for one in dimensions])
    unique, row_of = np.unique(codes, axis=1, return_inverse=True)
    return [
        Dimension(one.name, part, one.values) for one, part in zip(dimensions, unique, strict=True)
    ], row_of.reshape(-1)


def _added(row_of: Any, values: Array, rows: int) -> Array:
    return np.bincount(row_of, values, rows).astype(np.float64)


def _before(
    table: pa.Table, time: str, at: Any, history: int, row_of: Any, rows: int, columns: Sequence[Array]
) -> list[Array]:
    """Sums at the time asked about, then what they were on average at the times before it."""
    if history < 1:
        raise BadInput(f"history must be at least 1 earlier time, got {history}")
    held = table.column(time)
    if held.null_count:
        raise BadInput(f"column {time!r} has {held.null_count:,} empty cells: each row needs its time")
    try:
        moment = pa.scalar(at, held.type) if at is not None and not isinstance(at, str) else None
        moment = pa.scalar(at).cast(held.type) if isinstance(at, str) else moment
    except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError) as error:
        raise BadInput(f"at {at!r} is no value of column {time!r} ({held.type}): {error}") from error
    from pyarrow import compute  # 9 MB, paid only here

    distinct = held.unique().sort()
    times = np.asarray(compute.index_in(held, distinct).to_numpy())
    place = len(distinct) - 1 if moment is None else distinct.index(moment).as_py()
    if place < 0:
        raise BadInput(f"no row has {time} {at}; the times go from {distinct[0]} to {distinct[-1]}")
    if place == 0:
        raise BadInput(
            f"{time} {distinct[0]} is the first time of the table: there is nothing before it to compare with"
        )
    first = max(0, place - history)
    now, earlier = times == place, (times >= first) & (times < place)
    sums = [_added(row_of[now], values[now], rows) for values in columns]
    return sums + [_added(row_of[earlier], values[earlier], rows) / (place - first) for values in columns]
