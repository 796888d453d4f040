"""LangSmith's datasets: what they are called, their versions, tags and splits, and the runs of their examples."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Depends, Query, Request, Response

from nervure.api.auth import Access, require
from nervure.api.langsmith.asked import EXAMPLE, made_runs
from nervure.api.langsmith.examples import BASE, TAGS, example_json, version_of
from nervure.api.langsmith.names import checked_uuid, moment, parsed_ns, tenant_id
from nervure.api.langsmith.projects import Sessions
from nervure.api.langsmith.serving import answer, linker, object_of, texts, whole
from nervure.api.langsmith.trials import link_trials
from nervure.api.reach import actor_of
from nervure.base.errors import BadInput, NotFound
from nervure.base.ids import name_uuid
from nervure.model.dataset import Dataset, DatasetItem
from nervure.query.asker import Asker
from nervure.query.filter import quote
from nervure.query.lists import Page

router = APIRouter(prefix="/langsmith", include_in_schema=False)
Reader = Annotated[Access, Depends(require("read"))]
Sender = Annotated[Access, Depends(require("send"))]
Admin = Annotated[Access, Depends(require("admin"))]
# Members of LangSmith's datasets that ours have no place for, kept in the metadata beside the client's own.
KEPT = "langsmith"
MEMBERS = ("data_type", "inputs_schema_definition", "outputs_schema_definition", "transformations", "extra")
MOST_ON_PAGE = 1000
COMPARED = "langsmith.comparative:"


@router.get("/datasets")
def list_datasets(
    access: Reader,
    name: str = "",
    name_contains: str = "",
    id: Annotated[list[str], Query()] = [],  # noqa: B006 - LangSmith's name; FastAPI copies it
    data_type: str = "",
    metadata: str = "",
    offset: Annotated[int, Query(ge=0)] = 0,
    limit: Annotated[int, Query(ge=1, le=100)] = 100,
) -> list[dict[str, Any]]:
    """Datasets that fit, by name."""
    try:
        wanted = orjson.loads(metadata) if metadata else {}
    except orjson.JSONDecodeError as error:
        raise BadInput(f"metadata is given as JSON: {error}") from None
    found = [
        one
        for one in map(dataset_json, access.house.catalog.datasets.list(access.project))
        if (not name or one["name"] == name)
        and (not name_contains or name_contains.lower() in one["name"].lower())
        and (not id or one["id"] in id)
        and (not data_type or one["data_type"] == data_type)
        and all((one["metadata"] or {}).get(key) == value for key, value in wanted.items())
    ]
    return found[offset : offset + limit]


@router.post("/datasets")
async def create_dataset(request: Request, access: Admin) -> dict[str, Any]:
    """A new dataset without examples."""
    body = await object_of(request)
    name = body.get("name")
    if not isinstance(name, str) or not name:
        raise BadInput("a dataset needs a name")
    extra = body.get("extra") if isinstance(body.get("extra"), dict) else {}
    metadata = body.get("metadata") or (extra or {}).get("metadata") or {}
    kept = {member: body[member] for member in MEMBERS if body.get(member) is not None and member != "extra"}
    made = await asyncio.to_thread(
        access.house.catalog.datasets.create, access.project, name, str(body.get("description") or ""), actor_of(access),
        {**(metadata if isinstance(metadata, dict) else {}), KEPT: kept},
        checked_uuid(body["id"], "id") if body.get("id") else "",
    )  # fmt: skip
    return dataset_json(made)


@router.post("/datasets/comparative")
async def compare(request: Request, access: Sender) -> dict[str, Any]:
    """Notes that experiments over one dataset are compared; the comparison itself is made of their scores."""
    body = await object_of(request)
    identity = checked_uuid(body["id"], "id") if body.get("id") else name_uuid(f"comparative:{body}")
    house = access.house
    experiments = [
        house.catalog.experiments.get(access.project, checked_uuid(one, "experiment_ids"))
        for one in body.get("experiment_ids") or []
    ]
    if not experiments:
        raise BadInput("name the experiments to compare in experiment_ids")
    now = moment(house.clock.now_ns())
    made: dict[str, Any] = {
        "id": identity,
        "name": body.get("name"),
        "description": body.get("description"),
        "tenant_id": tenant_id(access.project),
        "created_at": body.get("created_at") or now,
        "modified_at": now,
        "reference_dataset_id": checked_uuid(body.get("reference_dataset_id"), "reference_dataset_id"),
        "extra": body.get("extra"),
        "experiments_info": [{"id": one.external_id, "name": one.name} for one in experiments],
        "feedback_stats": {},
    }
    await asyncio.to_thread(house.catalog.notes.put, COMPARED + identity, made)
    return made


@router.get("/datasets/{dataset_id}")
def read_dataset(access: Reader, dataset_id: str) -> dict[str, Any]:
    """One dataset."""
    return dataset_json(get(access, dataset_id))


@router.patch("/datasets/{dataset_id}")
async def update_dataset(request: Request, access: Admin, dataset_id: str) -> dict[str, Any]:
    """Changes what is given."""
    body, before = await object_of(request), get(access, dataset_id)
    metadata = body.get("metadata")
    if metadata is not None and not isinstance(metadata, dict):
        raise BadInput("metadata must be an object")
    kept = {key: before.metadata[key] for key in (KEPT, TAGS) if key in before.metadata}
    made = await asyncio.to_thread(
        access.house.catalog.datasets.update, access.project, before.id, body.get("name"), body.get("description"),
        None if metadata is None else {**metadata, **kept}, actor_of(access),
    )  # fmt: skip
    return dataset_json(made)


@router.delete("/datasets/{dataset_id}")
def delete_dataset(access: Admin, dataset_id: str) -> dict[str, Any]:
    """Forgets a dataset and its examples. The traces of its experiments stay."""
    access.house.catalog.datasets.delete(access.project, get(access, dataset_id).id, actor_of(access))
    return {"message": "the dataset is forgotten"}


@router.get("/datasets/{dataset_id}/versions")
def list_versions(access: Reader, dataset_id: str, offset: int = 0, limit: int = 100) -> list[dict[str, Any]]:
    """Versions, newest first, each with its tags."""
    return list(_versions(access, get(access, dataset_id)))[offset : offset + limit]


@router.get("/datasets/{dataset_id}/version")
def read_version(access: Reader, dataset_id: str, as_of: str = "", tag: str = "") -> dict[str, Any]:
    """The version in force at a time, or with a tag."""
    dataset = get(access, dataset_id)
    versions = list(_versions(access, dataset))
    wanted = tag or as_of or "latest"
    if wanted == "latest":
        found = versions[:1]
    elif wanted in (dataset.metadata.get(TAGS) or {}):
        found = [one for one in versions if wanted in one["tags"]]
    else:
        at = datetime.fromtimestamp(parsed_ns(wanted, "as_of") / 1e9, UTC)
        found = [one for one in versions if datetime.fromisoformat(one["as_of"]) <= at][:1]
    if not found:
        raise NotFound(f"the dataset {dataset.name!r} has no version {wanted!r}")
    return found[0]


@router.put("/datasets/{dataset_id}/tags")
async def tag_version(request: Request, access: Admin, dataset_id: str) -> dict[str, Any]:
    """Points a tag at a version."""
    body, dataset = await object_of(request), get(access, dataset_id)
    tag = body.get("tag")
    if not isinstance(tag, str) or not tag:
        raise BadInput("name the tag")
    at_ns = parsed_ns(body.get("as_of"), "as_of")
    tags = {**(dataset.metadata.get(TAGS) or {}), tag: at_ns}
    await asyncio.to_thread(
        access.house.catalog.datasets.update,
        access.project,
        dataset.id,
        None,
        None,
        {**dataset.metadata, TAGS: tags},
        actor_of(access),
    )
    return {"tags": [tag], "as_of": moment(at_ns)}


@router.get("/datasets/{dataset_id}/versions/diff")
def diff_versions(access: Reader, dataset_id: str, from_version: str, to_version: str) -> dict[str, list[str]]:
    """Examples that came, went or changed from one version to another."""
    dataset = get(access, dataset_id)
    before, after = (
        {one.case.external_id: one for one in all_items(access, dataset, said)} for said in (from_version, to_version)
    )
    return {
        "examples_added": [key for key in after if key not in before],
        "examples_removed": [key for key in before if key not in after],
        "examples_modified": [key for key, one in after.items() if key in before and one.case != before[key].case],
    }


@router.get("/datasets/{dataset_id}/splits")
def list_splits(access: Reader, dataset_id: str, as_of: str = "") -> list[str]:
    """Names of the splits."""
    found = {
        split for one in all_items(access, get(access, dataset_id), as_of) for split in (one.case.splits or (BASE,))
    }
    return sorted(found)


@router.put("/datasets/{dataset_id}/splits")
async def change_split(request: Request, access: Admin, dataset_id: str) -> list[str]:
    """Puts examples into a split, or takes them out of it."""
    body, dataset = await object_of(request), get(access, dataset_id)
    name = body.get("split_name")
    if not isinstance(name, str) or not name:
        raise BadInput("name the split in split_name")
    wanted = set(texts(body.get("examples"), "examples"))
    await asyncio.to_thread(_split, access, dataset, name, wanted, bool(body.get("remove")))
    return [name]


@router.get("/datasets/{dataset_id}/openai_ft")
def openai_lines(access: Reader, dataset_id: str) -> Response:
    """Examples as lines of messages, for fine-tuning: those that are chats."""
    lines = []
    for one in all_items(access, get(access, dataset_id), ""):
        given, got = one.case.content.get("input"), one.case.content.get("expected")
        messages = given.get("messages") if isinstance(given, dict) else None
        if isinstance(messages, list):
            said = got.get("message", got) if isinstance(got, dict) else got
            lines.append(orjson.dumps({"messages": [*messages, *([said] if said else [])]}))
    return Response(b"\n".join(lines), media_type="application/x-ndjson")


@router.post("/datasets/{dataset_id}/runs")
async def examples_with_runs(request: Request, access: Reader, dataset_id: str) -> Response:
    """Examples, each with the runs that answered it in the experiments named."""
    body, link = await object_of(request), linker(request, access)
    offset, limit = whole(body.get("offset"), "offset", 0, 1 << 31), whole(body.get("limit"), "limit", 100, 100)
    named = [checked_uuid(one, "session_ids") for one in body.get("session_ids") or []]

    def work(asker: Asker) -> list[dict[str, Any]]:
        sessions = Sessions(access.house, asker, access.project)
        dataset = get(access, dataset_id)
        items, _ = access.house.catalog.datasets.items(access.project, dataset.id, max(limit, 1), offset=offset)
        tried = [sessions.get(one) for one in named]
        for one in tried:
            link_trials(sessions, one)
        runs: dict[str, list[dict[str, Any]]] = {}
        if items:
            ids = ", ".join(quote(one.case.external_id) for one in items)
            where = f"is_root = true and {EXAMPLE} in ({ids})"
            if tried:
                where += f" and ({' or '.join(one.where for one in tried)})"
            found = asker.spans(access.project, Page(where=where, limit=MOST_ON_PAGE), content=True)["items"]
            for run in made_runs(asker, access.project, found, sessions, link):
                runs.setdefault(str(run["reference_example_id"]), []).append(run)
        return [{**example_json(one, dataset, link), "runs": runs.get(one.case.external_id, [])} for one in items]

    return await answer(request, access, work)


def get(access: Access, dataset_id: str) -> Dataset:
    """A dataset of the project by its UUID. Raises NotFound, BadInput."""
    return access.house.catalog.datasets.get(access.project, checked_uuid(dataset_id, "a dataset's id"))


def dataset_json(dataset: Dataset) -> dict[str, Any]:
    """A dataset in LangSmith's words."""
    kept = dataset.metadata.get(KEPT) or {}
    return {
        "id": dataset.external_id,
        "tenant_id": tenant_id(dataset.project),
        "name": dataset.name,
        "description": dataset.description or None,
        "created_at": moment(dataset.created_ns),
        "modified_at": moment(dataset.changed_ns),
        "example_count": dataset.item_count,
        "session_count": None,
        "last_session_start_time": None,
        "data_type": kept.get("data_type") or "kv",
        "inputs_schema_definition": kept.get("inputs_schema_definition"),
        "outputs_schema_definition": kept.get("outputs_schema_definition"),
        "transformations": kept.get("transformations"),
        "metadata": {key: value for key, value in dataset.metadata.items() if key not in (KEPT, TAGS)} or None,
        "externally_managed": False,
    }


def all_items(access: Access, dataset: Dataset, as_of: str) -> list[DatasetItem]:
    """Every item as of a time or tag."""
    datasets = access.house.catalog.datasets
    version = version_of(datasets, dataset, as_of)
    found: list[DatasetItem] = []
    after = None
    while True:
        items, after = datasets.items(access.project, dataset.id, MOST_ON_PAGE, after, version)
        found += items
        if after is None:
            return found


def _versions(access: Access, dataset: Dataset) -> Iterator[dict[str, Any]]:
    made = access.house.catalog.datasets.versions(access.project, dataset.id)
    times = {number: at for number, at in made.items() if number}
    tags = {
        name: access.house.catalog.datasets.version_at(access.project, dataset.id, int(at) + 999)
        for name, at in (dataset.metadata.get(TAGS) or {}).items()
    }
    for number in sorted(times, reverse=True):
        own = [name for name, version in tags.items() if version == number]
        yield {"as_of": moment(times[number]), "tags": [*own, *(["latest"] if number == max(times) else [])]}


def _split(access: Access, dataset: Dataset, name: str, wanted: set[str], is_removed: bool) -> None:
    found = [one for one in all_items(access, dataset, "") if one.case.external_id in wanted or one.id in wanted]
    if missing := len(wanted) - len(found):
        raise NotFound(f"{missing} of these examples are not in the dataset {dataset.name!r}")
    cases = []
    for one in found:
        splits = [split for split in one.case.splits if split != name] + ([] if is_removed else [name])
        cases.append(replace(one.case, splits=tuple(splits)))
    for begin in range(0, len(cases), MOST_ON_PAGE):
        access.house.catalog.datasets.put(
            access.project, dataset.id, cases[begin : begin + MOST_ON_PAGE], actor_of(access)
        )
