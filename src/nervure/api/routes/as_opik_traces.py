"""Traces, spans and threads read back in Opik's words, and feedback scores taken away again."""

from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from nervure.api.asking import json_answer
from nervure.api.auth import Access, require
from nervure.api.opik.reaching import reachable
from nervure.api.opik.reading import (
    AT_ONCE,
    MOST,
    Json,
    Read,
    ask,
    find_span,
    find_thread,
    find_trace,
    matching,
    read_spans,
    read_threads,
    read_traces,
    search,
)
from nervure.api.opik.speech import OpikRoute, inside, page_of
from nervure.api.vendors.body import need, object_of
from nervure.base.errors import NotFound
from nervure.decode.formats import ids
from nervure.query.asker import Asker
from nervure.query.filter import quote
from nervure.query.lists import Page
from nervure.store.erase_score import erase_score

routes = APIRouter(prefix="/v1/private", include_in_schema=False, route_class=OpikRoute)
Reader = Annotated[Access, Depends(require("read"))]
Sender = Annotated[Access, Depends(require("send"))]


@routes.get("/traces/{identity}")
async def read_trace(request: Request, access: Reader, identity: str) -> Response:
    """A trace by its id, in whichever project it is that the key may read."""
    return json_answer(await _one(request, access, identity, find_trace))


@routes.get("/spans/{identity}")
async def read_span(request: Request, access: Reader, identity: str) -> Response:
    """A span by its id."""
    return json_answer(await _one(request, access, identity, find_span))


@routes.post("/traces/search")
async def search_traces(request: Request, access: Reader) -> Response:
    """Traces, newest first, a line each."""
    return await search(request, access, read_traces)


@routes.post("/spans/search")
async def search_spans(request: Request, access: Reader) -> Response:
    """Spans, newest first, a line each."""
    return await search(request, access, read_spans)


@routes.post("/traces/threads/search")
async def search_threads(request: Request, access: Reader) -> Response:
    """Threads, latest activity first, a line each."""
    return await search(request, access, read_threads)


@routes.post("/traces/threads/retrieve")
async def read_thread(request: Request, access: Reader) -> Response:
    """A thread by its id."""
    body = await object_of(request, access.house.settings.max_body_bytes)
    thread = need(body, "thread_id", str)
    chosen = inside(request, access, body.get("project_name"), body.get("project_id"))
    return json_answer(await ask(request, chosen, lambda asker: find_thread(asker, chosen.project, thread)))


@routes.get("/traces")
async def list_traces(
    request: Request,
    access: Reader,
    project_name: str = "",
    project_id: str = "",
    page: Annotated[int, Query(ge=1, le=100)] = 1,
    size: Annotated[int, Query(ge=1, le=MOST)] = 10,
) -> Response:
    """A page of traces, newest first."""
    return await _page(request, inside(request, access, project_name, project_id), page, size, read_traces)


@routes.get("/spans")
async def list_spans(
    request: Request,
    access: Reader,
    project_name: str = "",
    project_id: str = "",
    trace_id: str = "",
    page: Annotated[int, Query(ge=1, le=100)] = 1,
    size: Annotated[int, Query(ge=1, le=MOST)] = 10,
) -> Response:
    """A page of spans, newest first."""
    chosen = inside(request, access, project_name, project_id)
    where = f"trace_id = {quote(ids.trace_id(trace_id))}" if trace_id else ""
    return await _page(
        request, chosen, page, size, lambda asker, project, leaf: read_spans(asker, project, leaf, where)
    )


@routes.post("/{what}/{identity}/feedback-scores/delete", status_code=204)
async def delete_score(request: Request, access: Sender, what: str, identity: str) -> Response:
    """Takes a score of this name off a trace or span."""
    body = await object_of(request, access.house.settings.max_body_bytes)
    name = need(body, "name", str)
    if what not in ("traces", "spans"):
        raise NotFound(f"there are no feedback scores of {what}")
    target = ids.trace_id(identity) if what == "traces" else ids.span_id(identity)

    def erase(asker: Asker) -> None:
        for project in _projects(access):
            for score in asker.scores(project, Page(limit=MOST // 2), target_id=target, name=name)["items"]:
                erase_score(access.house.engine, project, score["id"])

    await ask(request, access, erase)
    return Response(status_code=204)


def _projects(access: Access) -> list[str]:
    """Projects in which an id may be: the ids of Opik say none."""
    return [one.project for one in reachable(access)]


async def _one(request: Request, access: Access, identity: str, find: Callable[[Asker, str, str], Json | None]) -> Json:
    def look(asker: Asker) -> Json | None:
        return next((found for name in _projects(access) if (found := find(asker, name, identity))), None)

    found: Json | None = await ask(request, access, look)
    if found is None:
        raise NotFound(f"{identity} was not found")
    return found


async def _page(request: Request, access: Access, page: int, size: int, read: Read) -> Response:
    def question(asker: Asker) -> list[Json]:
        return matching(asker, access.project, Page(limit=AT_ONCE), page * size, read, [], "")

    found: list[Json] = await ask(request, access, question)
    chosen = found[(page - 1) * size :]
    return json_answer(page_of(chosen, len(found), page, size))


router = APIRouter()
router.include_router(routes, prefix="/api")
router.include_router(routes)
