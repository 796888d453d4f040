"""/api/v1/findings: what detection noticed, whether or not it opened an incident."""

import base64
import json
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel

from nervure.api.auth import Access, require
from nervure.api.finding_shape import FindingAnswer, finding_answer
from nervure.base.errors import BadInput
from nervure.catalog.repositories.findings import Belonging, Wanted
from nervure.explain.pointed import scope_from
from nervure.query.times import parse_time

router = APIRouter(prefix="/api/v1", tags=["incidents"])
Reader = Annotated[Access, Depends(require("read"))]


class FindingList(BaseModel):
    """Findings, newest first."""

    items: list[FindingAnswer]
    next_cursor: str | None = None


@router.get("/findings")
def list_findings(
    access: Reader,
    incident: Annotated[str | None, Query(description="Only those of one incident, however old it is.")] = None,
    from_: Annotated[str, Query(alias="from", description="Found since: ISO 8601 or relative.")] = "-7d",
    to: Annotated[str, Query(description="Found before.")] = "now",
    state: Annotated[Literal["open", "closed", ""], Query(description="Empty: both.")] = "",
    measure: Annotated[str, Query(description="Only of this measure, e.g. error_rate.")] = "",
    where: Annotated[str, Query(description='Only of this scope, e.g. `service = "chat"`.')] = "",
    limit: Annotated[int, Query(ge=1, le=1000)] = 200,
    cursor: str = "",
) -> FindingList:
    """Findings of the project."""
    now_ns = access.house.clock.now_ns()
    since, until = (0, 0) if incident else (parse_time(from_, now_ns), parse_time(to, now_ns))
    wanted = Wanted(incident, since, until, measure, scope_from(where), state)
    found = access.house.catalog.findings.list(access.project, wanted, limit + 1, _place(cursor) if cursor else None)
    last = found[limit - 1] if len(found) > limit else None
    return FindingList(items=[_answer(one) for one in found[:limit]], next_cursor=_cursor(last) if last else None)


@router.get("/findings/{finding_id}")
def get_finding(access: Reader, finding_id: str) -> FindingAnswer:
    """One finding."""
    return _answer(access.house.catalog.findings.get(access.project, finding_id))


def _answer(held: Belonging) -> FindingAnswer:
    return finding_answer(held.finding, held.incident, held.title, held.state == "open", held.closed_ns)


def _cursor(held: Belonging) -> str:
    return base64.urlsafe_b64encode(json.dumps([held.finding.found_ns, held.finding.id]).encode()).decode()


def _place(cursor: str) -> tuple[int, str]:
    try:
        found_ns, last = json.loads(base64.urlsafe_b64decode(cursor.encode()))
        return int(found_ns), str(last)
    except (ValueError, TypeError):
        raise BadInput("cursor: hand back next_cursor of the page before as it was") from None
