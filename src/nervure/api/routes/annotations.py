"""/api/v1/annotations: queues of spans and traces that people judge by a rubric."""

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from nervure.api.annotating import (
    AnnotationItem,
    AnnotationQueue,
    FillRuleBody,
    GivenAnswer,
    RubricCriterion,
    annotator_of,
    given_answer,
    item_answer,
    queue_answer,
    scores_of,
)
from nervure.api.asking import Questions, json_answer
from nervure.api.auth import Access, require
from nervure.api.reach import actor_of
from nervure.base.errors import Forbidden
from nervure.catalog.repositories.annotation import MOST_AT_ONCE
from nervure.model.annotation import FillRule, Item, Origin, Queue, Target
from nervure.model.batch import Batch
from nervure.query import cases
from nervure.query.filter import parse
from nervure.query.times import parse_time

router = APIRouter(prefix="/api/v1/annotations", tags=["annotations"])
Reader = Annotated[Access, Depends(require("read"))]
Sender = Annotated[Access, Depends(require("send"))]
Admin = Annotated[Access, Depends(require("admin"))]
QueueId = Annotated[str, Path(description="As the list of queues tells it.")]
ItemId = Annotated[str, Path(description="As the list of items tells it.")]
Who = Annotated[str, Query(description="The annotator; by default the name of the key.")]


class NewAnnotationQueue(BaseModel):
    """A queue to make."""

    model_config = ConfigDict(extra="forbid")
    name: str = Field(description="Unique in the project.")
    instructions: str = Field("", description="Markdown, shown beside every item.")
    criteria: list[RubricCriterion] = Field(min_length=1)
    annotators: int = Field(1, description="How many people judge each item.")
    lock_s: int = Field(900, description="How long an item is reserved for who opened it, in seconds.")
    is_blind: bool = Field(True, description="Nobody sees others' answers before giving one.")
    rule: FillRuleBody | None = Field(None, description="How it fills by itself.")
    rule_from: str = Field("now", description="Since when spans are looked at, e.g. `-7d` for the past week too.")


class AnnotationQueueChange(BaseModel):
    """What may be changed of a queue."""

    model_config = ConfigDict(extra="forbid")
    name: str | None = None
    instructions: str | None = None
    criteria: list[RubricCriterion] | None = Field(None, description="A changed rubric is a new version.")
    annotators: int | None = None
    lock_s: int | None = None
    is_blind: bool | None = None
    rule: FillRuleBody | None = Field(None, description="null ends the filling; leave it out to change nothing.")
    rule_from: str | None = Field(None, description="Look at spans from here again, e.g. `-7d`.")


class AnnotationQueueList(BaseModel):
    """Queues by name."""

    items: list[AnnotationQueue]
    next_cursor: None = None


class AnnotationTarget(BaseModel):
    """What is to be judged."""

    model_config = ConfigDict(extra="forbid")
    trace_id: str = Field(min_length=1, max_length=256)
    span_id: str = Field("", max_length=256, description="Empty for the whole trace.")
    reason: str = Field("", max_length=2000, description="Why it is worth a look.")
    priority: float = Field(0.0, description="Higher ones come first.")


class NewAnnotationItems(BaseModel):
    """Items to add."""

    model_config = ConfigDict(extra="forbid")
    items: list[AnnotationTarget] = Field(min_length=1, max_length=MOST_AT_ONCE)
    origin: Origin = "hand"


class AnnotationsAdded(BaseModel):
    """What was added, and how many were in the queue already."""

    items: list[AnnotationItem]
    already: int


class AnnotationItemIds(BaseModel):
    """Items by id."""

    model_config = ConfigDict(extra="forbid")
    ids: list[str] = Field(min_length=1, max_length=MOST_AT_ONCE)


class AnnotationsRemoved(BaseModel):
    """How many items were taken out."""

    removed: int


class AnnotationItemList(BaseModel):
    """Items in the order people get them."""

    items: list[AnnotationItem]
    next_cursor: None = None


class AnnotationWork(BaseModel):
    """An item with all a person needs to judge it. item null: nothing is left for this person."""

    item: AnnotationItem | None
    content: dict[str, Any] | None = Field(description="input, output, documents, metadata; null: not stored any more.")
    mine: GivenAnswer | None = Field(description="What this person said or has open.")
    others: list[GivenAnswer] = Field(
        description="What others said; empty in a blind queue until this person answered."
    )


class AnswerBody(BaseModel):
    """An answer to the rubric. Given again by the same person it is a correction; all its revisions are kept."""

    model_config = ConfigDict(extra="forbid")
    values: dict[str, Any] = Field(description="Criterion to number, true or false, category or text.")
    comments: dict[str, str] = Field({}, description="Criterion to why.")
    annotator: str = Field("", description="By default the name of the key.")
    is_final: bool = Field(False, description="Settles a disagreement of others (admin).")


class SkipBody(BaseModel):
    """Why a person cannot judge an item."""

    model_config = ConfigDict(extra="forbid")
    reason: str
    annotator: str = ""


class WaitingAnnotation(BaseModel):
    """Where a trace waits to be judged, or was."""

    queue_id: str
    queue: str
    item: AnnotationItem


class WaitingAnnotationList(BaseModel):
    """Queues a trace or its spans are in."""

    items: list[WaitingAnnotation]
    next_cursor: None = None


@router.get("/queues")
def list_queues(access: Reader) -> AnnotationQueueList:
    """The project's queues with how far they are."""
    kept = access.house.catalog.annotation
    return AnnotationQueueList(
        items=[queue_answer(one, kept.progress(access.project, one.id)) for one in kept.queues(access.project)]
    )


@router.post("/queues", status_code=201)
def create_queue(access: Admin, body: NewAnnotationQueue) -> AnnotationQueue:
    """Make a queue."""
    now_ns = access.house.clock.now_ns()
    criteria = tuple(one.criterion() for one in body.criteria)
    rule = _rule(body.rule, None, parse_time(body.rule_from, now_ns)) if body.rule else None
    queue = Queue(
        "", access.project, body.name, body.instructions, criteria, annotators=body.annotators, lock_s=body.lock_s,
        is_blind=body.is_blind, rule=rule,
    )  # fmt: skip
    return _told(access, access.house.catalog.annotation.create(queue, actor_of(access)))


@router.get("/queues/{queue_id}")
def get_queue(access: Reader, queue_id: QueueId) -> AnnotationQueue:
    """One queue."""
    return _told(access, access.house.catalog.annotation.get(access.project, queue_id))


@router.patch("/queues/{queue_id}")
def change_queue(access: Admin, queue_id: QueueId, body: AnnotationQueueChange) -> AnnotationQueue:
    """Change a queue. Answers that were given stay as they are."""
    kept = access.house.catalog.annotation
    queue = kept.get(access.project, queue_id)
    from_ns = parse_time(body.rule_from, access.house.clock.now_ns()) if body.rule_from else None
    rule = queue.rule
    if "rule" in body.model_fields_set or from_ns is not None:
        told = body.rule if "rule" in body.model_fields_set else _body_of(queue.rule)
        rule = _rule(told, queue.rule, from_ns or access.house.clock.now_ns(), from_ns is not None) if told else None
    changed = Queue(
        queue.id, queue.project, queue.name if body.name is None else body.name,
        queue.instructions if body.instructions is None else body.instructions,
        queue.criteria if body.criteria is None else tuple(one.criterion() for one in body.criteria),
        annotators=queue.annotators if body.annotators is None else body.annotators,
        lock_s=queue.lock_s if body.lock_s is None else body.lock_s,
        is_blind=queue.is_blind if body.is_blind is None else body.is_blind, rule=rule,
    )  # fmt: skip
    return _told(access, kept.update(changed, actor_of(access)))


@router.delete("/queues/{queue_id}", status_code=204)
def delete_queue(access: Admin, queue_id: QueueId) -> None:
    """Forget a queue and its items. The scores people gave stay."""
    access.house.catalog.annotation.delete(access.project, queue_id, actor_of(access))


@router.get("/queues/{queue_id}/items")
def list_items(
    access: Reader,
    queue_id: QueueId,
    limit: Annotated[int, Query(ge=1, le=1000)] = 50,
    offset: Annotated[int, Query(ge=0)] = 0,
    done: Annotated[bool | None, Query(description="Only those that are done, or only those that are not.")] = None,
) -> AnnotationItemList:
    """Items in the order people get them."""
    found = access.house.catalog.annotation.items(access.project, queue_id, limit, offset, done)
    return AnnotationItemList(items=[item_answer(one) for one in found])


@router.post("/queues/{queue_id}/items", status_code=201)
def add_items(access: Sender, queue_id: QueueId, body: NewAnnotationItems) -> AnnotationsAdded:
    """Add spans and traces by hand. What is in the queue already is left as it is."""
    targets = [Target(one.trace_id, one.span_id, one.reason, one.priority) for one in body.items]
    made, held = access.house.catalog.annotation.add(access.project, queue_id, targets, body.origin, actor_of(access))
    return AnnotationsAdded(items=[item_answer(one) for one in made], already=len(held))


@router.post("/queues/{queue_id}/items/remove")
def remove_items(access: Admin, queue_id: QueueId, body: AnnotationItemIds) -> AnnotationsRemoved:
    """Take items out. The scores people gave stay."""
    gone = access.house.catalog.annotation.remove(access.project, queue_id, body.ids, actor_of(access))
    return AnnotationsRemoved(removed=gone)


@router.post("/queues/{queue_id}/next", response_model=None, responses={200: {"model": AnnotationWork}})
async def next_item(request: Request, access: Reader, queue_id: QueueId, annotator: Who = "") -> Response:
    """The item this person is to judge next, reserved for them for `lock_s` seconds."""
    _check_may_judge(access)
    who = annotator_of(access, annotator)
    item = await asyncio.to_thread(access.house.catalog.answers.claim, access.project, queue_id, who)
    return await _work(request, access, item, who)


@router.get("/items/{item_id}", response_model=None, responses={200: {"model": AnnotationWork}})
async def read_item(request: Request, access: Reader, item_id: ItemId, annotator: Who = "") -> Response:
    """An item to look at; nobody's lock changes."""
    who = annotator_of(access, annotator)
    _, item = await asyncio.to_thread(access.house.catalog.annotation.item, access.project, item_id)
    return await _work(request, access, item, who)


@router.post("/items/{item_id}/open", response_model=None, responses={200: {"model": AnnotationWork}})
async def open_item(request: Request, access: Reader, item_id: ItemId, annotator: Who = "") -> Response:
    """Reserves this very item. 409 when as many others as the queue asks for have it."""
    _check_may_judge(access)
    who = annotator_of(access, annotator)
    item = await asyncio.to_thread(access.house.catalog.answers.open, access.project, item_id, who)
    return await _work(request, access, item, who)


@router.post("/items/{item_id}/release", status_code=204)
def release_item(access: Sender, item_id: ItemId, annotator: Who = "") -> None:
    """Give an item back without an answer."""
    access.house.catalog.answers.release(access.project, item_id, annotator_of(access, annotator))


@router.post("/items/{item_id}/skip")
def skip_item(access: Sender, item_id: ItemId, body: SkipBody) -> GivenAnswer:
    """Say why this person cannot judge the item; others still get it."""
    who = annotator_of(access, body.annotator)
    return given_answer(access.house.catalog.answers.skip(access.project, item_id, who, body.reason))


@router.post("/items/{item_id}/answer")
def answer_item(access: Sender, item_id: ItemId, body: AnswerBody) -> AnnotationItem:
    """Judge an item. Answers when the scores are in the store."""
    if body.is_final and access.key is not None and not access.key.may("admin", access.project):
        raise Forbidden("only an admin key settles what others disagree on: leave is_final out")
    house = access.house
    who = annotator_of(access, body.annotator)
    queue, item, answer, before = house.catalog.answers.prepare(
        access.project, item_id, who, body.values, body.comments, body.is_final
    )
    # The scores first: they have stable ids, so that an answer sent again after a failure is stored once.
    scores = scores_of(queue, item, answer, before, house.clock.now_ns())
    size = len(body.model_dump_json())
    house.intake.submit(Batch(scores=scores, project=access.project, wire="annotation", bytes=size)).result(
        house.settings.commit_timeout_s
    )
    return item_answer(house.catalog.answers.keep(access.project, answer))


@router.get("/of/{trace_id}")
def waiting_of(access: Reader, trace_id: str) -> WaitingAnnotationList:
    """The queues a trace or one of its spans is in."""
    found = access.house.catalog.annotation.targets(access.project, trace_id)
    return WaitingAnnotationList(
        items=[WaitingAnnotation(queue_id=queue.id, queue=queue.name, item=item_answer(item)) for queue, item in found]
    )


async def _work(request: Request, access: Access, item: Item | None, who: str) -> Response:
    if item is None:
        return json_answer(AnnotationWork(item=None, content=None, mine=None, others=[]).model_dump())
    answers = access.house.catalog.answers
    queue = await asyncio.to_thread(access.house.catalog.annotation.get, access.project, item.queue_id)
    mine = await asyncio.to_thread(answers.mine, access.project, item.id, who)
    given = (await asyncio.to_thread(answers.of_items, [item.id])).get(item.id, [])
    is_shown = not queue.is_blind or (mine is not None and mine.state == "done") or item.is_done
    target = cases.Target(item.target.trace_id, item.target.span_id)
    questions: Questions = request.app.state.questions
    found, _ = await questions.run(request, access, lambda asker: cases.cases(asker, access.project, [target]))
    work = AnnotationWork(
        item=item_answer(item),
        content={**found[0].content, "span_id": found[0].span_id} if found else None,
        mine=given_answer(mine) if mine else None,
        others=[given_answer(one) for one in given if one.annotator != who] if is_shown else [],
    )
    return json_answer(work.model_dump())


def _check_may_judge(access: Access) -> None:
    if access.key is not None and not access.key.may("send", access.project):
        raise Forbidden(f"the key {access.key.name!r} may look but not judge: use one with the right `send` too")


def _told(access: Access, queue: Queue) -> AnnotationQueue:
    return queue_answer(queue, access.house.catalog.annotation.progress(access.project, queue.id))


def _body_of(rule: FillRule | None) -> FillRuleBody | None:
    if rule is None:
        return None
    return FillRuleBody(
        where=rule.where, level=rule.level, rate=rule.rate, most_waiting=rule.most_waiting, is_active=rule.is_active
    )


def _rule(body: FillRuleBody, before: FillRule | None, from_ns: int, is_again: bool = False) -> FillRule:
    """The rule with its place: where it was, unless it is new, other spans are wanted, or it is to look again."""
    parse(body.where)
    stays = before is not None and before.where == body.where and before.level == body.level and not is_again
    at, late, left = (before.at_ns, before.late_ns, before.left_out) if before and stays else (from_ns, from_ns, 0)
    return FillRule(body.where, body.level, body.rate, body.most_waiting, body.is_active, at, late, left)
