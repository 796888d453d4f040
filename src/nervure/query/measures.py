"""What can be measured: one table. A new measure of spans is one entry.

A measure is made of parts, aggregates that are computed once however many measures share them; a figure is made of
the parts of one point. Durations are in ms, costs in USD.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from nervure.query.intervals import UNKNOWN, Grid, Histogram, poisson, quantile_ranks, student, wilson
from nervure.store.histogram import quantile_sql
from nervure.store.tables.spans import billable

Parts = Mapping[str, Any]
LEVELS = {"p50": 0.5, "p90": 0.9, "p95": 0.95, "p99": 0.99}
GRID = ", ".join(map(str, Grid.LEVELS))
NS_PER_MS = 1e6
BILLABLE = billable()


@dataclass(frozen=True, slots=True)
class Figure:
    """A number with what it stands on. value None: not enough data to say. n: observations behind it.

    extra: what else a point tells, e.g. how many calls had no price.
    """

    value: float | None
    n: int
    low: float | None = None
    high: float | None = None
    extra: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """spans: the aggregate over spans. rolled: the same over the roll-ups' columns, "" when they do not know it."""

    spans: str
    rolled: str = ""


@dataclass(frozen=True, slots=True)
class Measure:
    """figure(parts, seconds): the figure of a point whose bucket is `seconds` long.

    volume: SQL over part names by which groups are ranked unless an order is asked for: the sum for sums, the number
    of observations for means and quantiles, because the largest mean belongs to the smallest group.
    value: SQL over part names that orders groups by the measure itself; rolled_value: the same over a roll-up's parts
    where they differ. interval: how low and high come about.
    """

    name: str
    unit: str
    about: str
    parts: tuple[str, ...]
    figure: Callable[[Parts, float], Figure]
    volume: str
    value: str
    interval: Literal["none", "Wilson", "Student", "Poisson", "order statistics", "prediction-powered"] = "none"
    rolled_value: str = ""


PARTS: dict[str, Part] = {}
MEASURES: dict[str, Measure] = {}


def number(value: Any) -> float | None:
    """A finite number or None."""
    if value is None:
        return None
    found = float(value)
    return found if math.isfinite(found) else None


def _add(measure: Measure) -> None:
    MEASURES[measure.name] = measure


# Counts and shares


def _count(parts: Parts, seconds: float) -> Figure:
    return Figure(int(parts["n"]), int(parts["n"]))


def _rate(parts: Parts, seconds: float) -> Figure:
    n = int(parts["n"])
    low, high = poisson(n)
    return Figure(n / seconds, n, (low or 0.0) / seconds, (high or 0.0) / seconds)


def share_figure(hits: str, n: str) -> Callable[[Parts, float], Figure]:
    def figure(parts: Parts, seconds: float) -> Figure:
        total = int(parts[n])
        if total == 0:
            return Figure(None, 0)
        return Figure(parts[hits] / total, total, *wilson(parts[hits], total))

    return figure


PARTS["n"] = Part("count()", "sum(span_count)")
PARTS["errors"] = Part("countIf(status = 'error')", "sum(error_count)")
_add(Measure("count", "spans", "spans", ("n",), _count, "n", "n"))
PARTS["roots"] = Part("countIf(parent_id = '')", "sum(trace_count)")
_add(
    Measure(
        "traces", "traces", "traces, by their roots", ("roots",),
        lambda parts, seconds: Figure(int(parts["roots"]), int(parts["roots"])), "roots", "roots",
    )
)  # fmt: skip
PARTS["root_errors"] = Part("countIf(parent_id = '' AND status = 'error')", "sumIf(trace_count, status = 'error')")
_add(
    Measure(
        "traces.error_rate", "ratio", "share of traces whose root has status error", ("roots", "root_errors"),
        share_figure("root_errors", "roots"), "roots", "root_errors / roots", "Wilson",
    )
)  # fmt: skip
_add(Measure("rate", "1/s", "spans per second", ("n",), _rate, "n", "n", "Poisson"))
_add(
    Measure(
        "error_rate", "ratio", "share of spans with status error", ("n", "errors"), share_figure("errors", "n"),
        "n", "errors / n", "Wilson",
    )
)  # fmt: skip


# Distributions: mean, quantiles and maximum of one quantity


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number some spans have. sql: the number; holds: which spans have it.

    rolled: by part (n, sum, squares, spread) the same over the roll-ups. scale: histogram units in one of ours.
    """

    name: str
    unit: str
    about: str
    sql: str
    holds: str
    rolled: Mapping[str, str] = field(default_factory=dict)
    scale: float = 1.0


QUANTITIES = (
    Quantity(
        "latency", "ms", "duration", "duration_ns / 1e6", "1",
        {"n": "sum(span_count)", "sum": "sum(duration_ns) / 1e6", "squares": "sum(duration_ms_squared)",
         "spread": "sumMap(duration_histogram)"},
        NS_PER_MS,
    ),
    Quantity(
        "ttft", "ms", "time to first token", "ifNull(ttft_ns, 0) / 1e6", "ttft_ns IS NOT NULL",
        {"n": "sum(ttft_count)", "sum": "sum(ttft_ns) / 1e6", "squares": "sum(ttft_ms_squared)",
         "spread": "sumMap(ttft_histogram)"},
        NS_PER_MS,
    ),
    Quantity(
        "tokens_per_second", "tokens/s", "output tokens per second of a call",
        "ifNull(output_tokens, 0) / (duration_ns / 1e9)", "kind = 'llm' AND output_tokens > 0 AND duration_ns > 0",
    ),
    Quantity(
        "cost", "USD", "cost of a call that has a price", "ifNull(cost_total, 0)",
        f"({BILLABLE} AND cost_total IS NOT NULL)",
        {"n": "sum(priced_count)", "sum": "sum(cost_total)", "squares": "sum(cost_squared)"},
    ),
    Quantity(
        "documents.score", "score", "mean score of a span's documents", "ifNull(document_score, 0)",
        "document_score IS NOT NULL",
    ),
    Quantity("documents", "documents", "documents a retriever returned", "document_count", "kind = 'retriever'"),
    Quantity(
        "tokens_per_call", "tokens", "tokens of a call", "ifNull(total_tokens, 0)",
        f"({BILLABLE} AND total_tokens IS NOT NULL)",
    ),
)  # fmt: skip


def _quantity(quantity: Quantity) -> None:
    """Parts and measures of one quantity: mean, maximum, quantiles."""
    key = quantity.name.replace(".", "_")
    n, total, squares, spread, most = (f"{key}_{suffix}" for suffix in ("n", "sum", "squares", "spread", "max"))
    sql, holds, rolled = quantity.sql, quantity.holds, quantity.rolled
    PARTS[n] = Part(f"countIf({holds})", rolled.get("n", ""))
    PARTS[total] = Part(f"sumIf({sql}, {holds})", rolled.get("sum", ""))
    PARTS[squares] = Part(f"sumIf(pow({sql}, 2), {holds})", rolled.get("squares", ""))
    PARTS[spread] = Part(f"quantilesTDigestIf({GRID})({sql}, {holds})", rolled.get("spread", ""))
    PARTS[most] = Part(f"maxIf({sql}, {holds})")
    mean = "mean" if quantity.name.startswith("documents") else "avg"
    _add(
        Measure(
            f"{quantity.name}.{mean}", quantity.unit, f"mean {quantity.about}", (n, total, squares),
            mean_figure(n, total, squares), n, f"{total} / {n}", "Student",
        )
    )  # fmt: skip
    _add(
        Measure(
            f"{quantity.name}.max", quantity.unit, f"largest {quantity.about}", (n, most), _largest(n, most), n, most
        )
    )
    for name, level in LEVELS.items():
        place = Grid.LEVELS.index(level) + 1
        _add(
            Measure(
                f"{quantity.name}.{name}", quantity.unit, f"{name} of the {quantity.about}", (n, spread),
                quantile_figure(n, spread, level, quantity.scale), n, f"{spread}[{place}]", "order statistics",
                quantile_sql(spread, level),
            )
        )  # fmt: skip


def mean_figure(n: str, total: str, squares: str, least: float | None = 0.0) -> Callable[[Parts, float], Figure]:
    def figure(parts: Parts, seconds: float) -> Figure:
        held = int(parts[n])
        if held == 0:
            return Figure(None, 0)
        low, high = student(parts[total], parts[squares], held)
        if low is not None and least is not None:
            low = max(least, low)
        return Figure(number(parts[total] / held), held, low, high)

    return figure


def _largest(n: str, most: str) -> Callable[[Parts, float], Figure]:
    def figure(parts: Parts, seconds: float) -> Figure:
        held = int(parts[n])
        return Figure(number(parts[most]) if held else None, held)

    return figure


def quantile_figure(n: str, spread: str, level: float, scale: float = 1.0) -> Callable[[Parts, float], Figure]:
    def figure(parts: Parts, seconds: float) -> Figure:
        held = int(parts[n])
        if held == 0 or not parts[spread]:
            return Figure(None, held)
        is_rolled = isinstance(parts[spread], Mapping)
        shape: Grid | Histogram = Histogram(parts[spread]) if is_rolled else Grid(parts[spread])
        unit = scale if is_rolled else 1.0
        below, above = quantile_ranks(level, held)
        low, high = (number(shape.at(below) / unit), number(shape.at(above) / unit)) if held > 1 else UNKNOWN
        return Figure(number(shape.at(level) / unit), held, low, high)

    return figure


for _one in QUANTITIES:
    _quantity(_one)


# Sums over billable spans: others repeat what their children say


def _sum(part: str, n: str) -> Callable[[Parts, float], Figure]:
    return lambda parts, seconds: Figure(number(parts[part]) or 0, int(parts[n]))


PARTS["calls"] = Part(f"countIf({BILLABLE})", "sum(call_count)")
TOKENS = {
    "input": ("input_tokens", "input tokens, cached and cache-write ones included"),
    "output": ("output_tokens", "output tokens, reasoning included"),
    "cached": ("cached_input_tokens", "cached input tokens"),
    "cache_write": ("cache_write_tokens", "input tokens written to the cache"),
    "reasoning": ("reasoning_tokens", "reasoning tokens"),
    "audio_input": ("audio_input_tokens", "audio input tokens"),
    "audio_output": ("audio_output_tokens", "audio output tokens"),
    "total": ("total_tokens", "all tokens"),
}
for _name, (_column, _about) in TOKENS.items():
    # A part's name may not be a column's: the engine would put the one in the other's place.
    _part = f"tokens_{_name}"
    PARTS[_part] = Part(f"sumIf(toUInt64(ifNull({_column}, 0)), {BILLABLE})", f"sum({_column})")
    _add(Measure(f"tokens.{_name}", "tokens", _about, (_part, "calls"), _sum(_part, "calls"), _part, _part))


def _cost(parts: Parts, seconds: float) -> Figure:
    priced, unpriced = int(parts["priced"]), int(parts["unpriced"])
    calls = priced + unpriced
    share = unpriced / calls if calls else None
    # When nothing has a price the sum is unknown, not zero.
    value = None if priced == 0 and unpriced else number(parts["cost_sum"])
    return Figure(value, priced, extra={"unpriced": unpriced, "unpriced_share": share})


def _unpriced(parts: Parts, seconds: float) -> Figure:
    unpriced = int(parts["unpriced"])
    return Figure(unpriced, unpriced + int(parts["priced"]))


PARTS["priced"] = Part(f"countIf({BILLABLE} AND cost_total IS NOT NULL)", "sum(priced_count)")
PARTS["unpriced"] = Part(f"countIf({BILLABLE} AND cost_source = 'unpriced')", "sum(unpriced_count)")
_add(
    Measure(
        "cost.sum", "USD", "cost of all calls that have a price", ("cost_sum", "priced", "unpriced"), _cost,
        "cost_sum", "cost_sum",
    )
)  # fmt: skip
for _name, _column in {"input": "cost_input", "output": "cost_output"}.items():
    _part = f"cost_{_name}_sum"
    PARTS[_part] = Part(f"sumIf(ifNull({_column}, 0.), {BILLABLE})", f"sum({_column})")
    _add(
        Measure(
            f"cost.{_name}", "USD", f"cost of the {_name} of calls that have a price", (_part, "priced"),
            _sum(_part, "priced"), _part, _part,
        )
    )  # fmt: skip
_add(
    Measure(
        "cost.unpriced", "calls", "calls no price is known for", ("unpriced", "priced"), _unpriced,
        "unpriced", "unpriced",
    )
)  # fmt: skip
