"""MLflow's traces: what its client says of a trace beside its spans, and reads back."""

from collections.abc import Sequence
from functools import partial
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import JSONResponse, Response

from nervure.api.asking import Questions
from nervure.api.auth import Access, require
from nervure.api.vendors import mlflow
from nervure.api.vendors.amending import Attributes, amend_root
from nervure.api.vendors.body import may, need, object_of
from nervure.api.vendors.mlflow_assessments import assessment_of
from nervure.api.vendors.mlflow_filter import filter_of
from nervure.api.vendors.mlflow_traces import METADATA, PROMPTS, TAG, info_of, kept_of, otel_id, span_of, tag_attribute
from nervure.api.vendors.reaching import PATIENCE_S, in_project, named_project, places_of_traces
from nervure.api.vendors.speech import speaking
from nervure.base.errors import BadInput, NotFound
from nervure.model.score import Score
from nervure.normalise.restore import portable
from nervure.query.asker import Asker
from nervure.query.filter import quote
from nervure.query.lists import Page
from nervure.query.places import scores_on
from nervure.query.present import time_text

router = APIRouter(include_in_schema=False, route_class=speaking(mlflow.say))
Reader = Annotated[Access, Depends(require("read"))]
Sender = Annotated[Access, Depends(require("send"))]
V2, V3 = "/api/2.0/mlflow/traces", "/api/3.0/mlflow/traces"
WIRE = "mlflow_traces"
# As MLflow's own server limits them.
MOST_FOUND, MOST_GOT = 500, 100
MOST_SPANS = 10_000
ORDERS = {
    "timestamp": ("newest", "oldest"), "timestamp_ms": ("newest", "oldest"),
    "execution_time": ("duration", ""), "execution_time_ms": ("duration", ""),
}  # fmt: skip
Json = dict[str, Any]


@router.post(V3)
async def start(request: Request, access: Sender) -> Json:
    """What is true of a whole trace. Sent when it has ended, beside its spans: so its root is waited for."""
    body = await object_of(request, access.house.settings.max_body_bytes)
    info = need(need(body, "trace", dict), "trace_info", dict)
    trace_id = otel_id(need(info, "trace_id", str))
    place = may(may(info, "trace_location", dict, {}), "mlflow_experiment", dict, {})
    experiment = may(place, "experiment_id", str, mlflow.DEFAULT_ID)
    project = named_project(request, access) or mlflow.project_of(access, experiment)
    access = in_project(access, project)
    kept = kept_of(info)
    size = len(orjson.dumps(info))
    await amend_root(request, access, trace_id, lambda held: {**held, **kept}, WIRE, size, PATIENCE_S)
    return {"trace": {"trace_info": await _info(request, access, trace_id)}}


@router.get(V3 + "/get")
async def get_whole(request: Request, access: Reader, trace_id: Annotated[str, Query()] = "") -> Response:
    """A trace with its spans."""
    found = await _whole(request, access, [trace_id])
    if not found:
        raise NotFound(f"Trace with ID '{trace_id}' not found")
    return JSONResponse({"trace": found[0]})


@router.get(V3 + "/batchGet")
async def get_several(
    request: Request, access: Reader, trace_ids: Annotated[list[str] | None, Query()] = None
) -> Response:
    """Several traces with their spans; unknown ones are left out."""
    return JSONResponse({"traces": await _whole(request, access, trace_ids or [])})


@router.post(V3 + "/batchGetInfos")
async def get_infos(request: Request, access: Reader) -> Json:
    """What is true of several traces as a whole; unknown ones are left out."""
    body = await object_of(request, access.house.settings.max_body_bytes)
    ids = [otel_id(str(one)) for one in may(body, "trace_ids", list, [])]
    places = await places_of_traces(request, access, ids)
    infos = [await _info(request, in_project(access, places[one].project), one) for one in ids if one in places]
    return {"trace_infos": infos}


@router.post(V3 + "/search")
async def search(request: Request, access: Reader) -> Json:
    """Traces of an experiment, newest first, a page at a time."""
    body = await object_of(request, access.house.settings.max_body_bytes)
    experiments = [
        may(may(one, "mlflow_experiment", dict, {}), "experiment_id", str, "")
        for one in may(body, "locations", list, [])
        if isinstance(one, dict)
    ]
    if len(experiments) != 1 or not experiments[0]:
        raise BadInput(f"one experiment can be searched at a time: name it in 'locations', got {len(experiments)}")
    limit = may(body, "max_results", int, 100)
    if not 1 <= limit <= MOST_FOUND:
        raise BadInput(f"'max_results' lies between 1 and {MOST_FOUND}, got {limit}")
    page = Page(
        where=filter_of(may(body, "filter", str, "")),
        limit=limit,
        cursor=may(body, "page_token", str, ""),
        order=_order(may(body, "order_by", list, [])),
    )
    access = in_project(access, named_project(request, access) or mlflow.project_of(access, experiments[0]))

    def look(asker: Asker) -> Json:
        found = asker.traces(access.project, page)
        infos = _infos(asker, access, found["items"])
        return {"traces": infos, **({"next_page_token": found["next_cursor"]} if found["next_cursor"] else {})}

    return await _questions(request).run(request, access, look)


@router.get(V3 + "/{trace_id}")
async def get_info(request: Request, access: Reader, trace_id: str) -> Json:
    """What is true of a trace as a whole."""
    access, found = await _at(request, access, trace_id)
    return {"trace": {"trace_info": await _info(request, access, found)}}


@router.patch(V2 + "/{trace_id}/tags")
async def set_tag(request: Request, access: Sender, trace_id: str) -> Json:
    """A tag of a trace, new or changed."""
    body = await object_of(request, access.house.settings.max_body_bytes)
    name, value = need(body, "key", str), may(body, "value", str, "")
    made = tag_attribute(name, value)
    await _amend(request, access, trace_id, body, lambda held: {**held, **made})
    return {}


@router.delete(V2 + "/{trace_id}/tags")
async def delete_tag(request: Request, access: Sender, trace_id: str) -> Json:
    """Takes a tag away."""
    body = await object_of(request, access.house.settings.max_body_bytes)
    name = need({**request.query_params, **body}, "key", str)
    key = PROMPTS if name == PROMPTS else TAG + name

    def without(held: Attributes) -> Attributes:
        if key not in held:
            raise NotFound(f"No tag with name: {name} in trace with ID {trace_id}.")
        return {one: value for one, value in held.items() if one != key}

    await _amend(request, access, trace_id, {**body, "key": name}, without)
    return {}


@router.post(V2 + "/link-prompts")
async def link_prompts(request: Request, access: Sender) -> Json:
    """The prompts a trace was made with, added to those it has."""
    body = await object_of(request, access.house.settings.max_body_bytes)
    trace_id = need(body, "trace_id", str)
    linked = []
    for one in need(body, "prompt_versions", list):
        if not isinstance(one, dict):
            raise BadInput("'prompt_versions' must hold objects with name and version")
        linked.append({"name": need(one, "name", str), "version": str(need(one, "version", str))})

    def with_prompts(held: Attributes) -> Attributes:
        earlier = held.get(PROMPTS)
        earlier = orjson.loads(earlier) if isinstance(earlier, str) else earlier or []
        added = [*earlier, *(one for one in linked if one not in earlier)]
        return {**held, PROMPTS: orjson.dumps(added).decode()}

    await _amend(request, access, trace_id, body, with_prompts, PATIENCE_S)
    return {}


@router.post(V2 + "/link-to-run")
async def link_to_run(request: Request, access: Sender) -> Json:
    """Notes the run that traces belong to."""
    body = await object_of(request, access.house.settings.max_body_bytes)
    run_id = need(body, "run_id", str)
    for trace_id in need(body, "trace_ids", list)[:MOST_GOT]:
        note = {METADATA + "mlflow.sourceRun": run_id}
        await _amend(request, access, str(trace_id), body, lambda held, note=note: {**held, **note}, PATIENCE_S)
    return {}


async def _amend(
    request: Request, access: Access, trace_id: str, body: Json, change: Any, patience_s: float = 0.0
) -> None:
    access, found = await _at(request, access, trace_id, patience_s)
    await amend_root(request, access, found, change, WIRE, len(orjson.dumps(body)), patience_s)


async def _at(request: Request, access: Access, trace_id: str, patience_s: float = 0.0) -> tuple[Access, str]:
    """Access to the project a trace is in, and its id in hex. Raises NotFound."""
    found = otel_id(trace_id)
    places = await places_of_traces(request, access, [found], patience_s)
    if found not in places:
        raise NotFound(f"Trace with ID '{trace_id}' not found")
    return in_project(access, places[found].project), found


async def _info(request: Request, access: Access, trace_id: str) -> Json:
    def look(asker: Asker) -> Json:
        found = asker.traces(access.project, Page(where=f"trace_id = {quote(trace_id)}", limit=1))["items"]
        if not found:
            raise NotFound(f"Trace with ID 'tr-{trace_id}' not found")
        return _infos(asker, access, found)[0]

    return await _questions(request).run(request, access, look)


def _infos(asker: Asker, access: Access, summaries: Sequence[Json]) -> list[Json]:
    """Trace infos in the order of the summaries."""
    if not summaries:
        return []
    ids = [one["trace_id"] for one in summaries]
    where = f"is_root = true and trace_id in ({', '.join(map(quote, ids))})"
    span_page = Page(where=where, limit=1000, order="oldest")
    roots: dict[str, Json] = {}
    for root in asker.spans(access.project, span_page, content=True)["items"]:
        roots.setdefault(root["trace_id"], root)
    judged: dict[str, list[Json]] = {}
    for score in scores_on(asker.runner(access.project), "trace_id", ids):
        judged.setdefault(score.trace_id, []).append(as_assessment(score))
    experiment = mlflow.id_of(access, access.project)
    return [info_of(one, roots.get(one["trace_id"]), judged.get(one["trace_id"], []), experiment) for one in summaries]


def as_assessment(score: Score) -> Json:
    """A score as MLflow's client reads it."""
    return assessment_of(score, time_text(score.time_ns), time_text(score.received_ns or score.time_ns))


async def _whole(request: Request, access: Access, trace_ids: Sequence[str]) -> list[Json]:
    """Traces with their spans, in order; unknown ones are left out."""
    if not 1 <= len(trace_ids) <= MOST_GOT:
        raise BadInput(f"1 to {MOST_GOT} trace ids at a time, got {len(trace_ids)}")
    ids = [otel_id(one) for one in trace_ids]
    places = await places_of_traces(request, access, ids)
    whole = []
    for one in ids:
        if one in places:
            there = in_project(access, places[one].project)
            info = await _info(request, there, one)
            spans = await _questions(request).run(request, there, partial(_spans, project=there.project, trace_id=one))
            whole.append({"trace_info": info, "spans": spans})
    return whole


def _spans(asker: Asker, project: str, trace_id: str) -> list[Json]:
    """All spans of a trace as protobuf JSON. Raises BadInput for a trace too large to be answered at once."""
    made: list[Json] = []
    for span in asker.trace_spans(project, trace_id, MOST_SPANS + 1):
        if len(made) == MOST_SPANS:
            raise BadInput(
                f"trace tr-{trace_id} has more than {MOST_SPANS} spans: read it by /api/v1/traces/{trace_id}"
            )
        made.append(span_of(portable(span), span.kind, span.input_text, span.output_text))
    return made


def _order(order_by: Sequence[Any]) -> str:
    if not order_by:
        return "newest"
    names = [str(one).replace("`", "").split() for one in order_by]
    order = ""
    if all(words and words[0].rpartition(".")[2].lower() in ORDERS for words in names):
        descending = len(names[0]) > 1 and names[0][1].upper() == "DESC"
        order = ORDERS[names[0][0].rpartition(".")[2].lower()][0 if descending else 1]
    if not order:
        raise BadInput(
            f"'order_by' is one of timestamp_ms ASC, timestamp_ms DESC, execution_time_ms DESC, got {order_by}"
        )
    return order


def _questions(request: Request) -> Questions:
    found: Questions = request.app.state.questions
    return found


@router.api_route("/api/{version}/mlflow/{rest:path}", methods=["GET", "POST", "PUT", "PATCH", "DELETE"])
def unknown(request: Request, version: str, rest: str) -> Response:
    """What of MLflow's API is not served."""
    message = f"{request.method} {rest} of MLflow's API is not served here: docs/clients/mlflow.md says what is"
    if rest.startswith(("runs/", "metrics/", "artifacts/", "logged-models", "registered-models/", "model-versions/")):
        message += (
            "; Nervure keeps traces, judgements and prompts, not training runs and models: leave MLFLOW_TRACKING_URI at your "
            "MLflow server and send traces alone, by OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"
        )
    return JSONResponse({"error_code": "ENDPOINT_NOT_FOUND", "message": message}, 404)
