"""Phoenix's annotations: written for spans, documents, traces and sessions by their ids alone, read by project."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Depends, Query, Request

from nervure.api.asking import Questions
from nervure.api.auth import Access, require
from nervure.api.vendors import phoenix
from nervure.api.vendors.body import need, object_of
from nervure.api.vendors.phoenix_scores import DOCUMENT, NOTE, SESSION, SPAN, TRACE, Kind, annotation_of, score_of
from nervure.api.vendors.reaching import (
    PATIENCE_S,
    in_project,
    numbered,
    places_of_spans,
    places_of_traces,
    store_scores,
)
from nervure.api.vendors.speech import speaking
from nervure.base.errors import BadInput, NotFound
from nervure.model.score import Score
from nervure.query.asker import Asker
from nervure.query.places import Place, scores_on

router = APIRouter(include_in_schema=False, route_class=speaking(phoenix.say))
Reader = Annotated[Access, Depends(require("read"))]
Sender = Annotated[Access, Depends(require("send"))]
WIRE = "phoenix_annotations"
MOST = 10_000
Json = dict[str, Any]


@router.post("/v1/span_annotations")
async def annotate_spans(request: Request, access: Sender, sync: bool = False) -> Json:
    """Judges spans. sync: an unknown span is an error; else it is waited for, and judged all the same."""
    return await _annotate(request, access, SPAN, sync)


@router.post("/v1/document_annotations")
async def annotate_documents(request: Request, access: Sender, sync: bool = False) -> Json:
    """Judges documents that spans retrieved, by their place."""
    return await _annotate(request, access, DOCUMENT, sync)


@router.post("/v1/trace_annotations")
async def annotate_traces(request: Request, access: Sender, sync: bool = False) -> Json:
    """Judges traces."""
    return await _annotate(request, access, TRACE, sync)


@router.post("/v1/session_annotations")
async def annotate_sessions(request: Request, access: Sender, sync: bool = False) -> Json:
    """Judges sessions, in the project of the request: a session's id means something only there."""
    return await _annotate(request, access, SESSION, sync)


@router.post("/v1/span_notes")
async def note_span(request: Request, access: Sender) -> Json:
    """A note on a span."""
    return await _note(request, access, SPAN)


@router.post("/v1/trace_notes")
async def note_trace(request: Request, access: Sender) -> Json:
    """A note on a trace."""
    return await _note(request, access, TRACE)


@router.get("/v1/projects/{project:path}/span_annotations")
async def of_spans(
    request: Request,
    access: Reader,
    project: str,
    span_ids: Annotated[list[str] | None, Query()] = None,
    include_annotation_names: Annotated[list[str] | None, Query()] = None,
    exclude_annotation_names: Annotated[list[str] | None, Query()] = None,
    cursor: Annotated[str, Query(pattern=r"^\d*$")] = "",
    limit: Annotated[int, Query(ge=1, le=MOST)] = 1000,
) -> Json:
    """Annotations of spans, oldest first."""
    wanted = (span_ids or [], include_annotation_names, exclude_annotation_names, cursor, limit)
    return await _read(request, phoenix.project_in(request, access, project), SPAN, *wanted)


@router.get("/v1/projects/{project:path}/trace_annotations")
async def of_traces(
    request: Request,
    access: Reader,
    project: str,
    trace_ids: Annotated[list[str] | None, Query()] = None,
    include_annotation_names: Annotated[list[str] | None, Query()] = None,
    exclude_annotation_names: Annotated[list[str] | None, Query()] = None,
    cursor: Annotated[str, Query(pattern=r"^\d*$")] = "",
    limit: Annotated[int, Query(ge=1, le=MOST)] = 1000,
) -> Json:
    """Annotations of traces, oldest first."""
    wanted = (trace_ids or [], include_annotation_names, exclude_annotation_names, cursor, limit)
    return await _read(request, phoenix.project_in(request, access, project), TRACE, *wanted)


@router.get("/v1/projects/{project:path}/session_annotations")
async def of_sessions(
    request: Request,
    access: Reader,
    project: str,
    session_ids: Annotated[list[str] | None, Query()] = None,
    include_annotation_names: Annotated[list[str] | None, Query()] = None,
    exclude_annotation_names: Annotated[list[str] | None, Query()] = None,
    cursor: Annotated[str, Query(pattern=r"^\d*$")] = "",
    limit: Annotated[int, Query(ge=1, le=MOST)] = 1000,
) -> Json:
    """Annotations of sessions, oldest first."""
    wanted = (session_ids or [], include_annotation_names, exclude_annotation_names, cursor, limit)
    return await _read(request, phoenix.project_in(request, access, project), SESSION, *wanted)


async def _annotate(request: Request, access: Access, kind: Kind, sync: bool) -> Json:
    body = await object_of(request, access.house.settings.max_body_bytes)
    scores = [score_of(one, kind, number) for number, one in enumerate(need(body, "data", list))]
    return await store_annotations(request, access, kind, scores, sync, len(orjson.dumps(body)))


async def _note(request: Request, access: Access, kind: Kind) -> Json:
    body = await object_of(request, access.house.settings.max_body_bytes)
    held = need(body, "data", dict)
    note = need(held, "note", str)
    said = {
        kind.member: held.get(kind.member),
        "name": NOTE,
        "annotator_kind": "HUMAN",
        "result": {"explanation": note},
    }
    # Notes are many, unless an identifier says which one it is.
    said["identifier"] = held.get("identifier") or f"{access.house.clock.now_ns()}"
    score = score_of(said, kind, 0)
    found = await store_annotations(request, access, kind, [score], True, len(note))
    return {"data": found["data"][0]}


async def store_annotations(
    request: Request, access: Access, kind: Kind, scores: list[Score], is_strict: bool, size: int
) -> Json:
    """Stores annotations where what they judge is, and returns their ids. Raises NotFound when that is nowhere and is_strict.

    size: of the request in bytes.
    """
    places = await _places(request, access, kind, [score.target_id for score in scores])
    missing = [score.target_id for score in scores if score.target_id not in places]
    if missing and is_strict:
        raise NotFound(f"{kind.target.capitalize()}s with IDs {', '.join(dict.fromkeys(missing))} do not exist.")
    placed = []
    for score in scores:
        # Of a span that never came, the judgement is kept where the request belongs.
        place = places.get(score.target_id) or Place(access.project, score.trace_id)
        in_project(access, place.project)
        placed.append(replace(score, project=place.project, trace_id=place.trace_id))
    await store_scores(access, await numbered(request, placed, access), WIRE, size)
    return {"data": [{"id": score.id} for score in placed]}


async def _places(request: Request, access: Access, kind: Kind, ids: Sequence[str]) -> dict[str, Place]:
    if kind.target == "session":
        return {one: Place(access.project, "") for one in ids}
    find = places_of_traces if kind.target == "trace" else places_of_spans
    return await find(request, access, ids, PATIENCE_S)


async def _read(
    request: Request,
    access: Access,
    kind: Kind,
    ids: Sequence[str],
    included: Sequence[str] | None,
    excluded: Sequence[str] | None,
    cursor: str,
    limit: int,
) -> Json:
    if not ids:
        raise BadInput(f"name the {kind.member}s that are asked for")
    begin = int(cursor or 0)

    def look(asker: Asker) -> list[Score]:
        return [
            score
            for score in scores_on(asker.runner(access.project), "target_id", ids, MOST)
            if score.target_type == kind.target
            and (included is None or score.name in included)
            and (excluded is None or score.name not in excluded)
        ]

    questions: Questions = request.app.state.questions
    found = await questions.run(request, access, look)
    following = str(begin + limit) if len(found) > begin + limit else None
    return {"data": [annotation_of(score, kind) for score in found[begin : begin + limit]], "next_cursor": following}
