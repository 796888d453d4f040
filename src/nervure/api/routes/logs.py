"""/api/v1/logs: log records."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from nervure.api.asking import ask
from nervure.api.auth import Access, require
from nervure.api.paging import Paged
from nervure.api.shapes import LogList

router = APIRouter(prefix="/api/v1", tags=["logs"])
Reader = Annotated[Access, Depends(require("read"))]


@router.get("/logs", response_model=None, responses={200: {"model": LogList}})
async def list_logs(
    request: Request,
    access: Reader,
    page: Paged,
    trace_id: Annotated[str, Query(description="Only records of this trace.")] = "",
    span_id: Annotated[str, Query(description="Only records of this span.")] = "",
) -> Response:
    """Log records, newest first. `where` knows severity, body, event, service, attr[...] and others: see /fields."""
    return await ask(request, access, lambda asker: asker.logs(access.project, page, trace_id, span_id))
