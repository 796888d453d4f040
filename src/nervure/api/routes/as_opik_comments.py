"""Opik's comments on traces, spans and threads: written, read, changed and taken away."""

import asyncio
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Request, Response

from nervure.api.auth import Access, require
from nervure.api.opik.reaching import reachable
from nervure.api.opik.reading import ask
from nervure.api.opik.speech import OpikRoute, inside
from nervure.api.opik.threads import thread_of
from nervure.api.opik.traces import comment_json
from nervure.api.vendors.body import may, need, object_of
from nervure.api.vendors.comments import add_comment, change_comment, find_comments
from nervure.api.vendors.uuids import dashed
from nervure.base.errors import BadInput, NotFound
from nervure.base.ids import RandomIds
from nervure.decode.formats import ids, opik
from nervure.model.key import Right
from nervure.model.score import Score, TargetType
from nervure.query.present import record_json
from nervure.store.erase_score import erase_score

routes = APIRouter(prefix="/v1/private", include_in_schema=False, route_class=OpikRoute)
Reader = Annotated[Access, Depends(require("read"))]
Sender = Annotated[Access, Depends(require("send"))]
What = Literal["traces", "spans", "traces/threads"]
WIRE = "opik_comments"
MOST = 1000


@routes.post("/{what:path}/{identity}/comments", status_code=201)
async def comment(request: Request, access: Sender, what: What, identity: str) -> Response:
    """Comments on a trace, span or thread; the answer's Location ends with the comment's id."""
    body = await object_of(request, access.house.settings.max_body_bytes)
    given = may(body, "id", str, "") or dashed(RandomIds().token("", 16))
    if not opik.is_uuid(given) or not (what == "traces/threads" or opik.is_uuid(identity)):
        raise BadInput("the ids of a trace or span, and of a comment, are UUIDs")
    kind, target_id = _target(what, identity)
    text, author = need(body, "text", str), may(body, "created_by", str, "")
    if kind == "session":
        access = inside(request, access, thread_of(identity)[0], right="send")
        await ask(request, access, lambda asker: asker.session(access.project, target_id))
    made = await add_comment(request, access, given.lower(), kind, target_id, text, author, WIRE)
    return Response(status_code=201, headers={"location": f"{request.url.path}/{made.id}"})


@routes.get("/{what:path}/{identity}/comments/{comment_id}")
async def read_comment(request: Request, access: Reader, what: What, identity: str, comment_id: str) -> dict[str, Any]:
    """A comment on a trace, span or thread."""
    held = await _one(request, access, comment_id, "read")
    if (held.target_type, held.target_id) != _target(what, identity):
        raise NotFound(f"Comment {comment_id} not found")
    return comment_json(record_json(held))


@routes.patch("/{what:path}/comments/{comment_id}", status_code=204)
async def reword(request: Request, access: Sender, what: What, comment_id: str) -> Response:
    """Another text."""
    body = await object_of(request, access.house.settings.max_body_bytes)
    held = await _one(request, access, comment_id, "send")
    await change_comment(request, access, held, need(body, "text", str), WIRE)
    return Response(status_code=204)


@routes.post("/{what:path}/comments/delete", status_code=204)
async def delete_comments(request: Request, access: Sender, what: What) -> Response:
    """Takes comments away; unknown ones are gone already."""
    body = await object_of(request, access.house.settings.max_body_bytes)
    wanted = [str(one).lower() for one in need(body, "ids", list)]
    if len(wanted) > MOST:
        raise BadInput(f"at most {MOST} ids at a time, got {len(wanted)}")
    for held in await find_comments(request, access, wanted, _projects(access, "send")):
        await asyncio.to_thread(erase_score, access.house.engine, held.project, held.id)
    return Response(status_code=204)


def _target(what: What, identity: str) -> tuple[TargetType, str]:
    """What is commented on, and its id here. Raises NotFound for a thread's id that is none."""
    if what == "traces/threads":
        return "session", thread_of(identity)[1]
    return ("trace", ids.trace_id(identity)) if what == "traces" else ("span", ids.span_id(identity))


async def _one(request: Request, access: Access, identity: str, right: Right) -> Score:
    found = await find_comments(request, access, [identity.lower()], _projects(access, right))
    if not found:
        raise NotFound(f"Comment {identity} not found")
    return found[0]


def _projects(access: Access, right: Right) -> list[str]:
    return [one.project for one in reachable(access, right)]


router = APIRouter()
router.include_router(routes, prefix="/api")
router.include_router(routes)
