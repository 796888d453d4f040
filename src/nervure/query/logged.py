"""Measures of log records: how many, how often, and which share of them are errors."""

from collections.abc import Mapping, Sequence

from nervure.query.conditions import Binder
from nervure.query.intervals import poisson
from nervure.query.measures import Figure, Measure, Parts, share_figure
from nervure.query.query import LOG_MEASURES, Checked
from nervure.query.rollup import Source
from nervure.store.sql import Sql

# Severity numbers of ERROR and FATAL in OpenTelemetry's log data model; senders without numbers are read by their words.
IS_ERROR = (
    "(severity >= 17 OR (severity = 0 AND lower(severity_text) IN ('error', 'err', 'severe', 'fatal', 'critical')))"
)
PARTS: Mapping[str, str] = {"log_n": "count()", "log_errors": f"countIf({IS_ERROR})"}


def _count(parts: Parts, seconds: float) -> Figure:
    return Figure(int(parts["log_n"]), int(parts["log_n"]))


def _rate(parts: Parts, seconds: float) -> Figure:
    n = int(parts["log_n"])
    low, high = poisson(n)
    return Figure(n / seconds, n, (low or 0.0) / seconds, (high or 0.0) / seconds)


_N, _SHARE = ("log_n",), ("log_n", "log_errors")
MEASURES: Mapping[str, Measure] = {
    one.name: one
    for one in (
        Measure("log.count", "records", LOG_MEASURES["log.count"], _N, _count, "log_n", "log_n"),
        Measure("log.rate", "1/s", LOG_MEASURES["log.rate"], _N, _rate, "log_n", "log_n", "Poisson"),
        Measure(
            "log.error_rate", "ratio", LOG_MEASURES["log.error_rate"], _SHARE, share_figure("log_errors", "log_n"),
            "log_n", "log_errors / log_n", "Wilson",
        ),
    )
}  # fmt: skip


def log_parts(measures: Sequence[Measure]) -> dict[str, Sql]:
    return {part: Sql(PARTS[part]) for measure in measures for part in measure.parts}


def log_source(checked: Checked, project: str, where: Sql | None) -> Source:
    """Log records of the range."""
    binder = Binder("c")
    scope = Sql(
        f"project = {binder.bind(project, 'String')} AND time >= {binder.time(checked.from_ns)}"
        f" AND time < {binder.time(checked.to_ns)}",
        binder.values,
    )
    scope = scope + Sql(" AND ") + where if where else scope
    return Source("logs", Sql("logs"), scope, "toUnixTimestamp64Nano(time)")
