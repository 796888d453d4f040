"""/api/v1/keys: API keys. The secret is in the answer that makes it, and nowhere else."""

from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field

from nervure.api.auth import Access, require
from nervure.api.reach import actor_of, check_reach, only_project
from nervure.base.clock import NS_PER_S, iso
from nervure.model.key import Key, Right
from nervure.query.times import parse_time

router = APIRouter(prefix="/api/v1", tags=["keys"])
DAY_NS = 86_400 * NS_PER_S
Admin = Annotated[Access, Depends(require("admin"))]


class KeyAnswer(BaseModel):
    """A key without its secret."""

    id: str
    name: str
    prefix: str = Field(description="The secret's first characters, to recognise it by.")
    project: str = Field(description="The only project it opens; empty for all.")
    rights: list[Right]
    active: bool = Field(description="Neither revoked nor expired.")
    created: str
    last_used: str | None = Field(description="To the minute.")
    revoked: str | None
    expires: str | None


class NewKeyAnswer(KeyAnswer):
    """A key just made, with its secret."""

    secret: str = Field(description="Shown this once. Send it as `Authorization: Bearer <secret>`.")


class KeyList(BaseModel):
    """Keys, newest first."""

    items: list[KeyAnswer]
    next_cursor: None = None


class NewKey(BaseModel):
    """A key to make."""

    model_config = ConfigDict(extra="forbid")
    name: str = Field(description="Whose key it is.")
    rights: list[Right] = Field(
        description="send: deliver telemetry; read: ask; admin: everything; feedback: only what end users say."
    )
    project: str = Field("", description="The only project it opens; empty for all.")
    expires: str | None = Field(None, description="ISO 8601, or relative such as +30d; never when left out.")
    expires_days: int | None = Field(None, ge=1, description="The same in days from now.")


@router.get("/keys")
def list_keys(access: Admin) -> KeyList:
    """The keys, revoked ones too."""
    now_ns = access.house.clock.now_ns()
    return KeyList(items=[_answer(key, now_ns) for key in access.house.catalog.keys.list(only_project(access))])


@router.post("/keys", status_code=201)
def create_key(access: Admin, body: NewKey) -> NewKeyAnswer:
    """Make a key. Its secret is shown only here."""
    check_reach(access, body.project)
    now_ns = access.house.clock.now_ns()
    expires_ns = parse_time(body.expires, now_ns) if body.expires else None
    if body.expires_days is not None:
        expires_ns = now_ns + body.expires_days * DAY_NS
    key, secret = access.house.catalog.keys.create(body.name, body.rights, body.project, expires_ns, actor_of(access))
    return NewKeyAnswer(**_answer(key, now_ns).model_dump(), secret=secret)


@router.get("/keys/{key_id}")
def get_key(access: Admin, key_id: str) -> KeyAnswer:
    """One key."""
    key = access.house.catalog.keys.get(key_id)
    check_reach(access, key.project)
    return _answer(key, access.house.clock.now_ns())


@router.delete("/keys/{key_id}")
def revoke_key(access: Admin, key_id: str) -> KeyAnswer:
    """Revoke a key, for good: at once on this server, within seconds on its replicas."""
    check_reach(access, access.house.catalog.keys.get(key_id).project)
    return _answer(access.house.catalog.keys.revoke(key_id, actor_of(access)), access.house.clock.now_ns())


def _answer(key: Key, now_ns: int) -> KeyAnswer:
    def at(time_ns: int | None) -> str | None:
        return None if time_ns is None else iso(time_ns)

    return KeyAnswer(
        id=key.id,
        name=key.name,
        prefix=key.prefix,
        project=key.project,
        rights=sorted(key.rights),
        active=key.is_active(now_ns),
        created=iso(key.created_ns),
        last_used=at(key.last_used_ns),
        revoked=at(key.revoked_ns),
        expires=at(key.expires_ns),
    )
