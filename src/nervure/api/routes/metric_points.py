"""GET /api/v1/metrics/points: the data points of one metric, as they were sent."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, Field

from nervure.api.auth import Access, require
from nervure.query.lists import MAX_LIMIT, Page

router = APIRouter(prefix="/api/v1", tags=["metrics"])


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


@router.get("/metrics/points")
def points(
    access: Annotated[Access, Depends(require("read"))],
    name: Annotated[str, Query(description="Name of the metric, e.g. gen_ai.client.token.usage.")],
    from_: Annotated[str, Query(alias="from", description="An ISO 8601 time or e.g. -1h; empty: all.")] = "",
    to: Annotated[str, Query(description="As `from`, exclusive.")] = "",
    limit: Annotated[int, Query(ge=1, le=MAX_LIMIT)] = 200,
    cursor: Annotated[str, Query(description="next_cursor of the page before.")] = "",
    order: Annotated[Literal["newest", "oldest"], Query()] = "newest",
) -> PointList:
    """Values, buckets and exemplars of one metric, point by point."""
    page = Page(since=from_, until=to, limit=limit, cursor=cursor, order=order)
    return PointList.model_validate(access.house.asker.points(access.project, name, page))
