"""Langfuse's dataset runs on our experiments. Source: https://api.reference.langfuse.com/#tag/datasetrunitems"""

from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends, Query

from nervure.api.auth import Access, require
from nervure.api.langfuse.datasets import run_item_json, run_json
from nervure.api.langfuse.speech import LangfuseRoute, Paged, held, may, need, time_of
from nervure.api.reach import actor_of
from nervure.api.routes.as_langfuse_datasets import find, find_item
from nervure.base.errors import BadInput, NotFound
from nervure.base.ids import name_uuid
from nervure.catalog.repositories.datasets import Chosen
from nervure.catalog.repositories.experiments import MOST_TRIALS, Which
from nervure.decode.formats import ids
from nervure.model.dataset import Dataset
from nervure.model.experiment import Experiment, ExperimentItem, Trial

router = APIRouter(prefix="/api/public", include_in_schema=False, route_class=LangfuseRoute)
Reader = Annotated[Access, Depends(require("read"))]
Sender = Annotated[Access, Depends(require("send"))]
Admin = Annotated[Access, Depends(require("admin"))]
Text = Annotated[str, Query(max_length=256)]


@router.post("/dataset-run-items")
def link_item(access: Sender, body: Annotated[dict[str, Any], Body()]) -> dict[str, Any]:
    """Links an item to the trace that answered it, in the run of that name, which is made when it is not there."""
    catalog = access.house.catalog
    item = find_item(access, need(body, "datasetItemId"))
    trace_id, span_id = ids.trace_id(may(body, "traceId")), ids.span_id(may(body, "observationId"))
    if not trace_id and not span_id:
        raise BadInput("traceId: say which trace (or observationId) answered the item")
    name = need(body, "runName")
    dataset = catalog.datasets.get(access.project, item.dataset_id)
    at = may(body, "datasetVersion")
    version = catalog.datasets.version_at(access.project, dataset.id, time_of(at, "datasetVersion")) if at else None
    # An id made of the name: those that begin one run at once begin the same.
    run = catalog.experiments.find(access.project, name, dataset.id) or catalog.experiments.create(
        access.project, name, dataset.id, dataset.version if version is None else version,
        may(body, "runDescription") or "", held(body.get("metadata")), name_uuid(f"run:{dataset.id}:{name}"),
        actor=actor_of(access),
    )  # fmt: skip
    told = held(body.get("metadata"))
    if told and told != run.metadata:
        run = catalog.experiments.update(access.project, run.id, metadata=told, actor=actor_of(access))
    made = catalog.experiments.add(access.project, run.id, [Trial(item.id, trace_id, span_id)])[0]
    return run_item_json(made, run, item.case.external_id)


@router.get("/dataset-run-items")
def list_run_items(
    access: Reader,
    leaf: Paged,
    datasetId: Text,
    runName: Text,
) -> dict[str, Any]:
    """The items of a run in the order they were tried."""
    dataset = access.house.catalog.datasets.get(access.project, datasetId)
    run = _run(access, dataset, runName)
    found = _items(access, run)
    names = _names(access, dataset, found)
    page = found[leaf.offset : leaf.offset + leaf.limit]
    return leaf.answer([run_item_json(one, run, names[one.trial.item_id]) for one in page], len(found))


@router.get("/datasets/{name:path}/runs")
def list_runs(access: Reader, leaf: Paged, name: str) -> dict[str, Any]:
    """A dataset's runs, newest first."""
    dataset, experiments = find(access, name), access.house.catalog.experiments
    which = Which(dataset.id)
    found = experiments.list(access.project, which, leaf.limit, leaf.offset)
    return leaf.answer([run_json(one, dataset) for one in found], experiments.count(access.project, which))


@router.get("/datasets/{name:path}/runs/{run_name:path}")
def read_run(access: Reader, name: str, run_name: str) -> dict[str, Any]:
    """A run with its items."""
    dataset = find(access, name)
    run = _run(access, dataset, run_name)
    found = _items(access, run)
    names = _names(access, dataset, found)
    items = [run_item_json(one, run, names[one.trial.item_id]) for one in found]
    return run_json(run, dataset) | {"datasetRunItems": items}


@router.delete("/datasets/{name:path}/runs/{run_name:path}")
def delete_run(access: Admin, name: str, run_name: str) -> dict[str, Any]:
    """Forgets a run; its traces stay."""
    run = _run(access, find(access, name), run_name)
    access.house.catalog.experiments.delete(access.project, run.id, actor_of(access))
    return {"message": "Dataset run successfully deleted"}


def _run(access: Access, dataset: Dataset, name: str) -> Experiment:
    found = access.house.catalog.experiments.find(access.project, name, dataset.id)
    if found is None:
        raise NotFound(f"Dataset run not found: the dataset {dataset.name!r} has no run {name!r}")
    return found


def _items(access: Access, run: Experiment) -> list[ExperimentItem]:
    experiments, found = access.house.catalog.experiments, list[ExperimentItem]()
    page, place = experiments.items(access.project, run.id, MOST_TRIALS)
    found += page
    while place is not None:
        page, place = experiments.items(access.project, run.id, MOST_TRIALS, place)
        found += page
    return found


def _names(access: Access, dataset: Dataset, found: list[ExperimentItem]) -> dict[str, str]:
    """Langfuse's ids of the items by ours; an item that was taken out since keeps ours."""
    wanted = list({one.trial.item_id for one in found})
    names = {one: one for one in wanted}
    for begin in range(0, len(wanted), MOST_TRIALS):
        part = tuple(wanted[begin : begin + MOST_TRIALS])
        items, _ = access.house.catalog.datasets.items(
            access.project, dataset.id, len(part), chosen=Chosen(item_ids=part)
        )
        names |= {one.id: one.case.external_id for one in items}
    return names
