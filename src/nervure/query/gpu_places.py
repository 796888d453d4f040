"""Which GPUs a call ran on: series of metrics make places, and what calls say of themselves is matched with them.

Exporters differ in what they call a thing; the tables below hold the names in use. Nothing here asks the store.
"""

import ipaddress
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from nervure.model.gpu import GpuOrigin, GpuPlace

# Share of time a GPU was busy: metric to what its value must be divided by. Of two on one host, the upper one counts.
UTILISATION: Mapping[str, float] = {
    "DCGM_FI_PROF_GR_ENGINE_ACTIVE": 1, "DCGM_FI_DEV_GPU_UTIL": 100,  # NVIDIA's DCGM exporter
    "hw.gpu.utilization": 1, "hw_gpu_utilization_ratio": 1, "hw_gpu_utilization": 1,  # OpenTelemetry
    "nvidia_smi_utilization_gpu_ratio": 1, "nvidia_gpu_duty_cycle": 100, "gpu_gfx_activity": 100, "gpu.utilization": 100,
    "container_accelerator_duty_cycle": 100, "nv_gpu_utilization": 1,
    # Stricter than the others: how many of the multiprocessors were busy.
    "DCGM_FI_PROF_SM_ACTIVE": 1,
}  # fmt: skip
# Metrics of model servers, which name the model they serve.
SERVING = (
    "vllm:num_requests_running", "vllm:num_requests_waiting", "vllm:gpu_cache_usage_perc", "vllm:kv_cache_usage_perc",
    "vllm_num_requests_running", "vllm_num_requests_waiting", "vllm.num_requests_running", "vllm.num_requests_waiting",
    "vllm.kv_cache.usage", "sglang:num_running_reqs", "sglang:num_queue_reqs", "sglang:token_usage",
    "nv_inference_pending_request_count", "tgi_queue_size", "tgi_batch_current_size",
)  # fmt: skip
HOSTS = (
    "Hostname", "hostname", "host.name", "host_name", "k8s.node.name", "k8s_node_name", "exported_node", "node",
    "kubernetes_node", "nodename", "node_name", "server.address", "instance", "service.instance.id",
)  # fmt: skip
PODS = ("exported_pod", "pod", "pod_name", "k8s.pod.name", "k8s_pod_name")
MODELS = ("model_name", "model", "model_id", "gen_ai.request.model", "gen_ai.response.model")
REGIONS = ("cloud.region", "region")
DEVICES = (
    "UUID", "gpu_uuid", "uuid", "gpu.uuid", "hw.id", "gpu", "gpu_id", "gpu.id", "gpu_index", "gpu.index", "device",
    "minor_number", "index",
)  # fmt: skip
GPU_MODELS = ("modelName", "gpu_model", "gpu_name", "gpu.name", "hw.model", "card_model", "card_series", "product_name")
LOOPBACK = ("localhost", "127.0.0.1", "::1", "0.0.0.0")


@dataclass(frozen=True, slots=True)
class Series:
    """One time series of a metric. labels: resource attributes with those of the point before them."""

    id: int
    name: str
    labels: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Device:
    """One GPU. place: its number among the places. gpu: its model, "" when not said."""

    place: int
    id: str
    gpu: str


@dataclass(slots=True)
class Machines:
    """What the metrics tell. series: of utilisation -> (number of the device, what to divide values by).

    hosts: as a series writes its host -> the places it tells of.
    """

    places: list[GpuPlace] = field(default_factory=list)
    devices: list[Device] = field(default_factory=list)
    series: dict[int, tuple[int, float]] = field(default_factory=dict)
    hosts: dict[str, set[int]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Match:
    """Where calls of one origin may have run. is_there: the call itself says so; else it named its server or model."""

    places: tuple[int, ...]
    is_there: bool


def labels_of(attributes: Mapping[str, Any], resource: Mapping[str, Any]) -> dict[str, str]:
    """All labels of a series as text. A resource says which exporter speaks, the point of what: the point goes before."""
    merged = {**resource, **attributes}
    return {key: str(value) for key, value in merged.items() if value not in (None, "")}


def machines_of(series: Iterable[Series]) -> Machines:
    """Places with their GPUs and the models served on them."""
    listed = sorted(series, key=lambda one: (one.name, one.id))
    machines, numbers = Machines(), dict[tuple[str, str], int]()
    held: dict[tuple[int, str], int] = {}
    for one in _one_metric_a_host([one for one in listed if one.name in UTILISATION]):
        host, pod = _first(one.labels, HOSTS), _first(one.labels, PODS)
        place = numbers.setdefault((_bare(host), pod), len(machines.places))
        if place == len(machines.places):
            machines.places.append(GpuPlace(_bare(host) or "unknown", pod))
        found = machines.places[place]
        _name(found, one.labels)
        machines.hosts.setdefault(host, set()).add(place)
        device = (_first(one.labels, DEVICES) or str(one.id)).lower()
        gpu = _first(one.labels, GPU_MODELS)
        number = held.setdefault((place, device), len(machines.devices))
        if number == len(machines.devices):
            machines.devices.append(Device(place, device, gpu))
            found.devices += 1
        if gpu:
            found.gpu_models.add(gpu)
        machines.series[one.id] = (number, UTILISATION[one.name])
    for one in listed:
        if one.name in SERVING and (model := _first(one.labels, MODELS)):
            machines.hosts.setdefault(_first(one.labels, HOSTS), set()).update(
                _serve(machines.places, one.labels, model)
            )
    return machines


def match(origin: GpuOrigin, places: Sequence[GpuPlace]) -> Match:
    """Where a call ran: by the server it called, else by its own pod or host, else by the model it asked for.

    A call to another machine did not run on its own, and one that a vendor bills by the token is not matched by model.
    """
    address = _bare(origin.address)
    if address and address not in LOOPBACK:
        if found := _named(places, (address,)) or _in_pods(places, address.split(".")[0]):
            return Match(found, False)
    else:
        if found := _in_pods(places, origin.pod) or _named(places, origin.hosts):
            return Match(found, True)
    if origin.model and not origin.is_vendors:
        serving = [at for at, one in enumerate(places) if any(same_model(origin.model, name) for name in one.models)]
        near = [at for at in serving if origin.region and origin.region in places[at].regions]
        return Match(tuple(near or serving), False)
    return Match((), False)


def same_model(one: str, other: str) -> bool:
    """Whether two names are of one model: alike but for what routers put before it (hosted_vllm/meta-llama/Llama-3)."""
    one, other = one.lower(), other.lower()
    return one == other or one.endswith(f"/{other}") or other.endswith(f"/{one}")


def _one_metric_a_host(listed: Sequence[Series]) -> list[Series]:
    """Of each host, only the metric that tells of most GPUs: two exporters number the same ones differently."""
    rank = {name: place for place, name in enumerate(UTILISATION)}
    devices: dict[str, dict[str, set[str]]] = {}
    for one in listed:
        seen = devices.setdefault(_bare(_first(one.labels, HOSTS)), {}).setdefault(one.name, set())
        seen.add(_first(one.labels, DEVICES).lower())
    best = {host: max(metrics, key=lambda name: (len(metrics[name]), -rank[name])) for host, metrics in devices.items()}
    return [one for one in listed if best[_bare(_first(one.labels, HOSTS))] == one.name]


def _serve(places: Sequence[GpuPlace], labels: Mapping[str, str], model: str) -> tuple[int, ...]:
    found: tuple[int, ...] = ()
    for pod in _all(labels, PODS):
        found = found or _in_pods(places, pod)
    found = found or _named(places, _all(labels, HOSTS))
    for at in found:
        places[at].models.add(model)
        _name(places[at], labels)
    return found


def _name(place: GpuPlace, labels: Mapping[str, str]) -> None:
    place.names.update(_bare(name) for name in _all(labels, HOSTS))
    place.pods.update(_all(labels, PODS))
    place.regions.update(_all(labels, REGIONS))


def _in_pods(places: Sequence[GpuPlace], pod: str) -> tuple[int, ...]:
    return tuple(at for at, one in enumerate(places) if pod and pod in one.pods)


def _named(places: Sequence[GpuPlace], names: Iterable[str]) -> tuple[int, ...]:
    """Places called so; where there are none, those whose names agree up to the first dot."""
    whole = {_bare(name) for name in names} - {""}
    short = {_short(name) for name in whole}
    found = [at for at, one in enumerate(places) if whole & one.names]
    return tuple(found or [at for at, one in enumerate(places) if short & {_short(name) for name in one.names}])


def _bare(name: str) -> str:
    """A host without scheme, port and path, lower case."""
    name = name.strip().lower().partition("://")[2] or name.strip().lower()
    name = name.partition("/")[0]
    if name.startswith("["):
        return name[1:].partition("]")[0]
    return name.partition(":")[0] if name.count(":") == 1 else name


def _short(name: str) -> str:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return name.partition(".")[0]
    return name


def _first(labels: Mapping[str, str], names: Sequence[str]) -> str:
    return next((labels[name] for name in names if labels.get(name)), "")


def _all(labels: Mapping[str, str], names: Sequence[str]) -> list[str]:
    return [labels[name] for name in names if labels.get(name)]
