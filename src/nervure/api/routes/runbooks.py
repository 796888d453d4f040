"""/api/v1/runbooks: what to do about each cause, in the words that come along or in a project's own."""

from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field

from nervure.api.auth import Access, require
from nervure.api.reach import actor_of, check_reach
from nervure.base.clock import iso
from nervure.base.errors import NotFound
from nervure.explain.infer import causes
from nervure.explain.runbook import UNKNOWN, check_runbook, runbook
from nervure.model.runbook import Runbook

router = APIRouter(prefix="/api/v1", tags=["incidents"])
Reader = Annotated[Access, Depends(require("read"))]
Admin = Annotated[Access, Depends(require("admin"))]


class RunbookAnswer(BaseModel):
    """What to do about a cause."""

    name: str
    text: str = Field(
        description="Markdown; blocks fenced as `query` hold a Query, {scope} stands for the incident's scope."
    )
    is_own: bool = Field(description="Whether the project wrote it; otherwise it is the one that comes along.")
    author: str
    changed: str | None


class RunbookList(BaseModel):
    """All runbooks."""

    items: list[RunbookAnswer]
    next_cursor: None = None


class RunbookText(BaseModel):
    """What shall stand in it."""

    model_config = ConfigDict(extra="forbid")
    text: str = Field(
        max_length=50_000,
        description='Markdown. A block fenced as `query` holds a Query as JSON, e.g. {"measure": "error_rate", '
        '"where": "{scope} and kind = \\"tool\\"", "every": "5m"}.',
    )


@router.get("/runbooks")
def list_runbooks(access: Reader) -> RunbookList:
    """What to do about each cause."""
    held = {one.name: one for one in access.house.catalog.runbooks.list() if one.project == access.project}
    return RunbookList(items=[_answer(name, held.get(name)) for name in (*causes(), UNKNOWN)])


@router.get("/runbooks/{name}")
def get_runbook(access: Reader, name: str) -> RunbookAnswer:
    """What to do about one cause."""
    return _answer(name, access.house.catalog.runbooks.find(name, access.project))


@router.put("/runbooks/{name}")
def write_runbook(access: Admin, name: str, body: RunbookText) -> RunbookAnswer:
    """The project's own runbook of a cause, in place of the one that comes along."""
    check_reach(access, access.project)
    runbook(name)
    check_runbook(body.text, access.house.clock.now_ns())
    kept = access.house.catalog.runbooks.write(Runbook("", access.project, name, body.text), actor_of(access))
    return _answer(name, kept)


@router.delete("/runbooks/{name}")
def reset_runbook(access: Admin, name: str) -> RunbookAnswer:
    """Forget the project's own: the one that comes along, which is answered, holds again."""
    check_reach(access, access.project)
    own = access.house.catalog.runbooks.find(name, access.project)
    if own is None:
        raise NotFound(
            f"project {access.project!r} has no runbook of its own for {name!r}: the one that comes along holds"
        )
    access.house.catalog.runbooks.delete(own.id, actor_of(access))
    return _answer(name, None)


def _answer(name: str, own: Runbook | None) -> RunbookAnswer:
    """Raises NotFound for a name that is no cause."""
    shipped = runbook(name)
    if own is None:
        return RunbookAnswer(name=name, text=shipped, is_own=False, author="", changed=None)
    return RunbookAnswer(name=name, text=own.text, is_own=True, author=own.author, changed=iso(own.changed_ns))
