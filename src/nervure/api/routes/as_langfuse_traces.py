"""Reading back over Langfuse's API: traces, observations, sessions.

Source: https://api.reference.langfuse.com/#tag/trace
"""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response

from nervure.api.asking import ask
from nervure.api.auth import Access, require
from nervure.api.langfuse.reading import all_spans, listed_traces, since_until, walk, where_of, whole_trace
from nervure.api.langfuse.spans import KINDS, is_stand_in, observation_json, shown_id
from nervure.api.langfuse.speech import MOST_ON_PAGE, LangfuseRoute, Leaf, Paged
from nervure.base.errors import BadInput, NotFound
from nervure.decode.formats import ids
from nervure.query.asker import Asker
from nervure.query.filter import quote
from nervure.query.lists import Page

router = APIRouter(prefix="/api/public", include_in_schema=False, route_class=LangfuseRoute)
Reader = Annotated[Access, Depends(require("read"))]
Text = Annotated[str, Query(max_length=1000)]
Texts = Annotated[list[str], Query(max_length=50)]
# Langfuse's names of what a list of traces may be ordered by.
ORDERS = {"": "newest", "timestamp.desc": "newest", "timestamp.asc": "oldest"}


@router.get("/traces")
async def list_traces(
    request: Request,
    access: Reader,
    leaf: Paged,
    userId: Text = "",
    name: Text = "",
    sessionId: Text = "",
    fromTimestamp: Text = "",
    toTimestamp: Text = "",
    orderBy: Text = "",
    tags: Texts = [],  # noqa: B006 - never changed
    release: Text = "",
    environment: Texts = [],  # noqa: B006
) -> Response:
    """Traces, newest first."""
    if orderBy not in ORDERS:
        raise BadInput(f"orderBy: {orderBy!r} is not possible here: use timestamp.asc or timestamp.desc")
    more = [f"tag = {quote(tag)}" for tag in tags]
    if name:
        more.append(f"(workflow = {quote(name)} or (is_root = true and name = {quote(name)}))")
    equal = {"user": userId, "session": sessionId, "release": release, "environment": environment}
    since, until = since_until(fromTimestamp, toTimestamp, "Timestamp")
    page = Page(where_of(equal, more), since, until, order=ORDERS[orderBy])
    return await ask(request, access, lambda asker: listed_traces(asker, access.project, page, leaf))


@router.get("/traces/{trace_id}")
async def read_trace(request: Request, access: Reader, trace_id: str) -> Response:
    """A trace with its observations and scores."""

    def one(asker: Asker) -> dict[str, Any]:
        found = whole_trace(asker, access.project, ids.trace_id(trace_id), trace_id)
        if found is None:
            raise NotFound(f"Trace {trace_id[:100]} not found within project {access.project!r}")
        return found

    return await ask(request, access, one)


def _observed(
    name: Text = "",
    userId: Text = "",
    sessionId: Text = "",
    type: Text = "",
    traceId: Text = "",
    level: Text = "",
    parentObservationId: Text = "",
    isRootObservation: bool | None = None,
    environment: Texts = [],  # noqa: B006
    fromStartTime: Text = "",
    toStartTime: Text = "",
    filter: Text = "",
) -> Page:
    """The filter of a list of observations."""
    if filter:
        raise BadInput("filter: conditions as JSON are not read here: use the parameters, or GET /api/v1/spans?where=")
    more = []
    if type:
        kind = KINDS.get(type.upper())
        if kind is None and type.upper() not in ("SPAN", "EVENT"):
            raise BadInput(f"type: {type!r} is none of SPAN, EVENT, {', '.join(KINDS)}")
        more.append(f"kind = {quote(kind or 'other')}")
    if level:
        more.append('status = "error"' if level == "ERROR" else f'level = {quote(level)} and status != "error"')
    if isRootObservation is not None:
        more.append(f"is_root = {str(isRootObservation).lower()}")
    parent = ids.span_id(parentObservationId)
    equal = {
        "name": name, "user": userId, "session": sessionId, "trace_id": ids.trace_id(traceId), "parent_id": parent,
        "environment": environment,
    }  # fmt: skip
    since, until = since_until(fromStartTime, toStartTime, "StartTime")
    return Page(where_of(equal, more), since, until)


Observed = Annotated[Page, Depends(_observed)]


@router.get("/observations")
async def list_observations(request: Request, access: Reader, leaf: Paged, page: Observed) -> Response:
    """Observations by numbered pages, newest first."""

    def found(asker: Asker) -> dict[str, Any]:
        items, total = walk(lambda one: asker.spans(access.project, one, content=True), page, leaf)
        return leaf.answer(_shown(asker, access, items), total)

    return await ask(request, access, found)


@router.get("/v2/observations")
async def page_observations(
    request: Request,
    access: Reader,
    page: Observed,
    limit: Annotated[int, Query(ge=1, le=1000)] = 50,
    cursor: Text = "",
) -> Response:
    """Observations by cursor, newest first."""

    def found(asker: Asker) -> dict[str, Any]:
        asked = Page(page.where, page.since, page.until, limit, cursor)
        answer = asker.spans(access.project, asked, content=True)
        return {"data": _shown(asker, access, answer["items"]), "meta": {"cursor": answer["next_cursor"]}}

    return await ask(request, access, found)


@router.get("/observations/{observation_id}")
async def read_observation(request: Request, access: Reader, observation_id: str) -> Response:
    """One observation."""

    def one(asker: Asker) -> dict[str, Any]:
        spans = all_spans(asker, access.project, where_of({"span_id": ids.span_id(observation_id)}), content=True)
        if not spans:
            raise NotFound(f"Observation not found: project {access.project!r} has none {observation_id[:100]!r}")
        return _shown(asker, access, spans[-1:])[0]

    return await ask(request, access, one)


@router.get("/sessions")
async def list_sessions(
    request: Request,
    access: Reader,
    leaf: Paged,
    fromTimestamp: Text = "",
    toTimestamp: Text = "",
    environment: Texts = [],  # noqa: B006
) -> Response:
    """Sessions, latest activity first."""
    since, until = since_until(fromTimestamp, toTimestamp, "Timestamp")
    page = Page(where_of({"environment": environment}), since, until)

    def found(asker: Asker) -> dict[str, Any]:
        items, total = walk(lambda one: asker.sessions(access.project, one), page, leaf)
        return leaf.answer([_session(one, access) for one in items], total)

    return await ask(request, access, found)


@router.get("/sessions/{session:path}")
async def read_session(request: Request, access: Reader, session: str) -> Response:
    """A session with its traces."""

    def one(asker: Asker) -> dict[str, Any]:
        found = asker.session(access.project, session)
        leaf = Leaf(1, MOST_ON_PAGE)
        traces = listed_traces(asker, access.project, Page(where_of({"session": session}), order="oldest"), leaf)
        return _session(found, access) | {"traces": traces["data"]}

    return await ask(request, access, one)


def _session(one: dict[str, Any], access: Access) -> dict[str, Any]:
    return {
        "id": one["id"], "createdAt": one["start"][:23] + "Z", "projectId": access.project, "environment": "default",
    }  # fmt: skip


def _shown(asker: Asker, access: Access, spans: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Observations; parents that are not among them are looked up only for their ids as they were sent."""
    names = {span["span_id"]: shown_id(span) for span in spans}
    return [observation_json(span, names, access.project) for span in spans if not is_stand_in(span)]
