"""GET /api/v1/me: whose key this is and what it may do, so that a page can tell before it is refused."""

from typing import cast

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field

from nervure.api.auth import recognise
from nervure.api.house import House
from nervure.api.reach import actor_of, only_project
from nervure.base.clock import iso
from nervure.model.key import RIGHTS, Right

router = APIRouter(prefix="/api/v1", tags=["keys"])


class MeAnswer(BaseModel):
    """Who asks."""

    auth: bool = Field(description="Whether this server asks for keys at all.")
    who: str = Field(description="As the audit log names it: the key's name and id, `admin key`, or `local`.")
    rights: list[Right] = Field(
        description="send: deliver telemetry; read: ask; admin: everything; feedback: only what end users say."
    )
    project: str = Field(description="The project this request is about.")
    only_project: str = Field(description="The only project the key opens; empty for all.")
    default_project: str = Field(description="Project of telemetry that names none.")
    expires: str | None = Field(description="When the key ends; null: never.")


@router.get("/me")
def me(request: Request) -> MeAnswer:
    """Who asks and what they may do. Any active key may ask this; 401 without one where keys are asked for."""
    house = cast(House, request.app.state.house)
    access = recognise(house, request.headers, request.query_params.get("project", ""))
    key = access.key
    rights = [right for right in RIGHTS if key is None or key.may(right, access.project)]
    return MeAnswer(
        auth=house.settings.auth,
        who=actor_of(access),
        rights=rights,
        project=access.project,
        only_project=only_project(access),
        default_project=house.settings.default_project,
        expires=None if key is None or key.expires_ns is None else iso(key.expires_ns),
    )
