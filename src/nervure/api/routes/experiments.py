"""/api/v1/experiments: cases of a dataset tried with one version of an application, and how the answers were scored."""

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from nervure.api.asking import Questions, json_answer
from nervure.api.auth import Access, require
from nervure.api.paging import Cursor
from nervure.api.reach import actor_of
from nervure.api.shapes import ScoreAnswer
from nervure.base.clock import iso
from nervure.catalog.repositories.experiments import MOST_TRIALS, Which
from nervure.model.experiment import Experiment, ExperimentItem, Trial
from nervure.query import cursor as cursors
from nervure.query.asker import Asker
from nervure.query.places import scores_on
from nervure.query.present import record_json
from nervure.query.times import parse_time

router = APIRouter(prefix="/api/v1", tags=["experiments"])
Reader = Annotated[Access, Depends(require("read"))]
Sender = Annotated[Access, Depends(require("send"))]
Admin = Annotated[Access, Depends(require("admin"))]
Id = Annotated[str, Path(description="Ours, or another system's id of it.")]
MOST_ON_PAGE = 500


class ExperimentAnswer(BaseModel):
    """An experiment without its items."""

    id: str
    name: str
    description: str
    dataset_id: str = Field(description="Empty when it was made without one.")
    dataset_version: int | None
    metadata: dict[str, Any]
    item_count: int = Field(description="Cases tried so far.")
    external_id: str
    author: str
    created: str
    changed: str
    ended: str | None


class ExperimentList(BaseModel):
    """Experiments, newest first."""

    items: list[ExperimentAnswer]
    next_cursor: str | None = None


class NewExperiment(BaseModel):
    """An experiment to make."""

    model_config = ConfigDict(extra="forbid")
    name: str
    dataset_id: str = ""
    dataset_version: int | None = Field(None, ge=0, description="The version that is tried; the newest by default.")
    description: str = ""
    metadata: dict[str, Any] = {}
    external_id: str = Field("", max_length=200, description="Of one made elsewhere: it is taken in once.")
    created: str = Field("", description="When it was made elsewhere: ISO 8601.")


class ExperimentChange(BaseModel):
    """What may be changed."""

    model_config = ConfigDict(extra="forbid")
    name: str | None = None
    description: str | None = None
    metadata: dict[str, Any] | None = None
    ended: str | None = Field(None, description="ISO 8601.")


class TrialBody(BaseModel):
    """A case that was tried."""

    model_config = ConfigDict(extra="forbid")
    item_id: str = Field("", max_length=64, description="Of the dataset's item.")
    trace_id: str = Field("", max_length=256)
    span_id: str = Field("", max_length=256, description="Empty for the whole trace.")
    metadata: dict[str, Any] = {}
    external_id: str = Field("", max_length=200)


class NewTrials(BaseModel):
    """Cases that were tried."""

    model_config = ConfigDict(extra="forbid")
    items: list[TrialBody] = Field(min_length=1, max_length=MOST_TRIALS)


class ExperimentTrial(BaseModel):
    """A case that was tried."""

    id: str
    item_id: str
    trace_id: str
    span_id: str
    metadata: dict[str, Any]
    external_id: str
    created: str
    scores: list[ScoreAnswer] = Field(description="Of its trace and span.")  # type: ignore[valid-type]


class ExperimentTrials(BaseModel):
    """Items in the order they were tried."""

    items: list[ExperimentTrial]
    next_cursor: str | None = None


@router.get("/experiments")
def list_experiments(
    access: Reader,
    dataset_id: str = "",
    search: Annotated[str, Query(description="Only names that contain this, in any case.")] = "",
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    cursor: Cursor = "",
) -> ExperimentList:
    """The project's experiments, newest first."""
    question = ("experiments", access.project, dataset_id, search)
    place = cursors.decode(question, cursor, (int,))
    offset = place[0] if place else 0
    found = access.house.catalog.experiments.list(access.project, Which(dataset_id, text=search), limit + 1, offset)
    following = cursors.encode(question, [offset + limit]) if len(found) > limit else None
    return ExperimentList(items=[_answer(one) for one in found[:limit]], next_cursor=following)


@router.post("/experiments", status_code=201)
def create_experiment(access: Sender, body: NewExperiment) -> ExperimentAnswer:
    """Make an experiment; items are added as they are tried."""
    now_ns = access.house.clock.now_ns()
    catalog, dataset_id, version = access.house.catalog, "", body.dataset_version
    if body.dataset_id:
        dataset = catalog.datasets.get(access.project, body.dataset_id)
        dataset_id, version = dataset.id, dataset.version if version is None else version
    return _answer(
        catalog.experiments.create(
            access.project, body.name, dataset_id, version, body.description, body.metadata, body.external_id,
            parse_time(body.created, now_ns) if body.created else 0, actor_of(access),
        )
    )  # fmt: skip


@router.get("/experiments/{experiment_id}")
def get_experiment(access: Reader, experiment_id: Id) -> ExperimentAnswer:
    """One experiment."""
    return _answer(access.house.catalog.experiments.get(access.project, experiment_id))


@router.patch("/experiments/{experiment_id}")
def change_experiment(access: Sender, experiment_id: Id, body: ExperimentChange) -> ExperimentAnswer:
    """Change what is said of it, or say that it has ended."""
    now_ns = access.house.clock.now_ns()
    return _answer(
        access.house.catalog.experiments.update(
            access.project, experiment_id, body.name, body.description, body.metadata,
            parse_time(body.ended, now_ns) if body.ended else None, actor=actor_of(access),
        )
    )  # fmt: skip


@router.delete("/experiments/{experiment_id}", status_code=204)
def delete_experiment(access: Admin, experiment_id: Id) -> None:
    """Forget an experiment. Its traces and their scores stay."""
    access.house.catalog.experiments.delete(access.project, experiment_id, actor_of(access))


@router.get("/experiments/{experiment_id}/items", response_model=None, responses={200: {"model": ExperimentTrials}})
async def list_trials(
    request: Request,
    access: Reader,
    experiment_id: Id,
    limit: Annotated[int, Query(ge=1, le=MOST_ON_PAGE)] = 100,
    cursor: Cursor = "",
) -> Response:
    """The cases that were tried, each with the scores of its trace and span."""
    question = ("experiment", access.project, experiment_id)
    place = cursors.decode(question, cursor, (int, str))
    after = (place[0], place[1]) if place else None
    experiments = access.house.catalog.experiments
    found, following = await asyncio.to_thread(experiments.items, access.project, experiment_id, limit, after)

    def scored(asker: Asker) -> dict[str, list[dict[str, Any]]]:
        gathered: dict[str, list[dict[str, Any]]] = {}
        traces = list({one.trial.trace_id for one in found if one.trial.trace_id})
        for score in scores_on(asker.settled(access.project)[0], "trace_id", traces):
            gathered.setdefault(score.trace_id, []).append(record_json(score))
        return gathered

    questions: Questions = request.app.state.questions
    scores = await questions.run(request, access, scored)
    items = [_item(one) | {"scores": _of(one, scores)} for one in found]
    return json_answer(
        {"items": items, "next_cursor": cursors.encode(question, list(following)) if following else None}
    )


@router.post("/experiments/{experiment_id}/items", status_code=201)
def add_trials(access: Sender, experiment_id: Id, body: NewTrials) -> ExperimentTrials:
    """Add cases that were tried."""
    trials = [Trial(one.item_id, one.trace_id, one.span_id, one.metadata, one.external_id) for one in body.items]
    made = access.house.catalog.experiments.add(access.project, experiment_id, trials)
    return ExperimentTrials(items=[ExperimentTrial(**_item(one), scores=[]) for one in made])


def _of(item: ExperimentItem, scores: dict[str, list[dict[str, Any]]]) -> list[dict[str, Any]]:
    """Scores of a trial: of its span when it has one, and of its trace as a whole."""
    trial = item.trial
    return [
        score
        for score in scores.get(trial.trace_id, [])
        if not trial.span_id or score["target_type"] != "span" or score["target_id"] == trial.span_id
    ]


def _answer(one: Experiment) -> ExperimentAnswer:
    return ExperimentAnswer(
        id=one.id, name=one.name, description=one.description, dataset_id=one.dataset_id,
        dataset_version=one.dataset_version, metadata=one.metadata, item_count=one.item_count,
        external_id=one.external_id, author=one.author, created=iso(one.created_ns), changed=iso(one.changed_ns),
        ended=iso(one.ended_ns) if one.ended_ns else None,
    )  # fmt: skip


def _item(one: ExperimentItem) -> dict[str, Any]:
    trial = one.trial
    return {
        "id": one.id, "item_id": trial.item_id, "trace_id": trial.trace_id, "span_id": trial.span_id,
        "metadata": trial.metadata, "external_id": trial.external_id, "created": iso(one.created_ns),
    }  # fmt: skip
