"""GET /api/v1/ledger: what became of everything that was sent."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, Field

from nervure.api.auth import Access, require
from nervure.base.clock import iso
from nervure.intake.account import MOST_LINES, AccountLine, read_ledger
from nervure.query.times import parse_time

router = APIRouter(prefix="/api/v1", tags=["ledger"])


class LedgerLine(BaseModel):
    """received = stored + refused + the sum of dropped; `balanced` says whether that holds."""

    project: str
    sdk: str = Field(description="Name of the sending SDK; empty for items turned away before they were understood.")
    signal: str = Field(description="spans, logs, metrics or scores.")
    minute: str | None = Field(description="Begin of the minute of arrival; null without by=minute.")
    requests: int
    received: int
    stored: int
    refused: int = Field(description="Items the sender was told about.")
    dropped: dict[str, int] = Field(description="Reason to items left out on purpose, e.g. duplicate.")
    bytes: int = Field(description="Size of the requests, decompressed.")
    balanced: bool


class LedgerAnswer(BaseModel):
    """Lines, and whether all of them balance."""

    items: list[LedgerLine]
    next_cursor: None = None
    balanced: bool
    in_flight: int = Field(description="Items received by this process and not yet decided.")


@router.get("/ledger")
def ledger(
    access: Annotated[Access, Depends(require("read"))],
    from_: Annotated[str, Query(alias="from", description="Arrival, e.g. -1h or an ISO 8601 time.")] = "-1h",
    to: Annotated[str, Query(description="Arrival, exclusive.")] = "now",
    by: Annotated[Literal["", "minute"], Query(description="`minute`: a line per minute.")] = "",
    limit: Annotated[int, Query(ge=1, le=MOST_LINES)] = 1000,
) -> LedgerAnswer:
    """What senders sent to the project and what became of it, per SDK and signal, newest first."""
    house = access.house
    house.intake.settle()
    now_ns = house.clock.now_ns()
    # A batch being written at this moment carries a time up to a second in the past: `now` includes it.
    from_ns, to_ns = parse_time(from_, now_ns), parse_time(to, now_ns + 1_000_000_000)
    lines = [_line(line) for line in read_ledger(house.engine, access.project, from_ns, to_ns, by == "minute", limit)]
    return LedgerAnswer(
        items=lines,
        balanced=all(line.balanced for line in lines) and house.intake.is_balanced(),
        in_flight=house.intake.ledger.in_flight,
    )


def _line(line: AccountLine) -> LedgerLine:
    return LedgerLine(
        project=line.project, sdk=line.sdk, signal=line.signal,
        minute=None if line.minute_ns is None else iso(line.minute_ns),
        requests=line.requests, received=line.received, stored=line.stored, refused=line.refused,
        dropped=line.dropped, bytes=line.bytes, balanced=line.is_balanced,
    )  # fmt: skip
