"""/api/v1/gpu: what GPU time was used for, how much stood idle, and what an hour of a GPU costs."""

from dataclasses import replace
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from nervure.api.asking import ask
from nervure.api.auth import Access, require
from nervure.api.reach import actor_of, check_reach, only_project
from nervure.base.clock import iso, parse_iso
from nervure.base.errors import BadInput, NotFound
from nervure.model.gpu import GpuPrice
from nervure.price.gpu import checked_gpu_price
from nervure.query import times
from nervure.query.asker import Asker
from nervure.query.gpu import DECODE, answer, attribute

router = APIRouter(prefix="/api/v1/gpu", tags=["gpu"])
Reader = Annotated[Access, Depends(require("read"))]
Admin = Annotated[Access, Depends(require("admin"))]


class GpuAmounts(BaseModel):
    """GPU time and money; gpu_seconds = attributed + unattributed + idle, and so the money. Money is null without a price."""

    gpu_seconds: float = Field(description="Wall time of every GPU that was measured.")
    attributed_gpu_seconds: float = Field(description="Busy, and shared out to calls.")
    unattributed_gpu_seconds: float = Field(description="Busy while no call is known to have run there.")
    idle_gpu_seconds: float
    idle_share: float | None = Field(description="0 to 1; null without GPUs.")
    full_share: float | None = Field(description="Share of the time in windows at least 95 % busy: no room was left.")
    usd: float | None
    attributed_usd: float | None
    unattributed_usd: float | None
    idle_usd: float | None
    unpriced_gpu_seconds: float = Field(description="GPU seconds no price is known for; they are not in the money.")


class GpuTotals(GpuAmounts):
    gpus: int


class GpuUse(BaseModel):
    """What some calls used."""

    gpu_seconds: float
    share: float | None = Field(description="Of what was attributed, 0 to 1.")
    usd: float | None
    usd_with_idle: float | None = Field(
        description="With as large a part of the idle cost as it has of the attributed."
    )
    unpriced_gpu_seconds: float


class GpuItem(GpuUse):
    value: str = Field(description='Value of the field; "" for calls that do not say it.')
    calls: int
    tokens: int


class GpuPlaceAnswer(GpuAmounts):
    """GPUs of a host, or of a pod on it."""

    host: str
    pod: str
    gpus: int
    gpu_models: list[str]
    models: list[str] = Field(description="Models that servers there say they serve.")
    regions: list[str]
    usd_per_gpu_hour: float | None = Field(description="At the end of the range; null when they differ or have none.")
    prices: list[str] = Field(description="Names of the prices that hold at the end of the range.")


class GpuPoint(BaseModel):
    """GPU seconds of a stretch of time."""

    time: str
    attributed: float
    unattributed: float
    idle: float


class GpuCalls(BaseModel):
    """Calls of models in the range, by what is known of where they ran."""

    matched: int = Field(description="On GPUs that were measured.")
    vendors: int = Field(description="Elsewhere, at a price by the token.")
    unmatched: int = Field(description="Nobody knows where.")
    is_complete: bool = Field(
        description="False: calls say so many things of where they ran that the rarest are left out."
    )
    unmeasured_seconds: float = Field(description="Time matched calls ran while their GPUs were not measured.")


class GpuHint(BaseModel):
    """What keeps the answer from being whole, and what to do."""

    code: str = Field(description="no_gpus, no_price, no_calls or unmeasured.")
    text: str


class GpuAttribution(BaseModel):
    """GPU time of a range and what it was used for."""

    by: str
    from_: str = Field(alias="from")
    to: str
    window_s: float
    every_s: float = Field(description="Between points.")
    totals: GpuTotals
    items: list[GpuItem] = Field(description="Most GPU time first.")
    other: GpuUse | None = Field(description="What lies beyond the items.")
    places: list[GpuPlaceAnswer]
    points: list[GpuPoint]
    calls: GpuCalls
    hints: list[GpuHint]


class GpuPriceFields(BaseModel):
    """What one GPU costs an hour. Patterns such as *H100*, in any case; empty fits any."""

    model_config = ConfigDict(extra="forbid")

    usd_per_hour: float = Field(description="USD per hour of one GPU.")
    gpu: str = Field("", description="Pattern of the GPU's model, e.g. *H100*.")
    host: str = Field("", description="Pattern of the host, e.g. gpu-eu-*. A price that names hosts goes first.")
    valid_from: str | None = Field(None, description="ISO 8601; from when on it holds.")
    valid_to: str | None = Field(None, description="ISO 8601; until when, not included.")
    note: str = ""


class NewGpuPrice(GpuPriceFields):
    name: str


class GpuPriceAnswer(NewGpuPrice):
    """A price of a GPU hour."""

    id: str
    project: str
    author: str
    created: str | None
    changed: str | None


class GpuPriceList(BaseModel):
    """Prices by name."""

    items: list[GpuPriceAnswer]
    next_cursor: None = None


@router.get("/attribution", response_model=None, responses={200: {"model": GpuAttribution}})
async def attribution(
    request: Request,
    access: Reader,
    by: Annotated[
        str, Query(description='A field of calls, e.g. team, tenant, model, trace_id or attr["k"].')
    ] = "team",
    from_: Annotated[str, Query(alias="from")] = "-24h",
    to: str = "now",
    limit: Annotated[int, Query(ge=1, le=1000, description="Most items; what lies beyond is `other`.")] = 50,
    window: Annotated[
        str, Query(description="Length of a window, 10s to 1h; one that suits the range by default.")
    ] = "",
    decode: Annotated[float, Query(ge=0, le=1000, description="Input tokens an output token counts as.")] = DECODE,
) -> Response:
    """GPU seconds and money by what they were used for, with what stood idle. At most 92 days."""
    prices = _prices(access)

    def answered(asker: Asker) -> dict[str, Any]:
        runner = asker.runner(access.project)
        begin, end = times.parse_time(from_, runner.now_ns), times.parse_time(to, runner.now_ns)
        found = attribute(runner, prices, by, begin, end, limit, times.parse_span(window) if window else 0, decode)
        return answer(found, prices, by)

    return await ask(request, access, answered)


@router.get("/prices")
def list_gpu_prices(access: Reader) -> GpuPriceList:
    """What an hour of a GPU costs, in this project."""
    return GpuPriceList(items=[_answer(one) for one in _prices(access)])


@router.post("/prices", status_code=201)
def create_gpu_price(access: Admin, body: NewGpuPrice) -> GpuPriceAnswer:
    """Say what an hour of a GPU costs. It holds for all stored GPU time within its dates at once."""
    check_reach(access, access.project)
    wanted = _price(access, body.name, body)
    return _answer(access.house.catalog.gpu_prices.create(wanted, actor_of(access)))


@router.put("/prices/{name:path}")
def put_gpu_price(access: Admin, name: str, body: GpuPriceFields) -> GpuPriceAnswer:
    """Make the price of that name, or replace it as a whole."""
    check_reach(access, access.project)
    kept = access.house.catalog.gpu_prices
    before = next((one for one in _prices(access) if name in (one.name, one.id)), None)
    if before is None:
        return _answer(kept.create(_price(access, name, body), actor_of(access)))
    wanted = _price(access, before.name, body)
    made = replace(wanted, id=before.id, author=before.author, created_ns=before.created_ns)
    return _answer(kept.update(replace(made, changed_ns=before.changed_ns), actor_of(access)))


@router.delete("/prices/{name:path}", status_code=204)
def delete_gpu_price(access: Admin, name: str) -> None:
    """Take a price away, by name or id."""
    check_reach(access, access.project)
    for one in _prices(access):
        if name in (one.name, one.id):
            access.house.catalog.gpu_prices.delete(one.id, actor_of(access))
            return
    raise NotFound(f"there is no price of a GPU hour {name!r}: GET /api/v1/gpu/prices lists those there are")


def _prices(access: Access) -> list[GpuPrice]:
    only = only_project(access) or access.project
    return [one for one in access.house.catalog.gpu_prices.list() if one.project == only]


def _price(access: Access, name: str, body: GpuPriceFields) -> GpuPrice:
    return checked_gpu_price(
        GpuPrice(
            id="", project=access.project, name=name, usd_per_hour=body.usd_per_hour, gpu=body.gpu, host=body.host,
            valid_from_ns=_time_ns("valid_from", body.valid_from), valid_to_ns=_time_ns("valid_to", body.valid_to),
            note=body.note,
        )
    )  # fmt: skip


def _time_ns(name: str, said: str | None) -> int | None:
    if not said:
        return None
    try:
        return parse_iso(said)
    except ValueError as error:
        raise BadInput(f"{name} = {said!r}: write a time in ISO 8601, e.g. 2026-01-31T00:00:00Z") from error


def _answer(one: GpuPrice) -> GpuPriceAnswer:
    def when(ns: int | None) -> str | None:
        return None if not ns else iso(ns)

    return GpuPriceAnswer(
        id=one.id, project=one.project, name=one.name, usd_per_hour=one.usd_per_hour, gpu=one.gpu, host=one.host,
        valid_from=when(one.valid_from_ns), valid_to=when(one.valid_to_ns), note=one.note, author=one.author,
        created=when(one.created_ns), changed=when(one.changed_ns),
    )  # fmt: skip
