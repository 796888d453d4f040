"""LangSmith's feedback read back, changed and taken away, and tokens with which others may give it."""

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response

from nervure.api.asking import json_answer
from nervure.api.auth import Access, require
from nervure.api.langsmith import feedback as shapes
from nervure.api.langsmith.asked import find_span
from nervure.api.langsmith.names import checked_uuid, moment, parsed_ns, span_of, trace_of
from nervure.api.langsmith.serving import answer, json_of, object_of
from nervure.base.clock import NS_PER_S
from nervure.base.errors import BadInput, Forbidden, NotFound
from nervure.base.ids import RandomIds, name_uuid
from nervure.decode.formats import langsmith
from nervure.model.batch import Batch
from nervure.model.score import Score
from nervure.query.asker import Asker
from nervure.query.lists import Page
from nervure.store.erase_score import erase_score

router = APIRouter(prefix="/langsmith", include_in_schema=False)
Reader = Annotated[Access, Depends(require("read"))]
Sender = Annotated[Access, Depends(require("send"))]
TOKEN = "langsmith.token:"
HOURS = 3
WIRE = "langsmith_feedback"


@router.get("/feedback")
async def list_feedback(
    request: Request,
    access: Reader,
    run: Annotated[list[str], Query()] = [],  # noqa: B006 - FastAPI copies it
    key: Annotated[list[str], Query()] = [],  # noqa: B006
    source: Annotated[list[str], Query()] = [],  # noqa: B006
    session: Annotated[list[str], Query()] = [],  # noqa: B006
    offset: Annotated[int, Query(ge=0, le=100_000)] = 0,
    limit: Annotated[int, Query(ge=1, le=100)] = 100,
) -> Response:
    """Feedback that fits, newest first."""
    runs = [checked_uuid(one, "run") for one in run]
    only: dict[str, Any] = {"name": key} if key else {}
    if runs:
        only["target_id"] = [target for one in runs for target in (span_of(one), trace_of(one))]
    elif session:
        only["target_id"] = session

    def work(asker: Asker) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        cursor = ""
        while len(found) < offset + limit:
            page = asker.scores(access.project, Page(limit=1000, cursor=cursor), **only)
            found += [made for one in page["items"] if _is_from(made := shapes.feedback_json(one), source)]
            cursor = page["next_cursor"] or ""
            if not cursor:
                break
        return found[offset : offset + limit]

    return await answer(request, access, work)


@router.get("/feedback/tokens")
async def list_tokens(access: Reader, run_id: str) -> list[dict[str, Any]]:
    """Tokens of a run that are not over; their addresses are told once, when they are made."""
    now_ns = access.house.clock.now_ns()
    held = await asyncio.to_thread(access.house.catalog.notes.under, TOKEN)
    return [
        {"id": name.removeprefix(TOKEN), "url": "", "expires_at": moment(int(one["expires_ns"]))}
        for name, one in held.items()
        if one["run_id"] == run_id and one["project"] == access.project and int(one["expires_ns"]) > now_ns
    ]


@router.post("/feedback/tokens")
async def create_tokens(request: Request, access: Sender) -> Response:
    """Addresses at which whoever holds them gives one kind of feedback to one run, for a while."""
    body = await json_of(request)
    asked = body if isinstance(body, list) else [body]
    made = [await asyncio.to_thread(_token, request, access, one) for one in asked]
    return json_answer(made if isinstance(body, list) else made[0])


@router.get("/feedback/tokens/{token}")
async def give_by_link(
    request: Request, token: str, score: float | None = None, value: str | None = None, comment: str | None = None
) -> Response:
    """Feedback by opening the address."""
    return await _give(request, token, {"score": score, "value": value, "comment": comment})


@router.post("/feedback/tokens/{token}")
async def give(request: Request, token: str) -> Response:
    """Feedback with a token instead of a key."""
    return await _give(request, token, await object_of(request))


@router.get("/feedback-configs")
def feedback_configs(access: Reader) -> list[Any]:
    """There are none: a score says its own type."""
    return []


@router.get("/feedback/{feedback_id}")
async def read_feedback(request: Request, access: Reader, feedback_id: str) -> Response:
    """One judgement."""
    identity = checked_uuid(feedback_id, "a feedback's id")
    return await answer(request, access, lambda asker: shapes.feedback_json(asker.score(access.project, identity)))


@router.patch("/feedback/{feedback_id}")
async def update_feedback(request: Request, access: Sender, feedback_id: str) -> Response:
    """A later revision of a judgement; the earlier one is kept."""
    body = await object_of(request)
    identity = checked_uuid(feedback_id, "a feedback's id")

    def work(asker: Asker) -> dict[str, Any]:
        score = shapes.changed(_score(asker.score(access.project, identity)), body)
        _submit(access, score, len(str(body)))
        return shapes.feedback_json(asker.score(access.project, identity))

    return await answer(request, access, work)


@router.delete("/feedback/{feedback_id}")
async def delete_feedback(request: Request, access: Sender, feedback_id: str) -> Response:
    """Takes a judgement out of the store."""
    identity = checked_uuid(feedback_id, "a feedback's id")

    def work(asker: Asker) -> dict[str, Any]:
        asker.score(access.project, identity)
        erase_score(access.house.engine, access.project, identity)
        return {}

    return await answer(request, access, work)


def _is_from(made: dict[str, Any], source: list[str]) -> bool:
    return not source or made["feedback_source"]["type"] in source


def _score(held: dict[str, Any]) -> Score:
    """A score of its JSON."""
    times: dict[str, Any] = {f"{name}_ns": parsed_ns(held[name], name) for name in ("time", "received")}
    return Score(**{key: value for key, value in held.items() if key not in ("time", "received")}, **times)


def _submit(access: Access, score: Score, size: int) -> None:
    house = access.house
    score.received_ns = house.clock.now_ns()
    score.project = access.project
    batch = Batch(scores=[score], project=access.project, wire=WIRE, bytes=size)
    house.intake.submit(batch).result(house.settings.commit_timeout_s)


def _token(request: Request, access: Access, asked: Any) -> dict[str, Any]:
    if not isinstance(asked, dict) or not isinstance(asked.get("feedback_key"), str) or not asked["feedback_key"]:
        raise BadInput("a token needs a run_id and a feedback_key")
    run = checked_uuid(asked.get("run_id"), "run_id")
    house = access.house
    # The id a client gives is that of the feedback; others may know it, so it is not what opens the door.
    identity = checked_uuid(asked["id"], "id") if asked.get("id") else name_uuid(RandomIds().token("feedback"))
    expires_ns = _expiry(asked, house.clock.now_ns())
    token = name_uuid(RandomIds().token("token"))
    house.catalog.notes.put(
        TOKEN + token,
        {
            "project": access.project,
            "run_id": run,
            "key": asked["feedback_key"],
            "expires_ns": expires_ns,
            "id": identity,
        },
    )
    return {"id": token, "url": f"{request.base_url}feedback/tokens/{token}", "expires_at": moment(expires_ns)}


def _expiry(asked: dict[str, Any], now_ns: int) -> int:
    if asked.get("expires_at"):
        return parsed_ns(asked["expires_at"], "expires_at")
    said = asked.get("expires_in") or {"hours": HOURS}
    if not isinstance(said, dict) or not all(isinstance(one, int | float) for one in said.values()):
        raise BadInput('expires_in is {"days", "hours", "minutes"}, each a number')
    minutes = said.get("days", 0) * 1440 + said.get("hours", 0) * 60 + said.get("minutes", 0)
    return now_ns + int(minutes * 60 * NS_PER_S)


async def _give(request: Request, token: str, said: dict[str, Any]) -> Response:
    house = request.app.state.house
    held = await asyncio.to_thread(house.catalog.notes.find, TOKEN + checked_uuid(token, "a token"))
    if held is None:
        raise NotFound("nobody made this token, or it was taken back: ask for a new one")
    if int(held["expires_ns"]) <= house.clock.now_ns():
        raise Forbidden("this token is over: ask for a new one")
    access = Access(house, held["project"])
    given = {key: said.get(key) for key in ("score", "value", "comment", "correction") if said.get(key) is not None}

    def work(asker: Asker) -> dict[str, Any]:
        try:
            span = find_span(asker, access.project, held["run_id"])
            trace = None if span["parent_id"] else held["run_id"]
        except NotFound:
            # Feedback may come before its run.
            trace = None
        score = langsmith.score(
            {**given, "id": held["id"], "run_id": held["run_id"], "trace_id": trace, "key": held["key"],
             "feedback_source": {"type": "app", "metadata": said.get("metadata") or {}}}
        )  # fmt: skip
        if score is None:
            raise BadInput("give a score, a value, a comment or a correction")
        score.source, score.time_ns = "user", house.clock.now_ns()
        _submit(access, score, len(str(said)))
        return {}

    return await answer(request, access, work)
