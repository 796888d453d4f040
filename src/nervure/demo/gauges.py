"""Metrics of the company's machines: GPU and queue of the self-hosted model, requests of the web shop."""

from math import exp
from random import Random

from nervure.demo.company import NS
from nervure.demo.otlp import Outbox, Resource, put
from nervure.demo.rhythm import SHOP

SCOPE = ("harbourline.metrics", "")
GPUS = 4
_BOUNDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0)


def write(outbox: Outbox, rng: Random, at_ns: int, every_s: int, project: str) -> None:
    """One reading of every metric. every_s: seconds since the previous reading, for the delta histogram."""
    load = SHOP.share(at_ns // NS // 3600) * 24
    resource: Resource = (
        ("service.name", "vllm"),
        ("host.name", "gpu-01"),
        ("team", "platform"),
        ("nervure.demo", True),
        *((("nervure.project", project),) if project else ()),
    )
    for gpu in range(GPUS):
        busy = min(1.0, max(0.02, 0.35 * load + rng.gauss(0.1, 0.05)))
        _gauge(outbox, resource, "hw.gpu.utilization", "1", busy, at_ns, {"hw.id": str(gpu), "hw.type": "gpu"})
        _gauge(
            outbox, resource, "hw.gpu.memory.utilization", "1", min(0.97, 0.62 + 0.2 * busy), at_ns, {"hw.id": str(gpu)}
        )
    waiting = max(0, round(rng.gauss(exp(1.1 * load) - 1, 0.8)))
    _gauge(
        outbox,
        resource,
        "vllm.num_requests_waiting",
        "{request}",
        float(waiting),
        at_ns,
        {"model": "harbourline-llama-3.3-70b"},
    )
    _gauge(
        outbox,
        resource,
        "vllm.kv_cache.usage",
        "1",
        min(1.0, 0.12 + 0.3 * load),
        at_ns,
        {"model": "harbourline-llama-3.3-70b"},
    )
    shop: Resource = (("service.name", "web-shop"), *resource[2:])
    _histogram(outbox, shop, rng, at_ns, every_s, load)


def _gauge(
    outbox: Outbox, resource: Resource, name: str, unit: str, value: float, at_ns: int, attributes: dict[str, str]
) -> None:
    metric = outbox.metric(resource, SCOPE)
    metric.name, metric.unit = name, unit
    point = metric.gauge.data_points.add()
    point.time_unix_nano, point.as_double = at_ns, round(value, 4)
    put(point.attributes, attributes)


def _histogram(outbox: Outbox, resource: Resource, rng: Random, at_ns: int, every_s: int, load: float) -> None:
    metric = outbox.metric(resource, SCOPE)
    metric.name, metric.unit = "http.server.request.duration", "s"
    metric.histogram.aggregation_temporality = 1
    point = metric.histogram.data_points.add()
    point.start_time_unix_nano, point.time_unix_nano = at_ns - every_s * NS, at_ns
    samples = [rng.lognormvariate(-3.6, 0.6) for _ in range(max(1, int(load * 20)))]
    counts = [0] * (len(_BOUNDS) + 1)
    for sample in samples:
        counts[sum(sample > bound for bound in _BOUNDS)] += 1
    point.count, point.sum = len(samples), sum(samples)
    point.explicit_bounds.extend(_BOUNDS)
    point.bucket_counts.extend(counts)
    put(point.attributes, {"http.request.method": "GET", "http.route": "/products/{id}"})
