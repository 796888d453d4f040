"""Opik's experiments: what its `evaluate` creates, fills and reads back."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response

from nervure.api.asking import Questions
from nervure.api.auth import Access, require
from nervure.api.opik.nouns import OWN, experiment_json, trial_of, tried_json
from nervure.api.opik.reaching import first, reachable
from nervure.api.opik.speech import OpikRoute, inside, lines, page_of, project_id
from nervure.api.opik.traces import scores_json
from nervure.api.reach import actor_of
from nervure.api.routes.as_opik_datasets import by_id as dataset_by_id
from nervure.api.routes.as_opik_datasets import by_name as dataset_by_name
from nervure.api.vendors.body import may, need, object_of
from nervure.base.errors import BadInput, NotFound
from nervure.catalog.repositories.experiments import Which
from nervure.model.dataset import Dataset
from nervure.model.experiment import Experiment
from nervure.model.key import Right
from nervure.query.lists import Page as Leaf

routes = APIRouter(prefix="/v1/private/experiments", include_in_schema=False, route_class=OpikRoute)
Reader = Annotated[Access, Depends(require("read"))]
Sender = Annotated[Access, Depends(require("send"))]
Admin = Annotated[Access, Depends(require("admin"))]
Page = Annotated[int, Query(ge=1, le=100_000)]
Size = Annotated[int, Query(ge=1, le=1000)]
KEPT = (
    "dataset_name", "type", "evaluation_method", "optimization_id", "status", "experiment_scores", "prompt_version",
    "prompt_versions", "dataset_version_id", "tags",
)  # fmt: skip
ENDED = ("completed", "cancelled", "failed")
MOST = 2000
Json = dict[str, Any]


@routes.post("", status_code=201)
async def create_experiment(request: Request, access: Sender) -> Response:
    """An experiment without items."""
    body = await object_of(request, access.house.settings.max_body_bytes)
    chosen = inside(request, access, body.get("project_name"), body.get("project_id"), "send")
    dataset: Dataset | None = None
    if body.get("dataset_name"):
        dataset = dataset_by_name(request, access, body)[1]
    metadata = body.get("metadata")
    held = dict(metadata) if isinstance(metadata, dict) else {} if metadata is None else {"value": metadata}
    own = {name: body[name] for name in KEPT if body.get(name) is not None}
    access.house.catalog.experiments.create(
        chosen.project, may(body, "name", str, "") or "experiment", dataset.id if dataset else "",
        dataset.version if dataset else None, "", {**held, OWN: own}, may(body, "id", str, ""),
        actor=actor_of(access),
    )  # fmt: skip
    return Response(status_code=201)


@routes.post("/items", status_code=204)
async def add_items(request: Request, access: Sender) -> Response:
    """Cases that were tried, of one experiment or several."""
    body = await object_of(request, access.house.settings.max_body_bytes)
    by_experiment: dict[str, list[Json]] = {}
    for one in need(body, "experiment_items", list):
        if not isinstance(one, dict) or not one.get("experiment_id"):
            raise BadInput("an experiment's item must have an experiment_id")
        by_experiment.setdefault(str(one["experiment_id"]), []).append(one)
    for identity, items in by_experiment.items():
        chosen, held = _experiment(access, identity, "send")
        access.house.catalog.experiments.add(chosen.project, held.id, [trial_of(one) for one in items])
    return Response(status_code=204)


@routes.post("/stream")
async def stream_experiments(request: Request, access: Reader) -> Response:
    """Experiments of a name, newest first, a line each."""
    body = await object_of(request, access.house.settings.max_body_bytes)
    limit, last = may(body, "limit", int, 500), may(body, "last_retrieved_id", str, "")
    chosen = inside(request, access, body.get("project_name"))
    places = [chosen] if body.get("project_name") else list(reachable(access))
    which = Which(name=need(body, "name", str))
    found = [one for place in places for one in access.house.catalog.experiments.list(place.project, which, MOST)]
    begin = next((at + 1 for at, one in enumerate(found) if one.external_id == last), 0) if last else 0
    return lines([_json(chosen, one) for one in found[begin : begin + limit]])


@routes.post("/items/stream")
async def stream_items(request: Request, access: Reader) -> Response:
    """Cases that were tried, with what they were answered and how they scored, a line each."""
    body = await object_of(request, access.house.settings.max_body_bytes)
    name, limit = need(body, "experiment_name", str), may(body, "limit", int, 500)
    last = may(body, "last_retrieved_id", str, "")
    start = inside(request, access, body.get("project_name"))
    chosen, held = first(
        start, lambda one: one.house.catalog.experiments.find(one.project, name), f"Experiment {name!r}"
    )
    found, _ = access.house.catalog.experiments.items(chosen.project, held.id, 100_000)
    begin = next((at + 1 for at, one in enumerate(found) if last in (one.id, one.trial.external_id)), 0) if last else 0
    page = found[begin : begin + limit]
    questions: Questions = request.app.state.questions
    traces = list({one.trial.trace_id for one in page})

    def read(asker: Any) -> list[Json]:
        items: list[Json] = asker.scores(chosen.project, Leaf(limit=1000), trace_id=traces)["items"] if traces else []
        return items

    scores = await questions.run(request, access, read)
    datasets = access.house.catalog.datasets
    made = []
    for one in page:
        item = datasets.find_item(chosen.project, one.trial.item_id) or _item(access, one.trial.item_id)
        own = [score for score in scores if score["trace_id"] == one.trial.trace_id]
        identity = item.case.external_id if item else one.trial.item_id
        made.append({**tried_json(one, held, identity), "feedback_scores": scores_json(own)})
    return lines(made)


@routes.get("")
def list_experiments(
    request: Request,
    access: Reader,
    page: Page = 1,
    size: Size = 10,
    name: str = "",
    project_id: str = "",
    datasetId: str = "",
) -> Json:
    """Experiments, newest first."""
    chosen = inside(request, access, None, project_id)
    places = [chosen] if project_id else list(reachable(access))
    dataset = dataset_by_id(access, datasetId)[1].id if datasetId else ""
    which = Which(dataset_id=dataset, text=name)
    found = [one for place in places for one in access.house.catalog.experiments.list(place.project, which, MOST)]
    shown = found[(page - 1) * size : page * size]
    return page_of([_json(access, one) for one in shown], len(found), page, size)


@routes.get("/{identity}")
def read_experiment(access: Reader, identity: str) -> Json:
    """An experiment by its id."""
    chosen, held = _experiment(access, identity)
    return _json(chosen, held)


@routes.patch("/{identity}", status_code=204)
async def update_experiment(request: Request, access: Sender, identity: str) -> Response:
    """Changes what is said of an experiment; one that is completed has ended."""
    body = await object_of(request, access.house.settings.max_body_bytes)
    chosen, held = _experiment(access, identity, "send")
    own = {**(held.metadata.get(OWN) or {}), **{name: body[name] for name in KEPT if body.get(name) is not None}}
    tags = [*(own.get("tags") or []), *may(body, "tags_to_add", list, [])]
    gone = set(may(body, "tags_to_remove", list, []))
    own["tags"] = [tag for tag in dict.fromkeys(tags) if tag not in gone]
    metadata = body.get("metadata")
    kept = metadata if isinstance(metadata, dict) else {key: one for key, one in held.metadata.items() if key != OWN}
    is_over = own.get("status") in ENDED and not held.ended_ns
    access.house.catalog.experiments.update(
        chosen.project, held.id, body.get("name"), None, {**kept, OWN: own},
        access.house.clock.now_ns() if is_over else None, actor=actor_of(access),
    )  # fmt: skip
    return Response(status_code=204)


@routes.post("/delete", status_code=204)
async def delete_experiments(request: Request, access: Admin) -> Response:
    """Forgets experiments; their traces stay."""
    body = await object_of(request, access.house.settings.max_body_bytes)
    for identity in need(body, "ids", list):
        chosen, held = _experiment(access, str(identity), "admin")
        access.house.catalog.experiments.delete(chosen.project, held.id, actor_of(access))
    return Response(status_code=204)


def _experiment(access: Access, identity: str, right: Right = "read") -> tuple[Access, Experiment]:
    return first(
        access, lambda one: one.house.catalog.experiments.get(one.project, identity), f"Experiment {identity}", right
    )


def _item(access: Access, item_id: str) -> Any:
    """An item of a dataset in another project than the experiment's."""
    found = (access.house.catalog.datasets.find_item(one.project, item_id) for one in reachable(access))
    return next((item for item in found if item is not None), None)


def _json(access: Access, one: Experiment) -> Json:
    dataset = None
    if one.dataset_id:
        try:
            dataset = dataset_by_id(access, one.dataset_id)[1]
        except NotFound:
            dataset = None
    return {**experiment_json(one, dataset), "project_id": project_id(one.project)}


router = APIRouter()
router.include_router(routes, prefix="/api")
router.include_router(routes)
