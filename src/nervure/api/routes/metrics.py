"""/api/v1/metrics: which metrics there are."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from nervure.api.asking import ask
from nervure.api.auth import Access, require
from nervure.api.paging import Cursor, Since, Until
from nervure.api.shapes import MetricList

router = APIRouter(prefix="/api/v1", tags=["metrics"])


@router.get("/metrics", response_model=None, responses={200: {"model": MetricList}})
async def list_metrics(
    request: Request,
    access: Annotated[Access, Depends(require("read"))],
    prefix: Annotated[str, Query(description="Only names that begin so.")] = "",
    since: Since = "",
    until: Until = "",
    limit: Annotated[int, Query(description="Most metrics, up to 1000.")] = 200,
    search: Annotated[str, Query(description="Words that name or description contain, in any case.")] = "",
    cursor: Cursor = "",
) -> Response:
    """Names, types, units and labels of metrics. Their numbers: POST /api/v1/query with `metric:<name>.avg`."""
    return await ask(
        request, access, lambda asker: asker.metrics(access.project, prefix, since, until, limit, search, cursor)
    )
