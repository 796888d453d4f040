"""Tables against tables: what is found, what is not, and what is said of columns that cannot be compared."""

import datetime
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from nervure.base.errors import BadInput, NotFound
from nervure.detect import drift
from nervure.detect.drift.result import Report

RANDOM = np.random.default_rng(5)
N = 1500


def verdict_of(reference: Any, current: Any, **options: Any) -> tuple[str, list[str]]:
    column = drift({"x": reference}, {"x": current}, **options).columns[0]
    return column.verdict, column.shifts


def normal(mean: float = 0.0, sd: float = 1.0, n: int = N) -> np.ndarray:
    return RANDOM.normal(mean, sd, n)


@pytest.mark.parametrize(
    ("reference", "current", "shift"),
    [
        pytest.param(normal(), normal(0.2), "level", id="a mean that moved a fifth of a standard deviation"),
        pytest.param(normal(), normal(0, 1.2), "spread", id="a spread a fifth wider"),
        pytest.param(
            normal(), RANDOM.choice([-0.9, 0.9], N) + normal(0, 0.45), "shape", id="two humps of the same mean and spread"
        ),
        pytest.param(
            list("aabbc") * 300, list("aabcc") * 300, "mix", id="another mix of categories"
        ),
        pytest.param(["a", "b"] * 700, ["a", "b"] * 700 + ["z"] * 15, "new values", id="a value nobody had seen"),
        pytest.param(
            normal(), np.where(RANDOM.random(N) < 0.05, np.nan, normal()), "missing values", id="values that are missing"
        ),
        pytest.param([True, False] * 500, [True] * 600 + [False] * 400, "mix", id="a flag"),
        pytest.param([7] * 500, [7] * 400 + [8] * 100, "level", id="a constant that is one no longer"),
    ],
)  # fmt: skip
def test_a_change_is_found_and_named(reference: Any, current: Any, shift: str) -> None:
    verdict, shifts = verdict_of(RANDOM.permutation(reference), RANDOM.permutation(current))
    assert verdict == "drift"
    assert shift in shifts


@pytest.mark.parametrize(
    ("make", "kind"),
    [
        pytest.param(lambda: [f"u{one}" for one in RANDOM.integers(0, 10**9, 500)], "id", id="texts that name rows"),
        pytest.param(lambda: pd.date_range("2026-01-01", periods=500), "time", id="times"),
        pytest.param(lambda: [7] * 500, "constant", id="one value"),
        pytest.param(lambda: [None] * 500, "empty", id="no value"),
        pytest.param(lambda: ["2026-01-01"] * 250 + ["2026-02-01"] * 250, "time", id="days as text"),
    ],
)  # fmt: skip
def test_what_cannot_be_compared_is_said_to_be_so(make: Any, kind: str) -> None:
    column = drift({"x": make()}, {"x": make()}).columns[0]
    assert (column.kind, column.verdict, column.p) == (kind, "not compared", None)
    assert column.reason


def test_row_numbers_and_columns_named_id_are_ids() -> None:
    first = {"n": np.arange(500), "user_id": RANDOM.permutation(500)}
    second = {"n": np.arange(500, 1000), "user_id": RANDOM.permutation(500) + 9000}
    assert [one.kind for one in drift(first, second).columns] == ["id", "id"]


def test_a_handful_of_rows_says_nothing() -> None:
    found = drift({"x": normal(n=19)}, {"x": normal(50, n=500)})
    assert (found.verdict, found.columns[0].verdict) == ("not enough data", "not enough data")
    assert "at least 20" in found.columns[0].reason


def test_a_column_that_lost_all_its_values_has_drifted() -> None:
    assert verdict_of(normal(), [None] * N) == ("drift", ["missing values"])


def test_numbers_written_as_text_are_numbers_and_what_is_none_is_missing() -> None:
    holed = RANDOM.permutation([*(str(one) for one in normal(n=1200)), *["n/a"] * 100]).tolist()
    column = drift({"x": [str(one) for one in normal()]}, {"x": holed}).columns[0]
    assert (column.kind, column.verdict) == ("numeric", "drift")
    assert "missing values" in column.shifts
    assert column.missing_current == pytest.approx(100 / 1300)


def test_a_column_of_mixed_types_is_compared_as_text() -> None:
    mixed: list[Any] = [1, "a", 2.5, None, True] * 100
    column = drift({"x": mixed}, {"x": mixed}).columns[0]
    assert (column.kind, column.verdict) == ("categorical", "stable")


def test_many_values_of_few_rows_each_are_no_drift_by_themselves() -> None:
    first, second = ([f"c{one}" for one in RANDOM.zipf(1.4, 2000)] for _ in range(2))
    assert verdict_of(first, second)[0] == "stable"


def test_a_real_but_tiny_shift_is_negligible_not_drift() -> None:
    column = drift({"x": normal(n=400_000)}, {"x": normal(0.015, n=400_000)}).columns[0]
    assert column.verdict == "negligible"
    assert column.q is not None
    assert column.q < 0.001
    assert column.effect is not None
    assert column.effect.low > 0
    assert column.effect.high < 0.05


def test_exact_and_binned_cells_agree() -> None:
    one, other = normal(n=15_000), normal(0.1, 1.1, n=15_000)
    exact = drift({"x": one}, {"x": other}).columns[0]
    binned = drift({"x": np.tile(one, 3)}, {"x": np.tile(other, 3)}, order="none").columns[0]
    for name, tolerance in (("ks", 2e-4), ("wasserstein", 1e-3), ("psi", 1e-3), ("mean_shift", 1e-4), ("energy", 1e-3)):
        assert binned.measures[name]["value"] == pytest.approx(exact.measures[name]["value"], abs=tolerance)


def test_arrow_pandas_polars_like_and_columns_give_one_answer() -> None:
    first, second = {"x": normal(), "c": list("abc") * 500}, {"x": normal(0.3), "c": list("aab") * 500}
    answers = [
        drift(make(first), make(second)).json()
        for make in (dict, pa.table, pd.DataFrame, _Streamed)
    ]  # fmt: skip
    assert answers[0]["drifted"] == ["x", "c"]
    assert all(one == answers[0] for one in answers[1:])


class _Streamed:
    """What polars and others offer: the Arrow stream protocol alone."""

    def __init__(self, columns: dict[str, Any]) -> None:
        self.table = pa.table(columns)

    def __arrow_c_stream__(self, schema: Any = None) -> Any:
        return self.table.__arrow_c_stream__(schema)


def test_columns_of_one_side_are_told() -> None:
    found = drift({"x": normal(), "old": normal()}, {"x": normal(), "new": normal()})
    assert (found.only_in_reference, found.only_in_current) == (["old"], ["new"])
    assert any("old" in note for note in found.notes)


@pytest.mark.parametrize(
    ("call", "says"),
    [
        pytest.param(lambda: drift({"x": [1]}, {"y": [1]}), "no column in common", id="nothing in common"),
        pytest.param(lambda: drift({"x": [1], "y": [1, 2]}, {"x": [1]}), "different lengths", id="ragged"),
        pytest.param(lambda: drift(5, {"x": [1]}), "reference is a int", id="no table"),
        pytest.param(lambda: drift("/nowhere.csv", {"x": [1]}), "there is no file", id="no file"),
        pytest.param(lambda: drift({"x": [1]}, {"x": [1]}, order="when"), "no column 'when'", id="no such order"),
        pytest.param(lambda: drift({"x": [1]}, {"x": [1]}, alpha=2), "alpha", id="alpha"),
        pytest.param(lambda: drift({"x": [1]}, {"x": [1]}, columns=["z"]), "'z'", id="no such column"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_refused_in_words(call: Any, says: str) -> None:
    with pytest.raises(BadInput, match=says):
        call()


def test_an_unknown_measure_is_refused_with_the_ones_there_are() -> None:
    with pytest.raises(NotFound, match="jensen_shannon"):
        drift({"x": normal()}, {"x": normal()}, measures=["kl"])


def test_asked_measures_come_with_intervals() -> None:
    found = drift({"x": normal()}, {"x": normal(0.3)}, measures=["psi", "wasserstein"]).columns[0]
    for name in ("psi", "wasserstein"):
        one = found.measures[name]
        assert one["low"] < one["value"] < one["high"]
    assert set(found.measures["ks"]) == {"value"}


def test_json_has_no_number_that_json_lacks() -> None:
    import json

    found = drift({"x": [7] * 50, "d": [datetime.date(2026, 1, 1)] * 50}, {"x": list(range(50)), "d": [None] * 50})
    assert isinstance(found, Report)
    assert json.loads(json.dumps(found.json(), allow_nan=False))["columns"][0]["verdict"] == "drift"
