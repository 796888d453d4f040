"""Histograms answer within their promise, in Python and in the engine alike."""

import math
from collections import Counter
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from nervure.store import histogram
from nervure.store.engines.embedded import EmbeddedEngine
from nervure.store.sql import Sql


@given(st.integers(1, 2**62))
def test_a_bucket_stands_for_its_values_within_two_percent(value: int) -> None:
    assert abs(histogram.value_of(histogram.bucket_of(value)) / value - 1) <= histogram.ACCURACY + 1e-9


def test_zero_has_a_bucket_of_its_own() -> None:
    assert histogram.value_of(histogram.bucket_of(0)) == 0


def test_the_engine_fills_and_reads_what_python_does(tmp_path: Path) -> None:
    engine = EmbeddedEngine(tmp_path)
    values = [0, 1, 2, 1000, 123_456_789, 10**12, *range(10**6, 2 * 10**6, 1000)]
    listed = f"(SELECT arrayJoin([{', '.join(map(str, values))}]) AS v)"
    (filled,) = engine.query(Sql(f"SELECT {histogram.filled_sql('toUInt64(v)')} FROM {listed}")).rows[0]
    assert filled == Counter(map(histogram.bucket_of, values))
    for quantile in (0.01, 0.5, 0.95, 0.999):
        text = histogram.quantile_sql("h", quantile)
        (found,) = engine.query(
            Sql(f"SELECT {text} FROM (SELECT {histogram.filled_sql('toUInt64(v)')} AS h FROM {listed})")
        ).rows[0]
        exact = sorted(values)[math.ceil(quantile * len(values)) - 1]
        assert abs(found / exact - 1) <= histogram.ACCURACY
    empty = histogram.quantile_sql(f"CAST(map(), '{histogram.TYPE}')", 0.5)
    assert engine.query(Sql(f"SELECT {empty}")).rows == [(None,)]
    engine.close()
