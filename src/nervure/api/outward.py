"""What the house has beside its line: passing on and pulling in, as the API sees them; and their numbers."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Protocol

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

from nervure.model.collector import Collector, CollectorState
from nervure.model.destination import Destination, DestinationState, Preset, Trial


class Forwarding(Protocol):
    """See nervure.forward.forwarding.Forwarding."""

    @property
    def problem(self) -> str: ...

    def presets(self) -> list[Preset]: ...

    def check(self, destination: Destination) -> Destination: ...

    def changed(self, destination: Destination, said: Mapping[str, Any]) -> Destination: ...

    def refresh(self) -> None: ...

    def state(self, destination_id: str) -> DestinationState: ...

    def test(self, destination: Destination) -> list[Trial]: ...

    def destinations(self) -> Iterable[tuple[Destination, DestinationState]]: ...

    def unrouted(self) -> tuple[int, int]: ...


class KindAbout(Protocol):
    """A way of pulling, as the API tells of it."""

    @property
    def name(self) -> str: ...

    @property
    def about(self) -> str: ...

    @property
    def every_s(self) -> float: ...


class Collecting(Protocol):
    """See nervure.collect.runner.Runner."""

    @property
    def kinds(self) -> Mapping[str, KindAbout]: ...

    def check(self, collector: Collector) -> Collector: ...

    def fixed(self) -> Sequence[Collector]: ...

    def refresh(self) -> None: ...

    def state(self, collector_id: str) -> CollectorState: ...

    def run_now(self, collector_id: str) -> None: ...

    def states(self) -> Sequence[tuple[Collector, CollectorState]]: ...


def forward_metrics(forwarding: Forwarding) -> Iterator[Metric]:
    """Numbers of every destination, for Prometheus."""
    labels = ["destination", "name"]
    taken = CounterMetricFamily("nervure_forward_taken", "Records looked at for a destination.", labels=labels)
    sent = CounterMetricFamily("nervure_forward_forwarded", "Records delivered.", labels=[*labels, "signal"])
    dropped = CounterMetricFamily("nervure_forward_dropped", "Records not passed on.", labels=[*labels, "reason"])
    queued = GaugeMetricFamily("nervure_forward_queued", "Records that wait.", labels=labels)
    size = GaugeMetricFamily("nervure_forward_queued_bytes", "Bytes of the queue on disk.", labels=labels)
    waiting = GaugeMetricFamily("nervure_forward_waiting", "1 while it does not take what is sent.", labels=labels)
    for destination, state in forwarding.destinations():
        about = [destination.id, destination.name]
        taken.add_metric(about, state.taken)
        queued.add_metric(about, state.queued)
        size.add_metric(about, state.queued_bytes)
        waiting.add_metric(about, float(state.state == "waiting"))
        for signal, count in state.forwarded.items():
            sent.add_metric([*about, signal], count)
        for reason, count in state.dropped.items():
            dropped.add_metric([*about, reason], count)
    yield from (taken, sent, dropped, queued, size, waiting)
    groups, size_bytes = forwarding.unrouted()
    yield GaugeMetricFamily("nervure_forward_tap_groups", "Stored groups not yet looked at.", groups)
    yield GaugeMetricFamily("nervure_forward_tap_bytes", "Bytes of the above.", size_bytes)


def collect_metrics(collecting: Collecting) -> Iterator[Metric]:
    """Numbers of every collector, for Prometheus."""
    labels = ["collector", "name", "kind"]
    items = CounterMetricFamily("nervure_collect_items", "Records a collector stored.", labels=labels)
    refused = CounterMetricFamily("nervure_collect_refused", "Records it could not keep.", labels=labels)
    failing = GaugeMetricFamily("nervure_collect_failing", "1 when its last round failed.", labels=labels)
    up = GaugeMetricFamily("nervure_collect_targets", "Its places by how they fared.", labels=[*labels, "state"])
    for collector, state in collecting.states():
        about = [collector.id, collector.name, collector.kind]
        items.add_metric(about, state.items)
        refused.add_metric(about, state.refused)
        failing.add_metric(about, float(state.state == "failing"))
        healthy = sum(target.is_up for target in state.targets.values())
        up.add_metric([*about, "up"], healthy)
        up.add_metric([*about, "down"], len(state.targets) - healthy)
    yield from (items, refused, failing, up)
