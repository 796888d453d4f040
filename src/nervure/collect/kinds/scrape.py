"""Pulls pages of metrics: vLLM, DCGM exporter, TGI, KServe, Triton, node exporter and whatever else Prometheus scrapes.

    [[collectors]]
    name = "gpu"
    kind = "scrape"
    every_s = 15
    settings = { targets = ["10.0.0.5:9400"], rename = { gpu = "gpu.id" }, to_resource = { Hostname = "host.name" } }

`up`, `scrape_duration_seconds` and `scrape_samples_scraped` are written for every target as Prometheus does. A series
that is gone from the page, and all of a target that is down, get one point that says "no value".
"""

import threading
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

import httpx

from nervure.base.errors import DecodeError
from nervure.collect.collector import Kind, Round
from nervure.collect.scraping import Target, check, fetch, opened, targets_of
from nervure.decode.formats.exposition import Place, read_page
from nervure.decode.formats.json_log import Origins
from nervure.decode.formats.otlp_points import NO_VALUE
from nervure.decode.formats.values import flag
from nervure.model.raw import RawBatch, RawMetricPoint

WIRE = "prometheus_scrape"
# Targets asked at the same time.
ABREAST = 8

SeriesKey = tuple[str, str, str]


@dataclass(slots=True)
class _Memory:
    """What a collector remembers between rounds. series: of each target, a point of each as it was last seen."""

    settings: Mapping[str, Any]
    client: httpx.Client
    series: dict[str, dict[SeriesKey, RawMetricPoint]] = field(default_factory=dict)


# Of each collector that runs, by its id.
_memories: dict[str, _Memory] = {}
_lock = threading.Lock()


def run(round_: Round) -> None:
    """Ask every target once."""
    settings = round_.collector.settings
    memory = _memory(round_.collector.id, settings)
    targets = targets_of(settings)
    round_.report.keep_targets({target.url for target in targets})
    with ThreadPoolExecutor(min(len(targets), ABREAST), thread_name_prefix="scrape") as pool:
        for done in [pool.submit(_scrape, round_, target, memory) for target in targets]:
            done.result()


def _memory(collector_id: str, settings: Mapping[str, Any]) -> _Memory:
    """The memory of a collector; a new connection when its settings have changed."""
    with _lock:
        memory = _memories.get(collector_id)
        if memory is None or memory.settings != settings:
            if memory is not None:
                memory.client.close()
            series = memory.series if memory is not None else {}
            memory = _memories[collector_id] = _Memory(settings, opened(settings), series)
        return memory


def _scrape(round_: Round, target: Target, memory: _Memory) -> None:
    if round_.is_stopping():
        return
    settings, clock, inlet = memory.settings, round_.clock, round_.inlet
    place = _place(round_.collector.name, target, settings)
    time_ns, began_s = clock.now_ns(), clock.monotonic_s()
    answer = fetch(memory.client, target, settings, clock)
    took_s, error, points = clock.monotonic_s() - began_s, answer.error, list[RawMetricPoint]()
    if not error:
        try:
            points = read_page(
                answer.body, answer.content_type, place, time_ns, inlet.limits, int(settings["sample_limit"])
            )
        except DecodeError as wrong:
            error = str(wrong)
    ended = _ended(memory, target, points)
    own = _own(place, time_ns, {"up": float(not error), "scrape_duration_seconds": took_s,
                                "scrape_samples_scraped": float(len(points))})  # fmt: skip
    gone = [_no_value(point, time_ns) for point in ended]
    batch = RawBatch(metrics=[*points, *gone, *own])
    round_.report.target(
        target.url, error, len(points), took_s, {"job": place.resource["service.name"], **target.labels}
    )
    receipt = inlet.take(batch, round_.collector.project, WIRE, size=len(answer.body))
    round_.report.taken(receipt.stored, receipt.refused)
    # Only now: what could not be stored is told as ended when it can be.
    memory.series[target.url] = {_identity(point): point for point in points}


def _place(name: str, target: Target, settings: Mapping[str, Any]) -> Place:
    keep, drop = settings["keep"], settings["drop"]

    def is_wanted(metric: str) -> bool:
        if keep and not any(fnmatchcase(metric, pattern) for pattern in keep):
            return False
        return not any(fnmatchcase(metric, pattern) for pattern in drop)

    resource = {
        "service.name": settings["job"] or name,
        "service.instance.id": target.instance,
        "server.address": target.instance.rpartition(":")[0].strip("[]"),
        **settings["resource"],
    }
    return Place(
        resource,
        {**settings["labels"], **target.labels},
        settings["rename"],
        settings["to_resource"],
        is_wanted,
        settings["honor_timestamps"],
    )


def _ended(memory: _Memory, target: Target, points: list[RawMetricPoint]) -> list[RawMetricPoint]:
    """Series that were there the last time and are not now."""
    now = {_identity(point) for point in points}
    return [point for key, point in memory.series.get(target.url, {}).items() if key not in now]


def _identity(point: RawMetricPoint) -> SeriesKey:
    return point.name, repr(sorted(point.attributes.items())), point.origin.resource_json


def _no_value(point: RawMetricPoint, time_ns: int) -> RawMetricPoint:
    flags = list(point.flags)
    flag(flags, NO_VALUE)
    kept = {
        key: value
        for key, value in point.values.items()
        if key in ("unit", "description", "temporality", "is_monotonic")
    }
    return RawMetricPoint(point.origin, point.name, point.type, time_ns, 0, point.attributes, kept, flags)


def _own(place: Place, time_ns: int, values: Mapping[str, float]) -> list[RawMetricPoint]:
    """What is said of the target itself."""
    origin = Origins("prometheus").of(place.resource)
    return [
        RawMetricPoint(origin, name, "gauge", time_ns, 0, dict(place.attributes), {"value": value})
        for name, value in values.items()
    ]


COLLECTOR = Kind(
    "scrape", check, run, every_s=15.0,
    about="Pulls metrics pages as Prometheus does: vLLM, DCGM exporter, TGI, KServe, Triton, node exporter.",
)  # fmt: skip
