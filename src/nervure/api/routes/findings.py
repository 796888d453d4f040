"""/api/v1/findings: what detection noticed, whether or not it opened an incident."""

import base64
import json
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, Field

from nervure.api.auth import Access, require
from nervure.base.clock import iso
from nervure.base.errors import BadInput
from nervure.catalog.repositories.findings import Belonging, State, Wanted
from nervure.explain.pointed import scope_from
from nervure.model.finding import Direction
from nervure.query.times import parse_time

router = APIRouter(prefix="/api/v1", tags=["incidents"])
Reader = Annotated[Access, Depends(require("read"))]


class FindingAnswer(BaseModel):
    """One measure of one scope that is not what it was expected to be."""

    id: str
    incident: str = Field(description="The incident it belongs to; empty: none.")
    incident_title: str
    state: State = Field(description="open as long as its incident lasts.")
    closed: str | None = Field(description="When its incident ended; null while it lasts.")
    measure: str
    scope: dict[str, str]
    direction: Direction
    onset: str = Field(description="When the change is estimated to have begun.")
    found: str
    from_: str = Field(serialization_alias="from")
    to: str
    observed: float
    expected: float
    low: float = Field(description="95 % prediction interval of what was expected.")
    high: float
    effect: float = Field(description="Observed minus expected in standard deviations of such windows.")
    n: int
    n_effective: float = Field(description="n after allowing for clusters and autocorrelation.")
    p_value: float | None
    e_value: float | None
    unit: str
    monitor: str = Field(description="Id of the user's monitor; empty: automatic watching.")
    details: dict[str, str]


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
    finding = held.finding
    return FindingAnswer(
        id=finding.id, incident=held.incident, incident_title=held.title, state=held.state,
        closed=iso(held.closed_ns) if held.closed_ns else None, measure=finding.measure, scope=finding.scope,
        direction=finding.direction, onset=iso(finding.onset_ns), found=iso(finding.found_ns),
        from_=iso(finding.start_ns), to=iso(finding.end_ns), observed=finding.observed, expected=finding.expected,
        low=finding.low, high=finding.high, effect=finding.effect, n=finding.n, n_effective=finding.n_effective,
        p_value=finding.p_value, e_value=finding.e_value, unit=finding.unit, monitor=finding.monitor,
        details=finding.details,
    )  # fmt: skip


def _cursor(held: Belonging) -> str:
    return base64.urlsafe_b64encode(json.dumps([held.finding.found_ns, held.finding.id]).encode()).decode()


def _place(cursor: str) -> tuple[int, str]:
    try:
        found_ns, last = json.loads(base64.urlsafe_b64decode(cursor.encode()))
        return int(found_ns), str(last)
    except (ValueError, TypeError):
        raise BadInput("cursor: hand back next_cursor of the page before as it was") from None
