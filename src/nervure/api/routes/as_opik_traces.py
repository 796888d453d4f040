"""Traces and spans read back in Opik's words, and feedback scores taken away again."""

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response

from nervure.api.asking import Questions, json_answer
from nervure.api.auth import Access, require
from nervure.api.opik import filters
from nervure.api.opik.reaching import reachable
from nervure.api.opik.speech import OpikRoute, inside, lines, page_of
from nervure.api.opik.traces import is_trace, span_json, trace_json
from nervure.api.vendors.body import may, need, object_of
from nervure.base.errors import BadInput, NotFound
from nervure.decode.formats import ids
from nervure.query.asker import Asker
from nervure.query.filter import quote
from nervure.query.lists import Page
from nervure.store.erase_score import erase_score

routes = APIRouter(prefix="/v1/private", include_in_schema=False, route_class=OpikRoute)
Reader = Annotated[Access, Depends(require("read"))]
Sender = Annotated[Access, Depends(require("send"))]
MOST, AT_ONCE = 2000, 200
# Spans looked through for one page of a filter: more would be a scan of the whole store.
MOST_LOOKED = 20_000

Json = dict[str, Any]


@routes.get("/traces/{identity}")
async def read_trace(request: Request, access: Reader, identity: str) -> Response:
    """A trace by its id, in whichever project it is that the key may read."""
    return json_answer(await _one(request, access, identity, _trace))


@routes.get("/spans/{identity}")
async def read_span(request: Request, access: Reader, identity: str) -> Response:
    """A span by its id."""
    return json_answer(await _one(request, access, identity, _span))


@routes.post("/traces/search")
async def search_traces(request: Request, access: Reader) -> Response:
    """Traces, newest first, a line each."""
    return await _search(request, access, _traces)


@routes.post("/spans/search")
async def search_spans(request: Request, access: Reader) -> Response:
    """Spans, newest first, a line each."""
    return await _search(request, access, _spans)


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
    return await _page(request, inside(request, access, project_name, project_id), page, size, _traces)


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
    return await _page(request, chosen, page, size, lambda asker, project, leaf: _spans(asker, project, leaf, where))


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

    await _ask(request, access, erase)
    return Response(status_code=204)


async def _ask(request: Request, access: Access, question: Callable[[Asker], Any]) -> Any:
    questions: Questions = request.app.state.questions
    return await questions.run(request, access, question)


def _projects(access: Access) -> list[str]:
    """Projects in which an id may be: the ids of Opik say none."""
    return [one.project for one in reachable(access)]


async def _one(request: Request, access: Access, identity: str, find: Callable[[Asker, str, str], Json | None]) -> Json:
    def look(asker: Asker) -> Json | None:
        return next((found for name in _projects(access) if (found := find(asker, name, identity))), None)

    found: Json | None = await _ask(request, access, look)
    if found is None:
        raise NotFound(f"{identity} was not found")
    return found


def _trace(asker: Asker, project: str, identity: str) -> Json | None:
    trace_id = ids.trace_id(identity)
    where = f"trace_id = {quote(trace_id)}"
    summaries = asker.traces(project, Page(where=where, limit=1))["items"]
    if not summaries:
        return None
    roots = asker.spans(project, Page(where=f"{where} and is_root = true", limit=1, order="oldest"), content=True)
    # Of a trace whose root never came its first span stands for it.
    found = roots["items"] or asker.spans(project, Page(where=where, limit=1, order="oldest"), content=True)["items"]
    return trace_json(found[0], summaries[0], _scores(asker, project, [trace_id])) if found else None


def _span(asker: Asker, project: str, identity: str) -> Json | None:
    where = f"span_id = {quote(ids.span_id(identity))}"
    found = asker.spans(project, Page(where=where, limit=1), content=True)["items"]
    return span_json(found[0], _scores(asker, project, [found[0]["trace_id"]])) if found else None


def _scores(asker: Asker, project: str, traces: list[str]) -> list[Json]:
    """Scores of traces and of their spans; those of spans do not always say the trace."""
    found: list[Json] = list(asker.scores(project, Page(limit=1000), trace_id=traces)["items"])
    return found


def _traces(asker: Asker, project: str, page: Page) -> tuple[list[Json], str]:
    where = f"({page.where}) and is_root = true" if page.where else "is_root = true"
    found = asker.spans(project, _with(page, where), content=True)
    roots: dict[str, Json] = {}
    for root in found["items"]:
        roots.setdefault(root["trace_id"], root)
    if not roots:
        return [], found["next_cursor"] or ""
    listed = ", ".join(map(quote, roots))
    summaries = {
        one["trace_id"]: one
        for one in asker.traces(project, Page(where=f"trace_id in ({listed})", limit=len(roots)))["items"]
    }
    scores = _scores(asker, project, list(roots))
    made = [
        trace_json(root, summaries.get(trace, {}), [score for score in scores if score["trace_id"] == trace])
        for trace, root in roots.items()
    ]
    return made, found["next_cursor"] or ""


def _spans(asker: Asker, project: str, page: Page, where: str = "") -> tuple[list[Json], str]:
    both = " and ".join(f"({one})" for one in (page.where, where) if one)
    found = asker.spans(project, _with(page, both), content=True)
    targets = [span["span_id"] for span in found["items"]]
    scores = asker.scores(project, Page(limit=1000), target_id=targets)["items"] if targets else []
    made = [span_json(span, scores) for span in found["items"] if not is_trace(span)]
    return made, found["next_cursor"] or ""


def _with(page: Page, where: str) -> Page:
    return Page(where, page.since, page.until, page.limit, page.cursor, page.order)


Read = Callable[[Asker, str, Page], tuple[list[Json], str]]


async def _page(request: Request, access: Access, page: int, size: int, read: Read) -> Response:
    def question(asker: Asker) -> list[Json]:
        return _matching(asker, access.project, Page(limit=AT_ONCE), page * size, read, [], "")

    found: list[Json] = await _ask(request, access, question)
    chosen = found[(page - 1) * size :]
    return json_answer(page_of(chosen, len(found), page, size))


async def _search(request: Request, access: Access, read: Read) -> Response:
    body = await object_of(request, access.house.settings.max_body_bytes)
    chosen = inside(request, access, body.get("project_name"), body.get("project_id"))
    asked = filters.checked(body.get("filters"))
    limit = may(body, "limit", int, 500)
    if not 1 <= limit <= MOST:
        raise BadInput(f"limit must lie between 1 and {MOST}, got {limit}")
    where = [f"trace_id = {quote(ids.trace_id(body['trace_id']))}"] if body.get("trace_id") else []
    if kind := may(body, "type", str, ""):
        asked = [*asked, {"field": "type", "operator": "=", "value": kind}]
    page = Page(
        where=" and ".join(where),
        since=may(body, "from_time", str, ""),
        until=may(body, "to_time", str, ""),
        limit=AT_ONCE,
    )
    last = may(body, "last_retrieved_id", str, "")
    found = await _ask(request, chosen, lambda asker: _matching(asker, chosen.project, page, limit, read, asked, last))
    return lines(found)


def _matching(
    asker: Asker, project: str, page: Page, limit: int, read: Read, asked: list[Json], last: str
) -> list[Json]:
    """Items that meet the filters, behind the one whose id is `last`. Raises BadInput when too many must be read."""
    found: list[Json] = []
    looked, is_behind, cursor = 0, not last, ""
    while True:
        items, cursor = read(asker, project, Page(page.where, page.since, page.until, page.limit, cursor, page.order))
        for item in items:
            if not is_behind:
                is_behind = item["id"] == last
            elif filters.is_match(item, asked):
                found.append(item)
                if len(found) == limit:
                    return found
        looked += len(items)
        if not cursor:
            return found
        if looked >= MOST_LOOKED:
            raise BadInput(
                f"the filter matched {len(found)} of the newest {looked} and older ones were not read: "
                "give a time range (from_time, to_time), or ask GET /api/v1/spans"
            )


router = APIRouter()
router.include_router(routes, prefix="/api")
router.include_router(routes)
