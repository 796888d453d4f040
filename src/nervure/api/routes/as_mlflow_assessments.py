"""MLflow's assessments of traces and spans: our scores."""

import re
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Depends, Request

from nervure.api.asking import Questions
from nervure.api.auth import Access, require
from nervure.api.routes.as_mlflow_traces import as_assessment
from nervure.api.vendors import mlflow
from nervure.api.vendors.body import may, need, object_of
from nervure.api.vendors.mlflow_assessments import score_of, updated, withdrawn
from nervure.api.vendors.mlflow_traces import otel_id
from nervure.api.vendors.reaching import PATIENCE_S, in_project, places_of_traces, store_scores
from nervure.api.vendors.speech import speaking
from nervure.base.errors import BadInput, NotFound
from nervure.model.score import Score
from nervure.query.places import scores_on
from nervure.store.erase_score import erase_score

router = APIRouter(
    prefix="/api/3.0/mlflow/traces/{trace_id}/assessments", include_in_schema=False, route_class=speaking(mlflow.say)
)
Reader = Annotated[Access, Depends(require("read"))]
Sender = Annotated[Access, Depends(require("send"))]
Admin = Annotated[Access, Depends(require("admin"))]
WIRE = "mlflow_assessments"
Json = dict[str, Any]


@router.post("")
async def create(request: Request, access: Sender, trace_id: str) -> Json:
    """Judges a trace or a span of it. The same again is the same assessment."""
    held = need(await object_of(request, access.house.settings.max_body_bytes), "assessment", dict)
    access, found = await _at(request, access, trace_id, PATIENCE_S)
    score = score_of(held, found, access.project)
    scores = [score]
    if overridden := may(held, "overrides", str, ""):
        scores.append(withdrawn(await _score(request, access, found, overridden)))
    await store_scores(access, scores, WIRE, len(orjson.dumps(held)))
    return {"assessment": as_assessment(score)}


@router.get("/{assessment_id}")
async def get(request: Request, access: Reader, trace_id: str, assessment_id: str) -> Json:
    """One assessment."""
    access, found = await _at(request, access, trace_id)
    return {"assessment": as_assessment(await _score(request, access, found, assessment_id))}


@router.patch("/{assessment_id}")
async def update(request: Request, access: Sender, trace_id: str, assessment_id: str) -> Json:
    """Changes what the update mask names."""
    body = await object_of(request, access.house.settings.max_body_bytes)
    mask = may(body, "update_mask", str, "")
    held = need(body, "assessment", dict)
    access, found = await _at(request, access, trace_id)
    before = await _score(request, access, found, assessment_id)
    paths = [one for one in re.split(r"[,\s]+", mask) if one]
    if not paths:
        raise BadInput("'update_mask' must name what is changed, e.g. 'feedback,rationale'")
    score = updated(before, held, paths)
    await store_scores(access, [score], WIRE, len(orjson.dumps(body)))
    return {"assessment": as_assessment(score)}


@router.delete("/{assessment_id}")
async def delete(request: Request, access: Admin, trace_id: str, assessment_id: str) -> Json:
    """Takes an assessment away for good."""
    access, found = await _at(request, access, trace_id)
    score = await _score(request, access, found, assessment_id)
    await _questions(request).run(request, access, lambda asker: erase_score(asker.engine, access.project, score.id))
    return {}


async def _at(request: Request, access: Access, trace_id: str, patience_s: float = 0.0) -> tuple[Access, str]:
    found = otel_id(trace_id)
    places = await places_of_traces(request, access, [found], patience_s)
    if found not in places:
        raise NotFound(f"Trace with ID '{trace_id}' not found")
    return in_project(access, places[found].project), found


async def _score(request: Request, access: Access, trace_id: str, identity: str) -> Score:
    found: list[Score] = await _questions(request).run(
        request, access, lambda asker: scores_on(asker.runner(access.project), "id", [identity])
    )
    if not found or found[0].trace_id != trace_id:
        raise NotFound(f"Assessment with ID '{identity}' not found for trace 'tr-{trace_id}'")
    return found[0]


def _questions(request: Request) -> Questions:
    found: Questions = request.app.state.questions
    return found
