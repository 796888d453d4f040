"""LangSmith's examples: single ones, many at a time, in parts with attachments."""

import asyncio
from collections.abc import Sequence
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Depends, Query, Request, Response

from nervure.api.auth import Access, require
from nervure.api.langsmith.asked import find_span
from nervure.api.langsmith.examples import BASE, Sent, case_of, example_json, sent_of, sent_parts, version_of
from nervure.api.langsmith.names import checked_uuid, moment
from nervure.api.langsmith.runs import run_json
from nervure.api.langsmith.serving import answer, body_of, json_of, linker, media_of, object_of, texts
from nervure.api.reach import actor_of
from nervure.api.routes.as_langsmith_datasets import all_items, get
from nervure.base.errors import BadInput, NotFound
from nervure.base.ids import RandomIds, name_uuid
from nervure.catalog.repositories.dataset_checks import MOST_CASES
from nervure.catalog.repositories.datasets import Chosen
from nervure.model.dataset import DatasetItem
from nervure.query.asker import Asker

router = APIRouter(prefix="/langsmith", include_in_schema=False)
Reader = Annotated[Access, Depends(require("read"))]
Admin = Annotated[Access, Depends(require("admin"))]


@router.get("/examples")
async def list_examples(
    request: Request,
    access: Reader,
    dataset: str = "",
    id: Annotated[list[str], Query()] = [],  # noqa: B006 - LangSmith's name; FastAPI copies it
    as_of: str = "",
    splits: Annotated[list[str], Query()] = [],  # noqa: B006
    metadata: str = "",
    filter: str = "",
    offset: Annotated[int, Query(ge=0)] = 0,
    limit: Annotated[int, Query(ge=1, le=100)] = 100,
) -> Response:
    """Examples of a dataset, or by id, in the order they were added."""
    if filter:
        raise BadInput("examples are not filtered by expressions here: use metadata, splits or ids")
    wanted = _metadata(metadata)
    link = linker(request, access)

    def fits(one: DatasetItem) -> bool:
        said = one.case.content.get("metadata") or {}
        return (not splits or bool(set(splits) & set(one.case.splits or (BASE,)))) and all(
            said.get(key) == value for key, value in wanted.items()
        )

    def work(asker: Asker) -> list[dict[str, Any]]:
        datasets, project = access.house.catalog.datasets, access.project
        if not dataset:
            if not id:
                raise BadInput("say which examples: dataset=<id> or id=<id>")
            held = [one for one in (datasets.find_item(project, checked_uuid(each, "id")) for each in id) if one]
            chosen = [one for one in held if fits(one)][offset : offset + limit]
            return [example_json(one, datasets.get(project, one.dataset_id), link) for one in chosen]
        found = get(access, dataset)
        version = version_of(datasets, found, as_of)
        only = Chosen(item_ids=tuple(checked_uuid(one, "id") for one in id))
        if not splits and not wanted:
            items, _ = datasets.items(project, found.id, limit, None, version, only, offset)
        else:
            items = [
                one for one in all_items(access, found, as_of) if fits(one) and (not id or one.case.external_id in id)
            ]
            items = items[offset : offset + limit]
        return [example_json(one, found, link) for one in items]

    return await answer(request, access, work)


@router.get("/examples/{example_id}")
async def read_example(request: Request, access: Reader, example_id: str, as_of: str = "") -> Response:
    """One example, now or as of a version."""
    link = linker(request, access)

    def work(asker: Asker) -> dict[str, Any]:
        datasets, item = access.house.catalog.datasets, _item(access, example_id)
        dataset = datasets.get(access.project, item.dataset_id)
        version = version_of(datasets, dataset, as_of)
        if version is not None:
            found, _ = datasets.items(access.project, dataset.id, 1, None, version, Chosen(item_ids=(item.id,)))
            if not found:
                raise NotFound(f"the dataset {dataset.name!r} had no example {example_id} as of {as_of}")
            item = found[0]
        return example_json(item, dataset, link)

    return await answer(request, access, work)


@router.post("/examples")
async def create_example(request: Request, access: Admin) -> Response:
    """One example."""
    body = await object_of(request)
    link, sent = linker(request, access), sent_of(body)

    def work(asker: Asker) -> dict[str, Any]:
        dataset = get(access, sent.dataset_id)
        (item,) = _put(access, asker, dataset.id, [sent])
        return example_json(item, dataset, link)

    return await answer(request, access, work)


@router.post("/examples/bulk")
async def create_examples(request: Request, access: Admin) -> Response:
    """Many examples of one dataset."""
    return await _many(request, access, is_new=True)


@router.patch("/examples/bulk")
async def update_examples(request: Request, access: Admin) -> Response:
    """Changes of many examples of one dataset."""
    return await _many(request, access, is_new=False)


@router.patch("/examples/{example_id}")
async def update_example(request: Request, access: Admin, example_id: str) -> Response:
    """Changes what is given of an example."""
    body = await object_of(request)
    sent = sent_of({**body, "id": example_id})

    def work(asker: Asker) -> dict[str, Any]:
        item = _item(access, example_id)
        _put(access, asker, item.dataset_id, [sent])
        return {"message": "the example is changed", "example_ids": [sent.id], "count": 1}

    return await answer(request, access, work)


@router.delete("/examples/{example_id}")
def delete_example(access: Admin, example_id: str) -> dict[str, Any]:
    """Takes an example out; earlier versions keep it."""
    item = _item(access, example_id)
    access.house.catalog.datasets.remove(access.project, item.dataset_id, [item.id], actor_of(access))
    return {"message": "the example is taken out"}


@router.delete("/examples")
def delete_examples(access: Admin, example_ids: Annotated[list[str], Query()]) -> dict[str, Any]:
    """Takes examples out; earlier versions keep them."""
    return _remove(access, example_ids)


@router.post("/datasets/examples/delete")
async def delete_many(request: Request, access: Admin) -> dict[str, Any]:
    """Takes examples out. What earlier versions say of them goes with the dataset."""
    body = await object_of(request)
    return await asyncio.to_thread(_remove, access, texts(body.get("example_ids"), "example_ids"))


@router.post("/datasets/{dataset_id}/examples")
async def upload(request: Request, access: Admin, dataset_id: str) -> Response:
    """Examples in parts, with attachments."""
    return await _parts(request, access, dataset_id)


@router.patch("/datasets/{dataset_id}/examples")
async def amend(request: Request, access: Admin, dataset_id: str) -> Response:
    """Changes of examples in parts."""
    return await _parts(request, access, dataset_id)


@router.post("/examples/multipart")
async def upsert(request: Request, access: Admin) -> Response:
    """Examples in parts that name their dataset."""
    return await _parts(request, access, "")


async def _parts(request: Request, access: Access, dataset_id: str) -> Response:
    kind = request.headers.get("content-type", "")
    if not kind.lower().startswith("multipart/form-data"):
        raise BadInput(f"Content-Type {kind!r} is not served here: send multipart/form-data")
    sent = sent_parts(await body_of(request), kind)

    def work(asker: Asker) -> dict[str, Any]:
        dataset = get(access, dataset_id or (sent[0].dataset_id if sent else ""))
        items = _put(access, asker, dataset.id, sent)
        as_of = max((one.changed_ns for one in items), default=dataset.changed_ns)
        return {"example_ids": [one.case.external_id for one in items], "count": len(items), "as_of": moment(as_of)}

    return await answer(request, access, work)


async def _many(request: Request, access: Access, is_new: bool) -> Response:
    body, link = await json_of(request), linker(request, access)
    if not isinstance(body, list) or not body or not all(isinstance(one, dict) for one in body):
        raise BadInput("the body must be a list of examples")
    sent = [sent_of(one) for one in body]

    def work(asker: Asker) -> Any:
        first = sent[0].dataset_id or _dataset_of(access, sent[0].id)
        dataset = get(access, first)
        items = _put(access, asker, dataset.id, sent)
        if is_new:
            return [example_json(one, dataset, link) for one in items]
        return {
            "message": f"{len(items)} examples updated",
            "count": len(items),
            "example_ids": [one.case.external_id for one in items],
        }

    return await answer(request, access, work)


def _put(access: Access, asker: Asker, dataset_id: str, sent: Sequence[Sent]) -> list[DatasetItem]:
    """Items of what was sent, in its order: those that are there change, the others are added."""
    house = access.house
    datasets, media = house.catalog.datasets, media_of(house)
    cases = []
    for one in sent:
        before = datasets.find_item(access.project, one.id) if one.id else None
        one.id = one.id or name_uuid(RandomIds().token("example"))
        if one.is_from_run and one.source_run_id:
            run = run_json(find_span(asker, access.project, one.source_run_id), lambda span: "", lambda name: name)
            one.inputs, one.outputs = one.inputs or run["inputs"], one.outputs or run["outputs"]
        cases.append(case_of(one, before, lambda data: media.keep(data, access.project)))
    made: list[DatasetItem] = []
    for begin in range(0, len(cases), MOST_CASES):
        made += datasets.put(access.project, dataset_id, cases[begin : begin + MOST_CASES], actor_of(access))
    return made


def _remove(access: Access, example_ids: Sequence[str]) -> dict[str, Any]:
    by_dataset: dict[str, list[str]] = {}
    for one in example_ids:
        item = _item(access, one)
        by_dataset.setdefault(item.dataset_id, []).append(item.id)
    for dataset_id, items in by_dataset.items():
        access.house.catalog.datasets.remove(access.project, dataset_id, items, actor_of(access))
    return {"message": f"{len(example_ids)} examples are taken out", "count": len(example_ids)}


def _item(access: Access, example_id: str) -> DatasetItem:
    item = access.house.catalog.datasets.find_item(access.project, checked_uuid(example_id, "an example's id"))
    if item is None:
        raise NotFound(f"project {access.project!r} has no example {example_id} in any dataset")
    return item


def _dataset_of(access: Access, example_id: str) -> str:
    datasets = access.house.catalog.datasets
    return datasets.get(access.project, _item(access, example_id).dataset_id).external_id


def _metadata(text: str) -> dict[str, Any]:
    try:
        held = orjson.loads(text) if text else {}
    except orjson.JSONDecodeError as error:
        raise BadInput(f"metadata is given as JSON: {error}") from None
    if not isinstance(held, dict):
        raise BadInput("metadata is given as a JSON object")
    return held
