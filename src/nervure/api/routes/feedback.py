"""/api/v1/user-feedback: what end users say, from a server or from their browser with a public key.

Not /feedback: that path belongs to LangSmith's protocol, under any prefix.
"""

import asyncio
import ipaddress
import json
from typing import Annotated, Any, cast

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from nervure.api.auth import Access, identify, recognise
from nervure.api.house import House
from nervure.api.rates import Rates
from nervure.base.errors import BadInput, Forbidden, TooLarge
from nervure.base.ids import RandomIds, digest
from nervure.model.batch import Batch
from nervure.model.score import Score, revision_at

router = APIRouter(prefix="/api/v1", tags=["feedback"])
MOST_BYTES = 32 << 10
# Of one key, as a multiple of what one address may send.
KEY_SHARE = 50
THUMBS, COMMENT = "thumbs", "comment"
WORDS = {"up": True, "down": False, "yes": True, "no": False, "good": True, "bad": False}


class FeedbackBody(BaseModel):
    """What an end user says of an answer. Name what it is about by trace, span or session."""

    model_config = ConfigDict(extra="forbid")
    trace_id: str = Field("", max_length=256, description="Of the answer.")
    span_id: str = Field("", max_length=256, description="Of a span of that trace, to be exact.")
    session: str = Field("", max_length=500, description="Of a conversation, when no trace is known.")
    value: bool | float | str | None = Field(
        None, description='true or "up", false or "down"; a number such as 4 of 5 stars; or a category.'
    )
    name: str = Field(THUMBS, min_length=1, max_length=200, description="Of the score; stars need a name of their own.")
    comment: str = Field("", max_length=10_000)
    user: str = Field("", max_length=500, description="Who says it, as your application knows them.")
    visitor: str = Field(
        "",
        max_length=200,
        description="Any id the page keeps: what the same visitor says again replaces what they said.",
    )

    @model_validator(mode="after")
    def _says_something(self) -> "FeedbackBody":
        if not (self.trace_id or self.session):
            raise ValueError("say what this is about: trace_id (with span_id to be exact), or session")
        if self.value is None and not self.comment.strip():
            raise ValueError("say something: a value, a comment, or both")
        if isinstance(self.value, str) and self.value.lower() in WORDS:
            self.value = WORDS[self.value.lower()]
        # JSON has one kind of number, and a page may write 1 and 0 for its thumbs.
        if self.name == THUMBS and self.value in (0, 1):
            self.value = bool(self.value)
        if self.name == THUMBS and not isinstance(self.value, bool) and self.value is not None:
            raise ValueError('thumbs are true or false: give other values a `name` of their own, e.g. "stars"')
        return self


class FeedbackTaken(BaseModel):
    """The score it became."""

    id: str


@router.post(
    "/user-feedback",
    status_code=201,
    openapi_extra={"requestBody": {"content": {"application/json": {"schema": FeedbackBody.model_json_schema()}}}},
)
async def give_feedback(
    request: Request,
    key: Annotated[
        str, Query(description="A key that may only give feedback, for pages that cannot send headers.")
    ] = "",
    project: Annotated[str, Query()] = "",
) -> FeedbackTaken:
    """Stores what an end user says, as a score of source `user`. Answers when it is in the store.

    A body of any content type is read as JSON, so that `navigator.sendBeacon` works. 429 with Retry-After when one
    address, or one key, sends too much.
    """
    access = await asyncio.to_thread(_access, request, key, project)
    rates = _rates(request)
    most = access.house.settings.feedback_per_minute
    rates.take(f"address {_address(request)}", most)
    if access.key is not None:
        rates.take(f"key {access.key.id}", most * KEY_SHARE)
    body = _read(await _bytes(request))
    score = score_of(body, access.project, access.house.clock.now_ns())
    batch = Batch(scores=[score], project=access.project, wire="feedback", bytes=len(body.model_dump_json()))
    future = await asyncio.to_thread(access.house.intake.submit, batch)
    await asyncio.wrap_future(future)
    return FeedbackTaken(id=score.id)


def score_of(body: FeedbackBody, project: str, now_ns: int) -> Score:
    """The score that feedback is: a comment alone is a text, with a value it is the reason."""
    kind, target = "span", body.span_id
    if not body.span_id:
        kind, target = ("trace", body.trace_id) if body.trace_id else ("session", body.session)
    comment, value = body.comment.strip(), body.value
    name = body.name if value is not None else COMMENT
    made = Score(
        id=RandomIds().token("feedback"), name=name, target_type=kind, target_id=target, project=project,  # type: ignore[arg-type]
        trace_id=body.trace_id, source="user", author=body.user, time_ns=now_ns, received_ns=now_ns,
    )  # fmt: skip
    if value is None:
        made.data_type, made.label = "text", comment
    else:
        made.explanation = comment
        if isinstance(value, bool):
            made.data_type, made.value, made.label = "boolean", float(value), "up" if value else "down"
        elif isinstance(value, str):
            made.data_type, made.label = "categorical", value
        else:
            made.value = float(value)
    if body.visitor:
        # The same visitor on the same answer: the last word is in force, earlier ones stay in its history.
        made.id = f"feedback_{digest(json.dumps([project, kind, target, name, body.visitor]).encode())[:32]}"
        made.revision = revision_at(now_ns)
    return made


def _access(request: Request, key: str, project: str) -> Access:
    house = cast(House, request.app.state.house)
    if not key:
        return identify(house, "feedback", request.headers, project)
    headers = {**request.headers, "authorization": f"Bearer {key}"}
    access = recognise(house, headers, project)
    if (access.key is None and house.settings.auth) or (access.key and access.key.rights != {"feedback"}):
        raise Forbidden(
            "addresses end up in logs: a key may stand in one only when `feedback` is its only right; send others in the "
            "header `Authorization: Bearer <key>`"
        )
    return identify(house, "feedback", headers, project)


def _read(raw: bytes) -> FeedbackBody:
    try:
        return FeedbackBody.model_validate(json.loads(raw))
    except ValidationError as error:
        problems = "; ".join(
            f"{'.'.join(map(str, item['loc'])) + ': ' if item['loc'] else ''}{item['msg'].removeprefix('Value error, ')}"
            for item in error.errors()
        )
        raise BadInput(f"this feedback cannot be stored: {problems}") from None
    except (ValueError, RecursionError) as error:
        raise BadInput(f'send a JSON object such as {{"trace_id": "..", "value": true}}: {error}') from None


async def _bytes(request: Request) -> bytes:
    held = bytearray()
    async for part in request.stream():
        held += part
        if len(held) > MOST_BYTES:
            raise TooLarge(f"feedback has at most {MOST_BYTES >> 10} KiB", MOST_BYTES)
    return bytes(held)


def _rates(request: Request) -> Rates:
    state: Any = request.app.state
    if not hasattr(state, "feedback_rates"):
        state.feedback_rates = Rates(cast(House, state.house).clock)
    return cast(Rates, state.feedback_rates)


def _address(request: Request) -> str:
    """Who sends: the peer, or behind a proxy of one's own network what that proxy says."""
    peer = request.client.host if request.client else ""
    told = request.headers.get("x-forwarded-for", "").rpartition(",")[2].strip()
    try:
        is_ours = ipaddress.ip_address(peer).is_private
    except ValueError:
        is_ours = False
    return told if told and is_ours else peer
