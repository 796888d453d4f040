"""A finding as the API says it."""

from typing import Literal

from pydantic import BaseModel, Field

from nervure.base.clock import iso
from nervure.model.finding import Direction, Finding


class FindingAnswer(BaseModel):
    """One measure of one scope that is not what it was expected to be."""

    id: str
    incident: str = Field(description="The incident it belongs to; empty: none.")
    incident_title: str
    state: Literal["open", "closed"] = Field(description="open as long as its incident lasts.")
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
    objective: str = Field(description="Id of the SLO or budget whose alert it is; empty: none.")
    details: dict[str, str]


def finding_answer(finding: Finding, incident: str, title: str, is_open: bool, closed_ns: int) -> FindingAnswer:
    """incident, title: of the incident it belongs to, "" for none. closed_ns: when that ended, 0 while it lasts."""
    return FindingAnswer(
        id=finding.id, incident=incident, incident_title=title, state="open" if is_open else "closed",
        closed=iso(closed_ns) if closed_ns else None, measure=finding.measure, scope=finding.scope,
        direction=finding.direction, onset=iso(finding.onset_ns), found=iso(finding.found_ns),
        from_=iso(finding.start_ns), to=iso(finding.end_ns), observed=finding.observed, expected=finding.expected,
        low=finding.low, high=finding.high, effect=finding.effect, n=finding.n, n_effective=finding.n_effective,
        p_value=finding.p_value, e_value=finding.e_value, unit=finding.unit, monitor=finding.monitor,
        objective=finding.objective, details=finding.details,
    )  # fmt: skip
