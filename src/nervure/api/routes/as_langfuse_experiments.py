"""Langfuse's experiments (SDK 5) on ours: read here, told by spans. Source: its generated client, langfuse/api/experiments"""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response

from nervure.api.asking import ask
from nervure.api.auth import Access, require
from nervure.api.langfuse.reading import all_spans, where_of
from nervure.api.langfuse.spans import content_of, millis, score_v3
from nervure.api.langfuse.speech import LangfuseRoute, time_of, when
from nervure.base.errors import BadInput, NotFound
from nervure.catalog.repositories.datasets import Chosen
from nervure.catalog.repositories.experiments import Which
from nervure.model.experiment import Experiment, ExperimentItem
from nervure.query import cursor as cursors
from nervure.query.asker import Asker
from nervure.query.places import scores_on

router = APIRouter(prefix="/api/public", include_in_schema=False, route_class=LangfuseRoute)
Reader = Annotated[Access, Depends(require("read"))]
Text = Annotated[str, Query(max_length=1000)]
Limit = Annotated[int, Query(ge=1, le=200)]


@router.get("/experiments")
async def list_experiments(
    request: Request,
    access: Reader,
    limit: Limit = 50,
    cursor: Text = "",
    fromStartTime: Text = "",
    toStartTime: Text = "",
    id: Text = "",
    name: Text = "",
    datasetId: Text = "",
    filter: Text = "",
) -> Response:
    """Experiments, newest first."""
    _refuse(filter)
    question = ("langfuse experiments", access.project, id, name, datasetId)
    catalog, project = access.house.catalog, access.project
    since = time_of(fromStartTime, "fromStartTime") if fromStartTime else 0
    until = time_of(toStartTime, "toStartTime") if toStartTime else 1 << 63

    def found(asker: Asker) -> dict[str, Any]:
        place = cursors.decode(question, cursor, (int,))
        offset = place[0] if place else 0
        if id:
            listed = [catalog.experiments.get(project, one) for one in id.split(",")]
        else:
            dataset_id = catalog.datasets.get(project, datasetId).id if datasetId else ""
            listed = catalog.experiments.list(project, Which(dataset_id, name), limit + 1, offset)
        following = cursors.encode(question, [offset + limit]) if len(listed) > limit and not id else None
        shown = [one for one in listed[:limit] if since <= one.created_ns < until]
        runner = asker.settled(project)[0]
        scores: dict[str, list[dict[str, Any]]] = {}
        for score in scores_on(runner, "target_id", [one.external_id for one in shown]):
            scores.setdefault(score.target_id, []).append(score_v3(score))
        data = [_experiment(access, one) | {"scores": scores.get(one.external_id, [])} for one in shown]
        return {"data": data, "meta": {"cursor": following}}

    return await ask(request, access, found)


@router.get("/experiment-items")
async def list_items(
    request: Request,
    access: Reader,
    limit: Limit = 50,
    cursor: Text = "",
    experimentId: Text = "",
    experimentName: Text = "",
    datasetId: Text = "",
    filter: Text = "",
) -> Response:
    """The cases of one experiment in the order they were tried, with their scores."""
    _refuse(filter)
    catalog, project = access.house.catalog, access.project
    if experimentId:
        experiment = catalog.experiments.get(project, experimentId)
    elif experimentName:
        dataset_id = catalog.datasets.get(project, datasetId).id if datasetId else ""
        named = catalog.experiments.find(project, experimentName, dataset_id)
        if named is None:
            raise NotFound(f"Experiment not found: project {project!r} has none named {experimentName!r}")
        experiment = named
    else:
        raise BadInput("experimentId: say of which experiment, by experimentId or experimentName")
    question = ("langfuse experiment items", project, experiment.id)
    place = cursors.decode(question, cursor, (int, str))
    found, following = catalog.experiments.items(project, experiment.id, limit, (place[0], place[1]) if place else None)

    def shown(asker: Asker) -> dict[str, Any]:
        data = _items(asker, access, experiment, found)
        return {"data": data, "meta": {"cursor": cursors.encode(question, list(following)) if following else None}}

    return await ask(request, access, shown)


def _refuse(filter: str) -> None:
    if filter:
        raise BadInput("filter: conditions as JSON are not read here: use the parameters")


def _experiment(access: Access, one: Experiment) -> dict[str, Any]:
    return {
        "id": one.external_id, "name": one.name, "description": one.description or None,
        "startTime": when(one.created_ns), "endTime": when(one.ended_ns or one.changed_ns),
        "itemCount": one.item_count, "datasetId": _dataset(access, one), "metadata": one.metadata,
    }  # fmt: skip


def _dataset(access: Access, one: Experiment) -> str | None:
    if not one.dataset_id:
        return None
    try:
        return access.house.catalog.datasets.get(access.project, one.dataset_id).external_id
    except NotFound:
        # The dataset was deleted; the experiment outlives it.
        return None


def _items(asker: Asker, access: Access, experiment: Experiment, found: list[ExperimentItem]) -> list[dict[str, Any]]:
    project, dataset = access.project, _dataset(access, experiment)
    traces = list({one.trial.trace_id for one in found if one.trial.trace_id})
    spans: dict[str, dict[str, Any]] = {}
    if traces:
        wanted = list({one.trial.span_id for one in found if one.trial.span_id})
        test = {"trace_id": traces, "span_id": wanted} if wanted else {"trace_id": traces}
        more = [] if wanted else ["is_root = true"]
        for seen in all_spans(asker, project, where_of(test, more), content=True):
            spans[seen["span_id"] if wanted else seen["trace_id"]] = seen
    scores: dict[str, list[dict[str, Any]]] = {}
    for score in scores_on(asker.settled(project)[0], "trace_id", traces):
        scores.setdefault(score.trace_id, []).append(score_v3(score))
    ours = tuple({one.trial.item_id for one in found})
    held = {}
    if dataset:
        page, _ = access.house.catalog.datasets.items(
            project, dataset, len(ours), None, experiment.dataset_version, Chosen(item_ids=ours)
        )
        held = {one.id: one.case for one in page}
    data = []
    for one in found:
        span, case = spans.get(one.trial.span_id or one.trial.trace_id), held.get(one.trial.item_id)
        data.append(
            {
                "id": one.trial.external_id, "traceId": one.trial.trace_id, "projectId": project,
                "startTime": millis(span["start"]) if span else when(one.created_ns),
                "endTime": millis(span["end"]) if span else None,
                "level": "ERROR" if span and span["status"] == "error" else "DEFAULT",
                "environment": (span["environment"] if span else "") or "default",
                "experimentId": experiment.external_id, "experimentName": experiment.name,
                "experimentItemId": case.external_id if case else one.trial.item_id, "experimentDatasetId": dataset,
                "experimentItemVersion": None, "input": content_of(span, "input") if span else None,
                "output": content_of(span, "output") if span else None,
                "expectedOutput": case.content.get("expected") if case else None,
                "metadata": span["metadata"] if span else {}, "experimentMetadata": experiment.metadata,
                "experimentItemMetadata": (case.content.get("metadata") or {}) if case else {},
                "experimentDescription": experiment.description or None,
                "scores": scores.get(one.trial.trace_id, []),
            }
        )  # fmt: skip
    return data
