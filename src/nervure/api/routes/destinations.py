"""/api/v1/destinations: where received telemetry is passed on to, and what became of it."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field

from nervure.api.auth import Access, require
from nervure.api.reach import actor_of, check_reach, only_project
from nervure.base.clock import iso
from nervure.base.errors import NotFound
from nervure.catalog.repositories.entries import HIDDEN
from nervure.model.destination import Destination, DestinationState

router = APIRouter(prefix="/api/v1", tags=["forwarding"])
Reader = Annotated[Access, Depends(require("read"))]
Admin = Annotated[Access, Depends(require("admin"))]
Signal = Literal["spans", "logs", "metrics"]
ADDED = f"Values are secrets: answers show {HIDDEN}, and a change that says {HIDDEN} keeps the value there is."


class DestinationChange(BaseModel):
    """What is said; everything else stays as it is."""

    model_config = ConfigDict(extra="forbid")

    name: str | None = None
    project: str | None = Field(None, description="Only what belongs to this project; empty: everything.")
    endpoint: str | None = Field(None, description="Base URL; /v1/traces and so on are added for HTTP.")
    endpoints: dict[Signal, str] | None = Field(None, description="Whole URLs for single signals.")
    protocol: Literal["http", "grpc"] | None = None
    headers: dict[str, str] | None = Field(None, description=ADDED)
    auth: str | None = Field(None, description="Signs requests: aws, google or entra; empty: nothing does.")
    auth_settings: dict[str, str] | None = Field(None, description="Of the signer; no secrets.")
    signals: list[Signal] | None = None
    where: dict[Signal, str] | None = Field(None, description="A filter for each signal.")
    sample_ratio: float | None = Field(None, description="Share of traces, 0 to 1, chosen by trace id.")
    keep_errors: bool | None = Field(None, description="Failed spans, and their trace, in any case.")
    keep_slower_ms: float | None = Field(None, description="Slower spans in any case; negative: no longer.")
    keep_cost_usd: float | None = Field(None, description="More expensive spans in any case; negative: no longer.")
    set_attributes: dict[str, str] | None = None
    set_resource: dict[str, str] | None = None
    remove: list[str] | None = Field(None, description="Names of attributes to leave out; * stands for anything.")
    redact: list[str] | None = Field(None, description="Names of attributes whose value is replaced.")
    content: bool | None = Field(None, description="false: prompts and answers are left out.")
    compression: Literal["gzip", "none"] | None = None
    timeout_s: float | None = None
    queue_bytes: int | None = Field(None, description="Most that waits on disk; beyond, the oldest is shed.")
    ca_file: str | None = Field(None, description="Certificates to trust, a file on the server.")
    preset: str | None = None
    is_paused: bool | None = Field(None, description="true: what comes waits in the queue.")


class NewDestination(DestinationChange):
    """A destination to be. `name` and `endpoint` must be said."""

    name: str
    endpoint: str = ""


class Forwarded(BaseModel):
    """taken = the sum of forwarded + queued + the sum of dropped, in records, also across restarts."""

    state: str = Field(description="idle, sending, waiting (trying again) or paused.")
    taken: int
    forwarded: dict[str, int] = Field(description="By signal.")
    dropped: dict[str, int] = Field(description="filtered, sampled, loop, shed, refused, damaged or unread.")
    queued: int
    queued_bytes: int
    balanced: bool
    requests: int = Field(description="Requests delivered.")
    bytes: int = Field(description="Their size as sent.")
    tries: int = Field(description="Failed tries of the request in hand.")
    last: str | None = Field(description="When something was delivered last; null: not since the start.")
    last_error: str
    last_error_at: str | None
    refused_words: str = Field(description="Why it refused records, the last time.")
    retry_at: str | None


class DestinationAnswer(BaseModel):
    """A destination and what became of what was considered for it."""

    id: str
    project: str
    name: str
    endpoint: str
    endpoints: dict[str, str]
    protocol: str
    headers: dict[str, str] = Field(description="Names; values are hidden.")
    auth: str
    auth_settings: dict[str, str]
    signals: list[str]
    where: dict[str, str]
    sample_ratio: float
    keep_errors: bool
    keep_slower_ms: float | None
    keep_cost_usd: float | None
    set_attributes: dict[str, str]
    set_resource: dict[str, str]
    remove: list[str]
    redact: list[str]
    content: bool
    compression: str
    timeout_s: float
    queue_bytes: int
    ca_file: str
    preset: str
    is_paused: bool
    author: str
    created: str
    changed: str
    status: Forwarded


class DestinationList(BaseModel):
    """Destinations by name."""

    items: list[DestinationAnswer]
    next_cursor: None = None


class PresetAnswer(BaseModel):
    """A known backend."""

    name: str
    title: str
    endpoint: str = Field(description="With <...> for what only its user knows.")
    headers: list[str] = Field(description="Names of headers it asks for.")
    docs: str
    note: str
    auth: str = Field(description="The signer it needs.")
    endpoints: dict[str, str] = Field(description="Whole URLs for single signals, where they differ.")


class PresetList(BaseModel):
    """Known backends."""

    items: list[PresetAnswer]
    next_cursor: None = None


class DestinationTrial(BaseModel):
    """What was answered to a test record."""

    signal: str
    ok: bool
    words: str


class DestinationTrials(BaseModel):
    """One trial for each signal."""

    items: list[DestinationTrial]
    next_cursor: None = None


class ForwardLine(BaseModel):
    """taken = the sum of forwarded + queued + the sum of dropped; `balanced` says whether that holds."""

    destination: str
    name: str
    project: str = Field(description="Only what belongs to it; empty: everything.")
    taken: int = Field(description="Stored records that were looked at for it.")
    forwarded: dict[str, int] = Field(description="By signal.")
    queued: int
    dropped: dict[str, int] = Field(description="By reason.")
    balanced: bool


class ForwardLedger(BaseModel):
    """A line for each destination."""

    items: list[ForwardLine]
    next_cursor: None = None
    balanced: bool
    unrouted_groups: int = Field(description="Stored groups no destination has looked at yet.")
    unrouted_bytes: int
    problem: str = Field(description="Why stored telemetry cannot be kept for passing on; empty when all is well.")


@router.get("/ledger/forwarding", tags=["ledger"])
def forward_ledger(access: Reader) -> ForwardLedger:
    """What became of stored telemetry that was to be passed on, per destination, since each was made."""
    only = only_project(access)
    lines = [
        ForwardLine(
            destination=one.id, name=one.name, project=one.project, taken=state.taken, forwarded=state.forwarded,
            queued=state.queued, dropped=state.dropped, balanced=state.is_balanced,
        )
        for one, state in access.house.forwarding.destinations()
        if only in ("", one.project)
    ]  # fmt: skip
    groups, size = access.house.forwarding.unrouted()
    return ForwardLedger(
        items=lines, balanced=all(line.balanced for line in lines), unrouted_groups=groups, unrouted_bytes=size,
        problem=access.house.forwarding.problem,
    )  # fmt: skip


@router.get("/destinations")
def list_destinations(access: Reader) -> DestinationList:
    """Where telemetry is passed on to. A key of one project sees that project's destinations."""
    only = only_project(access)
    found = access.house.catalog.destinations.list()
    return DestinationList(items=[_answer(access, one) for one in found if only in ("", one.project)])


@router.get("/destinations/presets")
def list_presets(access: Reader) -> PresetList:
    """Known OTLP backends: their addresses, the headers they ask for and what else they need."""
    return PresetList(
        items=[
            PresetAnswer(
                name=one.name, title=one.title, endpoint=one.endpoint, headers=list(one.headers), docs=one.docs,
                note=one.note, auth=one.auth, endpoints=dict(one.endpoints),
            )
            for one in access.house.forwarding.presets()
        ]
    )  # fmt: skip


@router.post("/destinations", status_code=201)
def create_destination(access: Admin, body: NewDestination) -> DestinationAnswer:
    """Pass on what arrives from now on."""
    house = access.house
    check_reach(access, body.project or "")
    base = Destination("", body.project or "", body.name, body.endpoint)
    made = house.catalog.destinations.create(house.forwarding.changed(base, _said(body)), actor_of(access))
    house.forwarding.refresh()
    return _answer(access, made)


@router.get("/destinations/{destination_id}")
def get_destination(access: Reader, destination_id: str) -> DestinationAnswer:
    """A destination and its counts."""
    return _answer(access, _found(access, destination_id))


@router.patch("/destinations/{destination_id}")
def change_destination(access: Admin, destination_id: str, body: DestinationChange) -> DestinationAnswer:
    """Change, pause or resume it. What is queued already was shaped by the rules that were in force then."""
    house = access.house
    before = _found(access, destination_id)
    if body.project is not None:
        check_reach(access, body.project)
    said = _said(body)
    if "headers" in said:
        said["headers"] = {
            name: before.headers.get(name, value) if value == HIDDEN else value
            for name, value in said["headers"].items()
        }
    after = house.catalog.destinations.update(house.forwarding.changed(before, said), actor_of(access))
    house.forwarding.refresh()
    return _answer(access, after)


@router.delete("/destinations/{destination_id}", status_code=204)
def delete_destination(access: Admin, destination_id: str) -> None:
    """Pass nothing on to it any more; what is queued for it is thrown away."""
    _found(access, destination_id)
    access.house.catalog.destinations.delete(destination_id, actor_of(access))
    access.house.forwarding.refresh()


@router.post("/destinations/{destination_id}/test")
def test_destination(access: Admin, destination_id: str) -> DestinationTrials:
    """Send one record of each of its signals now, and tell what was answered."""
    trials = access.house.forwarding.test(_found(access, destination_id))
    return DestinationTrials(
        items=[DestinationTrial(signal=one.signal, ok=one.is_ok, words=one.words) for one in trials]
    )


def _found(access: Access, destination_id: str) -> Destination:
    found = access.house.catalog.destinations.get(destination_id)
    if only_project(access) not in ("", found.project):
        raise NotFound(f"there is no destination {destination_id!r}: GET /api/v1/destinations lists those there are")
    return found


def _said(body: DestinationChange) -> dict[str, Any]:
    said = {name: value for name, value in body.model_dump().items() if value is not None}
    for name in ("keep_slower_ms", "keep_cost_usd"):
        if name in said and said[name] < 0:
            said[name] = None
    return said


def _moment(ns: int) -> str | None:
    return iso(ns) if ns else None


def _status(state: DestinationState) -> Forwarded:
    return Forwarded(
        state=state.state, taken=state.taken, forwarded=state.forwarded, dropped=state.dropped, queued=state.queued,
        queued_bytes=state.queued_bytes, balanced=state.is_balanced, requests=state.requests, bytes=state.bytes,
        tries=state.tries, last=_moment(state.last_ns), last_error=state.last_error,
        last_error_at=_moment(state.last_error_ns), refused_words=state.refused_words,
        retry_at=_moment(state.retry_ns),
    )  # fmt: skip


def _answer(access: Access, one: Destination) -> DestinationAnswer:
    shown = access.house.catalog.destinations.without_secrets(one)
    return DestinationAnswer(
        id=one.id, project=one.project, name=one.name, endpoint=one.endpoint, endpoints=one.endpoints,
        protocol=one.protocol, headers=shown.headers, auth=one.auth,
        auth_settings=one.auth_settings, signals=list(one.signals), where=one.where,
        sample_ratio=one.sample_ratio, keep_errors=one.keep_errors, keep_slower_ms=one.keep_slower_ms,
        keep_cost_usd=one.keep_cost_usd, set_attributes=one.set_attributes, set_resource=one.set_resource,
        remove=list(one.remove), redact=list(one.redact), content=one.content, compression=one.compression,
        timeout_s=one.timeout_s, queue_bytes=one.queue_bytes, ca_file=one.ca_file, preset=one.preset,
        is_paused=one.is_paused, author=one.author, created=iso(one.created_ns), changed=iso(one.changed_ns),
        status=_status(access.house.forwarding.state(one.id)),
    )  # fmt: skip
