"""GET /api/v1/metrics/points and /exemplars: the data points of one metric, as they were sent, and their traces."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import BaseModel, Field

from nervure.api.asking import ask
from nervure.api.auth import Access, require
from nervure.api.paging import Paged

router = APIRouter(prefix="/api/v1", tags=["metrics"])
Reader = Annotated[Access, Depends(require("read"))]
Name = Annotated[str, Query(description="Name of the metric, e.g. gen_ai.client.token.usage.")]


class ExemplarAnswer(BaseModel):
    """A measured example behind a point; its ids join to a span."""

    time: str
    value: float
    trace_id: str
    span_id: str
    attributes: dict[str, Any]


class PointAnswer(BaseModel):
    """A data point of the OTLP data model; members that its type does not have are null or empty."""

    name: str
    time: str | None
    start: str | None = Field(description="Begin of what a sum or histogram covers; null when not said.")
    received: str | None
    type: str = Field(description="gauge, sum, histogram, exponential_histogram or summary.")
    description: str
    unit: str
    is_monotonic: bool
    temporality: str = Field(description="delta, cumulative, or empty.")
    value: int | float | None
    is_int: bool
    count: int | None
    sum: float | None
    min: float | None
    max: float | None
    bounds: list[float] = Field(description="Upper bounds of buckets; there is one bucket more.")
    buckets: list[int]
    scale: int | None
    zero_count: int | None
    zero_threshold: float | None
    positive_offset: int
    positive_buckets: list[int]
    negative_offset: int
    negative_buckets: list[int]
    quantiles: list[tuple[float, float | None]]
    exemplars: list[ExemplarAnswer]
    service: str
    environment: str
    attributes: dict[str, Any]
    resource: dict[str, Any]
    scope: dict[str, Any]
    flags: list[str]


class PointList(BaseModel):
    """A page of points."""

    items: list[PointAnswer]
    next_cursor: str | None


class LabelledExemplar(ExemplarAnswer):
    """An exemplar and the point it belongs to."""

    service: str
    labels: dict[str, str]


class ExemplarList(BaseModel):
    items: list[LabelledExemplar]
    next_cursor: None = None


@router.get("/metrics/exemplars", response_model=None, responses={200: {"model": ExemplarList}})
async def exemplars(request: Request, access: Reader, page: Paged, name: Name) -> Response:
    """Measured examples that name a trace. `order`: newest, or largest for the greatest values first. One page only."""
    return await ask(request, access, lambda asker: asker.exemplars(access.project, name, page))


@router.get("/metrics/points", response_model=None, responses={200: {"model": PointList}})
async def points(
    request: Request,
    access: Reader,
    page: Paged,
    name: Name,
) -> Response:
    """Values, buckets and exemplars of one metric, point by point. `where` knows service, attr[...] and others."""
    return await ask(request, access, lambda asker: asker.points(access.project, name, page))
