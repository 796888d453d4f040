"""What SDKs measure beside their spans: counts and histograms, whose buckets each keep an example that names its trace."""

from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from nervure.demo.company import NS
from nervure.demo.otlp import Outbox, Resource, put

SCOPE = ("harbourline.metrics", "")
WINDOW_NS = 900 * NS
DELTA = 1
Labels = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Instrument:
    """bounds: upper bounds of a histogram's buckets; without them it is a counter."""

    name: str
    unit: str
    about: str
    bounds: tuple[float, ...] = ()


# Bounds as the semantic conventions advise.
CALLS = Instrument(
    "gen_ai.client.operation.duration", "s", "Duration of calls of models",
    (0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92),
)  # fmt: skip
TOKENS = Instrument(
    "gen_ai.client.token.usage", "{token}", "Tokens of calls of models", tuple(float(4**power) for power in range(14))
)
REQUESTS = Instrument(
    "http.server.request.duration", "s", "Duration of HTTP requests that were served",
    (0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0),
)  # fmt: skip
ORDERS = Instrument("shop.orders", "{order}", "Orders placed")


class Example(NamedTuple):
    """Where a value was measured."""

    at_ns: int
    trace_id: bytes
    span_id: bytes


@dataclass(slots=True)
class _Tally:
    total: float = 0.0
    count: int = 0
    least: float = float("inf")
    most: float = 0.0
    counts: dict[int, int] = field(default_factory=dict)
    examples: dict[int, tuple[float, Example]] = field(default_factory=dict)


class Meter:
    """Gathers values by series and window of time; `flush` writes them as points of delta temporality."""

    def __init__(self) -> None:
        self._held: dict[tuple[Resource, Instrument, Labels, int], _Tally] = {}

    def record(
        self, resource: Resource, instrument: Instrument, value: float, labels: Mapping[str, str], example: Example
    ) -> None:
        """Adds one value measured at the example's moment."""
        key = (resource, instrument, tuple(labels.items()), example.at_ns // WINDOW_NS)
        tally = self._held.setdefault(key, _Tally())
        place = bisect_left(instrument.bounds, value)
        tally.total += value
        tally.count += 1
        tally.least, tally.most = min(tally.least, value), max(tally.most, value)
        tally.counts[place] = tally.counts.get(place, 0) + 1
        # One example a bucket, the latest, as SDKs keep them.
        tally.examples[place] = (value, example)

    def flush(self, outbox: Outbox) -> None:
        """Writes everything gathered, and forgets it."""
        for (resource, instrument, labels, window), tally in self._held.items():
            metric = outbox.metric(resource, SCOPE)
            metric.name, metric.unit, metric.description = instrument.name, instrument.unit, instrument.about
            into = metric.histogram if instrument.bounds else metric.sum
            into.aggregation_temporality = DELTA
            point = into.data_points.add()
            point.start_time_unix_nano = window * WINDOW_NS
            # Never later than what was measured: a window that has not ended yet would reach beyond now.
            point.time_unix_nano = max(example.at_ns for _, example in tally.examples.values())
            put(point.attributes, dict(labels))
            self._fill(point, instrument, tally)
            if not instrument.bounds:
                metric.sum.is_monotonic = True
        self._held.clear()

    def _fill(self, point: Any, instrument: Instrument, tally: _Tally) -> None:
        if not instrument.bounds:
            point.as_int = int(tally.total)
            return
        point.count, point.sum, point.min, point.max = tally.count, tally.total, tally.least, tally.most
        point.explicit_bounds.extend(instrument.bounds)
        point.bucket_counts.extend(tally.counts.get(place, 0) for place in range(len(instrument.bounds) + 1))
        for value, example in tally.examples.values():
            made = point.exemplars.add()
            made.time_unix_nano, made.as_double = example.at_ns, value
            made.trace_id, made.span_id = example.trace_id, example.span_id
