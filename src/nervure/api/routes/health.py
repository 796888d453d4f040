"""/healthz (the process lives), /readyz (it can do its work), /metrics (Prometheus)."""

from collections.abc import Iterator
from typing import Any

from fastapi import APIRouter
from prometheus_client import REGISTRY
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import generate_latest
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

import nervure
from nervure.api.house import House
from nervure.api.outward import collect_metrics, forward_metrics
from nervure.base.errors import NervureError

router = APIRouter(include_in_schema=True, tags=["health"])

EXPOSITION = "text/plain; version=0.0.4; charset=utf-8"


@router.get("/healthz")
def healthz() -> PlainTextResponse:
    """200 while the process answers at all."""
    return PlainTextResponse("ok\n")


@router.get("/readyz")
def readyz(request: Request) -> JSONResponse:
    """200 when telemetry can be stored and asked about, else 503 with the reasons in words."""
    house: House = request.app.state.house
    problems = list(house.intake.ready())
    version = ""
    try:
        version = house.engine.ping()
    except NervureError as error:
        problems.append(f"the store does not answer: {error}")
    # What is wrong but does not stop the work: shed payloads, for instance.
    notices = list(house.intake.notices.values())
    if house.forwarding.problem:
        notices.append(house.forwarding.problem)
    body: dict[str, Any] = {
        "ready": not problems,
        "problems": problems,
        "notices": notices,
        "version": nervure.__version__,
        "engine": version,
    }
    return JSONResponse(body, 200 if not problems else 503)


@router.get("/metrics", response_class=PlainTextResponse)
def metrics(request: Request) -> Response:
    """Nervure's own numbers in Prometheus' text format."""
    house: House = request.app.state.house
    own = b"".join(generate_latest(_One(metric)) for metric in collect(house))
    return Response(own + generate_latest(REGISTRY), media_type=EXPOSITION)


def collect(house: House) -> Iterator[Metric]:
    """The numbers of one house, read when asked: counting costs the hot path nothing more than the ledger does."""
    yield from _ledger(house)
    intake = house.intake
    groups, rows, size = intake.written
    yield GaugeMetricFamily("nervure_intake_waiting_bytes", "Bytes waiting for the store.", intake.waiting_bytes)
    yield GaugeMetricFamily("nervure_intake_queue_bytes", "Bound of the above.", house.settings.queue_bytes)
    yield GaugeMetricFamily("nervure_intake_waiting_requests", "Requests waiting.", intake.waiting_requests)
    yield CounterMetricFamily("nervure_intake_groups", "Groups committed to the store.", groups)
    yield CounterMetricFamily("nervure_intake_rows", "Rows committed to the store.", rows)
    yield CounterMetricFamily("nervure_intake_bytes", "Bytes of rows committed to the store.", size)
    yield GaugeMetricFamily("nervure_ready", "1 when telemetry can be stored.", float(not intake.ready()))
    yield GaugeMetricFamily(
        "nervure_ledger_balanced", "1 when every item is accounted for.", float(intake.is_balanced())
    )
    shed = CounterMetricFamily("nervure_shed_partitions", "Weeks shed at the disk ceiling.", labels=["what"])
    for what, count in intake.shed.items():
        shed.add_metric([what], count)
    yield shed
    yield from forward_metrics(house.forwarding)
    yield from collect_metrics(house.collecting)
    try:
        disk = house.engine.disk()
    except NervureError:
        return
    table = GaugeMetricFamily("nervure_store_bytes", "Bytes on disk per table.", labels=["table"])
    for name, used in disk.tables.items():
        table.add_metric([name], used)
    yield table
    if disk.free_bytes is not None:
        yield GaugeMetricFamily("nervure_disk_free_bytes", "Free bytes of the store's disk.", disk.free_bytes)


def _ledger(house: House) -> Iterator[Metric]:
    labels = ["project", "sdk", "signal"]
    received = CounterMetricFamily("nervure_ledger_received", "Items received.", labels=labels)
    stored = CounterMetricFamily("nervure_ledger_stored", "Items stored.", labels=labels)
    refused = CounterMetricFamily("nervure_ledger_refused", "Items refused; the sender was told.", labels=labels)
    dropped = CounterMetricFamily("nervure_ledger_dropped", "Items left out.", labels=[*labels, "reason"])
    for account, total in house.intake.ledger.totals().items():
        received.add_metric(account, total.received)
        stored.add_metric(account, total.stored)
        refused.add_metric(account, total.refused)
        for reason, count in total.dropped.items():
            dropped.add_metric([*account, reason], count)
    yield from (received, stored, refused, dropped)


class _One:
    """What generate_latest wants of a registry."""

    def __init__(self, metric: Metric) -> None:
        self._metric = metric

    def collect(self) -> Iterator[Metric]:
        yield self._metric
