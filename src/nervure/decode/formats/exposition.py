"""A page of metrics, in Prometheus' text format or OpenMetrics, as metric points under their own names.

Parsed by prometheus_client. https://prometheus.io/docs/instrumenting/exposition_formats/ and
https://prometheus.io/docs/specs/om/open_metrics_spec/; types as OpenTelemetry maps them
(https://opentelemetry.io/docs/specs/otel/compatibility/prometheus_and_openmetrics/).
"""

import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from prometheus_client import Metric
from prometheus_client.openmetrics import parser as openmetrics
from prometheus_client.parser import text_string_to_metric_families

from nervure.base.clock import NS_PER_MS
from nervure.base.errors import DecodeError
from nervure.decode.formats.json_log import Origins
from nervure.decode.formats.values import cut
from nervure.decode.wire import DecodeLimits
from nervure.model.metric import Exemplar
from nervure.model.raw import Attributes, RawMetricPoint

OPENMETRICS = "application/openmetrics-text"
# What a scraper says it takes, the better one first.
ACCEPT = f"{OPENMETRICS};version=1.0.0,text/plain;version=0.0.4;q=0.5,*/*;q=0.1"
CREATED = "_created"
# Families whose samples make one point together.
PARTS = ("histogram", "summary")
PLAIN_COUNTER = re.compile(r"^# *TYPE +(\S+?)(?<!_total) +counter *$", re.MULTILINE)

LabelKey = tuple[tuple[str, str], ...]


@dataclass(slots=True)
class Place:
    """Where a page comes from. attributes, resource: put on every point, a label's own value goes before.

    rename: label to the attribute that holds it; to_resource: label to the resource attribute that holds it.
    is_wanted: of a metric's name.
    """

    resource: Attributes
    attributes: Attributes = field(default_factory=dict)
    rename: Mapping[str, str] = field(default_factory=dict)
    to_resource: Mapping[str, str] = field(default_factory=dict)
    is_wanted: Callable[[str], bool] = lambda name: True
    are_times_kept: bool = True


def read_page(
    body: bytes, content_type: str, place: Place, time_ns: int, limits: DecodeLimits, most: int
) -> list[RawMetricPoint]:
    """The points of a page that says no times of its own at `time_ns`. most: samples it may hold.

    Raises DecodeError for a page that is not in its format, or of too many samples: half a page would look like series
    that ended.
    """
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise DecodeError(f"the page is not UTF-8: {error.reason} at byte {error.start}") from error
    is_open = content_type.lower().startswith(OPENMETRICS)
    parse = openmetrics.text_string_to_metric_families if is_open else text_string_to_metric_families
    families: list[Metric] = []
    count = 0
    try:
        for family in parse(text):
            count += len(family.samples)
            if count > most:
                raise DecodeError(
                    f"the page holds more than {most} samples: raise sample_limit, or drop some at the source"
                )
            families.append(family)
        # The parser gives every counter the ending that OpenMetrics asks for; here it keeps its name.
        plain = set() if is_open else set(PLAIN_COUNTER.findall(text))
        return list(_Reader(place, time_ns, limits, families, plain).points())
    except DecodeError:
        raise
    except (ValueError, KeyError, IndexError, TypeError, OverflowError) as error:
        kind = "OpenMetrics" if is_open else "the Prometheus text format"
        raise DecodeError(f"the page is not in {kind}: {error}") from error


def _created(families: Iterable[Metric]) -> dict[tuple[str, LabelKey], float]:
    """When series of counters, histograms and summaries began: samples named `.._created`, which in the text format are
    a family of their own."""
    began = {family.name for family in families if family.type in ("counter", *PARTS)}
    found: dict[tuple[str, LabelKey], float] = {}
    for family in families:
        for sample in family.samples:
            base = sample.name.removesuffix(CREATED)
            if base != sample.name and base in began and math.isfinite(sample.value):
                found[base, _key(sample.labels)] = sample.value
    return found


def _key(labels: Mapping[str, str], *without: str) -> LabelKey:
    return tuple(sorted((name, value) for name, value in labels.items() if name not in without))


class _Reader:
    def __init__(
        self, place: Place, time_ns: int, limits: DecodeLimits, families: list[Metric], plain_counters: set[str]
    ) -> None:
        self._place, self._time_ns, self._limits = place, time_ns, limits
        self._families, self._plain = families, plain_counters
        self._created = _created(families)
        self._bases = {base for base, _ in self._created}
        self._origins = Origins("prometheus")

    def points(self) -> Iterator[RawMetricPoint]:
        for family in self._families:
            if not self._place.is_wanted(family.name):
                continue
            if family.type in PARTS:
                yield from self._composed(family)
                continue
            for sample in family.samples:
                # When a series began is kept with its points.
                if (
                    sample.name.removesuffix(CREATED) == sample.name
                    or sample.name.removesuffix(CREATED) not in self._bases
                ):
                    yield self._single(family, sample)

    def _single(self, family: Metric, sample: Any) -> RawMetricPoint:
        values = _described(family) | {"value": sample.value, "is_int": isinstance(sample.value, int)}
        if sample.exemplar:
            values["exemplars"] = [self._exemplar(sample.exemplar)]
        if family.type != "counter":
            return self._point(sample.name, "gauge", sample.labels, sample.timestamp, 0, values)
        name = family.name if family.name in self._plain else sample.name
        values |= {"is_monotonic": True, "temporality": "cumulative"}
        start_ns = self._start_ns(family.name, _key(sample.labels))
        return self._point(name, "sum", sample.labels, sample.timestamp, start_ns, values)

    def _composed(self, family: Metric) -> Iterator[RawMetricPoint]:
        """A point for each set of labels of a histogram or summary."""
        inner = "le" if family.type == "histogram" else "quantile"
        groups: dict[LabelKey, dict[str, Any]] = {}
        for sample in family.samples:
            group = groups.setdefault(
                _key(sample.labels, inner), {"steps": [], "exemplars": [], "time": None, "labels": sample.labels}
            )
            group["time"] = sample.timestamp if sample.timestamp is not None else group["time"]
            if sample.exemplar:
                group["exemplars"].append(self._exemplar(sample.exemplar))
            if inner in sample.labels:
                group["steps"].append((float(sample.labels[inner]), sample.value))
            elif sample.name.endswith("_sum"):
                group["sum"] = sample.value
            elif sample.name.endswith("_count"):
                group["count"] = sample.value
        for key, group in groups.items():
            made = _histogram(group) if family.type == "histogram" else _summary(group)
            if made is None:
                continue
            values = _described(family) | made
            if group["exemplars"]:
                values["exemplars"] = group["exemplars"]
            labels = {name: value for name, value in group["labels"].items() if name != inner}
            yield self._point(family.name, family.type, labels, group["time"], self._start_ns(family.name, key), values)

    def _point(
        self, name: str, kind: str, labels: Mapping[str, str], time: Any, start_ns: int, values: dict[str, Any]
    ) -> RawMetricPoint:
        place, flags = self._place, list[str]()
        attributes, resource = dict(place.attributes), place.resource
        for label, value in labels.items():
            if label in place.to_resource:
                resource = {**resource, place.to_resource[label]: value}
            else:
                attributes[place.rename.get(label, label)] = cut(value, self._limits, flags)
        time_ns = self._time_ns
        if time is not None and place.are_times_kept:
            time_ns = round(float(time) * 1000) * NS_PER_MS
        return RawMetricPoint(self._origins.of(resource), name, kind, time_ns, start_ns, attributes, values, flags)

    def _start_ns(self, base: str, key: LabelKey) -> int:
        created_s = self._created.get((base, key)) if base in self._bases else None
        return round(created_s * 1000) * NS_PER_MS if created_s and created_s > 0 else 0

    def _exemplar(self, exemplar: Any) -> Exemplar:
        labels = dict(exemplar.labels)
        trace, span = labels.pop("trace_id", ""), labels.pop("span_id", "")
        time_ns = round(float(exemplar.timestamp) * 1000) * NS_PER_MS if exemplar.timestamp else self._time_ns
        return Exemplar(time_ns, exemplar.value, trace.lower(), span.lower(), labels)


def _described(family: Metric) -> dict[str, Any]:
    return {name: text for name, text in (("unit", family.unit), ("description", family.documentation)) if text}


def _whole(value: float | None) -> int | None:
    return int(value) if value is not None and math.isfinite(value) and value >= 0 else None


def _histogram(group: Mapping[str, Any]) -> dict[str, Any] | None:
    """Own counts of the buckets from running ones; None for series that do not belong together."""
    steps = sorted(group["steps"])
    running = [_whole(value) for _, value in steps]
    count = _whole(group.get("count", steps[-1][1] if steps and math.isinf(steps[-1][0]) else None))
    if not steps or count is None or None in running:
        return None
    bounds = [bound for bound, _ in steps if math.isfinite(bound)]
    below = [value or 0 for value in running[: len(bounds)]]
    own = [now - before for before, now in zip([0, *below], [*below, count], strict=True)]
    if min(own) < 0:
        return None
    return {
        "count": count, "sum": group.get("sum"), "bounds": bounds, "buckets": own, "is_monotonic": True,
        "temporality": "cumulative",
    }  # fmt: skip


def _summary(group: Mapping[str, Any]) -> dict[str, Any] | None:
    count = _whole(group.get("count"))
    if count is None and not group["steps"]:
        return None
    return {"count": count or 0, "sum": group.get("sum", 0.0), "quantiles": sorted(group["steps"])}
