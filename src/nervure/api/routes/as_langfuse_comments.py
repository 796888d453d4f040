"""Langfuse's comments on traces, observations and sessions. Source: https://api.reference.langfuse.com/#tag/comments"""

from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends, Query, Request, Response

from nervure.api.asking import ask
from nervure.api.auth import Access, require
from nervure.api.langfuse.reading import listed_scores
from nervure.api.langfuse.speech import LangfuseRoute, Paged, may, need, when
from nervure.api.vendors.comments import NAME, add_comment, find_comments
from nervure.base.errors import BadInput, NotFound
from nervure.base.ids import RandomIds
from nervure.decode.formats import ids
from nervure.model.score import Score, TargetType
from nervure.query.asker import Asker
from nervure.query.lists import Page

router = APIRouter(prefix="/api/public/comments", include_in_schema=False, route_class=LangfuseRoute)
Reader = Annotated[Access, Depends(require("read"))]
Sender = Annotated[Access, Depends(require("send"))]
Text = Annotated[str, Query(max_length=1000)]
KINDS: dict[str, TargetType] = {"TRACE": "trace", "OBSERVATION": "span", "SESSION": "session"}
WORDS = {kind: word for word, kind in KINDS.items()}
WIRE = "langfuse_comments"


@router.post("")
async def comment(request: Request, access: Sender, body: Annotated[dict[str, Any], Body()]) -> dict[str, str]:
    """Comments on a trace, observation or session of this project."""
    word = need(body, "objectType")
    target_id = _target(word, need(body, "objectId"))
    text, author = need(body, "content"), may(body, "authorUserId") or ""
    identity = RandomIds().token("comment")
    made = await add_comment(request, access, identity, KINDS[word], target_id, text, author, WIRE)
    return {"id": made.id}


@router.get("")
async def list_comments(
    request: Request,
    access: Reader,
    leaf: Paged,
    objectType: Text = "",
    objectId: Text = "",
    authorUserId: Text = "",
) -> Response:
    """Comments by numbered pages, newest first."""
    if objectId and not objectType:
        raise BadInput("objectType: say what objectId is: TRACE, OBSERVATION or SESSION")
    only = {
        "name": NAME, "author": authorUserId, "target_id": _target(objectType, objectId) if objectId else "",
        "target_type": _kind(objectType) if objectType else "",
    }  # fmt: skip

    def found(asker: Asker) -> dict[str, Any]:
        scores, total = listed_scores(asker, access.project, Page(), leaf, only)
        return leaf.answer([_json(score) for score in scores], total)

    return await ask(request, access, found)


@router.get("/{comment_id}")
async def read_comment(request: Request, access: Reader, comment_id: str) -> dict[str, Any]:
    """One comment."""
    found = await find_comments(request, access, [comment_id], [access.project])
    if not found:
        raise NotFound(f"Comment not found: project {access.project!r} has no comment {comment_id[:100]!r}")
    return _json(found[0])


def _kind(word: str) -> TargetType:
    if word not in KINDS:
        raise BadInput(
            f"objectType: comments are on {', '.join(KINDS)} here, not {word[:60]!r}: a prompt's versions carry a message"
        )
    return KINDS[word]


def _target(word: str, identity: str) -> str:
    kind = _kind(word)
    return ids.trace_id(identity) if kind == "trace" else ids.span_id(identity) if kind == "span" else identity


def _json(score: Score) -> dict[str, Any]:
    return {
        "id": score.id, "projectId": score.project, "createdAt": when(score.time_ns),
        "updatedAt": when(score.received_ns or score.time_ns), "objectType": WORDS.get(score.target_type, "TRACE"),
        "objectId": score.target_id, "content": score.label, "authorUserId": score.author or None,
    }  # fmt: skip
