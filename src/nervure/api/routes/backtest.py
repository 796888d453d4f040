"""POST /api/v1/backtest: the incidents detection would have opened in a past window."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from nervure.act.backtest import backtest, check_waiting
from nervure.api.asking import ask
from nervure.api.auth import Access, require
from nervure.api.incident_shape import IncidentList, incident_answer
from nervure.api.reach import check_reach
from nervure.base.clock import NS_PER_S
from nervure.query.asker import Asker
from nervure.query.times import parse_span, parse_time

router = APIRouter(prefix="/api/v1", tags=["incidents"])
Reader = Annotated[Access, Depends(require("read"))]


class Window(BaseModel):
    """What to test over. The project is the header's, unless it is named here."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)
    from_: str = Field(alias="from", description="Beginning: ISO 8601 or relative such as `-8d`.")
    to: str = Field("now", description="End, not included.")
    step: str = Field("5m", description="How often detection would have looked: 1m to 1h, dividing an hour.")
    project: str = ""


@router.post("/backtest", responses={200: {"model": IncidentList}})
async def run_backtest(request: Request, access: Reader, body: Window) -> Response:
    """Detection over a past window exactly as it would have run live: as of each step, nothing that ended later.

    What lies before the window (up to 14 days) teaches what is usual. For a window of more than 4,032 steps (two weeks
    in steps of five minutes) start a job instead: POST /api/v1/backtests.
    """
    project = body.project or access.project
    check_reach(access, project)
    now_ns = access.house.clock.now_ns()
    from_ns, to_ns = parse_time(body.from_, now_ns), min(parse_time(body.to, now_ns), now_ns)
    step_s = parse_span(body.step) // NS_PER_S
    check_waiting(from_ns, to_ns, step_s)

    def answer(asker: Asker) -> dict[str, object]:
        recorded = access.house.catalog.changes.list(project, from_ns, to_ns)
        found = backtest(asker, project, from_ns, to_ns, step_s, recorded)
        return IncidentList(items=[incident_answer(one) for one in found]).model_dump()

    return await ask(request, access, answer)
