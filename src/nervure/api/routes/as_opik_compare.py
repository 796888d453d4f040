"""Opik's comparison of experiments: a dataset's items beside what each experiment made of them."""

from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Depends, Query, Request, Response

from nervure.api.asking import Questions, json_answer
from nervure.api.auth import Access, require
from nervure.api.opik.nouns import item_json, tried_json
from nervure.api.opik.reaching import first
from nervure.api.opik.speech import OpikRoute, page_of
from nervure.api.opik.traces import trace_json
from nervure.api.routes.as_opik_datasets import by_id
from nervure.base.errors import BadInput
from nervure.catalog.repositories.datasets import Chosen
from nervure.model.dataset import DatasetItem
from nervure.model.experiment import Experiment, ExperimentItem
from nervure.query.asker import Asker
from nervure.query.filter import quote
from nervure.query.lists import Page

routes = APIRouter(prefix="/v1/private/datasets", include_in_schema=False, route_class=OpikRoute)
Reader = Annotated[Access, Depends(require("read"))]
MOST_TRIED, AT_ONCE = 100_000, 200
Json = dict[str, Any]
Tried = dict[str, list[tuple[Experiment, ExperimentItem]]]


@routes.get("/{identity}/items/experiments/items")
async def compare(
    request: Request,
    access: Reader,
    identity: str,
    experiment_ids: str,
    page: Annotated[int, Query(ge=1, le=100_000)] = 1,
    size: Annotated[int, Query(ge=1, le=2000)] = 10,
    filters: str = "",
) -> Response:
    """Items of a dataset that these experiments tried, with the cases tried."""
    if filters:
        raise BadInput("items of experiments cannot be filtered here: ask for all and choose among them")
    chosen, dataset = by_id(access, identity)
    tried, projects = _tried(access, experiment_ids)
    ids = list(tried)[(page - 1) * size : page * size]
    found: dict[str, DatasetItem] = {}
    for begin in range(0, len(ids), AT_ONCE):
        wanted = Chosen(item_ids=tuple(ids[begin : begin + AT_ONCE]))
        items, _ = access.house.catalog.datasets.items(chosen.project, dataset.id, AT_ONCE, chosen=wanted)
        found |= {one.id: one for one in items}
    traces = {one.trial.trace_id for key in ids for _, one in tried[key]}
    questions: Questions = request.app.state.questions
    seen = await questions.run(request, access, lambda asker: _traces(asker, projects, sorted(traces)))
    rows = []
    for key in ids:
        item = found.get(key)
        name = item.case.external_id if item else key
        row: Json = (
            item_json(item, dataset) if item else {"id": key, "dataset_item_id": key, "source": "sdk", "data": {}}
        )
        row["experiment_items"] = [
            {**tried_json(one, run, name), **seen.get(one.trial.trace_id, {})} for run, one in tried[key]
        ]
        rows.append(row)
    return json_answer(page_of(rows, len(tried), page, size))


def _tried(access: Access, listed: str) -> tuple[Tried, list[str]]:
    """Cases tried by item, and the projects of the experiments. Raises BadInput, NotFound."""
    try:
        identities = orjson.loads(listed)
    except orjson.JSONDecodeError:
        identities = None
    if not isinstance(identities, list):
        raise BadInput(f"experiment_ids must be a JSON list of ids, got {listed!r}")
    experiments = access.house.catalog.experiments
    tried: Tried = {}
    projects: list[str] = []
    for identity in map(str, identities):
        chosen, run = _experiment(access, identity)
        projects.append(chosen.project)
        for one in experiments.items(chosen.project, run.id, MOST_TRIED)[0]:
            tried.setdefault(one.trial.item_id, []).append((run, one))
    return tried, list(dict.fromkeys(projects))


def _experiment(access: Access, identity: str) -> tuple[Access, Experiment]:
    experiments = access.house.catalog.experiments
    return first(access, lambda one: experiments.get(one.project, identity), f"Experiment {identity}")


def _traces(asker: Asker, projects: list[str], traces: list[str]) -> dict[str, Json]:
    """Input, output and scores of traces, by our id."""
    seen: dict[str, Json] = {}
    for project in projects:
        for begin in range(0, len(traces), AT_ONCE):
            part = traces[begin : begin + AT_ONCE]
            where = f"trace_id in ({', '.join(map(quote, part))}) and is_root = true"
            scores = asker.scores(project, Page(limit=1000), trace_id=part)["items"]
            for root in asker.spans(project, Page(where=where, limit=1000, order="oldest"), content=True)["items"]:
                trace_id = root["trace_id"]
                if trace_id not in seen:
                    own = [score for score in scores if score["trace_id"] == trace_id]
                    seen[trace_id] = _of_trace(trace_json(root, {}, own))
    return seen


def _of_trace(trace: Json) -> Json:
    return {
        "input": trace["input"],
        "output": trace["output"],
        "trace_metadata": trace["metadata"],
        "feedback_scores": trace["feedback_scores"],
        "duration": trace["duration"],
    }


router = APIRouter()
router.include_router(routes, prefix="/api")
router.include_router(routes)
