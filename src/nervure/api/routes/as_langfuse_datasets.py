"""Langfuse's datasets and items on ours. Source: https://api.reference.langfuse.com/#tag/datasets"""

from dataclasses import replace
from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends, Query, Request

from nervure.api.auth import Access, require
from nervure.api.langfuse.datasets import SCHEMAS, dataset_json, item_json, references
from nervure.api.langfuse.media import media_json
from nervure.api.langfuse.speech import LangfuseRoute, Paged, held, may, need, time_of
from nervure.api.reach import actor_of
from nervure.base.errors import BadInput, Conflict, NotFound
from nervure.catalog.repositories.datasets import Chosen
from nervure.decode.formats import ids
from nervure.model.dataset import Case, Dataset, DatasetItem

router = APIRouter(prefix="/api/public", include_in_schema=False, route_class=LangfuseRoute)
Reader = Annotated[Access, Depends(require("read"))]
Admin = Annotated[Access, Depends(require("admin"))]
Object = Annotated[dict[str, Any], Body()]
Text = Annotated[str, Query(max_length=256)]


@router.get("/v2/datasets")
@router.get("/datasets")
def list_datasets(access: Reader, leaf: Paged) -> dict[str, Any]:
    """Datasets by name."""
    found = access.house.catalog.datasets.list(access.project)
    return leaf.answer([dataset_json(one) for one in found[leaf.offset : leaf.offset + leaf.limit]], len(found))


@router.post("/v2/datasets")
@router.post("/datasets")
def put_dataset(access: Admin, body: Object) -> dict[str, Any]:
    """A dataset; the one that is there is changed."""
    datasets, name = access.house.catalog.datasets, need(body, "name")
    schemas = {key: body[member] for member, key in SCHEMAS.items() if body.get(member) is not None}
    there = datasets.find(access.project, name)
    if there is None:
        metadata = held(body.get("metadata")) | schemas
        try:
            made = datasets.create(access.project, name, may(body, "description") or "", actor_of(access), metadata)
            return dataset_json(made)
        except Conflict:
            # Somebody else made it in between.
            there = find(access, name)
    kept = {key: value for key, value in there.metadata.items() if key in SCHEMAS.values()}
    own = {key: value for key, value in there.metadata.items() if key not in SCHEMAS.values()}
    metadata = (held(body["metadata"]) if body.get("metadata") is not None else own) | kept | schemas
    description = may(body, "description")
    if metadata == there.metadata and description in (None, there.description):
        return dataset_json(there)
    return dataset_json(datasets.update(access.project, there.id, None, description, metadata, actor_of(access)))


@router.get("/v2/datasets/{name:path}")
def read_dataset(access: Reader, name: str) -> dict[str, Any]:
    """A dataset by name."""
    return dataset_json(find(access, name))


@router.post("/dataset-items")
def put_item(request: Request, access: Admin, body: Object) -> dict[str, Any]:
    """An item; one whose id is there already is changed where the body says something."""
    datasets, dataset = access.house.catalog.datasets, find(access, need(body, "datasetName"))
    identity = may(body, "id") or ""
    there = datasets.find_item(access.project, identity) if identity else None
    if there is not None and there.dataset_id != dataset.id:
        raise NotFound(f"the item {identity!r} is not in the dataset {dataset.name!r}: it belongs to another one")
    before = there.case if there else Case(external_id=identity)
    content = dict(before.content)
    for member, name in (("input", "input"), ("expectedOutput", "expected")):
        # Its SDKs write null for what the caller left out.
        if body.get(member) is not None:
            content[name] = body[member]
    if body.get("metadata") is not None:
        content["metadata"] = held(body["metadata"])
    case = replace(
        before,
        content=content,
        trace_id=ids.trace_id(may(body, "sourceTraceId")) or before.trace_id,
        span_id=ids.span_id(may(body, "sourceObservationId")) or before.span_id,
        status=_status(body.get("status")) or before.status,
    )
    return _item(request, access, datasets.put(access.project, dataset.id, [case], actor_of(access))[0], dataset)


@router.get("/dataset-items")
def list_items(
    request: Request,
    access: Reader,
    leaf: Paged,
    datasetName: Text = "",
    sourceTraceId: Text = "",
    sourceObservationId: Text = "",
    version: Text = "",
) -> dict[str, Any]:
    """Items of one dataset in the order they were added, or of all."""
    chosen = Chosen(trace_id=ids.trace_id(sourceTraceId), span_id=ids.span_id(sourceObservationId))
    datasets = access.house.catalog.datasets
    listed = [find(access, datasetName)] if datasetName else datasets.list(access.project)
    if version and not datasetName:
        raise BadInput("version: say of which dataset (datasetName)")
    data: list[dict[str, Any]] = []
    total = 0
    for dataset in listed:
        at = datasets.version_at(access.project, dataset.id, time_of(version, "version")) if version else None
        count = datasets.count_items(access.project, dataset.id, at, chosen)
        offset = max(leaf.offset - total, 0)
        if len(data) < leaf.limit and offset < count:
            wanted = leaf.limit - len(data)
            page, _ = datasets.items(access.project, dataset.id, wanted, None, at, chosen, offset)
            data += [_item(request, access, one, dataset) for one in page]
        total += count
    return leaf.answer(data, total)


@router.get("/dataset-items/{item_id}")
def read_item(request: Request, access: Reader, item_id: str) -> dict[str, Any]:
    """One item."""
    one = find_item(access, item_id)
    return _item(request, access, one, access.house.catalog.datasets.get(access.project, one.dataset_id))


@router.delete("/dataset-items/{item_id}")
def remove_item(access: Admin, item_id: str) -> dict[str, Any]:
    """Takes an item out; earlier versions of its dataset keep it."""
    one = find_item(access, item_id)
    access.house.catalog.datasets.remove(access.project, one.dataset_id, [one.id], actor_of(access))
    return {"message": "Dataset item successfully deleted"}


def find(access: Access, name: str) -> Dataset:
    """The dataset of that name. Raises NotFound."""
    found = access.house.catalog.datasets.find(access.project, name)
    if found is None:
        raise NotFound(f"Dataset not found: project {access.project!r} has no dataset named {name!r}")
    return found


def find_item(access: Access, item_id: str) -> DatasetItem:
    """An item by id. Raises NotFound."""
    found = access.house.catalog.datasets.find_item(access.project, item_id)
    if found is None:
        raise NotFound(f"Dataset item not found: project {access.project!r} has no item {item_id!r}")
    return found


def _status(value: Any) -> Any:
    if value is None:
        return None
    if value not in ("ACTIVE", "ARCHIVED"):
        raise BadInput(f"status: {value!r} is neither ACTIVE nor ARCHIVED")
    return value.lower()


def _item(request: Request, access: Access, one: DatasetItem, dataset: Dataset) -> dict[str, Any]:
    made = item_json(one, dataset)
    for field, path, text, content_type, media_id in references(one.case):
        media = media_json(request, access, media_id, content_type)
        if media is not None:
            made["mediaReferences"].append({"field": field, "referenceString": text, "jsonPath": path, "media": media})
    return made
