"""One column of both samples: its kind's tests, its effect, and what describes it."""

from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from nervure.detect.drift import categories, describe
from nervure.detect.drift.cells import Cells, cells_of
from nervure.detect.drift.kinds import Two, vectors_of
from nervure.detect.drift.measure import Pair, get_measure, measures, pair_of, with_interval
from nervure.detect.drift.numeric import inflations, numeric_tests
from nervure.detect.drift.result import FEWEST, FEWEST_EFFECTIVE, Column, Effect, Test
from nervure.detect.drift.shares import share_test
from nervure.detect.drift.text import text_tests
from nervure.detect.drift.topics import topics
from nervure.detect.drift.vectors import chosen, cloud_of, cloud_tests, dependence
from nervure.stats.effective import inflation
from nervure.stats.multiplicity import cauchy_combination

MISSING_WEIGHT, MISSING_TOLERANCE = 0.15, 0.01
NOT_COMPARED = {
    "id": "its values name rows, so they differ by nature; only missing values are compared",
    "time": "time moves by itself; only missing values are compared",
    "constant": "one value, the same in both; only missing values are compared",
    "empty": "no values on either side",
}
Sides = tuple[float, float]


def compare_column(two: Two, is_ordered: bool, wanted: tuple[str, ...] = ()) -> Column:
    """Everything but the verdict over the table, which needs the other columns. wanted: measures to give with intervals."""
    rows, later = len(two.reference), len(two.current)
    made = Column(two.name, two.kind, reason=two.note)
    there = _there(two)
    made.n_reference, made.n_current = there
    made.missing_reference = 1 - there[0] / rows if rows else 0.0
    made.missing_current = 1 - there[1] / later if later else 0.0
    made.effective_reference, made.effective_current = float(there[0]), float(there[1])
    if min(rows, later) < FEWEST:
        return _too_little(made, f"{min(rows, later)} rows; at least {FEWEST} on each side are needed")
    if two.kind == "empty":
        return _closed(made, "not compared", NOT_COMPARED["empty"])
    missing = _missing_test(two, is_ordered)
    if two.kind in NOT_COMPARED:
        made.reason = NOT_COMPARED[two.kind]
        if missing is None:
            return _closed(made, "not compared", made.reason)
    elif min(there) < FEWEST:
        # A column that has vanished, or only now appeared, is told by its missing values.
        if missing is None or max(there) < FEWEST:
            return _too_little(made, f"{min(there)} values; at least {FEWEST} on each side are needed")
        made.reason = f"only {min(there)} values on one side: missing values alone are compared"
    else:
        _COMPARERS[two.kind](two, made, is_ordered, wanted)
        if min(made.effective_reference, made.effective_current) < FEWEST_EFFECTIVE:
            made.tests.clear()
            worth = min(made.effective_reference, made.effective_current)
            return _too_little(
                made, f"neighbouring rows are so alike that a side is worth {worth:.1f} independent rows"
            )
    if missing is not None:
        made.tests.append(missing)
    if not made.tests:
        return _too_little(made, f"fewer than {FEWEST} vectors of one length on a side")
    made.p = cauchy_combination([one.p for one in made.tests], [one.weight for one in made.tests])
    made.effect = leading_effect(made.tests)
    return made


def leading_effect(tests: list[Test]) -> Effect:
    """Of the test that speaks loudest for its weight, before others the first whose interval leaves out no difference."""
    ranked = sorted(tests, key=lambda one: one.p / one.weight)
    return next((one.effect for one in ranked if one.effect.is_clear and one.p <= 0.05), ranked[0].effect)


def _there(two: Two) -> tuple[int, int]:
    if two.numbers:
        return len(two.numbers[0]), len(two.numbers[1])
    return len(two.reference) - two.reference.null_count, len(two.current) - two.current.null_count


def _closed(made: Column, verdict: Any, reason: str) -> Column:
    made.verdict, made.reason = verdict, reason
    return made


def _too_little(made: Column, reason: str) -> Column:
    return _closed(made, "not enough data", reason)


def _missing_test(two: Two, is_ordered: bool) -> Test | None:
    """None when no value is missing on either side."""
    if _there(two) == (len(two.reference), len(two.current)):
        return None
    gaps = [_gaps(two.kind, one) for one in (two.reference, two.current)]
    hits = [float(one.sum()) for one in gaps]
    inflated = (inflation(gaps[0]), inflation(gaps[1])) if is_ordered else (1.0, 1.0)
    return share_test(
        "missing values",
        "missing",
        hits[0],
        len(gaps[0]),
        hits[1],
        len(gaps[1]),
        inflated,
        MISSING_TOLERANCE,
        MISSING_WEIGHT,
    )


def _gaps(kind: str, values: Any) -> Any:
    if kind == "numeric":
        held = values.to_numpy(zero_copy_only=False)
        return (~np.isfinite(held)).astype(np.float64)
    return values.is_null().to_numpy(zero_copy_only=False).astype(np.float64)


def _numeric(two: Two, made: Column, is_ordered: bool, wanted: tuple[str, ...]) -> None:
    assert two.numbers is not None
    cells = cells_of(*two.numbers)
    level, spread = inflations(cells) if is_ordered else ((1.0, 1.0), (1.0, 1.0))
    is_sorted = _is_sorted(cells.codes_reference), _is_sorted(cells.codes_current)
    if is_ordered and any(is_sorted):
        made.reason = "a sample is sorted by this column, so its order says nothing about it"
        level = (1.0 if is_sorted[0] else level[0], 1.0 if is_sorted[1] else level[1])
        spread = (1.0 if is_sorted[0] else spread[0], 1.0 if is_sorted[1] else spread[1])
    made.tests += numeric_tests(cells, (level, spread))
    fill_numeric(made, cells, level, wanted)


def fill_numeric(made: Column, cells: Cells, inflated: Sides, wanted: tuple[str, ...]) -> None:
    """What describes a column of numbers, its tests aside."""
    made.effective_reference, made.effective_current = cells.n / inflated[0], cells.m / inflated[1]
    pair = pair_of(cells, made.effective_reference, made.effective_current)
    made.measures = measured("numeric", pair, wanted)
    made.reference, made.current = describe.numbers(cells)
    made.distribution = describe.histogram(cells)


def _is_sorted(codes: NDArray[np.integer[Any]]) -> bool:
    if not len(codes) or codes[0] == codes[-1]:
        return False
    earlier, later = codes[:-1], codes[1:]
    return bool((earlier <= later).all() if codes[0] < codes[-1] else (earlier >= later).all())


def _categorical(two: Two, made: Column, is_ordered: bool, wanted: tuple[str, ...]) -> None:
    counts = counts_of(two.reference, two.current)
    worth = categories.category_dependence(counts) if is_ordered else categories.Dependence(1.0, 1.0, 0.0)
    if is_ordered and _is_grouped(counts):
        made.reason = "the files are grouped by this column, so their order says nothing about it"
        worth = categories.Dependence(1.0, 1.0, 0.0)
    made.tests += categories.category_tests(counts, worth)
    fill_categorical(made, counts, worth.sides, wanted)


def fill_categorical(made: Column, counts: categories.Counts, inflated: Sides, wanted: tuple[str, ...]) -> None:
    """What describes a column of categories, its tests aside."""
    made.effective_reference, made.effective_current = counts.n / inflated[0], counts.m / inflated[1]
    pair = Pair(counts.reference, counts.current, made.effective_reference, made.effective_current)
    made.measures = measured("categorical", pair, wanted)
    made.reference, made.current = describe.values(counts)
    made.distribution = describe.shares(counts)


def _is_grouped(counts: categories.Counts) -> bool:
    """Each value in one run: sorted or grouped by it."""
    sides = (counts.codes_reference, counts.codes_current)
    runs = [int(np.count_nonzero(codes[1:] != codes[:-1])) + 1 for codes in sides]
    distinct = [int((side > 0).sum()) for side in (counts.reference, counts.current)]
    return runs == distinct and max(distinct) > 1


def counts_of(reference: Any, current: Any) -> categories.Counts:
    """Of Arrow arrays of text, encoded as dictionaries or not."""
    sides = (one.drop_null() for one in (reference, current))
    both = pa.chunked_array([
        one if pa.types.is_dictionary(one.type) else one.cast(pa.string()).dictionary_encode() for one in sides
    ]).unify_dictionaries()  # fmt: skip
    codes = [chunk.indices.to_numpy() for chunk in both.chunks]
    labels = both.chunk(0).dictionary.to_pylist()
    before, after = (np.bincount(one, minlength=len(labels)).astype(np.float64) for one in codes)
    return categories.Counts(labels, before, after, codes[0], codes[1])


def _text(two: Two, made: Column, is_ordered: bool, wanted: tuple[str, ...]) -> None:
    first, second = (one.drop_null() for one in (two.reference, two.current))
    taken = [one.take(pa.array(chosen(len(one)))).to_pylist() for one in (first, second)]
    tests, details, cloud = text_tests(taken[0], taken[1], is_ordered)
    made.tests += tests
    _fill_cloud(made, cloud, is_ordered, wanted)
    made.details |= details
    made.reference, made.current = describe.texts(taken[0]), describe.texts(taken[1])


def _embedding(two: Two, made: Column, is_ordered: bool, wanted: tuple[str, ...]) -> None:
    (first, rows), (second, later) = vectors_of(two.reference), vectors_of(two.current)
    if len(first) < FEWEST or len(second) < FEWEST:
        made.effective_reference, made.effective_current = float(len(first)), float(len(second))
        return
    if first.shape[1] != second.shape[1]:
        dimensions = Effect(
            "dimensions", second.shape[1], second.shape[1], second.shape[1], first.shape[1], 0.0, "dimensions"
        )
        made.tests.append(Test("dimensions", 0.0, 1.0, dimensions))
        made.reason = f"vectors had {first.shape[1]} dimensions and have {second.shape[1]}: another model made them"
        return
    kept, kept_later = chosen(len(first)), chosen(len(second))
    cloud = cloud_of(first[kept], second[kept_later])
    made.tests.append(cloud_tests(cloud, is_ordered))
    _fill_cloud(made, cloud, is_ordered, wanted)
    rows, later = rows[kept], later[kept_later]
    texts: tuple[list[str], list[str]] = ([], [])
    if two.said_by:
        texts = _said(two.said_by.reference, rows), _said(two.said_by.current, later)
        made.details["texts_of"] = two.said_by.name
    made.details["topics"] = topics(cloud, *texts, np.concatenate([rows, later]))
    made.reference, made.current = describe.vectors(first), describe.vectors(second)


def _said(texts: Any, rows: NDArray[np.intp]) -> list[str]:
    return [one or "" for one in texts.take(pa.array(rows)).to_pylist()]


def _fill_cloud(made: Column, cloud: Any, is_ordered: bool, wanted: tuple[str, ...]) -> None:
    inflated = dependence(cloud) if is_ordered else 1.0
    made.effective_reference, made.effective_current = cloud.n / inflated, cloud.m / inflated
    if cloud.n < made.n_reference or cloud.m < made.n_current:
        made.reason = f"{cloud.n:,} and {cloud.m:,} values, evenly spaced, stand for all"
    nothing = np.zeros(0)
    pair = Pair(nothing, nothing, made.effective_reference, made.effective_current, cloud=cloud)
    made.measures = measured("embedding", pair, wanted)


def measured(kind: Any, pair: Pair, wanted: tuple[str, ...]) -> dict[str, Any]:
    """Every measure of the kind: its value, with an interval where it is wanted."""
    found: dict[str, Any] = {}
    intervals = {get_measure(name).name for name in wanted}
    for name, measure in measures().items():
        if kind not in measure.of:
            continue
        if name in intervals:
            value, low, high = with_interval(measure, pair)
            found[name] = {"value": value, "low": low, "high": high}
        else:
            found[name] = {"value": measure.compute(pair)}
    return found


_COMPARERS = {"numeric": _numeric, "categorical": _categorical, "text": _text, "embedding": _embedding}
