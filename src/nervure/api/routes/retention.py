"""/api/v1/retention: how long telemetry is kept, by project and signal."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, ConfigDict, Field

from nervure.api.auth import Access, require
from nervure.api.reach import actor_of, check_reach, only_project
from nervure.base.clock import iso
from nervure.intake.expiry import SHOWN, count_expiring
from nervure.model.retention import KeptSignal, RetentionPolicy

router = APIRouter(prefix="/api/v1", tags=["retention"])
Reader = Annotated[Access, Depends(require("read"))]
Admin = Annotated[Access, Depends(require("admin"))]


class PolicyAnswer(BaseModel):
    """A policy."""

    project: str
    signal: KeptSignal
    days: int = Field(description="After these a record is deleted.")
    payload_days: int | None = Field(description="After these its texts are cleared; null: with the record.")
    changed: str | None = None


class PolicyList(BaseModel):
    """Policies as written, and what holds where nothing is written."""

    items: list[PolicyAnswer]
    next_cursor: None = None
    default_days: int = Field(description="The server's setting `retention_days`.")


class NewPolicy(BaseModel):
    """How long to keep one signal of one project."""

    model_config = ConfigDict(extra="forbid")
    days: int = Field(ge=1, le=36_500)
    payload_days: int | None = Field(None, ge=1, le=36_500)


@router.get("/retention")
def list_policies(access: Reader) -> PolicyList:
    """The policies that were written. Signal `all` holds for signals without one of their own."""
    house = access.house
    items = [_answer(policy) for policy in house.catalog.retention.list(only_project(access))]
    return PolicyList(items=items, default_days=house.settings.retention_days)


class ExpiringAnswer(BaseModel):
    """What retention deletes of one signal of the project."""

    signal: KeptSignal
    days: int = Field(description="In force, or as asked for.")
    payload_days: int | None
    set_by: Literal["signal", "all", "project", "server", "asked"] = Field(description="Where the days come from.")
    items: int = Field(description="Records there are.")
    oldest: str | None = Field(description="Of the oldest record.")
    due: int = Field(description="Records past it, deleted at the next round (every hour; single rows once a day).")
    soon: int = Field(description="Records that follow within seven days.")


class ExpiringList(BaseModel):
    """By signal."""

    items: list[ExpiringAnswer]
    next_cursor: None = None
    project: str


@router.get("/retention/expiring")
def list_expiring(
    access: Reader,
    signal: Annotated[
        Literal["", "spans", "logs", "metrics", "scores", "predictions"], Query(description="Only this one.")
    ] = "",
    days: Annotated[int | None, Query(ge=1, le=36_500, description="As if this were the retention.")] = None,
) -> ExpiringList:
    """How long each signal of the project is kept, and what is deleted next; with `days` before anything is changed."""
    house, project = access.house, access.project
    now_ns = house.clock.now_ns()
    written = {policy.signal for policy in house.catalog.retention.list(project)}
    effective = house.catalog.retention.effective(house.settings.retention_days).get(project, {})
    found = []
    for one in SHOWN:
        if signal and one != signal:
            continue
        policy = effective.get(one)
        kept = days or (policy.days if policy else house.settings.retention_days)
        expiring = count_expiring(house.engine, project, one, kept, now_ns)
        found.append(
            ExpiringAnswer(
                signal=one, days=kept, payload_days=policy.payload_days if policy else None,
                set_by="asked" if days else _source(one, written, policy is not None),
                items=expiring.items, oldest=None if expiring.oldest_ns is None else iso(expiring.oldest_ns),
                due=expiring.due, soon=expiring.soon,
            )
        )  # fmt: skip
    return ExpiringList(items=found, project=project)


@router.put("/retention/{project:path}/{signal}")
def set_policy(access: Admin, project: str, signal: KeptSignal, body: NewPolicy) -> PolicyAnswer:
    """Write a policy. Shortening one deletes what is past it at the next round of the retention loop (an hour)."""
    check_reach(access, project)
    policy = RetentionPolicy(project, signal, body.days, body.payload_days)
    return _answer(access.house.catalog.retention.set(policy, actor_of(access)))


@router.delete("/retention/{project:path}/{signal}", status_code=204)
def delete_policy(access: Admin, project: str, signal: KeptSignal) -> None:
    """Take a policy away: the project's `all`, its retention_days, or the server's setting holds instead."""
    check_reach(access, project)
    access.house.catalog.retention.delete(project, signal, actor_of(access))


def _source(
    signal: KeptSignal, written: set[KeptSignal], is_own: bool
) -> Literal["signal", "all", "project", "server"]:
    if signal in written:
        return "signal"
    if "all" in written:
        return "all"
    return "project" if is_own else "server"


def _answer(policy: RetentionPolicy) -> PolicyAnswer:
    return PolicyAnswer(
        project=policy.project,
        signal=policy.signal,
        days=policy.days,
        payload_days=policy.payload_days,
        changed=iso(policy.changed_ns) if policy.changed_ns else None,
    )
