"""/api/v1/findings: what detection noticed, whether or not it opened an incident."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, Field

from nervure.api.auth import Access, require
from nervure.base.clock import iso
from nervure.model.finding import Direction, Finding
from nervure.query.times import parse_time

router = APIRouter(prefix="/api/v1", tags=["incidents"])
Reader = Annotated[Access, Depends(require("read"))]


class FindingAnswer(BaseModel):
    """One measure of one scope that is not what it was expected to be."""

    id: str
    incident: str = Field(description="The incident it belongs to; empty: none.")
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
    next_cursor: None = None


@router.get("/findings")
def list_findings(
    access: Reader,
    incident: Annotated[str | None, Query(description="Only those of one incident.")] = None,
    from_: Annotated[str, Query(alias="from", description="Found since: ISO 8601 or relative.")] = "-7d",
    to: Annotated[str, Query(description="Found before.")] = "now",
    limit: Annotated[int, Query(ge=1, le=1000)] = 200,
) -> FindingList:
    """Findings of the project."""
    now_ns = access.house.clock.now_ns()
    # An incident's findings are all wanted, however old it is.
    since, until = (0, 0) if incident else (parse_time(from_, now_ns), parse_time(to, now_ns))
    found = access.house.catalog.incidents.findings(access.project, incident, since, until, limit)
    return FindingList(items=[_answer(finding, owner) for finding, owner in found])


def _answer(finding: Finding, incident: str) -> FindingAnswer:
    return FindingAnswer(
        id=finding.id, incident=incident, measure=finding.measure, scope=finding.scope, direction=finding.direction,
        onset=iso(finding.onset_ns), found=iso(finding.found_ns), from_=iso(finding.start_ns), to=iso(finding.end_ns),
        observed=finding.observed, expected=finding.expected, low=finding.low, high=finding.high, effect=finding.effect,
        n=finding.n, n_effective=finding.n_effective, p_value=finding.p_value, e_value=finding.e_value,
        unit=finding.unit, monitor=finding.monitor, details=finding.details,
    )  # fmt: skip
