"""Phoenix's experiments over datasets: they are ours, of the project of the request."""

from dataclasses import replace
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

from nervure.api.asking import Questions, json_answer
from nervure.api.auth import Access, require
from nervure.api.reach import actor_of
from nervure.api.vendors import phoenix
from nervure.api.vendors.body import may, object_of
from nervure.api.vendors.phoenix_experiments import (
    REPETITIONS,
    SPLITS,
    experiment_of,
    record_of,
    run_id,
    run_of,
    score_of,
    trial_of,
)
from nervure.api.vendors.reaching import numbered, store_scores
from nervure.api.vendors.speech import speaking
from nervure.base.errors import BadInput
from nervure.catalog.repositories.experiments import Place, Which
from nervure.decode.formats.phoenix import identity_of
from nervure.model.experiment import Experiment, ExperimentItem
from nervure.model.score import Score
from nervure.query.asker import Asker
from nervure.query.places import scores_on

router = APIRouter(include_in_schema=False, route_class=speaking(phoenix.say))
Reader = Annotated[Access, Depends(require("read"))]
Sender = Annotated[Access, Depends(require("send"))]
Admin = Annotated[Access, Depends(require("admin"))]
WIRE = "phoenix_experiments"
Json = dict[str, Any]
PAGE, MOST = 1000, 100_000


@router.post("/v1/datasets/{dataset}/experiments")
async def create_experiment(request: Request, access: Sender, dataset: str) -> Json:
    """A new experiment over a dataset, as it is or was."""
    body = await object_of(request, access.house.settings.max_body_bytes)
    found = access.house.catalog.datasets.get(access.project, identity_of("Dataset", dataset))
    version = identity_of("DatasetVersion", may(body, "version_id", str, "")) or str(found.version)
    if not version.isdecimal():
        raise BadInput(f"version_id {version!r} is not one that was answered here")
    metadata: Json = {**may(body, "metadata", dict, {}), REPETITIONS: may(body, "repetitions", int, 1)}
    if splits := may(body, "splits", list, []):
        metadata[SPLITS] = splits
    name = may(body, "name", str, "") or f"{found.name} {access.house.clock.now_ns() // 1_000_000_000}"
    made = access.house.catalog.experiments.create(
        access.project, name, found.id, int(version), may(body, "description", str, ""), metadata,
        actor=actor_of(access),
    )  # fmt: skip
    return {"data": _told(access, made)}


@router.get("/v1/datasets/{dataset}/experiments")
def list_experiments(
    access: Reader,
    dataset: str,
    cursor: Annotated[str, Query(pattern=r"^\d*$")] = "",
    limit: Annotated[int, Query(ge=1, le=PAGE)] = 50,
) -> Json:
    """Experiments over a dataset, newest first."""
    found = access.house.catalog.datasets.get(access.project, identity_of("Dataset", dataset))
    begin = int(cursor or 0)
    listed = access.house.catalog.experiments.list(access.project, Which(dataset_id=found.id), limit + 1, begin)
    following = str(begin + limit) if len(listed) > limit else None
    return {"data": [_told(access, one) for one in listed[:limit]], "next_cursor": following}


@router.get("/v1/experiments/{experiment}")
def get_experiment(access: Reader, experiment: str) -> Json:
    """An experiment with how many of its cases were tried."""
    return {"data": _told(access, _experiment(access, experiment))}


@router.delete("/v1/experiments/{experiment}", status_code=204)
def delete_experiment(access: Admin, experiment: str) -> Response:
    """Forgets an experiment; the traces stay."""
    access.house.catalog.experiments.delete(access.project, _experiment(access, experiment).id, actor_of(access))
    return Response(status_code=204)


@router.post("/v1/experiments/{experiment}/runs")
async def add_run(request: Request, access: Sender, experiment: str) -> Json:
    """A case that was tried. The same example and repetition again takes the first one's place."""
    body = await object_of(request, access.house.settings.max_body_bytes)
    held = _experiment(access, experiment)
    (made,) = access.house.catalog.experiments.add(access.project, held.id, [trial_of(body)])
    return {"data": {"id": run_id(made)}}


@router.get("/v1/experiments/{experiment}/runs")
def list_runs(access: Reader, experiment: str) -> Response:
    """All cases that were tried."""
    items = _items(access, _experiment(access, experiment).id)
    return json_answer({"data": [run_of(item) for item in items], "next_cursor": None})


@router.get("/v1/experiments/{experiment}/json")
async def table(request: Request, access: Reader, experiment: str) -> Response:
    """All cases that were tried, with what was judged of them."""
    items = _items(access, _experiment(access, experiment).id)

    def look(asker: Asker) -> dict[str, list[Score]]:
        runs: dict[str, list[Score]] = {}
        ids = [item.trial.trace_id or item.id for item in items]
        for begin in range(0, len(ids), PAGE):
            for score in scores_on(asker.runner(access.project), "target_id", ids[begin : begin + PAGE], MOST):
                runs.setdefault(str(score.metadata.get("experiment_run_id") or ""), []).append(score)
        return runs

    questions: Questions = request.app.state.questions
    found = await questions.run(request, access, look)
    return json_answer([record_of(item, found.get(run_id(item), [])) for item in items])


@router.post("/v1/experiment_evaluations")
async def judge_run(request: Request, access: Sender) -> Json:
    """A judgement of a run. One of the same name again replaces it."""
    body = await object_of(request, access.house.settings.max_body_bytes)
    score = replace(score_of(body), project=access.project)
    await store_scores(access, await numbered(request, [score], access), WIRE, len(orjson.dumps(body)))
    return {"data": {"id": score.id}}


def _experiment(access: Access, text: str) -> Experiment:
    return access.house.catalog.experiments.get(access.project, identity_of("Experiment", text))


def _told(access: Access, held: Experiment) -> Json:
    datasets = access.house.catalog.datasets
    count = datasets.count_items(access.project, held.dataset_id, held.dataset_version) if held.dataset_id else 0
    return experiment_of(held, _items(access, held.id) if held.item_count else [], count)


def _items(access: Access, experiment_id: str) -> list[ExperimentItem]:
    found: list[ExperimentItem] = []
    after: Place | None = None
    while True:
        page, after = access.house.catalog.experiments.items(access.project, experiment_id, PAGE, after)
        found += page
        if after is None or len(found) >= MOST:
            return found
