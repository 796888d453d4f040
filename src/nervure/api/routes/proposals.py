"""/api/v1/annotations/proposals: which traces are worth a person's minute, and why."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import BaseModel, Field

from nervure.api.asking import ask
from nervure.api.auth import Access, require
from nervure.base.errors import QueryError
from nervure.evaluate.embeddings.embedder import embedder
from nervure.query.proposals import KINDS, THRESHOLD, Kind, as_json, propose
from nervure.query.times import parse_time

router = APIRouter(prefix="/api/v1/annotations", tags=["annotations"])


class ProposalAnswer(BaseModel):
    """A trace, or a span of it, worth judging."""

    trace_id: str
    span_id: str = Field(description="Empty for the whole trace.")
    kind: Kind
    reason: str
    priority: float = Field(description="0 to 1, within its kind.")


class ProposalList(BaseModel):
    """The kinds take turns, each kind's best first."""

    items: list[ProposalAnswer]
    next_cursor: None = None


@router.get("/proposals", response_model=None, responses={200: {"model": ProposalList}})
async def list_proposals(
    request: Request,
    access: Annotated[Access, Depends(require("read"))],
    from_: Annotated[str, Query(alias="from", description="Beginning: ISO 8601 or relative such as `-7d`.")] = "-24h",
    to: Annotated[str, Query(description="End, not included.")] = "now",
    kind: Annotated[list[Kind], Query(description="Only these reasons.")] = list(KINDS),  # noqa: B006
    score: Annotated[str, Query(description="Only automatic scores of this name.")] = "",
    threshold: Annotated[float, Query(description="From which on a score passes.")] = THRESHOLD,
    limit: Annotated[int, Query(ge=1, le=200)] = 40,
) -> Response:
    """What nobody has judged yet and teaches most: uncertain, disagreeing, unlike the rest, or dear to get wrong."""

    def found(asker: Any) -> dict[str, Any]:
        runner, _ = asker.settled(access.project)
        from_ns, to_ns = parse_time(from_, runner.now_ns), parse_time(to, runner.now_ns)
        if from_ns >= to_ns:
            raise QueryError(f"the time range is empty: from ({from_}) must lie before to ({to})")
        proposals = propose(
            runner, from_ns, to_ns, lambda texts: embedder().embed(texts), kind, limit, threshold, score
        )
        return {"items": [as_json(one) for one in proposals], "next_cursor": None}

    return await ask(request, access, found)
