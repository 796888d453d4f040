"""GET /api/v1/prices/book: the price book, searched by words."""

from datetime import date
from decimal import Decimal
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, Field

from nervure.api.auth import Access, require
from nervure.base.clock import NS_PER_S
from nervure.base.errors import BadInput
from nervure.price.book import EPOCH, Book, Entry
from nervure.price.tariff import Tariff

router = APIRouter(prefix="/api/v1", tags=["prices"])
DAY_NS = 86_400 * NS_PER_S


class BookEntry(BaseModel):
    """A model of the price book. Tokens: USD per million; null: costs what `input` or `output` does."""

    provider: str
    provider_name: str
    model: str
    name: str
    priced: bool = Field(description="False: the book knows the model and has no price for it.")
    input: float | None
    cached_input: float | None
    cache_write: float | None
    audio_input: float | None
    output: float | None
    reasoning: float | None
    audio_output: float | None
    per_request: float | None = Field(description="USD per call.")
    steps: list[int] = Field(description="Prompt tokens above which dearer prices begin; shown are those below.")
    varies_by_time: bool = Field(description="Other prices at other times of the day; shown is midnight UTC.")
    comment: str


class BookAnswer(BaseModel):
    """What was found, the shortest model names first."""

    items: list[BookEntry]
    next_cursor: None = None
    total: int = Field(description="How many there are; when more than items, search more closely.")
    book: str = Field(description="Name and version of the price book.")
    day: str = Field(description="Day for which the prices hold.")


@router.get("/prices/book")
def search_book(
    access: Annotated[Access, Depends(require("read"))],
    search: Annotated[str, Query(description="Words of provider, model id or name, parted by blanks.")] = "",
    on: Annotated[str, Query(description="Day the prices shall hold for, e.g. 2026-01-31; today when left out.")] = "",
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
) -> BookAnswer:
    """Models of the maintained price book with their prices on a day."""
    today = access.house.clock.now_ns() // DAY_NS
    try:
        day = (date.fromisoformat(on) - EPOCH).days if on else today
    except ValueError as error:
        raise BadInput(f"on = {on!r}: write a day, e.g. 2026-01-31") from error
    book = Book()
    entries, total = book.search(search, day, limit)
    items = [_answer(entry) for entry in entries]
    return BookAnswer(
        items=items, total=total, book=book.source, day=date.fromordinal(EPOCH.toordinal() + day).isoformat()
    )


def _answer(entry: Entry) -> BookEntry:
    tariff = entry.tariff or Tariff("", "")

    def usd(value: Decimal | None) -> float | None:
        return None if value is None else float(value)

    return BookEntry(
        provider=entry.provider, provider_name=entry.provider_name, model=entry.model, name=entry.name,
        priced=entry.tariff is not None, input=usd(tariff.input), cached_input=usd(tariff.cached_input),
        cache_write=usd(tariff.cache_write), audio_input=usd(tariff.audio_input), output=usd(tariff.output),
        reasoning=usd(tariff.reasoning), audio_output=usd(tariff.audio_output), per_request=usd(tariff.per_request),
        steps=list(entry.steps), varies_by_time=entry.varies_by_time, comment=entry.comment,
    )  # fmt: skip
