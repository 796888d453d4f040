"""/api/v1/datasets: cases gathered from production or written by hand."""

import asyncio
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field, model_validator

from nervure.api.asking import Questions, json_answer
from nervure.api.auth import Access, require
from nervure.api.paging import Cursor
from nervure.api.reach import actor_of
from nervure.base.clock import iso
from nervure.base.errors import QueryError
from nervure.catalog.repositories.dataset_checks import MOST_CASES
from nervure.catalog.repositories.datasets import Chosen
from nervure.model.dataset import Case, Dataset, DatasetItem, ItemStatus
from nervure.query import cursor as cursors
from nervure.query.cases import MOST_TARGETS, Target, cases

router = APIRouter(prefix="/api/v1", tags=["datasets"])
Reader = Annotated[Access, Depends(require("read"))]
Admin = Annotated[Access, Depends(require("admin"))]
DatasetId = Annotated[str, Path(description="As the list of datasets tells it.")]
MOST_ON_PAGE = 1000


class DatasetAnswer(BaseModel):
    """A dataset without its items."""

    id: str
    name: str
    description: str
    version: int = Field(description="Counts up with every change of the items.")
    item_count: int
    author: str
    created: str
    changed: str
    metadata: dict[str, Any] = {}
    external_id: str = Field("", description="The id other systems' clients know it by.")


class DatasetList(BaseModel):
    """Datasets by name."""

    items: list[DatasetAnswer]
    next_cursor: None = None


class NewDataset(BaseModel):
    """A dataset to make."""

    model_config = ConfigDict(extra="forbid")
    name: str = Field(description="Unique in the project.")
    description: str = ""
    metadata: dict[str, Any] = {}
    external_id: str = Field("", max_length=200, description="Of one that was made elsewhere.")


class DatasetChange(BaseModel):
    """What may be changed of a dataset."""

    model_config = ConfigDict(extra="forbid")
    name: str | None = None
    description: str | None = None
    metadata: dict[str, Any] | None = None


class CaseBody(BaseModel):
    """What a case says. Messages as spans have them, or any JSON."""

    model_config = ConfigDict(extra="forbid")
    input: Any = None
    output: Any = Field(None, description="What was answered.")
    expected: Any = Field(None, description="What should have been answered.")
    documents: list[Any] | None = None
    metadata: dict[str, Any] | None = None
    splits: list[str] = Field([], description="Parts of the dataset it belongs to, such as test.")
    status: ItemStatus = "active"
    trace_id: str = Field("", max_length=256, description="Of the span it was made from.")
    span_id: str = Field("", max_length=256)
    external_id: str = Field(
        "", max_length=200, description="Of one made elsewhere: it takes the place of the item with the same."
    )

    @model_validator(mode="after")
    def _says_something(self) -> "CaseBody":
        if self.input is None and self.output is None and self.expected is None:
            raise ValueError("an item needs an input, an output or what is expected")
        return self


class ItemAnswer(BaseModel):
    """One case of a dataset."""

    id: str
    input: Any = None
    output: Any = None
    expected: Any = None
    documents: list[Any] | None = None
    metadata: dict[str, Any] | None = None
    trace_id: str = Field(description="Of the span it was made from, empty when it was written by hand.")
    span_id: str
    added: int = Field(description="The version this state of it came with.")
    created: str
    changed: str
    splits: list[str]
    status: ItemStatus
    external_id: str = Field(description="The id other systems' clients know it by.")


class ItemList(BaseModel):
    """Items in the order they were added."""

    items: list[ItemAnswer]
    next_cursor: str | None = None


class SpanRef(BaseModel):
    """A span, or without span_id the span that says best what the trace was asked."""

    model_config = ConfigDict(extra="forbid")
    trace_id: str = Field(min_length=1, max_length=256)
    span_id: str = Field("", max_length=256)


class NewItems(BaseModel):
    """Items to add: copied from stored spans, or as written."""

    model_config = ConfigDict(extra="forbid")
    spans: list[SpanRef] = Field(
        [], max_length=MOST_TARGETS, description="Copies what went in, what came out and the documents."
    )
    items: list[CaseBody] = Field([], max_length=MOST_CASES)

    @model_validator(mode="after")
    def _has_some(self) -> "NewItems":
        if not self.spans and not self.items:
            raise ValueError("name spans to copy, or write items")
        return self


class Skipped(SpanRef):
    """What was not added, and why."""

    reason: str


class Addition(BaseModel):
    """What was added."""

    items: list[ItemAnswer]
    skipped: list[Skipped]
    version: int = Field(description="Of the dataset now.")


class ItemIds(BaseModel):
    """Items by id."""

    model_config = ConfigDict(extra="forbid")
    ids: list[str] = Field(min_length=1, max_length=MOST_CASES)


@router.get("/datasets")
def list_datasets(access: Reader) -> DatasetList:
    """The project's datasets with how many items they have."""
    return DatasetList(items=[_answer(one) for one in access.house.catalog.datasets.list(access.project)])


@router.post("/datasets", status_code=201)
def create_dataset(access: Admin, body: NewDataset) -> DatasetAnswer:
    """Make an empty dataset."""
    made = access.house.catalog.datasets.create(
        access.project, body.name, body.description, actor_of(access), body.metadata, body.external_id
    )
    return _answer(made)


@router.get("/datasets/{dataset_id}")
def get_dataset(access: Reader, dataset_id: DatasetId) -> DatasetAnswer:
    """One dataset."""
    return _answer(access.house.catalog.datasets.get(access.project, dataset_id))


@router.patch("/datasets/{dataset_id}")
def change_dataset(access: Admin, dataset_id: DatasetId, body: DatasetChange) -> DatasetAnswer:
    """Change what is said of a dataset. Its items change through versions."""
    return _answer(
        access.house.catalog.datasets.update(
            access.project, dataset_id, body.name, body.description, body.metadata, actor_of(access)
        )
    )


@router.delete("/datasets/{dataset_id}", status_code=204)
def delete_dataset(access: Admin, dataset_id: DatasetId) -> None:
    """Forget a dataset and its items. The spans they were made from stay."""
    access.house.catalog.datasets.delete(access.project, dataset_id, actor_of(access))


@router.get("/datasets/{dataset_id}/items")
def list_items(
    access: Reader,
    dataset_id: DatasetId,
    limit: Annotated[int, Query(ge=1, le=MOST_ON_PAGE, description="Most items on the page.")] = 50,
    cursor: Cursor = "",
    version: Annotated[int | None, Query(ge=0, description="As it was then; now when left out.")] = None,
    split: Annotated[str, Query(description="Only items of this part.")] = "",
    status: Annotated[Literal["", "active", "archived"], Query(description="Only these; empty: both.")] = "",
) -> ItemList:
    """The items, page by page, in the order they were added."""
    question = ("dataset", access.project, dataset_id, version, split, status)
    place = cursors.decode(question, cursor, (int, str))
    after = (place[0], place[1]) if place else None
    found, following = access.house.catalog.datasets.items(
        access.project, dataset_id, limit, after, version, Chosen(split, status)
    )
    return ItemList(
        items=[_item(one) for one in found],
        next_cursor=cursors.encode(question, list(following)) if following else None,
    )


@router.post("/datasets/{dataset_id}/items", status_code=201, response_model=None, responses={201: {"model": Addition}})
async def add_items(request: Request, access: Admin, dataset_id: DatasetId, body: NewItems) -> Response:
    """Add items, as one new version; those with an external id in one of their own.

    What a span says is copied, so the item outlives it. A span that has an item already, is not stored, or says
    neither what went in nor what came out is skipped with the reason.
    """
    datasets = access.house.catalog.datasets
    await asyncio.to_thread(datasets.get, access.project, dataset_id)
    made: list[Case] = []
    skipped: list[Skipped] = []
    if body.spans:
        targets = [Target(one.trace_id, one.span_id) for one in body.spans]
        questions: Questions = request.app.state.questions
        made, missing = await questions.run(request, access, lambda asker: cases(asker, access.project, targets))
        reason = "it is not stored, or says neither what went in nor what came out"
        skipped = [Skipped(trace_id=one.trace_id, span_id=one.span_id, reason=reason) for one in missing]
    named = [_case(one) for one in body.items if one.external_id]
    made += [_case(one) for one in body.items if not one.external_id]
    if len(made) + len(named) > MOST_CASES:
        raise QueryError(f"1 to {MOST_CASES} items at a time, got {len(made) + len(named)}")
    added: list[DatasetItem] = []
    if named:
        added = await asyncio.to_thread(datasets.put, access.project, dataset_id, named, actor_of(access))
    if made:
        fresh, held = await asyncio.to_thread(datasets.add, access.project, dataset_id, made, actor_of(access))
        added += fresh
        skipped += [
            Skipped(trace_id=one.trace_id, span_id=one.span_id, reason="it has an item already") for one in held
        ]
    now = await asyncio.to_thread(datasets.get, access.project, dataset_id)
    answer = Addition(items=[_item(one) for one in added], skipped=skipped, version=now.version)
    return json_answer(answer.model_dump(), 201)


@router.post("/datasets/{dataset_id}/items/remove")
def remove_items(access: Admin, dataset_id: DatasetId, body: ItemIds) -> DatasetAnswer:
    """Take items out, as one new version; earlier versions keep them."""
    return _answer(access.house.catalog.datasets.remove(access.project, dataset_id, body.ids, actor_of(access)))


def _answer(dataset: Dataset) -> DatasetAnswer:
    return DatasetAnswer(
        id=dataset.id,
        name=dataset.name,
        description=dataset.description,
        version=dataset.version,
        item_count=dataset.item_count,
        author=dataset.author,
        created=iso(dataset.created_ns),
        changed=iso(dataset.changed_ns),
        metadata=dataset.metadata,
        external_id=dataset.external_id,
    )


def _case(body: CaseBody) -> Case:
    content = body.model_dump(exclude_none=True, include={"input", "output", "expected", "documents", "metadata"})
    return Case(content, body.trace_id, body.span_id, tuple(body.splits), body.status, body.external_id)


def _item(item: DatasetItem) -> ItemAnswer:
    content = item.case.content
    return ItemAnswer(
        id=item.id,
        input=content.get("input"),
        output=content.get("output"),
        expected=content.get("expected"),
        documents=content.get("documents"),
        metadata=content.get("metadata"),
        trace_id=item.case.trace_id,
        span_id=item.case.span_id,
        added=item.added,
        created=iso(item.created_ns),
        changed=iso(item.changed_ns),
        splits=list(item.case.splits),
        status=item.case.status,
        external_id=item.case.external_id,
    )
