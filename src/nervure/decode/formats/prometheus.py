"""From Prometheus' series to metric points: labels to resource and attributes, types by metadata or by name, classic
histograms put together again where a request holds all their series.

Sources: https://prometheus.io/docs/specs/prw/remote_write_spec/ and .../remote_write_spec_2_0/;
https://opentelemetry.io/docs/specs/otel/compatibility/prometheus_and_openmetrics/.
"""

import math
import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from nervure.decode.formats.json_log import Origins
from nervure.decode.formats.values import cut
from nervure.decode.wire import DecodeLimits
from nervure.model.metric import Exemplar
from nervure.model.raw import Attributes, RawMetricPoint

NAME = "__name__"
# Ends a series: not a value.
STALE = struct.unpack("<d", struct.pack("<Q", 0x7FF0000000000002))[0]
STALE_BITS = 0x7FF0000000000002
RESOURCE = {"job": "service.name", "instance": "service.instance.id"}
COUNTERS = ("_total", "_bucket", "_count", "_sum")
NS_PER_MS = 10**6


@dataclass(slots=True)
class Sample:
    """value at time_ms; start_ms 0 when not said."""

    time_ms: int
    value: float
    start_ms: int = 0


@dataclass(slots=True)
class Series:
    """type: as metadata says it (counter, gauge, histogram, summary ...), "" when it says nothing."""

    labels: dict[str, str]
    samples: list[Sample]
    type: str = ""
    unit: str = ""
    help: str = ""
    exemplars: list[Exemplar] = field(default_factory=list)


def points(series: Iterable[Series], limits: DecodeLimits) -> Iterator[RawMetricPoint]:
    """Metric points of the series. Samples that only say that a series ended are left out."""
    origins = Origins("prometheus")
    held = [one for one in series if one.labels.get(NAME)]
    yield from _histograms(held, origins, limits)
    for one in held:
        attributes, resource = _place(one.labels, limits)
        name = one.labels[NAME]
        is_counter = one.type == "counter" or (one.type in ("", "histogram", "summary") and name.endswith(COUNTERS))
        for at, sample in enumerate(one.samples):
            if is_stale(sample.value):
                continue
            values = _described(one) | {"value": sample.value, "is_int": float(sample.value).is_integer()}
            if is_counter:
                values |= {"is_monotonic": True, "temporality": "cumulative"}
            if at == 0 and one.exemplars:
                values["exemplars"] = one.exemplars
            yield RawMetricPoint(
                origins.of(resource),
                name,
                "sum" if is_counter else "gauge",
                sample.time_ms * NS_PER_MS,
                sample.start_ms * NS_PER_MS,
                attributes,
                values,
            )


def is_stale(value: float) -> bool:
    """Whether a value is the mark that a series has ended (a NaN of certain bits)."""
    return math.isnan(value) and struct.unpack("<Q", struct.pack("<d", value))[0] == STALE_BITS


def _histograms(held: list[Series], origins: Origins, limits: DecodeLimits) -> Iterator[RawMetricPoint]:
    """Takes whole classic histograms out of `held`: all of le, _sum and _count of the same labels and time."""
    families: dict[tuple[str, tuple[tuple[str, str], ...]], dict[str, Any]] = {}
    for one in held:
        name, bound = one.labels[NAME], one.labels.get("le")
        base = name.removesuffix("_bucket") if bound is not None else name.removesuffix("_sum").removesuffix("_count")
        labels = tuple(sorted(pair for pair in one.labels.items() if pair[0] not in (NAME, "le")))
        part = (
            "le"
            if bound is not None
            else "sum"
            if name.endswith("_sum")
            else "count"
            if name.endswith("_count")
            else ""
        )
        if part:
            family = families.setdefault((base, labels), {"le": [], "sum": None, "count": None})
            if part == "le":
                family["le"].append((_bound(bound or ""), one))
            else:
                family[part] = one
    for (base, labels), family in families.items():
        if not family["le"] or family["sum"] is None or family["count"] is None:
            continue
        buckets = sorted(family["le"], key=lambda pair: pair[0])
        made = list(_histogram(base, dict(labels), buckets, family["sum"], family["count"], origins, limits))
        if made:
            yield from made
            taken = {id(one) for _, one in buckets} | {id(family["sum"]), id(family["count"])}
            held[:] = [one for one in held if id(one) not in taken]


def _histogram(
    name: str,
    labels: dict[str, str],
    buckets: list[tuple[float, Series]],
    sums: Series,
    counts: Series,
    origins: Origins,
    limits: DecodeLimits,
) -> Iterator[RawMetricPoint]:
    attributes, resource = _place(labels, limits)
    totals = {sample.time_ms: sample.value for sample in sums.samples}
    below = [{sample.time_ms: sample.value for sample in one.samples} for _, one in buckets]
    for sample in counts.samples:
        cumulative = [known.get(sample.time_ms) for known in below]
        if sample.time_ms not in totals or any(value is None or math.isnan(value) for value in cumulative):
            return
        edges = [bound for bound, _ in buckets if not math.isinf(bound)]
        steps = _steps([int(value or 0) for value in cumulative], int(sample.value), len(edges))
        if steps is None:
            return
        values = _described(counts) | {
            "count": int(sample.value), "sum": totals[sample.time_ms], "bounds": edges, "buckets": steps,
            "is_monotonic": True, "temporality": "cumulative",
        }  # fmt: skip
        exemplars = [exemplar for _, one in buckets for exemplar in one.exemplars]
        if exemplars:
            values["exemplars"] = exemplars
        time_ns = sample.time_ms * NS_PER_MS
        yield RawMetricPoint(
            origins.of(resource), name, "histogram", time_ns, sample.start_ms * NS_PER_MS, attributes, values
        )


def _steps(seen: list[int], count: int, edges: int) -> list[int] | None:
    """Observations in each bucket, the last one above all edges; None when the series do not belong together."""
    below = seen[:edges]
    if sum(seen) == count and below != sorted(below):
        # OpenTelemetry's own exporter writes each bucket's own count instead of the running one.
        return [*below, count - sum(below)]
    running = [*below, count]
    steps = [now - before for before, now in zip([0, *running], running, strict=False)]
    return steps if min(steps) >= 0 else None


def _described(series: Series) -> dict[str, Any]:
    return {name: text for name, text in (("unit", series.unit), ("description", series.help)) if text}


def _place(labels: dict[str, str], limits: DecodeLimits) -> tuple[Attributes, Attributes]:
    """Attributes and resource of a series."""
    flags: list[str] = []
    attributes: Attributes = {}
    resource: Attributes = {}
    for key, value in labels.items():
        if key in RESOURCE:
            resource[RESOURCE[key]] = value
        elif key != NAME:
            attributes[key] = cut(value, limits, flags)
    return attributes, resource


def _bound(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.inf
