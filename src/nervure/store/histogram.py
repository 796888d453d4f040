"""Latency histograms of the roll-ups: buckets that grow by a constant factor, so that every quantile is within 2 %.

A value x lies in bucket ceil(log(x) / log(GROWTH)); a bucket answers with the point that is equally far, in ratio,
from both its ends. That is DDSketch (Masson, Rim, Lee, VLDB 2019) with its accuracy a = 0.02 and growth (1 + a)/(1 - a).
Buckets are additive: a month is the sum of its minutes. Zero and less lie in bucket ZERO and answer 0.
A column of them is Map(Int16, UInt64), summed by sumMap.
"""

import math

ACCURACY = 0.02
GROWTH = (1 + ACCURACY) / (1 - ACCURACY)
ZERO = -1
TYPE = "Map(Int16, UInt64)"

_LOG = math.log(GROWTH)
_MIDDLE = 2 / (GROWTH + 1)


def bucket_of(value: float) -> int:
    """The bucket of a value (of ns, so anything below 1 counts as 1)."""
    return max(math.ceil(math.log(value) / _LOG), 0) if value > 0 else ZERO


def value_of(bucket: int) -> float:
    """What a bucket stands for."""
    return 0.0 if bucket < 0 else GROWTH**bucket * _MIDDLE


def bucket_sql(value: str) -> str:
    """Expression of the bucket of a non-negative integer expression, Int16."""
    return f"if({value} > 0, toInt16(ceil(log({value}) / {_LOG!r})), toInt16({ZERO}))"


def filled_sql(value: str, condition: str = "") -> str:
    """Aggregate that fills a histogram from rows. condition: which rows count; all by default."""
    if not condition:
        return f"sumMap(map({bucket_sql(value)}, toUInt64(1)))"
    return f"sumMapIf(map({bucket_sql(f'assumeNotNull({value})')}, toUInt64(1)), {condition})"


def merged_sql(column: str) -> str:
    """Aggregate of a column of histograms: Map(Int16, UInt64)."""
    return f"sumMap({column})"


def quantile_sql(merged: str, quantile: float) -> str:
    """The quantile of a merged histogram (an expression of Map(Int16, UInt64)), in the unit that was filled; NULL if empty.

    Nearest rank: the smallest bucket below which at least the share `quantile` of the values lies.
    """
    keys, counts = f"mapKeys({merged})", f"mapValues({merged})"
    # Sorted here, because a map keeps the order it was made in.
    ordered = f"arraySort((k, v) -> k, {keys}, {keys})"
    amounts = f"arraySort((v, k) -> k, {counts}, {keys})"
    rank = f"greatest(ceil({quantile!r} * arraySum({counts})), 1)"
    place = f"arrayFirstIndex(c -> c >= {rank}, arrayCumSum({amounts}))"
    bucket = f"arrayElement({ordered}, {place})"
    return f"if(empty({keys}), NULL, if({bucket} < 0, 0., pow({GROWTH!r}, {bucket}) * {_MIDDLE!r}))"


def count_below_sql(merged: str, value: str) -> str:
    """How many values of a merged histogram are at most `value` (an expression), to the accuracy of a bucket."""
    return f"arraySum((k, v) -> if(k <= {bucket_sql(value)}, v, 0), mapKeys({merged}), mapValues({merged}))"
