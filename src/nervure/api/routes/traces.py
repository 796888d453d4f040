"""/api/v1/traces: lists of traces, and one with the tree of its spans."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from nervure.api.asking import ask
from nervure.api.auth import Access, require
from nervure.api.paging import Cursor, Paged
from nervure.api.shapes import TraceAnswer, TraceList

router = APIRouter(prefix="/api/v1", tags=["traces"])
Reader = Annotated[Access, Depends(require("read"))]


@router.get("/traces", response_model=None, responses={200: {"model": TraceList}})
async def list_traces(request: Request, access: Reader, page: Paged) -> Response:
    """Traces that have a matching span in the range, newest first, each at the start of its earliest matching span.

    `order`: newest, oldest, duration, cost, tokens, errors, spans.
    """
    return await ask(request, access, lambda asker: asker.traces(access.project, page))


@router.get("/traces/{trace_id}", response_model=None, responses={200: {"model": TraceAnswer}})
async def read_trace(
    request: Request,
    access: Reader,
    trace_id: str,
    limit: Annotated[int, Query(description="Most spans on the page, up to 5000.")] = 1000,
    cursor: Cursor = "",
    content: Annotated[
        bool | None, Query(description="With messages and attributes; by default for pages of at most 200 spans.")
    ] = None,
) -> Response:
    """One trace: its summary and its spans, parents before children, page by page."""
    return await ask(request, access, lambda asker: asker.trace(access.project, trace_id, limit, cursor, content))
