"""LangSmith's annotation queues are ours: made, filled with runs, read and emptied by its client; judged in the UI."""

import asyncio
from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response

from nervure.api.auth import Access, require
from nervure.api.langsmith.asked import find_span, made_runs
from nervure.api.langsmith.names import checked_uuid, moment
from nervure.api.langsmith.projects import Sessions
from nervure.api.langsmith.queues import (
    NOTE,
    OPEN,
    changed,
    find_queue,
    given_ids,
    queue_json,
    run_ids,
    target_of,
)
from nervure.api.langsmith.serving import answer, json_of, linker, object_of
from nervure.api.reach import actor_of
from nervure.base.errors import BadInput, Conflict, NotFound
from nervure.model.annotation import Item, Queue
from nervure.query.asker import Asker
from nervure.query.filter import quote
from nervure.query.lists import Page

router = APIRouter(prefix="/langsmith/annotation-queues", include_in_schema=False)
Reader = Annotated[Access, Depends(require("read"))]
Sender = Annotated[Access, Depends(require("send"))]
Admin = Annotated[Access, Depends(require("admin"))]
# Whether an item is done; None for one nobody can be told apart by here.
STATES = {"": None, "needs_my_review": False, "needs_others_review": False, "completed": True}
MOST, ALL = 100, 100_000
Json = dict[str, Any]


@router.get("")
def list_queues(
    access: Reader,
    ids: Annotated[list[str] | None, Query()] = None,
    name: str = "",
    name_contains: str = "",
    limit: Annotated[int, Query(ge=1, le=MOST)] = MOST,
    offset: Annotated[int, Query(ge=0)] = 0,
) -> list[Json]:
    """The project's queues by name."""
    wanted = {checked_uuid(one, "ids") for one in ids or []}
    given = given_ids(access)
    found = [
        told
        for queue in access.house.catalog.annotation.queues(access.project)
        if (not name or queue.name == name) and name_contains.lower() in queue.name.lower()
        for told in [queue_json(queue, given)]
        if not wanted or told["id"] in wanted
    ]
    return found[offset : offset + limit]


@router.post("")
async def create_queue(request: Request, access: Admin) -> Json:
    """A queue. Without rubric items people may leave a note."""
    asked = await object_of(request)
    if not asked.get("name"):
        raise BadInput("name is missing: a queue needs one of its own")
    given = checked_uuid(asked["id"], "id") if asked.get("id") else ""
    queue = changed(Queue("", access.project, "", criteria=(OPEN,)), asked)
    return await asyncio.to_thread(_create, access, queue, given)


def _create(access: Access, queue: Queue, given: str) -> Json:
    catalog = access.house.catalog
    if given and catalog.notes.find(NOTE + given):
        raise Conflict(f"there is an annotation queue {given} already: leave the id out")
    made = catalog.annotation.create(queue, actor_of(access))
    if given:
        catalog.notes.put(NOTE + given, {"queue": made.id, "project": made.project})
    return queue_json(made, given_ids(access))


@router.get("/{queue_id}")
def read_queue(access: Reader, queue_id: str) -> Json:
    """One queue."""
    return queue_json(find_queue(access, queue_id), given_ids(access))


@router.patch("/{queue_id}")
async def change_queue(request: Request, access: Admin, queue_id: str) -> Json:
    """Another name, instructions or rubric; a changed rubric is a new version."""
    asked = await object_of(request)

    def change() -> Json:
        queue = changed(find_queue(access, queue_id), asked)
        return queue_json(access.house.catalog.annotation.update(queue, actor_of(access)), given_ids(access))

    return await asyncio.to_thread(change)


@router.delete("/{queue_id}")
def delete_queue(access: Admin, queue_id: str) -> Json:
    """Forgets the queue; the scores people gave stay."""
    queue = find_queue(access, queue_id)
    access.house.catalog.annotation.delete(access.project, queue.id, actor_of(access))
    access.house.catalog.notes.delete(NOTE + checked_uuid(queue_id, "a queue's id"))
    return {}


@router.post("/{queue_id}/runs")
@router.post("/{queue_id}/runs/by-key")
async def add_runs(request: Request, access: Sender, queue_id: str) -> Response:
    """Puts runs into the queue, all or none; one that is in it already stays as it is. 404 names a run that is nowhere."""
    wanted = run_ids(await json_of(request))

    def work(asker: Asker) -> list[Json]:
        queue = find_queue(access, queue_id)
        asker.settle()
        targets = [target_of(find_span(asker, access.project, one)) for one in wanted]
        access.house.catalog.annotation.add(access.project, queue.id, targets, "hand", actor_of(access))
        return [{"run_id": one, "queue_id": queue_id} for one in wanted]

    return await answer(request, access, work)


@router.get("/{queue_id}/runs")
async def list_runs(
    request: Request,
    access: Reader,
    queue_id: str,
    limit: Annotated[int, Query(ge=1, le=MOST)] = MOST,
    offset: Annotated[int, Query(ge=0)] = 0,
    status: str = "",
) -> Response:
    """Runs in the order people get them. What retention has taken is left out of a page."""
    if status not in STATES:
        raise BadInput(f"status must be one of {', '.join(key for key in STATES if key)}, got {status[:60]!r}")
    return await answer(request, access, _reading(request, access, queue_id, limit, offset, STATES[status]))


@router.get("/{queue_id}/run/{index}")
async def read_run(request: Request, access: Reader, queue_id: str, index: int) -> Response:
    """The run at a place of the queue, from 0."""
    if index < 0:
        raise BadInput(f"index must be a whole number from 0 on, got {index}")
    read = _reading(request, access, queue_id, 1, index, None)

    def work(asker: Asker) -> Json:
        found = read(asker)
        if not found:
            raise NotFound(f"the annotation queue {queue_id} has no run {index}")
        return found[0]

    return await answer(request, access, work)


@router.delete("/{queue_id}/runs/{run_id}")
async def remove_run(request: Request, access: Admin, queue_id: str, run_id: str) -> Response:
    """Takes a run out of the queue."""

    def work(asker: Asker) -> Json:
        queue, kept = find_queue(access, queue_id), access.house.catalog.annotation
        target = target_of(find_span(asker, access.project, run_id))
        held = [
            item.id
            for other, item in kept.targets(access.project, target.trace_id)
            if other.id == queue.id and item.target.span_id == target.span_id
        ]
        if not held:
            raise NotFound(f"the annotation queue {queue_id} has no run {run_id}")
        kept.remove(access.project, queue.id, held, actor_of(access))
        return {}

    return await answer(request, access, work)


def _reading(
    request: Request, access: Access, queue_id: str, limit: int, offset: int, is_done: bool | None
) -> Callable[[Asker], list[Json]]:
    link = linker(request, access)

    def work(asker: Asker) -> list[Json]:
        queue = find_queue(access, queue_id)
        items = access.house.catalog.annotation.items(access.project, queue.id, limit, offset, is_done)
        spans = [(item, span) for item in items if (span := _span(asker, access.project, item))]
        sessions = Sessions(access.house, asker, access.project)
        runs = made_runs(asker, access.project, [span for _, span in spans], sessions, link)
        return [
            {**run, "added_at": moment(item.added_ns), "last_reviewed_time": None}
            for run, (item, _) in zip(runs, spans, strict=True)
        ]

    return work


def _span(asker: Asker, project: str, item: Item) -> Json | None:
    """The span of an item; of a whole trace its root."""
    trace, span = item.target.trace_id, item.target.span_id
    own = f"span_id = {quote(span)}" if span else "is_root = true"
    page = Page(where=f"trace_id = {quote(trace)} and {own}", limit=1, order="oldest")
    found: list[Json] = asker.spans(project, page, content=True)["items"]
    return found[0] if found else None
