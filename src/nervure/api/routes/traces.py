"""/api/v1/traces: lists of traces, and one with the tree of its spans."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import BaseModel, Field

from nervure.api.asking import ask
from nervure.api.auth import Access, require
from nervure.api.paging import Cursor, Paged
from nervure.api.shapes import SpanList, TraceAnswer, TraceList, TraceSummary

router = APIRouter(prefix="/api/v1", tags=["traces"])
Reader = Annotated[Access, Depends(require("read"))]


class OutlineWords(BaseModel):
    """The different values of each column of words; 0 is always the empty text."""

    name: list[str]
    kind: list[str]
    status: list[str]
    service: list[str]
    model: list[str]
    agent: list[str]
    tool: list[str]
    error: list[str] = Field(description="Class of the error, else the beginning of its message.")


class OutlineColumns(BaseModel):
    """A value per span, in the order of the tree. name, kind ... error: places in `words`."""

    span_id: list[str]
    parent: list[int] = Field(description="Place of the parent in the whole tree, -1 for none.")
    depth: list[int]
    start_ms: list[float] = Field(description="Since the outline's start.")
    duration_ms: list[float]
    name: list[int]
    kind: list[int]
    status: list[int]
    service: list[int]
    model: list[int]
    agent: list[int]
    tool: list[int]
    error: list[int]
    input_tokens: list[int | None]
    output_tokens: list[int | None]
    cost: list[float | None] = Field(description="USD.")
    bits: list[int] = Field(
        description="Sum of 1: the parent is not there; 2: its parents form a circle; 4: unpriced; "
        "8: repeats its child and does not count; 16: has messages."
    )


class Outline(BaseModel):
    version: str = Field(description="Changes when spans arrive: pages of different versions do not fit together.")
    offset: int
    next_offset: int | None
    total: int
    start: str = Field(description="When the earliest span began.")
    words: OutlineWords
    columns: OutlineColumns


class OutlineAnswer(TraceSummary):
    """A trace and what its tree and waterfall draw."""

    outline: Outline


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


@router.get("/traces/{trace_id}/outline", response_model=None, responses={200: {"model": OutlineAnswer}})
async def read_outline(
    request: Request,
    access: Reader,
    trace_id: str,
    offset: Annotated[int, Query(description="Place in the tree to begin at.")] = 0,
    limit: Annotated[int, Query(description="Most spans, up to 50000.")] = 50_000,
) -> Response:
    """One trace: its summary and, as columns, what its tree and waterfall draw of each span."""
    return await ask(request, access, lambda asker: asker.outline(access.project, trace_id, offset, limit))


@router.get("/traces/{trace_id}/contents", response_model=None, responses={200: {"model": SpanList}})
async def read_contents(
    request: Request,
    access: Reader,
    trace_id: str,
    span_id: Annotated[list[str], Query(description="Spans to read, up to 200; write it once for each.")],
) -> Response:
    """Chosen spans of one trace with everything, by start; ids it does not have are left out."""
    return await ask(request, access, lambda asker: asker.contents(access.project, trace_id, span_id))
