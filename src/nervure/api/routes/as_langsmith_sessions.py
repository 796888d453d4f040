"""LangSmith's projects, which it calls sessions on the wire: tracing projects and experiments."""

from dataclasses import replace
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Depends, Query, Request, Response

from nervure.api.auth import Access, require
from nervure.api.langsmith.names import checked_uuid, parsed_ns
from nervure.api.langsmith.projects import Session, Sessions, metadata_of
from nervure.api.langsmith.serving import answer, object_of
from nervure.api.langsmith.trials import link_trials
from nervure.api.reach import actor_of
from nervure.base.errors import BadInput, Conflict, NotFound
from nervure.base.ids import name_uuid
from nervure.query.asker import Asker

router = APIRouter(prefix="/langsmith", include_in_schema=False)
Reader = Annotated[Access, Depends(require("read"))]
Sender = Annotated[Access, Depends(require("send"))]
Admin = Annotated[Access, Depends(require("admin"))]


@router.get("/sessions")
async def list_sessions(
    request: Request,
    access: Reader,
    name: str = "",
    name_contains: str = "",
    id: Annotated[list[str], Query()] = [],  # noqa: B006 - LangSmith's name; FastAPI copies it
    reference_dataset: Annotated[list[str], Query()] = [],  # noqa: B006
    reference_free: bool | None = None,
    metadata: str = "",
    include_stats: bool = False,
    offset: Annotated[int, Query(ge=0)] = 0,
    limit: Annotated[int, Query(ge=1, le=100)] = 100,
) -> Response:
    """Projects that fit: experiments newest first, then tracing projects by name."""
    wanted = _metadata(metadata)

    def fits(one: Session) -> bool:
        said = one.extra.get("metadata") or {}
        return (
            (not id or one.id in id)
            and (not name_contains or name_contains.lower() in one.name.lower())
            and (reference_free is None or reference_free == (one.experiment is None))
            and all(said.get(key) == value for key, value in wanted.items())
        )

    def work(asker: Asker) -> list[dict[str, Any]]:
        sessions = Sessions(access.house, asker, access.project)
        if name:
            one = sessions.find(name)
            found = [one] if one else []
        else:
            found = [] if reference_dataset else sessions.others()
            datasets = [_dataset_id(access, held) for held in reference_dataset] or [""]
            found = [one for dataset in datasets for one in sessions.experiments(dataset)] + found
        chosen = [one for one in found if fits(one)][offset : offset + limit]
        return [sessions.json(one, include_stats) for one in chosen]

    return await answer(request, access, work)


@router.get("/sessions/{session_id}")
async def read_session(request: Request, access: Reader, session_id: str, include_stats: bool = False) -> Response:
    """One project."""

    def work(asker: Asker) -> dict[str, Any]:
        sessions = Sessions(access.house, asker, access.project)
        found = sessions.get(checked_uuid(session_id, "a project's id"))
        if include_stats:
            link_trials(sessions, found)
        return sessions.json(found, include_stats)

    return await answer(request, access, work)


@router.post("/sessions")
async def create_session(request: Request, access: Sender, upsert: bool = False) -> Response:
    """A new project; with a reference dataset it is an experiment."""
    body = await object_of(request)

    def work(asker: Asker) -> dict[str, Any]:
        return _create(Sessions(access.house, asker, access.project), access, body, upsert)

    return await answer(request, access, work, 200)


@router.patch("/sessions/{session_id}")
async def update_session(request: Request, access: Sender, session_id: str) -> Response:
    """Changes what is given. What an experiment has tried so far becomes its items."""
    body = await object_of(request)

    def work(asker: Asker) -> dict[str, Any]:
        sessions = Sessions(access.house, asker, access.project)
        found = sessions.get(checked_uuid(session_id, "a project's id"))
        changed = _change(sessions, access, found, body)
        link_trials(sessions, changed)
        return sessions.json(changed)

    return await answer(request, access, work)


@router.delete("/sessions/{session_id}", status_code=202)
async def delete_session(request: Request, access: Admin, session_id: str) -> Response:
    """Forgets an experiment, or what was said of a project. Its runs stay until retention takes them."""

    def work(asker: Asker) -> dict[str, Any]:
        sessions = Sessions(access.house, asker, access.project)
        found = sessions.get(checked_uuid(session_id, "a project's id"))
        if found.experiment:
            access.house.catalog.experiments.delete(access.project, found.experiment.id, actor_of(access))
        else:
            sessions.forget(found)
        return {"message": f"{found.name!r} is forgotten; its runs stay until retention takes them"}

    return await answer(request, access, work, 202)


def _create(sessions: Sessions, access: Access, body: dict[str, Any], upsert: bool) -> dict[str, Any]:
    name = body.get("name")
    if not isinstance(name, str) or not name:
        raise BadInput("a project needs a name")
    there = sessions.find(name)
    if there is not None:
        if not upsert:
            raise Conflict(f"a project named {name!r} already exists: choose another name, or create it with upsert")
        return sessions.json(_change(sessions, access, there, body))
    house, extra = access.house, _extra(body)
    identity = (
        checked_uuid(body["id"], "id")
        if body.get("id")
        else name_uuid(f"{access.project}:{name}:{house.clock.now_ns()}")
    )
    started = parsed_ns(body["start_time"], "start_time") if body.get("start_time") else house.clock.now_ns()
    if body.get("reference_dataset_id") is None:
        made = Session(identity, name, str(body.get("description") or ""), extra, started)
        sessions.note(made)
        return sessions.json(made)
    dataset = house.catalog.datasets.get(
        access.project, checked_uuid(body["reference_dataset_id"], "reference_dataset_id")
    )
    house.catalog.experiments.create(
        access.project, name, dataset.id, dataset.version, str(body.get("description") or ""), metadata_of(extra), identity,
        started, actor_of(access),
    )  # fmt: skip
    return sessions.json(sessions.get(identity))


def _change(sessions: Sessions, access: Access, found: Session, body: dict[str, Any]) -> Session:
    extra = _extra(body) if body.get("extra") is not None else None
    ended = parsed_ns(body["end_time"], "end_time") if body.get("end_time") else None
    description = None if body.get("description") is None else str(body["description"])
    name = body.get("name") if isinstance(body.get("name"), str) and body.get("name") else None
    if found.experiment is None:
        if name and name != found.name:
            raise BadInput("a project that runs name cannot be renamed here: set LANGSMITH_PROJECT to the new name")
        changed = replace(
            found,
            description=found.description if description is None else description,
            extra=found.extra if extra is None else extra,
            end_ns=ended or found.end_ns,
        )
        sessions.note(changed)
        return changed
    if name and name != found.name:
        raise BadInput("an experiment cannot be renamed here: its runs name it")
    version = _version(sessions, found, extra or {})
    access.house.catalog.experiments.update(
        access.project, found.experiment.id, None, description, None if extra is None else metadata_of(extra), ended,
        dataset_version=version, actor=actor_of(access),
    )  # fmt: skip
    return sessions.get(found.id)


def _version(sessions: Sessions, found: Session, extra: dict[str, Any]) -> int | None:
    """The dataset's version an experiment says it has tried: a time."""
    said = (extra.get("metadata") or {}).get("dataset_version") if isinstance(extra.get("metadata"), dict) else None
    dataset = sessions.dataset_of(found)
    if not said or dataset is None:
        return None
    return sessions.house.catalog.datasets.version_at(
        sessions.project, dataset.id, parsed_ns(said, "dataset_version") + 999
    )


def _extra(body: dict[str, Any]) -> dict[str, Any]:
    extra = body.get("extra")
    if extra is not None and not isinstance(extra, dict):
        raise BadInput(f"extra must be an object, got {type(extra).__name__}")
    return extra or {}


def _dataset_id(access: Access, identity: str) -> str:
    try:
        return access.house.catalog.datasets.get(access.project, identity).id
    except NotFound:
        return "none"


def _metadata(text: str) -> dict[str, Any]:
    if not text:
        return {}
    try:
        held = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise BadInput(f"metadata is given as JSON: {error}") from None
    if not isinstance(held, dict):
        raise BadInput("metadata is given as a JSON object")
    return held
