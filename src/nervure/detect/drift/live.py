"""Drift of what the server holds: fields of spans, logs and predictions between two windows. The engine does the counting."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

import numpy as np

from nervure.base.errors import BadInput
from nervure.detect.drift import describe
from nervure.detect.drift.categories import Counts, Dependence, category_tests
from nervure.detect.drift.cells import Cells, Moments, counted
from nervure.detect.drift.columns import (
    MISSING_TOLERANCE,
    MISSING_WEIGHT,
    fill_categorical,
    fill_numeric,
    leading_effect,
    measured,
)
from nervure.detect.drift.compare import judge
from nervure.detect.drift.measure import Pair
from nervure.detect.drift.numeric import numeric_tests
from nervure.detect.drift.result import FEWEST, FEWEST_EFFECTIVE, Column, Report, Test
from nervure.detect.drift.shares import share_test
from nervure.detect.drift.text import text_tests
from nervure.model.reference_window import Stretch
from nervure.query.drifted import Held, Side, read_field
from nervure.query.fields import SIGNALS
from nervure.query.filter import parse
from nervure.query.runner import Runner
from nervure.stats.multiplicity import cauchy_combination

MOST_FIELDS = 60
# What is looked at when nobody says what: field, and the spans it is said of.
USUAL: tuple[tuple[str, str], ...] = (
    ("input", "is_root = true"),
    ("output", "is_root = true"),
    ("model", 'kind = "llm"'),
    ("provider", 'kind = "llm"'),
    ("input_tokens", 'kind = "llm"'),
    ("output_tokens", 'kind = "llm"'),
    ("finish_reason", 'kind = "llm"'),
    ("cost", 'kind = "llm"'),
    ("ttft", 'kind = "llm" and streaming = true'),
    ("duration", 'kind = "llm"'),
    ("tool_name", 'kind = "tool"'),
    ("status", ""),
    ("error_type", 'status = "error"'),
    ("document_score", 'kind = "retriever"'),
    ("documents", 'kind = "retriever"'),
    ("prompt_version", 'kind = "llm" and prompt_version exists'),
    ("feature", "is_root = true"),
    ("tenant", "is_root = true"),
)  # fmt: skip
Signal = Literal["spans", "logs", "predictions"]


def drift_of_fields(
    runner: Runner,
    fields: Sequence[str],
    reference: Stretch,
    current: Stretch,
    where: str = "",
    signal: str = "spans",
    alpha: float = 0.05,
) -> Report:
    """One verdict over several fields. fields: empty for the usual ones of spans, each of the spans it is said of.

    Raises BadInput, QueryError, FilterError.
    """
    if not 0 < alpha < 0.5:
        raise BadInput(f"alpha is the accepted chance of a false alarm, between 0 and 0.5, got {alpha}")
    if len(fields) > MOST_FIELDS:
        raise BadInput(f"at most {MOST_FIELDS} fields are compared at once, got {len(fields)}")
    if signal in SIGNALS:
        # Alone first: within the usual fields' own filters its mistakes would be told at other places.
        parse(where, SIGNALS[signal])
    if not fields and signal != "spans":
        raise BadInput(f'name the fields of {signal} to compare, e.g. feature["income"], prediction, confidence')
    chosen = [(name, "") for name in dict.fromkeys(fields)] or USUAL
    found = []
    for name, own in chosen:
        both = " and ".join(f"({one})" for one in (where, own) if one)
        held = read_field(runner, name, reference, current, both, signal)
        column = compare_held(name, held)
        if fields or column.n_reference or column.n_current:
            column.details["where"] = both
            found.append(column)
    p, verdict = judge(found, alpha)
    rows = max((one.details["rows"]["reference"] for one in found), default=0)
    later = max((one.details["rows"]["current"] for one in found), default=0)
    return Report(found, verdict, p, alpha, rows, later, "time")


def compare_held(name: str, held: Held, wanted: tuple[str, ...] = ()) -> Column:
    """A column of what the engine counted; its verdict over several comes from `compare.judge`.

    wanted: names of measures whose intervals are wanted besides.
    """
    one, other = held.sides
    made = Column(name, held.kind, n_reference=one.held, n_current=other.held)  # type: ignore[arg-type]
    made.details["rows"] = {"reference": one.rows, "current": other.rows}
    if held.unit:
        made.details["unit"] = held.unit
    made.missing_reference = 1 - one.held / one.rows if one.rows else 0.0
    made.missing_current = 1 - other.held / other.rows if other.rows else 0.0
    made.effective_reference, made.effective_current = one.held / held.inflated[0], other.held / held.inflated[1]
    fewest = min(one.held, other.held)
    if min(one.rows, other.rows) < FEWEST or max(one.held, other.held) < FEWEST:
        made.verdict = "not enough data"
        made.reason = f"{one.held:,} and {other.held:,} values; at least {FEWEST} in each window are needed"
        return made
    if fewest >= FEWEST:
        _COMPARERS[held.kind](made, held, wanted)
        if min(made.effective_reference, made.effective_current) < FEWEST_EFFECTIVE:
            made.tests.clear()
            made.verdict = "not enough data"
            made.reason = (
                "rows of a window are so alike (one session, one moment) that they are worth too few independent ones"
            )
            return made
    else:
        made.reason = f"only {fewest} values in one window: missing values alone are compared"
    if one.held < one.rows or other.held < other.rows:
        made.tests.append(_missing(one, other, held.inflated))
    made.p = cauchy_combination([test.p for test in made.tests], [test.weight for test in made.tests])
    made.effect = leading_effect(made.tests)
    return made


def _missing(one: Side, other: Side, inflated: tuple[float, float]) -> Test:
    return share_test(
        "missing values", "missing", one.rows - one.held, one.rows, other.rows - other.held, other.rows, inflated,
        MISSING_TOLERANCE, MISSING_WEIGHT,
    )  # fmt: skip


def _numeric(made: Column, held: Held, wanted: tuple[str, ...]) -> None:
    cells = _cells(held)
    made.tests += numeric_tests(cells, (held.inflated, held.inflated))
    fill_numeric(made, cells, held.inflated, wanted)


def _cells(held: Held) -> Cells:
    made = counted(
        np.array(held.values, np.float64), np.array(held.reference, np.float64), np.array(held.current, np.float64)
    )
    # Within cells values spread, too: the engine saw each of them.
    one, other = (Moments(s.held, s.mean, s.sd, s.skew, s.kurtosis) for s in held.sides)
    return replace(made, moments_reference=one, moments_current=other)


def _categorical(made: Column, held: Held, wanted: tuple[str, ...]) -> None:
    none = np.zeros(0, np.intp)
    counts = Counts(held.values, np.array(held.reference, np.float64), np.array(held.current, np.float64), none, none)
    made.tests += category_tests(counts, Dependence(*held.inflated, 0.0))
    fill_categorical(made, counts, held.inflated, wanted)


def _text(made: Column, held: Held, wanted: tuple[str, ...]) -> None:
    first, second = held.texts
    tests, details, cloud = text_tests(first, second, True)
    made.tests += tests
    if len(first) < made.n_reference or len(second) < made.n_current:
        made.reason = f"{len(first):,} and {len(second):,} texts, drawn by hash, stand for all"
    nothing = np.zeros(0)
    pair = Pair(nothing, nothing, float(cloud.n), float(cloud.m), cloud=cloud)
    made.measures = measured("embedding", pair, wanted)
    made.reference, made.current = describe.texts(first), describe.texts(second)
    made.details |= details
    made.effective_reference, made.effective_current = float(cloud.n), float(cloud.m)


_COMPARERS = {"numeric": _numeric, "categorical": _categorical, "text": _text}
