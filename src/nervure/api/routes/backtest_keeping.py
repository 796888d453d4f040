"""/api/v1/backtests/{id}/keep: incidents of the past that a backtest found become incidents like any other."""

from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field

from nervure.api.auth import Access, require
from nervure.api.reach import actor_of, check_reach
from nervure.base.errors import BadInput, NotFound

router = APIRouter(prefix="/api/v1", tags=["incidents"])
Admin = Annotated[Access, Depends(require("admin"))]


class KeepIncidents(BaseModel):
    """Which of those it found."""

    model_config = ConfigDict(extra="forbid")
    incidents: list[str] | None = Field(None, description="Ids; null: all that are over.")


class KeptIncidents(BaseModel):
    """What was kept now, and how many were there already."""

    kept: list[str]
    already: int


@router.post("/backtests/{job_id}/keep")
def keep_incidents(access: Admin, job_id: str, body: KeepIncidents) -> KeptIncidents:
    """Keep incidents a backtest found, e.g. after importing a history. Nobody is notified of them.

    Only those that were over by the end of the window: what still lasts is opened by detection itself.
    """
    catalog = access.house.catalog
    job = catalog.backtests.get(job_id)
    check_reach(access, job.project)
    if job.project != access.project:
        raise NotFound(f"backtest {job_id!r} is of project {job.project!r}: name it in the header x-nervure-project")
    if job.state != "done":
        raise BadInput(f"the backtest is {job.state}: keep what it found when it is done")
    over = {one.id: (one, found) for one, found in catalog.backtests.found(job_id) if one.status == "closed"}
    wanted = list(over) if body.incidents is None else list(dict.fromkeys(body.incidents))
    if missing := [one for one in wanted if one not in over]:
        raise BadInput(f"it found no incident that is over with the id {', '.join(missing)}: look at its incidents")
    kept = catalog.incidents.keep(access.project, [over[one] for one in wanted], actor_of(access))
    return KeptIncidents(kept=list(kept), already=len(wanted) - len(kept))
