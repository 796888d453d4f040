"""/api/v1/spending: tokens and money by token class, for any dimension."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import BaseModel, Field

from nervure.api.asking import ask
from nervure.api.auth import Access, require
from nervure.api.paging import Where
from nervure.query.spending import spending_of

router = APIRouter(prefix="/api/v1", tags=["spending"])


class SpentAnswer(BaseModel):
    """Sums of one group over billable calls. Classes do not overlap; absent ones are nought."""

    value: str | None = Field(description="Value of the field; null: all that lies beyond the groups.")
    calls: int
    priced: int = Field(
        description="Calls with a price. Failed ones that report no tokens are neither priced nor unpriced."
    )
    unpriced: int = Field(description="Calls no price is known for; they are not in the money.")
    total: float | None = Field(description="USD; null when no call has a price.")
    tokens: dict[str, int] = Field(
        description="By class: input, cached_input, cache_write, audio_input, output, reasoning, audio_output."
    )
    cost: dict[str, float] = Field(description="USD by class; besides: fees (by call or second), unsplit.")
    saved: float = Field(description="USD spared by cached input: its tokens times (price of input - price of cached).")
    premium: float = Field(description="USD cache writes cost above plain input.")


class SpendingAnswer(BaseModel):
    """Groups, most money first, and all together."""

    by: str
    items: list[SpentAnswer]
    groups: int = Field(description="How many there are, also beyond the limit.")
    totals: SpentAnswer
    query: dict[str, Any] = Field(description="The Query behind the sums.")
    stats: dict[str, Any]


@router.get("/spending", response_model=None, responses={200: {"model": SpendingAnswer}})
async def spending(
    request: Request,
    access: Annotated[Access, Depends(require("read"))],
    by: Annotated[str, Query(description='A field, e.g. `model`, `user` or `attr["k"]`; empty: the sums alone.')] = "",
    where: Where = "",
    from_: Annotated[str, Query(alias="from")] = "-24h",
    to: str = "now",
    limit: Annotated[int, Query(ge=1, le=1000)] = 50,
) -> Response:
    """Where the money went, by token class, and what caches saved."""
    pricer = access.house.pricer
    return await ask(
        request, access, lambda asker: spending_of(asker, pricer, access.project, by, where, from_, to, limit)
    )
