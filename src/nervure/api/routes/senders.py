"""GET /api/v1/senders: who sends telemetry, in which dialect, and how it fares."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import BaseModel, Field

from nervure.api.asking import ask
from nervure.api.auth import Access, require
from nervure.base.clock import iso
from nervure.intake.account import AccountLine, read_ledger
from nervure.query.asker import Asker
from nervure.query.senders import SeenSender
from nervure.query.times import parse_time

router = APIRouter(prefix="/api/v1", tags=["ledger"])


class SenderAnswer(BaseModel):
    """One kind of sender."""

    signal: str = Field(description="spans, logs or metrics.")
    service: str
    sdk: str
    sdk_version: str
    language: str = Field(description="Of the SDK; empty when it does not say.")
    convention: str = Field(description="Dialect its spans were read in; empty for other signals.")
    items: int = Field(description="Spans, records or points that begin in the range.")
    first_seen: str = Field(description="When the first of these was received.")
    last_seen: str = Field(description="When the last of these was received.")
    example_trace_id: str = Field(description="Trace of its latest span; empty for other signals.")
    calls: int = Field(description="Calls of models among its spans.")
    with_content: int = Field(description="How many of these came with their messages.")
    is_demo: bool = Field(description="All of it is the simulated company's.")
    refused_share: float | None = Field(
        description="Refused / received in the ledger, of everything this SDK sent; null when the ledger has nothing."
    )


class SenderList(BaseModel):
    """Senders, most items first."""

    items: list[SenderAnswer]
    next_cursor: None = None


@router.get("/senders", response_model=None, responses={200: {"model": SenderList}})
async def list_senders(
    request: Request,
    access: Annotated[Access, Depends(require("read"))],
    from_: Annotated[str, Query(alias="from", description="Start of the telemetry, e.g. -24h.")] = "-24h",
    to: Annotated[str, Query(description="End, exclusive.")] = "now",
) -> Response:
    """SDKs, versions, dialects and services seen in the range, with when they were heard last."""
    now_ns = access.house.clock.now_ns()
    from_ns, to_ns = parse_time(from_, now_ns), parse_time(to, now_ns)

    def question(asker: Asker) -> dict[str, object]:
        seen = asker.senders(access.project, from_ns, to_ns)
        access.house.intake.settle()
        accounts = read_ledger(access.house.engine, access.project, from_ns, to_ns + 1_000_000_000)
        shares = _shares(accounts)
        return SenderList(items=[_answer(one, shares.get((one.signal, one.sdk))) for one in seen]).model_dump()

    return await ask(request, access, question)


def _shares(accounts: list[AccountLine]) -> dict[tuple[str, str], float]:
    return {(line.signal, line.sdk): line.refused / line.received for line in accounts if line.received}


def _answer(one: SeenSender, refused_share: float | None) -> SenderAnswer:
    return SenderAnswer(
        signal=one.signal, service=one.service, sdk=one.sdk, sdk_version=one.sdk_version, language=one.language,
        convention=one.convention, items=one.items, first_seen=iso(one.first_ns), last_seen=iso(one.last_ns),
        example_trace_id=one.example, calls=one.calls, with_content=one.with_content, is_demo=one.is_demo,
        refused_share=refused_share,
    )  # fmt: skip
