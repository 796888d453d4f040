"""/api/v1/attention: what needs attention first, in plain sentences."""

from dataclasses import asdict
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import BaseModel, Field

from nervure.api.asking import ask
from nervure.api.auth import Access, require
from nervure.base.clock import iso
from nervure.base.errors import QueryError
from nervure.intake.account import read_ledger
from nervure.query.asker import Asker
from nervure.query.attention import Period, compare_periods
from nervure.query.facts import Fact, ranked
from nervure.query.times import parse_time
from nervure.query.words import percent, whole

router = APIRouter(prefix="/api/v1", tags=["attention"])
# Left out on purpose: the same span again is no loss.
HARMLESS = frozenset({"duplicate"})
NEARLY_FULL = 0.85


class ShiftAnswer(BaseModel):
    """A change that is larger than chance says."""

    difference: float = Field(description="Shares: now less before. Latency and cost: now over before.")
    low: float = Field(description="Of the 95 % interval.")
    high: float
    p: float = Field(description="How often chance alone would give so much or more, before correction.")


class FactAnswer(BaseModel):
    """One thing to look at."""

    kind: str = Field(
        description="errors, tool_errors, latency, cost, truncation, silence, unpriced, refused, dropped, disk or notice."
    )
    severity: Literal["critical", "warning", "info"]
    sentence: str
    scope: dict[str, str]
    where: str = Field(description="Filter that finds the spans; empty when it is not about spans.")
    measure: str
    unit: str
    value: float | None
    before: float | None
    n: int = Field(description="Observations behind value.")
    n_before: int
    change: ShiftAnswer | None
    query: dict[str, Any] | None = Field(description="The Query behind value.")


class Range(BaseModel):
    """A half-open range of times."""

    from_: str = Field(alias="from")
    to: str


class AttentionAnswer(BaseModel):
    """Facts, the worst first. None: nothing is worse than before by more than chance."""

    items: list[FactAnswer]
    next_cursor: None = None
    checks: int = Field(description="Comparisons made.")
    compared: Range
    before: Range | None = Field(
        description="The period compared with; null: it holds no data, so nothing was compared."
    )


@router.get("/attention", response_model=None, responses={200: {"model": AttentionAnswer}})
async def attention(
    request: Request,
    access: Annotated[Access, Depends(require("read"))],
    from_: Annotated[str, Query(alias="from")] = "-24h",
    to: str = "now",
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
) -> Response:
    """This period against the one before it, by service and provider, model or tool; and the state of this server."""

    def look(asker: Asker) -> dict[str, Any]:
        now_ns = asker.clock.now_ns()
        from_ns, to_ns = parse_time(from_, now_ns), parse_time(to, now_ns)
        if from_ns >= to_ns:
            raise QueryError(f"the time range is empty: from ({from_}) must lie before to ({to})")
        found = compare_periods(asker, access.project, from_ns, to_ns, limit)
        before: Period | None = found["before"]
        facts = ranked([*found["facts"], *_server(access), *_lost(access, from_ns, to_ns)])[:limit]
        return {
            "items": [asdict(fact) for fact in facts],
            "next_cursor": None,
            "checks": found["checks"],
            "compared": {"from": iso(found["period"].from_ns), "to": iso(to_ns)},
            "before": {"from": iso(before.from_ns), "to": iso(before.to_ns)} if before else None,
        }

    return await ask(request, access, look)


def _lost(access: Access, from_ns: int, to_ns: int) -> list[Fact]:
    """What was sent in the range and not kept."""
    refused, dropped = 0, dict[str, int]()
    received = 0
    for line in read_ledger(access.house.engine, access.project, from_ns, to_ns):
        received += line.received
        refused += line.refused
        for reason, count in line.dropped.items():
            if reason not in HARMLESS:
                dropped[reason] = dropped.get(reason, 0) + count
    facts = []
    if refused:
        said = f"{whole(refused)} of {whole(received)} items sent were refused; their senders were told why."
        facts.append(Fact("refused", "warning", said, value=refused, n=received))
    for reason, count in sorted(dropped.items(), key=lambda one: -one[1]):
        said = f"{whole(count)} of {whole(received)} items sent were dropped: {reason.replace('_', ' ')}."
        facts.append(Fact("dropped", "warning", said, value=count, n=received))
    return facts


def _server(access: Access) -> list[Fact]:
    """What the server says of itself: its notices, and a store that is nearly full."""
    house = access.house
    facts = [Fact("notice", "critical", notice) for notice in house.intake.notices.values()]
    ceiling = house.settings.disk_ceiling_bytes
    used = sum(house.engine.disk().tables.values()) if ceiling else 0
    if ceiling and used >= NEARLY_FULL * ceiling:
        share = used / ceiling
        said = f"The store has used {percent(share)} of its disk ceiling; at the ceiling it sheds the oldest content."
        facts.append(
            Fact("disk", "critical" if share >= 1 else "warning", said, measure="disk", unit="ratio", value=share)
        )
    return facts
