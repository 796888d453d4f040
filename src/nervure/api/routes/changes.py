"""/api/v1/changes: what was altered and when, as people tell and as the data shows."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from nervure.api.asking import ask
from nervure.api.auth import Access, require
from nervure.api.reach import actor_of, check_reach
from nervure.base.clock import iso, parse_iso
from nervure.base.errors import BadInput
from nervure.model.change import Change, ChangeKind, ChangeSource, RecordedKind
from nervure.query.asker import Asker
from nervure.query.changes import find_changes
from nervure.query.fields import SPAN_FIELDS
from nervure.query.times import parse_time

router = APIRouter(prefix="/api/v1", tags=["changes"])
Reader = Annotated[Access, Depends(require("read"))]
Sender = Annotated[Access, Depends(require("send"))]
Admin = Annotated[Access, Depends(require("admin"))]
Since = Annotated[str, Query(alias="from", description="Beginning: ISO 8601 or relative such as `-7d`.")]
Until = Annotated[str, Query(alias="to", description="End, not included.")]


class ChangeAnswer(BaseModel):
    """Something that was altered."""

    id: str
    time: str = Field(description="ISO 8601. Of a found change: the minute it was first seen.")
    kind: ChangeKind
    name: str = Field(description="What was altered, e.g. a service, a prompt, a model.")
    before: str = Field(description="Version or value before; empty when there was none or nobody said.")
    after: str
    scope: dict[str, str] = Field(description="Canonical fields and values of the spans it concerns.")
    note: str
    url: str
    author: str
    source: ChangeSource = Field(description="recorded: somebody told; found: the first time a value was seen.")


class ChangeList(BaseModel):
    """Changes, newest first."""

    items: list[ChangeAnswer]
    next_cursor: None = None
    complete: bool = Field(description="False: there were more than `limit`; the oldest are left out.")


class NewChange(BaseModel):
    """A change to record."""

    model_config = ConfigDict(extra="forbid")
    kind: RecordedKind = "other"
    name: str = Field(description="What was altered, e.g. a service, a prompt, a model.")
    time: str = Field("now", description="When it took effect: ISO 8601 or relative such as `-5m`.")
    before: str = ""
    after: str = ""
    scope: dict[str, str] = Field({}, description='Canonical fields and values, e.g. {"service": "checkout"}.')
    note: str = ""
    url: str = Field("", description="Where to read more: http:// or https://.")


@router.get("/changes", response_model=None, responses={200: {"model": ChangeList}})
async def list_changes(
    request: Request,
    access: Reader,
    from_: Since = "-7d",
    to: Until = "now",
    source: Annotated[Literal["", "recorded", "found"], Query(description="Only these; empty: both.")] = "",
    limit: Annotated[int, Query(ge=1, le=1000)] = 200,
) -> Response:
    """Changes of a range, newest first: those somebody recorded and those the data shows."""

    def both(asker: Asker) -> dict[str, Any]:
        now_ns = asker.clock.now_ns()
        # A change told of a moment ago belongs to a range that ends now.
        from_ns, to_ns = parse_time(from_, now_ns), parse_time(to, now_ns) + 1
        kept = access.house.catalog.changes
        changes = kept.list(access.project, from_ns, to_ns, limit + 1) if source != "found" else []
        found = find_changes(asker.settled(access.project)[0], from_ns, to_ns) if source != "recorded" else []
        told = {(change.kind, change.name, change.after) for change in changes if change.after}
        changes += [change for change in found if (change.kind, change.name, change.after) not in told]
        changes.sort(key=lambda change: (-change.time_ns, change.id))
        items = [_answer(change).model_dump() for change in changes[:limit]]
        return {"items": items, "next_cursor": None, "complete": len(changes) <= limit}

    return await ask(request, access, both)


@router.post("/changes", status_code=201)
def record_change(access: Sender, body: NewChange) -> ChangeAnswer:
    """Record a change, e.g. from a deployment pipeline."""
    check_reach(access, access.project)
    now_ns = access.house.clock.now_ns()
    for name in body.scope:
        if SPAN_FIELDS.find(name) is None:
            near = SPAN_FIELDS.nearest(name)
            hint = f"did you mean {near!r}?" if near else "GET /api/v1/fields lists those there are"
            raise BadInput(f"scope: there is no field {name!r}: {hint}")
    change = Change(
        id="", project=access.project, time_ns=_time(body.time, now_ns), kind=body.kind, name=body.name,
        before=body.before, after=body.after, scope=body.scope, note=body.note, url=body.url,
    )  # fmt: skip
    return _answer(access.house.catalog.changes.create(change, actor_of(access)))


@router.get("/changes/{change_id}")
def get_change(access: Reader, change_id: str) -> ChangeAnswer:
    """One recorded change."""
    return _answer(access.house.catalog.changes.get(access.project, change_id))


@router.delete("/changes/{change_id}", status_code=204)
def delete_change(access: Admin, change_id: str) -> None:
    """Forget a recorded change. Found ones cannot be forgotten: they are what the data says."""
    check_reach(access, access.project)
    access.house.catalog.changes.delete(access.project, change_id, actor_of(access))


def _time(text: str, now_ns: int) -> int:
    try:
        return parse_iso(text)
    except ValueError:
        return parse_time(text, now_ns)


def _answer(change: Change) -> ChangeAnswer:
    return ChangeAnswer(
        id=change.id, time=iso(change.time_ns), kind=change.kind, name=change.name, before=change.before,
        after=change.after, scope=change.scope, note=change.note, url=change.url, author=change.author,
        source=change.source,
    )  # fmt: skip
