"""Phoenix's datasets: they are ours, of the project of the request."""

import asyncio
from dataclasses import replace
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

from nervure.api.auth import Access, require
from nervure.api.reach import actor_of
from nervure.api.vendors import phoenix
from nervure.api.vendors.body import object_of, whole_of
from nervure.api.vendors.phoenix_datasets import Upload, dataset_of, example_of, json_upload, kept, table_upload
from nervure.api.vendors.reaching import places_of_spans
from nervure.api.vendors.speech import speaking
from nervure.base.clock import iso
from nervure.base.errors import BadInput, Conflict
from nervure.catalog.repositories.datasets import Place
from nervure.decode.formats.phoenix import identity_of, node_id
from nervure.model.dataset import DatasetItem
from nervure.query.places import Place as Somewhere

router = APIRouter(prefix="/v1/datasets", include_in_schema=False, route_class=speaking(phoenix.say))
Reader = Annotated[Access, Depends(require("read"))]
Admin = Annotated[Access, Depends(require("admin"))]
Json = dict[str, Any]
PAGE, MOST = 1000, 100_000


@router.get("")
def list_datasets(
    access: Reader,
    name: str = "",
    cursor: str = "",
    limit: Annotated[int, Query(ge=1, le=PAGE)] = 10,
) -> Json:
    """Datasets by name. cursor: the name the page begins with."""
    found = [
        one
        for one in access.house.catalog.datasets.list(access.project)
        if (not name or one.name == name) and one.name >= cursor
    ]
    following = found[limit].name if len(found) > limit else None
    return {"data": [dataset_of(one) for one in found[:limit]], "next_cursor": following}


@router.post("/upload")
async def upload(request: Request, access: Admin, sync: bool = False) -> Json:
    """Examples of a dataset: `create` makes it, `append` adds to it, `update` makes it hold just these."""
    most = access.house.settings.max_body_bytes
    kind = request.headers.get("content-type", "")
    if kind.startswith("multipart/form-data"):
        made = await asyncio.to_thread(table_upload, await whole_of(request, most), kind)
    else:
        made = json_upload(await object_of(request, most))
    return {"data": await asyncio.to_thread(_upload, access, await _linked(request, access, made))}


async def _linked(request: Request, access: Access, made: Upload) -> Upload:
    """The upload with its cases linked to the spans they name, as far as these are in the project."""
    wanted = [one for one in made.span_ids if one]
    places: dict[str, Somewhere] = {}
    for begin in range(0, len(wanted), PAGE):
        places |= await places_of_spans(request, access, wanted[begin : begin + PAGE])
    cases = []
    for case, span_id in zip(made.cases, made.span_ids, strict=True):
        place = places.get(span_id)
        is_here = place is not None and place.project == access.project
        cases.append(replace(case, trace_id=place.trace_id, span_id=span_id) if place and is_here else case)
    return replace(made, cases=cases)


def _upload(access: Access, made: Upload) -> Json:
    datasets, project, actor = access.house.catalog.datasets, access.project, actor_of(access)
    dataset = datasets.find(project, made.name)
    if dataset is not None and made.action == "create":
        raise Conflict(f"Dataset with the same name already exists: {made.name!r}")
    if dataset is None:
        dataset = datasets.create(project, made.name, made.description, actor)
    before = {item.case.external_id for item in _items(access, dataset.id)} if dataset.item_count else set()
    cases, removed = made.cases, list[str]()
    if made.action == "update" and dataset.item_count:
        cases, removed = kept(_items(access, dataset.id), cases)
    placed: list[DatasetItem] = []
    for begin in range(0, len(cases), PAGE):
        placed += datasets.put(project, dataset.id, cases[begin : begin + PAGE], actor)
    for begin in range(0, len(removed), PAGE):
        datasets.remove(project, dataset.id, removed[begin : begin + PAGE], actor)
    after = datasets.get(project, dataset.id)
    fresh = {item.case.external_id for item in placed} - before
    changed = {item.case.external_id for item in placed if item.added > dataset.version} - fresh
    return {
        "dataset_id": node_id("Dataset", dataset.id),
        "version_id": node_id("DatasetVersion", str(after.version)),
        "num_created_examples": len(fresh),
        "num_updated_examples": len(changed),
        "num_deleted_examples": len(removed),
    }


@router.get("/{dataset}")
def get_dataset(access: Reader, dataset: str) -> Json:
    """A dataset by id."""
    return {"data": dataset_of(access.house.catalog.datasets.get(access.project, identity_of("Dataset", dataset)))}


@router.delete("/{dataset}", status_code=204)
def delete_dataset(access: Admin, dataset: str) -> Response:
    """Forgets a dataset with its examples."""
    access.house.catalog.datasets.delete(access.project, identity_of("Dataset", dataset), actor_of(access))
    return Response(status_code=204)


@router.get("/{dataset}/examples")
def list_examples(
    access: Reader, dataset: str, version_id: str = "", split: Annotated[list[str] | None, Query()] = None
) -> Json:
    """All examples of a dataset, as it is or was."""
    found = access.house.catalog.datasets.get(access.project, identity_of("Dataset", dataset))
    version = _version(version_id)
    items = [
        item
        for item in _items(access, found.id, version)
        if item.case.status == "active" and (not split or set(split) & set(item.case.splits))
    ]
    return {
        "data": {
            "dataset_id": node_id("Dataset", found.id),
            "version_id": node_id("DatasetVersion", str(found.version if version is None else version)),
            "filtered_splits": split or [],
            "examples": [example_of(item) for item in items],
        }
    }


@router.get("/{dataset}/versions")
def list_versions(
    access: Reader,
    dataset: str,
    cursor: Annotated[str, Query(pattern=r"^\d*$")] = "",
    limit: Annotated[int, Query(ge=1, le=PAGE)] = 10,
) -> Json:
    """Versions of a dataset, newest first."""
    datasets, identity = access.house.catalog.datasets, identity_of("Dataset", dataset)
    found = sorted(datasets.versions(access.project, identity).items(), reverse=True)
    found = [one for one in found if not cursor or one[0] <= int(cursor)]
    following = str(found[limit][0]) if len(found) > limit else None
    listed: list[Json] = [
        {
            "version_id": node_id("DatasetVersion", str(number)),
            "description": None,
            "metadata": {},
            "created_at": iso(made_ns),
        }
        for number, made_ns in found[:limit]
    ]
    return {"data": listed, "next_cursor": following}


def _version(text: str) -> int | None:
    if not text:
        return None
    number = identity_of("DatasetVersion", text)
    if not number.isdecimal():
        raise BadInput(f"version_id {text!r} is not one that was answered here")
    return int(number)


def _items(access: Access, dataset_id: str, version: int | None = None) -> list[DatasetItem]:
    found: list[DatasetItem] = []
    after: Place | None = None
    while True:
        page, after = access.house.catalog.datasets.items(access.project, dataset_id, PAGE, after, version)
        found += page
        if after is None or len(found) >= MOST:
            return found
