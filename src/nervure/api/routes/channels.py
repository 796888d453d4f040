"""/api/v1/channels: whom to tell. /api/v1/deliveries: what was told, and whether it arrived."""

from dataclasses import replace
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, ConfigDict, Field

from nervure.act.notify import checked, send
from nervure.act.notify.send import NotSent
from nervure.api.auth import Access, require
from nervure.api.reach import actor_of, check_reach, only_project
from nervure.base.clock import iso
from nervure.base.errors import BadInput, NotFound
from nervure.catalog.repositories.channels import shown
from nervure.catalog.repositories.entries import HIDDEN
from nervure.model.notification import Channel, Delivery, Message

router = APIRouter(prefix="/api/v1", tags=["notifications"])
Reader = Annotated[Access, Depends(require("read"))]
Admin = Annotated[Access, Depends(require("admin"))]
Urgency = Literal["page", "ticket", "info"]
State = Literal["waiting", "held", "sent", "failed"]
SECRET = f"A secret: answers show the service and {HIDDEN}; a change that says {HIDDEN} keeps the address there is."


class ChannelChange(BaseModel):
    """What is said; everything else stays as it is."""

    model_config = ConfigDict(extra="forbid")

    name: str | None = None
    project: str | None = Field(None, description="Only what belongs to it; empty: everything.")
    address: str | None = Field(None, description=f"An Apprise URL, or the base URL of an Alertmanager. {SECRET}")
    least: Urgency | None = Field(None, description="Messages less urgent are not for it.")
    labels: dict[str, list[str]] | None = Field(None, description='Label to values, e.g. {"team": ["search"]}.')
    quiet_from: int | None = Field(
        None, description="Minute of the day; until quiet_to only pages come, the rest waits."
    )
    quiet_to: int | None = None
    quiet_days: list[int] | None = Field(None, description="ISO weekdays (1 is Monday) that are quiet as a whole.")
    zone: str | None = None
    is_paused: bool | None = None


class NewChannel(ChannelChange):
    """A channel to be."""

    name: str
    address: str
    kind: Literal["apprise", "alertmanager"] = "apprise"


class ChannelAnswer(BaseModel):
    """A channel. address: the service and nothing of its tokens."""

    id: str
    project: str
    name: str
    kind: str
    address: str
    least: str
    labels: dict[str, list[str]]
    quiet_from: int
    quiet_to: int
    quiet_days: list[int]
    zone: str
    is_paused: bool
    author: str
    created: str | None
    changed: str | None


class ChannelList(BaseModel):
    """Channels by name."""

    items: list[ChannelAnswer]
    next_cursor: None = None


class ChannelTrial(BaseModel):
    """What the service said to a test message."""

    ok: bool
    words: str


class DeliveryAnswer(BaseModel):
    """One message to one channel."""

    id: str
    channel_id: str
    channel: str
    state: State = Field(description="waiting (tried at next), held (until quiet hours end), sent, failed (given up).")
    title: str
    text: str
    urgency: Urgency
    url: str
    tries: int
    reason: str = Field(description="What the last failed try was answered.")
    next: str | None
    created: str
    settled: str | None


class DeliveryList(BaseModel):
    """Newest first."""

    items: list[DeliveryAnswer]
    next_cursor: None = None


@router.get("/channels")
def list_channels(access: Reader) -> ChannelList:
    """Whom to tell."""
    only = only_project(access)
    found = [one for one in access.house.catalog.channels.list() if only in ("", one.project)]
    return ChannelList(items=[_answer(one) for one in found])


@router.post("/channels", status_code=201)
def create_channel(access: Admin, body: NewChannel) -> ChannelAnswer:
    """Tell somebody more."""
    project = access.project if body.project is None else body.project
    check_reach(access, project)
    said = body.model_dump(exclude_none=True, exclude={"project"})
    wanted = checked(_of(Channel("", project, "", ""), said))
    return _answer(access.house.catalog.channels.create(wanted, actor_of(access)))


@router.get("/channels/{channel_id}")
def get_channel(access: Reader, channel_id: str) -> ChannelAnswer:
    """A channel."""
    return _answer(_found(access, channel_id))


@router.patch("/channels/{channel_id}")
def change_channel(access: Admin, channel_id: str, body: ChannelChange) -> ChannelAnswer:
    """Change, pause or resume it. A paused one hears nothing of what happens meanwhile."""
    before = _found(access, channel_id)
    if body.project is not None:
        check_reach(access, body.project)
    said = body.model_dump(exclude_none=True)
    if said.get("address", "").endswith(HIDDEN):
        del said["address"]
    return _answer(access.house.catalog.channels.update(checked(_of(before, said)), actor_of(access)))


@router.delete("/channels/{channel_id}", status_code=204)
def delete_channel(access: Admin, channel_id: str) -> None:
    """Tell it nothing more; what was on its way is forgotten."""
    _found(access, channel_id)
    house = access.house
    house.catalog.channels.delete(channel_id, actor_of(access))
    house.catalog.deliveries.forget(channel_id)


@router.post("/channels/{channel_id}/test")
def try_channel(access: Admin, channel_id: str) -> ChannelTrial:
    """Send a test message now, and hear what the service says."""
    channel = _found(access, channel_id)
    now_ns = access.house.clock.now_ns()
    text = f"A test message of Nervure for the channel {channel.name!r}. Nothing needs to be done."
    message = Message(
        f"test/{now_ns}", channel.project or access.project, "info", "Test of a channel", text, {}, "", now_ns, now_ns
    )
    try:
        send(channel, message)
    except NotSent as error:
        return ChannelTrial(ok=False, words=str(error))
    return ChannelTrial(ok=True, words="The service took it.")


@router.get("/deliveries")
def list_deliveries(
    access: Reader,
    state: Annotated[list[State] | None, Query(description="Only these.")] = None,
    channel_id: str = "",
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> DeliveryList:
    """What was told, and whether it arrived. Kept for 30 days."""
    catalog = access.house.catalog
    names = {one.id: one.name for one in catalog.channels.list()}
    found = catalog.deliveries.list(only_project(access), channel_id, state or (), limit)
    return DeliveryList(items=[_delivery(one, names.get(one.channel_id, "")) for one in found])


@router.post("/deliveries/{delivery_id}/retry", status_code=202)
def retry_delivery(access: Admin, delivery_id: str) -> None:
    """Try one that was given up again."""
    if not access.house.catalog.deliveries.retry(delivery_id):
        raise BadInput("only a delivery that has failed can be tried again: GET /api/v1/deliveries?state=failed")


def _of(before: Channel, said: dict[str, object]) -> Channel:
    if "quiet_days" in said:
        said = {**said, "quiet_days": tuple(said["quiet_days"])}  # type: ignore[arg-type]
    return replace(before, **said)  # type: ignore[arg-type]


def _found(access: Access, channel_id: str) -> Channel:
    found = access.house.catalog.channels.get(channel_id)
    if only_project(access) not in ("", found.project):
        raise NotFound(f"there is no channel {channel_id!r}: GET /api/v1/channels lists those there are")
    return found


def _answer(one: Channel) -> ChannelAnswer:
    return ChannelAnswer(
        id=one.id, project=one.project, name=one.name, kind=one.kind, address=shown(one.address), least=one.least,
        labels=one.labels, quiet_from=one.quiet_from, quiet_to=one.quiet_to, quiet_days=list(one.quiet_days),
        zone=one.zone, is_paused=one.is_paused, author=one.author,
        created=iso(one.created_ns) if one.created_ns else None, changed=iso(one.changed_ns) if one.changed_ns else None,
    )  # fmt: skip


def _delivery(one: Delivery, channel: str) -> DeliveryAnswer:
    said = one.message
    return DeliveryAnswer(
        id=one.id, channel_id=one.channel_id, channel=channel, state=one.state, title=said.title, text=said.text,
        urgency=said.urgency, url=said.url, tries=one.tries, reason=one.reason,
        next=iso(one.next_ns) if one.state in ("waiting", "held") else None, created=iso(one.created_ns),
        settled=iso(one.settled_ns) if one.settled_ns else None,
    )  # fmt: skip
