"""/api/v1/sessions and /api/v1/users: traces gathered by whom they served."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from nervure.api.asking import ask
from nervure.api.auth import Access, require
from nervure.api.paging import Paged
from nervure.api.shapes import PersonAnswer, PersonList

router = APIRouter(prefix="/api/v1", tags=["sessions"])
Reader = Annotated[Access, Depends(require("read"))]


@router.get("/sessions", response_model=None, responses={200: {"model": PersonList}})
async def list_sessions(request: Request, access: Reader, page: Paged) -> Response:
    """Sessions with the sums of their traces, latest activity first. `order`: newest, cost, tokens, errors, traces."""
    return await ask(request, access, lambda asker: asker.sessions(access.project, page))


@router.get("/sessions/{session:path}", response_model=None, responses={200: {"model": PersonAnswer}})
async def read_session(request: Request, access: Reader, session: str) -> Response:
    """One session. Its traces: GET /api/v1/traces with `where=session = "..."`."""
    return await ask(request, access, lambda asker: asker.session(access.project, session))


@router.get("/users", response_model=None, responses={200: {"model": PersonList}})
async def list_users(request: Request, access: Reader, page: Paged) -> Response:
    """Users with the sums of their traces. `order`: newest, cost, tokens, errors, traces."""
    return await ask(request, access, lambda asker: asker.users(access.project, page))
