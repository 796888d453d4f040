"""GET /api/v1/ledger: what became of everything that was sent, over time, and why something was refused."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, Field

from nervure.api.auth import Access, require
from nervure.api.reach import only_project
from nervure.base.clock import NS_PER_S, iso
from nervure.base.errors import QueryError
from nervure.intake.account import MOST_LINES, AccountLine, read_ledger
from nervure.intake.flow import read_flow, width_for
from nervure.query.times import parse_span, parse_time

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


class FlowPoint(BaseModel):
    """What arrived in a bucket and what became of it."""

    time: str = Field(description="Begin of the bucket.")
    requests: int
    received: int
    stored: int
    refused: int
    dropped: dict[str, int]
    bytes: int


class FlowAnswer(BaseModel):
    """The ledger over time: every bucket of the range, oldest first, empty ones too."""

    items: list[FlowPoint]
    next_cursor: None = None
    every_s: int = Field(description="Seconds of a bucket.")


class RefusalAnswer(BaseModel):
    """A reason for which telemetry was turned away."""

    sender: str = Field(description="Its User-Agent.")
    wire: str
    door: str = Field(description="http or grpc.")
    status: int = Field(description="HTTP status of the answer; 200: only a part of the request was refused.")
    retryable: bool = Field(description="The sender was asked to come again; nothing is lost when it does.")
    message: str = Field(description="What the sender was told, the latest time.")
    requests: int
    items: int = Field(description="Refused items, as far as they were counted.")
    known_project: bool = Field(description="False: refused before the project was known, e.g. without a key.")
    first_seen: str
    last_seen: str


class RefusalList(BaseModel):
    """Reasons, the latest first."""

    items: list[RefusalAnswer]
    next_cursor: None = None


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


@router.get("/ledger/flow")
def flow(
    access: Annotated[Access, Depends(require("read"))],
    from_: Annotated[str, Query(alias="from", description="Arrival, e.g. -1h or an ISO 8601 time.")] = "-1h",
    to: Annotated[str, Query(description="Arrival, exclusive.")] = "now",
    every: Annotated[str, Query(description="Length of a bucket, e.g. 1m; one that suits when left out.")] = "",
    signal: Annotated[
        Literal["", "spans", "logs", "metrics", "scores", "predictions", "truths"], Query(description="Only this one.")
    ] = "",
    sdk: Annotated[str | None, Query(description="Only this SDK.")] = None,
) -> FlowAnswer:
    """The ledger of the project over time."""
    house = access.house
    house.intake.settle()
    now_ns = house.clock.now_ns()
    from_ns, to_ns = parse_time(from_, now_ns), parse_time(to, now_ns)
    every_s = parse_span(every) // NS_PER_S if every else width_for(from_ns, to_ns)
    if every_s < 1:
        raise QueryError(f"every = {every!r}: a bucket is at least a second long")
    points = [
        FlowPoint(
            time=iso(one.time_ns), requests=one.requests, received=one.received, stored=one.stored,
            refused=one.refused, dropped=one.dropped, bytes=one.bytes,
        )
        for one in read_flow(house.engine, access.project, from_ns, to_ns, every_s, signal, sdk)
    ]  # fmt: skip
    return FlowAnswer(items=points, every_s=every_s)


@router.get("/ledger/refusals")
def refusals(access: Annotated[Access, Depends(require("read"))]) -> RefusalList:
    """Why telemetry was turned away since this server began, with what the sender was told.

    A key of one project does not see senders whose project nobody knows.
    """
    found = access.house.intake.refusals.list(access.project, with_unknown=not only_project(access))
    return RefusalList(
        items=[
            RefusalAnswer(
                sender=one.sender, wire=one.wire, door=one.door, status=one.status,
                retryable=one.status in (429, 503), message=one.message, requests=one.requests, items=one.items,
                known_project=bool(one.project), first_seen=iso(one.first_ns), last_seen=iso(one.last_ns),
            )
            for one in found
        ]
    )  # fmt: skip


def _line(line: AccountLine) -> LedgerLine:
    return LedgerLine(
        project=line.project, sdk=line.sdk, signal=line.signal,
        minute=None if line.minute_ns is None else iso(line.minute_ns),
        requests=line.requests, received=line.received, stored=line.stored, refused=line.refused,
        dropped=line.dropped, bytes=line.bytes, balanced=line.is_balanced,
    )  # fmt: skip
