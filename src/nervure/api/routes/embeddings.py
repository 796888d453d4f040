"""GET /api/v1/embeddings: what compares texts by meaning, and what it costs."""

from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field

from nervure.api.auth import Access, require
from nervure.evaluate.chosen import meter
from nervure.evaluate.embeddings.embedder import embedder

router = APIRouter(prefix="/api/v1", tags=["judges"])


class EmbeddingsSpent(BaseModel):
    """Money of the embeddings API in USD, of the server and its workers together. Days are of UTC."""

    usd_per_day: float | None = Field(description="The setting embeddings_usd_per_day; null: no limit.")
    usd_per_million: float | None = Field(
        description="Price of a million tokens; null: not known, and then nothing is booked."
    )
    day_usd: float
    day_set_aside_usd: float = Field(description="For requests under way, at their most.")
    day_calls: int
    in_all_usd: float


class EmbeddingsAnswer(BaseModel):
    """name: as the setting `embeddings` names it."""

    name: str
    spent: EmbeddingsSpent | None = Field(description="Null for a model on this machine, which costs nothing.")


@router.get("/embeddings")
def embeddings(_: Annotated[Access, Depends(require("read"))]) -> EmbeddingsAnswer:
    """Which embeddings are in force, and what they have cost."""
    priced = meter()
    spent = priced.spent() if priced is not None else None
    if spent is None:
        return EmbeddingsAnswer(name=embedder().name, spent=None)
    return EmbeddingsAnswer(
        name=embedder().name,
        spent=EmbeddingsSpent(
            usd_per_day=spent.limit_usd, usd_per_million=spent.usd_per_million, day_usd=spent.today.spent_usd,
            day_set_aside_usd=spent.today.reserved_usd, day_calls=spent.today.calls, in_all_usd=spent.in_all.spent_usd,
        ),
    )  # fmt: skip
