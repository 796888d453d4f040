"""Metrics of the company's GPUs: vLLM's queue and cache, DCGM's utilisation, per region, driven by the same load as calls."""

from random import Random

from nervure.demo.otlp import Outbox, Resource, put
from nervure.demo.world.calling import HOUR_NS, load, queue_s
from nervure.demo.world.weather import Weather
from nervure.demo.world.world import World

EVERY_NS = 120 * 10**9
GPUS = 2
SCOPE = ("prometheus", "")


def write(world: World, weather: Weather, at_ns: int, outbox: Outbox) -> None:
    """One reading of every gauge in every region."""
    model = next(model for model in world.cast.models.values() if model.is_hosted)
    rng = Random(f"machines/{world.seed}/{at_ns}")
    for region, _ in world.cast.regions:
        dims = {"service": "vllm", "model": model.name, "provider": model.provider, "region": region}
        now = load(at_ns // HOUR_NS, weather.at(at_ns, dims).backlog)
        resource: Resource = (
            ("service.name", "vllm"),
            ("host.name", f"gpu-{region}"),
            ("cloud.region", region),
            ("nervure.demo", True),
        )
        served = {"model_name": model.name}
        waiting = max(0, round(queue_s(now) * 4 + rng.gauss(0, 0.4)))
        _gauge(outbox, resource, "vllm:num_requests_waiting", [(float(waiting), served)], at_ns)
        running = max(0, round(14 * min(1.0, now) + rng.gauss(0, 1)))
        _gauge(outbox, resource, "vllm:num_requests_running", [(float(running), served)], at_ns)
        cache = min(1.0, max(0.02, 0.1 + 0.8 * now + rng.gauss(0, 0.02)))
        _gauge(outbox, resource, "vllm:kv_cache_usage_perc", [(cache, served)], at_ns)
        busy = [
            (min(100.0, max(1.0, 100 * now + rng.gauss(0, 4))), {"gpu": str(number), "Hostname": f"gpu-{region}"})
            for number in range(GPUS)
        ]
        _gauge(outbox, resource, "DCGM_FI_DEV_GPU_UTIL", busy, at_ns)


def _gauge(
    outbox: Outbox, resource: Resource, name: str, points: list[tuple[float, dict[str, str]]], at_ns: int
) -> None:
    metric = outbox.metric(resource, SCOPE)
    metric.name = name
    for value, labels in points:
        point = metric.gauge.data_points.add()
        point.time_unix_nano, point.as_double = at_ns, round(value, 4)
        put(point.attributes, labels)
