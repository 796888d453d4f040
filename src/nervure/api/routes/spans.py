"""/api/v1/spans: lists of spans, and one with everything."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from nervure.api.asking import ask
from nervure.api.auth import Access, require
from nervure.api.paging import Paged
from nervure.api.shapes import SpanAnswer, SpanList

router = APIRouter(prefix="/api/v1", tags=["spans"])
Reader = Annotated[Access, Depends(require("read"))]


@router.get("/spans", response_model=None, responses={200: {"model": SpanList}})
async def list_spans(
    request: Request,
    access: Reader,
    page: Paged,
    content: Annotated[bool, Query(description="With messages, attributes and documents.")] = False,
    preview: Annotated[bool, Query(description="With the first 200 characters of input and output.")] = False,
) -> Response:
    """Spans, newest first, without their payloads. `order`: newest, oldest, duration, cost, tokens."""
    return await ask(request, access, lambda asker: asker.spans(access.project, page, content, preview))


@router.get("/spans/{trace_id}/{span_id}", response_model=None, responses={200: {"model": SpanAnswer}})
async def read_span(request: Request, access: Reader, trace_id: str, span_id: str) -> Response:
    """One span with everything that was sent and everything that was made of it."""
    return await ask(request, access, lambda asker: asker.span(access.project, trace_id, span_id))
