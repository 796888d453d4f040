"""GET /api/v1/status: how the server itself is, for the pages that show it."""

import asyncio
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Request
from prometheus_client import REGISTRY
from pydantic import BaseModel, Field

import nervure
from nervure.api.auth import Access, require
from nervure.base.clock import NS_PER_S, iso
from nervure.base.errors import NervureError
from nervure.intake.room import Room, read_room

router = APIRouter(prefix="/api/v1", tags=["health"])


class Queued(BaseModel):
    """What is on its way into the store."""

    requests: int
    bytes: int
    limit_bytes: int = Field(description="When full, senders are told to come again (429).")
    oldest_s: float | None = Field(description="For how long the oldest request waits; null when none does.")
    unsummed_rows: int = Field(
        description="Stored rows not yet in traces, roll-ups and ledger; any question folds them."
    )
    in_flight_items: int = Field(description="Items received and not yet decided.")
    balanced: bool = Field(description="received = stored + refused + dropped + in flight.")


class Written(BaseModel):
    """Since the start."""

    groups: int
    rows: int
    bytes: int


class Disk(BaseModel):
    """Where telemetry is kept. Bytes; null: the store does not tell."""

    used_bytes: int
    tables: dict[str, int]
    free_bytes: int | None
    total_bytes: int | None
    ceiling_bytes: int = Field(description="Setting disk_ceiling_bytes; 0: none.")
    free_min_bytes: int = Field(description="Setting disk_free_min_bytes: below this, old payloads are shed.")
    limit_bytes: int | None = Field(description="What the store may hold before something is shed.")
    bytes_per_day: float | None = Field(description="At the pace of the last 24 hours; null: too early to say.")
    full_at: str | None = Field(description="When the limit is reached at that pace; null: never, or not known.")
    level_bytes: float | None = Field(description="Size at which as much expires as arrives.")
    shed: dict[str, int] = Field(description="What was shed since the start, in weeks.")


class Listening(BaseModel):
    """Where it listens."""

    host: str
    http_port: int
    grpc_port: int | None = Field(description="null: off.")
    loopback: bool = Field(description="Only this machine can reach it.")


class StatusAnswer(BaseModel):
    """The server, as it is now."""

    version: str
    ready: bool
    problems: list[str] = Field(description="What stands against taking telemetry.")
    notices: list[str] = Field(description="What an operator should know though it does not stop the work.")
    started: str | None = Field(description="When the process began; null where the system does not tell.")
    now: str
    store: Literal["embedded", "cluster"]
    store_version: str
    catalog: str = Field(description="Name and version of the catalog's database.")
    data: str = Field(description="The data folder.")
    auth: bool
    default_project: str
    retention_days: int
    memory_bytes: int | None = Field(description="Resident memory of the process.")
    store_memory_bytes: int = Field(description="Ceiling of the embedded engine.")
    listening: Listening
    queue: Queued
    written: Written
    disk: Disk | None = Field(description="null: the store does not answer; see problems.")


@router.get("/status")
async def status(request: Request, access: Annotated[Access, Depends(require("read"))]) -> StatusAnswer:
    """Version, readiness, queue, disk, memory and addresses of this server."""
    return await asyncio.to_thread(_status, access, request.app.state.ports)


def _status(access: Access, ports: dict[str, int | None]) -> StatusAnswer:
    house = access.house
    settings, intake = house.settings, house.intake
    problems = list(intake.ready())
    store_version, catalog = "", ""
    disk = None
    try:
        store_version = house.engine.ping()
        disk = _disk(access)
    except NervureError as error:
        problems.append(f"the store does not answer: {error}")
    try:
        catalog = house.catalog.ping()
    except NervureError as error:
        problems.append(f"the catalog does not answer: {error}")
    groups, rows, size = intake.written
    started_s = REGISTRY.get_sample_value("process_start_time_seconds")
    memory = REGISTRY.get_sample_value("process_resident_memory_bytes")
    return StatusAnswer(
        version=nervure.__version__,
        ready=not problems,
        problems=problems,
        notices=list(intake.notices.values()),
        started=iso(int(started_s * NS_PER_S)) if started_s else None,
        now=iso(house.clock.now_ns()),
        store="embedded" if settings.is_embedded else "cluster",
        store_version=store_version,
        catalog=catalog,
        data=str(settings.data.resolve()),
        auth=settings.auth,
        default_project=settings.default_project,
        retention_days=settings.retention_days,
        memory_bytes=int(memory) if memory else None,
        store_memory_bytes=settings.store_memory_bytes,
        listening=Listening(
            host=settings.host, http_port=ports["http"] or 0, grpc_port=ports["grpc"], loopback=settings.is_loopback
        ),
        queue=Queued(
            requests=intake.waiting_requests,
            bytes=intake.waiting_bytes,
            limit_bytes=settings.queue_bytes,
            oldest_s=intake.oldest_wait_s,
            unsummed_rows=intake.unsummed_rows,
            in_flight_items=intake.ledger.in_flight,
            balanced=intake.is_balanced(),
        ),
        written=Written(groups=groups, rows=rows, bytes=size),
        disk=disk,
    )


def _disk(access: Access) -> Disk:
    house = access.house
    room: Room = read_room(house.engine, house.settings, house.clock.now_ns())
    return Disk(
        used_bytes=room.used_bytes,
        tables=room.tables,
        free_bytes=room.free_bytes,
        total_bytes=room.total_bytes,
        ceiling_bytes=house.settings.disk_ceiling_bytes,
        free_min_bytes=house.settings.disk_free_min_bytes,
        limit_bytes=room.limit_bytes,
        bytes_per_day=room.bytes_per_day,
        full_at=None if room.full_ns is None else iso(room.full_ns),
        level_bytes=room.level_bytes,
        shed=dict(house.intake.shed),
    )
