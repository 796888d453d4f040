"""Counters of the doors, for Prometheus."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

SECONDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 1.5, 2.5, 5.0, 10.0, 30.0)


class Meters:
    """One set for all doors. registry: where they are shown."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.requests = Counter(
            "nervure_receive_requests", "Telemetry requests answered.", ("wire", "door", "status"), registry=registry
        )
        self.bytes = Counter(
            "nervure_receive_bytes", "Bytes of telemetry bodies, as they came.", ("wire", "door"), registry=registry
        )
        self.items = Counter(
            "nervure_receive_items", "Spans, log records and points read from requests.", ("wire",), registry=registry
        )
        self.gone = Counter(
            "nervure_receive_disconnects", "Senders that left before their request was read.", registry=registry
        )
        self.seconds = Histogram(
            "nervure_receive_seconds",
            "Time from a request's arrival to its answer.",
            ("wire",),
            buckets=SECONDS,
            registry=registry,
        )
        self.held = Gauge("nervure_receive_held_bytes", "Bytes of requests being worked on.", registry=registry)
