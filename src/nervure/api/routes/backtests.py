"""/api/v1/backtests: detection over a past window as a job that tells how far it is."""

from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field

from nervure.act.backtest import check_window
from nervure.api.auth import Access, require
from nervure.api.finding_shape import FindingAnswer, finding_answer
from nervure.api.incident_shape import IncidentAnswer, IncidentList, incident_answer
from nervure.api.reach import actor_of, check_reach
from nervure.base.clock import NS_PER_S, iso
from nervure.base.errors import NotFound
from nervure.model.backtest import BacktestJob, BacktestState
from nervure.query.times import parse_span, parse_time

router = APIRouter(prefix="/api/v1", tags=["incidents"])
Reader = Annotated[Access, Depends(require("read"))]


class BacktestRequest(BaseModel):
    """What to test over."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)
    from_: str = Field("-7d", alias="from", description="Beginning: ISO 8601 or relative such as `-8d`.")
    to: str = Field("now", description="End, not included.")
    step: str = Field("5m", description="How often detection would have looked: 1m to 1h, dividing an hour.")


class BacktestAnswer(BaseModel):
    """How far a backtest is."""

    id: str
    project: str
    from_: str = Field(alias="from")
    to: str
    step_s: int
    state: BacktestState
    progress: float = Field(description="Share of the work that is done, 0 to 1.")
    incidents: int = Field(description="How many would have been opened; known when it is done.")
    created: str
    author: str
    error: str


class BacktestList(BaseModel):
    """Backtests, newest first."""

    items: list[BacktestAnswer]
    next_cursor: None = None


class BacktestIncident(BaseModel):
    """An incident that would have been opened, with its findings, what carries most of the change first."""

    incident: IncidentAnswer
    findings: list[FindingAnswer]


@router.post("/backtests", status_code=202)
def start_backtest(access: Reader, body: BacktestRequest) -> BacktestAnswer:
    """Detection over a past window exactly as it would have run live: as of each step, nothing that ended later.

    Answers at once; ask for its progress. POST /api/v1/backtest waits for the result instead.
    """
    house, now_ns = access.house, access.house.clock.now_ns()
    from_ns, to_ns = parse_time(body.from_, now_ns), min(parse_time(body.to, now_ns), now_ns)
    step_s = parse_span(body.step) // NS_PER_S
    check_window(from_ns, to_ns, step_s)
    return _answer(house.catalog.backtests.create(access.project, from_ns, to_ns, step_s, actor_of(access)))


@router.get("/backtests")
def list_backtests(access: Reader) -> BacktestList:
    """The project's newest backtests; older ones are forgotten."""
    return BacktestList(items=[_answer(job) for job in access.house.catalog.backtests.list(access.project)])


@router.get("/backtests/{job_id}")
def get_backtest(access: Reader, job_id: str) -> BacktestAnswer:
    """How far a backtest is."""
    return _answer(_found(access, job_id))


@router.delete("/backtests/{job_id}")
def cancel_backtest(access: Reader, job_id: str) -> BacktestAnswer:
    """Stop it. One that has ended stays as it is."""
    return _answer(access.house.catalog.backtests.cancel(_found(access, job_id).id, actor_of(access)))


@router.get("/backtests/{job_id}/incidents")
def list_backtest_incidents(access: Reader, job_id: str) -> IncidentList:
    """The incidents that would have been opened, in order of time; none before it is done."""
    found = access.house.catalog.backtests.found(_found(access, job_id).id)
    return IncidentList(items=[incident_answer(incident) for incident, _ in found])


@router.get("/backtests/{job_id}/incidents/{incident_id}")
def get_backtest_incident(access: Reader, job_id: str, incident_id: str) -> BacktestIncident:
    """One of them in full."""
    incident, findings = access.house.catalog.backtests.found_one(_found(access, job_id).id, incident_id)
    told, is_open = incident_answer(incident), incident.status != "closed"
    return BacktestIncident(
        incident=told,
        findings=[finding_answer(one, told.id, told.title, is_open, incident.closed_ns) for one in findings],
    )


def _found(access: Access, job_id: str) -> BacktestJob:
    job = access.house.catalog.backtests.get(job_id)
    check_reach(access, job.project)
    if job.project != access.project:
        raise NotFound(f"backtest {job_id!r} is of project {job.project!r}: name it in the header x-nervure-project")
    return job


def _answer(job: BacktestJob) -> BacktestAnswer:
    return BacktestAnswer(
        id=job.id, project=job.project, to=iso(job.to_ns), step_s=job.step_s, state=job.state,
        progress=round(1.0 if job.state == "done" else job.share, 4), incidents=job.found, created=iso(job.created_ns),
        author=job.actor, error=job.error, **{"from": iso(job.from_ns)},
    )  # fmt: skip
