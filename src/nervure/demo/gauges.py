"""Metrics of the company's machines: GPU, memory and queue of the self-hosted model."""

from math import exp
from random import Random

from nervure.demo.company import NS
from nervure.demo.otlp import Outbox, Resource, put
from nervure.demo.rhythm import SHOP

SCOPE = ("harbourline.metrics", "")
GPUS = 4
HOST = "gpu-01"
# What the company pays for an hour of one of them.
PRICE_NAME = "Harbourline's GPUs (demo)"
PRICE = {"usd_per_hour": 2.4, "host": HOST, "note": "made up, as all of the simulated company"}
ABOUT = {
    "hw.gpu.utilization": "Share of time the GPU was busy",
    "hw.gpu.memory.utilization": "Share of the GPU's memory in use",
    "vllm.num_requests_waiting": "Requests that wait for the model",
    "vllm.kv_cache.usage": "Share of the key-value cache in use",
}


def write(outbox: Outbox, rng: Random, at_ns: int, project: str) -> None:
    """One reading of every metric."""
    load = SHOP.share(at_ns // NS // 3600) * 24
    resource: Resource = (
        ("service.name", "vllm"),
        ("host.name", HOST),
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


def _gauge(
    outbox: Outbox, resource: Resource, name: str, unit: str, value: float, at_ns: int, attributes: dict[str, str]
) -> None:
    metric = outbox.metric(resource, SCOPE)
    metric.name, metric.unit, metric.description = name, unit, ABOUT[name]
    point = metric.gauge.data_points.add()
    point.time_unix_nano, point.as_double = at_ns, round(value, 4)
    put(point.attributes, attributes)
