"""/api/v1/sessions, /users and /turns: traces gathered by whom they served."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import BaseModel, Field

from nervure.api.asking import ask
from nervure.api.auth import Access, require
from nervure.api.paging import Cursor, Paged
from nervure.api.shapes import PersonAnswer, PersonList, ScoreAnswer, TraceSummary

router = APIRouter(prefix="/api/v1", tags=["sessions"])
Reader = Annotated[Access, Depends(require("read"))]
Search = Annotated[str, Query(description="Only ids that contain this, in any case.")]


class Said(BaseModel):
    """What one side of a turn said."""

    text: str = Field(description="Its first 4000 characters.")
    size: int = Field(description="Characters of the whole.")
    role: str = Field(description="user, assistant, or empty when the content has no roles.")
    span_id: str = Field(description="The span that tells it.")


class TurnAnswer(TraceSummary):
    """A trace of a session with what was asked and answered."""

    gap_ms: float | None = Field(description="Since the turn before ended; null for the first, below 0 for an overlap.")
    input: Said | None
    output: Said | None
    error: str = Field(description="The first error that was told.")
    scores: list[ScoreAnswer]  # type: ignore[valid-type]


class TurnList(BaseModel):
    items: list[TurnAnswer]
    next_cursor: str | None


@router.get("/sessions", response_model=None, responses={200: {"model": PersonList}})
async def list_sessions(request: Request, access: Reader, page: Paged, search: Search = "") -> Response:
    """Sessions with the sums of their traces, latest activity first.

    `order`: newest, cost, tokens, errors, traces, duration. What was said is told by /turns only.
    """
    return await ask(request, access, lambda asker: asker.sessions(access.project, page, search))


@router.get("/sessions/{session:path}", response_model=None, responses={200: {"model": PersonAnswer}})
async def read_session(request: Request, access: Reader, session: str) -> Response:
    """One session. Its traces: GET /api/v1/turns?session=..."""
    return await ask(request, access, lambda asker: asker.session(access.project, session))


@router.get("/turns", response_model=None, responses={200: {"model": TurnList}})
async def list_turns(
    request: Request,
    access: Reader,
    session: Annotated[str, Query(description="Id of the session.", min_length=1)],
    limit: Annotated[int, Query(description="Most turns on the page, up to 200.")] = 50,
    cursor: Cursor = "",
) -> Response:
    """The turns of a session, oldest first: each trace with what was asked and answered, its errors and scores."""
    return await ask(request, access, lambda asker: asker.turns(access.project, session, limit, cursor))


@router.get("/users", response_model=None, responses={200: {"model": PersonList}})
async def list_users(request: Request, access: Reader, page: Paged, search: Search = "") -> Response:
    """Users with the sums of their traces. `order` as of sessions."""
    return await ask(request, access, lambda asker: asker.users(access.project, page, search))


@router.get("/users/{user:path}", response_model=None, responses={200: {"model": PersonAnswer}})
async def read_user(request: Request, access: Reader, user: str) -> Response:
    """One user. Their sessions: GET /api/v1/sessions with `where=user = "..."`."""
    return await ask(request, access, lambda asker: asker.user(access.project, user))
