"""/api/v1/forecast: what a sum will come to, with its interval."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import BaseModel, Field

from nervure.api.asking import ask
from nervure.api.auth import Access, require
from nervure.api.paging import Where
from nervure.query.outlook import outlook_of

router = APIRouter(prefix="/api/v1", tags=["forecast"])


class Past(BaseModel):
    """A whole day of the history."""

    time: str
    value: float


class Ahead(Past):
    """A day ahead with its 95 % prediction interval."""

    low: float
    high: float


class Month(BaseModel):
    """The running month. projected includes what is spent."""

    from_: str = Field(alias="from")
    to: str
    spent: float
    projected: float
    low: float
    high: float


class ForecastAnswer(BaseModel):
    """History, what follows, and what the month will end at."""

    measure: str
    unit: str
    every: str = Field(description="Width of a step: 1d.")
    method: str
    level: float = Field(description="Of the intervals.")
    enough: bool = Field(description="False: too little data; `reason` says how much is missing.")
    reason: str
    history: list[Past]
    forecast: list[Ahead]
    month: Month | None = Field(description="null: not enough data to say.")


@router.get("/forecast", response_model=None, responses={200: {"model": ForecastAnswer}})
async def forecast(
    request: Request,
    access: Annotated[Access, Depends(require("read"))],
    measure: Annotated[str, Query(description="cost.sum, count, traces or tokens.<class>.")] = "cost.sum",
    where: Where = "",
    offset: Annotated[str, Query(description="East of UTC, e.g. +02:00: where days and months begin.")] = "",
) -> Response:
    """Forecast of a sum from up to eight weeks of history to the end of the month."""
    return await ask(request, access, lambda asker: outlook_of(asker, access.project, measure, where, offset))
