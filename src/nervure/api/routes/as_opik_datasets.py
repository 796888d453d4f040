"""Opik's datasets and their items on ours."""

from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Depends, Query, Request, Response

from nervure.api.auth import Access, require
from nervure.api.opik.filters import checked, is_match
from nervure.api.opik.nouns import case_of, dataset_json, dataset_version_json, item_json
from nervure.api.opik.reaching import first
from nervure.api.opik.speech import OpikRoute, inside, lines, page_of
from nervure.api.reach import actor_of
from nervure.api.vendors.body import may, need, object_of
from nervure.base.errors import BadInput, NotFound
from nervure.catalog.repositories.dataset_checks import MOST_CASES
from nervure.model.dataset import Dataset
from nervure.model.key import Right

routes = APIRouter(prefix="/v1/private/datasets", include_in_schema=False, route_class=OpikRoute)
Reader = Annotated[Access, Depends(require("read"))]
Admin = Annotated[Access, Depends(require("admin"))]
Page = Annotated[int, Query(ge=1, le=100_000)]
Size = Annotated[int, Query(ge=1, le=1000)]
MOST_STREAMED, MOST_FILTERED = 2000, 100_000
Json = dict[str, Any]


@routes.post("", status_code=201)
async def create_dataset(request: Request, access: Admin) -> Response:
    """A dataset without items."""
    body = await object_of(request, access.house.settings.max_body_bytes)
    chosen = inside(request, access, body.get("project_name"), body.get("project_id"), "admin")
    metadata = {name: body[name] for name in ("type", "tags") if body.get(name)}
    access.house.catalog.datasets.create(
        chosen.project, need(body, "name", str), may(body, "description", str, ""), actor_of(access), metadata,
        may(body, "id", str, ""),
    )  # fmt: skip
    return Response(status_code=201)


@routes.post("/retrieve")
async def retrieve_dataset(request: Request, access: Reader) -> Json:
    """A dataset by name."""
    body = await object_of(request, access.house.settings.max_body_bytes)
    return dataset_json(by_name(request, access, body)[1])


@routes.get("")
def list_datasets(
    request: Request, access: Reader, page: Page = 1, size: Size = 10, name: str = "", project_id: str = ""
) -> Json:
    """Datasets whose name contains a text."""
    chosen = inside(request, access, None, project_id)
    listed = [one for one in access.house.catalog.datasets.list(chosen.project) if name.lower() in one.name.lower()]
    return page_of([dataset_json(one) for one in listed[(page - 1) * size : page * size]], len(listed), page, size)


@routes.put("/items", status_code=204)
async def put_items(request: Request, access: Admin) -> Response:
    """Adds items, or new states of those whose id is there."""
    body = await object_of(request, access.house.settings.max_body_bytes)
    cases = [case_of(one) for one in need(body, "items", list)]
    chosen, dataset = _named(request, access, body)
    for begin in range(0, len(cases), MOST_CASES):
        part = cases[begin : begin + MOST_CASES]
        access.house.catalog.datasets.put(chosen.project, dataset.id, part, actor_of(access))
    return Response(status_code=204)


@routes.post("/items/stream")
async def stream_items(request: Request, access: Reader) -> Response:
    """Items in the order they were added, a line each."""
    body = await object_of(request, access.house.settings.max_body_bytes)
    chosen, dataset = by_name(request, access, body)
    datasets = access.house.catalog.datasets
    limit = min(may(body, "steam_limit", int, 500), MOST_STREAMED)
    if limit < 1:
        raise BadInput(f"steam_limit must be at least 1, got {limit}")
    last = may(body, "last_retrieved_id", str, "")
    after = None
    if last:
        held = datasets.find_item(chosen.project, last)
        if held is None:
            raise NotFound(f"Dataset item {last} not found")
        after = (held.first, held.id)
    version = _number(dataset, body)
    found, _ = datasets.items(chosen.project, dataset.id, limit, after, version)
    return lines([item_json(one, dataset) for one in found])


@routes.post("/items/delete", status_code=204)
async def delete_items(request: Request, access: Admin) -> Response:
    """Takes items out by their ids."""
    body = await object_of(request, access.house.settings.max_body_bytes)
    listed = [str(one) for one in need(body, "item_ids", list)]
    datasets = access.house.catalog.datasets
    chosen, held = first(
        access, lambda one: datasets.find_item(one.project, listed[0]), f"Dataset item {listed[0]}", "admin"
    )
    for begin in range(0, len(listed), MOST_CASES):
        datasets.remove(chosen.project, held.dataset_id, listed[begin : begin + MOST_CASES], actor_of(access))
    return Response(status_code=204)


@routes.post("/delete", status_code=204)
async def delete_by_name(request: Request, access: Admin) -> Response:
    """Forgets a dataset of a name."""
    body = await object_of(request, access.house.settings.max_body_bytes)
    chosen, dataset = by_name(request, access, body, "admin")
    access.house.catalog.datasets.delete(chosen.project, dataset.id, actor_of(access))
    return Response(status_code=204)


@routes.get("/items/{identity}")
def read_item(access: Reader, identity: str) -> Json:
    """An item by its id."""
    datasets = access.house.catalog.datasets
    chosen, held = first(access, lambda one: datasets.find_item(one.project, identity), f"Dataset item {identity}")
    return item_json(held, datasets.get(chosen.project, held.dataset_id))


@routes.get("/{identity}")
def read_dataset(access: Reader, identity: str) -> Json:
    """A dataset by its id."""
    return dataset_json(by_id(access, identity)[1])


@routes.put("/{identity}", status_code=204)
async def update_dataset(request: Request, access: Admin, identity: str) -> Response:
    """Changes what is said of a dataset."""
    body = await object_of(request, access.house.settings.max_body_bytes)
    chosen, dataset = by_id(access, identity, "admin")
    metadata = {**dataset.metadata, "tags": body["tags"]} if isinstance(body.get("tags"), list) else None
    access.house.catalog.datasets.update(
        chosen.project, dataset.id, body.get("name"), body.get("description"), metadata, actor_of(access)
    )
    return Response(status_code=204)


@routes.delete("/{identity}", status_code=204)
def delete_dataset(access: Admin, identity: str) -> Response:
    """Forgets a dataset with its items."""
    chosen, dataset = by_id(access, identity, "admin")
    access.house.catalog.datasets.delete(chosen.project, dataset.id, actor_of(access))
    return Response(status_code=204)


@routes.get("/{identity}/items")
def list_items(
    access: Reader,
    identity: str,
    page: Page = 1,
    size: Annotated[int, Query(ge=1, le=MOST_STREAMED)] = 10,
    version: str = "",
    filters: str = "",
) -> Json:
    """A page of items that meet the filters, as the dataset was in a version."""
    chosen, dataset = by_id(access, identity)
    asked = _filters(filters)
    number = _number(dataset, {"dataset_version": version})
    is_whole = not asked and number is None
    # Only without filters is it known without reading how many there are.
    most = page * size if is_whole else MOST_FILTERED
    found, _ = access.house.catalog.datasets.items(chosen.project, dataset.id, most, None, number)
    made = [item for one in found if is_match(item := item_json(one, dataset), asked)]
    total = dataset.item_count if is_whole else len(made)
    return page_of(made[(page - 1) * size : page * size], total, page, size)


def _filters(text: str) -> list[Json]:
    if not text:
        return []
    try:
        return checked(orjson.loads(text))
    except orjson.JSONDecodeError as error:
        raise BadInput(f"filters is not JSON: {error}") from None


@routes.get("/{identity}/versions")
def list_versions(access: Reader, identity: str, page: Page = 1, size: Size = 10) -> Json:
    """Versions of a dataset, newest first."""
    chosen, dataset = by_id(access, identity)
    times = access.house.catalog.datasets.versions(chosen.project, dataset.id)
    listed = [dataset_version_json(dataset, number, times[number]) for number in sorted(times, reverse=True)]
    return page_of(listed[(page - 1) * size : page * size], len(listed), page, size)


@routes.post("/{identity}/versions/retrieve")
async def retrieve_version(request: Request, access: Reader, identity: str) -> Json:
    """A version by its name."""
    body = await object_of(request, access.house.settings.max_body_bytes)
    chosen, dataset = by_id(access, identity)
    number = _number(dataset, {"dataset_version": need(body, "version_name", str)})
    times = access.house.catalog.datasets.versions(chosen.project, dataset.id)
    if number is None or number not in times:
        raise NotFound(f"the dataset {dataset.name!r} has no version {body['version_name']!r}")
    return dataset_version_json(dataset, number, times[number])


def _number(dataset: Dataset, body: Json) -> int | None:
    """The version a request names by name, hash or id; None for the newest."""
    told = may(body, "dataset_version", str, "")
    if not told or told == "latest":
        return None
    for number in range(dataset.version, 0, -1):
        known = dataset_version_json(dataset, number)
        if told in (known["version_name"], known["version_hash"], known["id"]):
            return number
    raise NotFound(f"the dataset {dataset.name!r} has no version {told!r}")


def by_name(request: Request, access: Access, body: Json, right: Right = "read") -> tuple[Access, Dataset]:
    """The dataset a request names, in the project it names or wherever it is. Raises NotFound."""
    name = need(body, "dataset_name", str)
    chosen = inside(request, access, body.get("project_name"), body.get("project_id"), right)
    datasets = access.house.catalog.datasets
    if body.get("project_name") or body.get("project_id"):
        found = datasets.find(chosen.project, name)
        if found is not None:
            return chosen, found
        if body.get("project_id"):
            raise NotFound(f"Dataset {name!r} not found")
    return first(chosen, lambda one: datasets.find(one.project, name), f"Dataset {name!r}", right)


def by_id(access: Access, identity: str, right: Right = "read") -> tuple[Access, Dataset]:
    """A dataset and where it is. Raises NotFound."""
    return first(
        access, lambda one: one.house.catalog.datasets.get(one.project, identity), f"Dataset {identity}", right
    )


def _named(request: Request, access: Access, body: Json) -> tuple[Access, Dataset]:
    """The dataset a change is of."""
    identity = str(body.get("dataset_id") or "")
    return by_id(access, identity, "admin") if identity else by_name(request, access, body, "admin")


router = APIRouter()
router.include_router(routes, prefix="/api")
router.include_router(routes)
