"""/api/v1/collectors: what the server goes and fetches, and how its targets are."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field

from nervure.api.auth import Access, require
from nervure.api.reach import actor_of, check_reach, only_project
from nervure.base.clock import iso
from nervure.base.errors import BadInput, NotFound
from nervure.catalog.repositories.collectors import hidden, unhidden
from nervure.model.collector import Collector, CollectorState

router = APIRouter(prefix="/api/v1", tags=["collecting"])
Reader = Annotated[Access, Depends(require("read"))]
Admin = Annotated[Access, Depends(require("admin"))]


class NewCollector(BaseModel):
    """A collector to be."""

    model_config = ConfigDict(extra="forbid")

    name: str
    kind: str = Field(description="One of GET /api/v1/collectors/kinds.")
    project: str = Field("", description="Project of what it brings; the request's when left out.")
    every_s: float = Field(0.0, description="Seconds from round to round; 0: as the kind suggests.")
    settings: dict[str, Any] = Field(default_factory=dict, description="What the kind asks for.")
    is_paused: bool = False


class CollectorChange(BaseModel):
    """What is said; everything else stays. Hidden values that come back unchanged keep what there is."""

    model_config = ConfigDict(extra="forbid")

    name: str | None = None
    every_s: float | None = None
    settings: dict[str, Any] | None = None
    is_paused: bool | None = None


class TargetAnswer(BaseModel):
    """One place that was asked."""

    name: str
    up: bool
    last: str
    since: str = Field(description="Since when it is up or down.")
    items: int = Field(description="Records of the last answer.")
    seconds: float
    error: str
    labels: dict[str, str]


class CollectorStatus(BaseModel):
    """What it has done since the server began."""

    state: str = Field(description="waiting, running, paused, failing, or standby: another replica runs it.")
    rounds: int
    items: int
    refused: int
    refusals: dict[str, int] = Field(description="Reason to records that could not be kept.")
    last: str | None
    last_seconds: float
    next: str | None
    last_error: str
    last_error_at: str | None
    progress: str
    targets: list[TargetAnswer]


class CollectorAnswer(BaseModel):
    """A collector with its state. source: settings: it stands in the server's settings and is changed there."""

    id: str
    project: str
    name: str
    kind: str
    settings: dict[str, Any]
    every_s: float
    is_paused: bool
    source: str
    author: str
    created: str | None
    changed: str | None
    status: CollectorStatus


class CollectorList(BaseModel):
    """Collectors by name."""

    items: list[CollectorAnswer]
    next_cursor: None = None


class KindAnswer(BaseModel):
    """A way of pulling."""

    name: str
    about: str
    every_s: float


class KindList(BaseModel):
    """Ways of pulling."""

    items: list[KindAnswer]
    next_cursor: None = None


@router.get("/collectors")
def list_collectors(access: Reader) -> CollectorList:
    """All collectors of the API and of the settings. A key of one project sees that project's."""
    only, house = only_project(access), access.house
    found = [*house.collecting.fixed(), *house.catalog.collectors.list()]
    return CollectorList(items=[_answer(access, one) for one in found if only in ("", one.project)])


@router.get("/collectors/kinds")
def list_kinds(access: Reader) -> KindList:
    """Ways of pulling this server knows."""
    kinds = access.house.collecting.kinds.values()
    return KindList(items=[KindAnswer(name=one.name, about=one.about, every_s=one.every_s) for one in kinds])


@router.post("/collectors", status_code=201)
def create_collector(access: Admin, body: NewCollector) -> CollectorAnswer:
    """Begin to fetch."""
    house = access.house
    project = body.project or access.project
    check_reach(access, project)
    wanted = Collector("", project, body.name, body.kind, body.settings, body.every_s, body.is_paused)
    made = house.catalog.collectors.create(house.collecting.check(wanted), actor_of(access))
    house.collecting.refresh()
    return _answer(access, made)


@router.get("/collectors/{collector_id}")
def get_collector(access: Reader, collector_id: str) -> CollectorAnswer:
    """A collector, its targets and their health."""
    return _answer(access, _found(access, collector_id))


@router.patch("/collectors/{collector_id}")
def change_collector(access: Admin, collector_id: str, body: CollectorChange) -> CollectorAnswer:
    """Change, pause or resume it; its checkpoint stays."""
    house = access.house
    before = _changeable(access, collector_id)
    wanted = Collector(
        before.id, before.project, before.name if body.name is None else body.name, before.kind,
        before.settings if body.settings is None else unhidden(body.settings, before.settings),
        before.every_s if body.every_s is None else body.every_s,
        before.is_paused if body.is_paused is None else body.is_paused,
        before.source, before.author, before.created_ns, before.changed_ns,
    )  # fmt: skip
    after = house.catalog.collectors.update(house.collecting.check(wanted), actor_of(access))
    house.collecting.refresh()
    return _answer(access, after)


@router.delete("/collectors/{collector_id}", status_code=204)
def delete_collector(access: Admin, collector_id: str) -> None:
    """Fetch nothing any more and forget how far it was; what it brought stays."""
    _changeable(access, collector_id)
    access.house.catalog.collectors.delete(collector_id, actor_of(access))
    access.house.collecting.refresh()


@router.post("/collectors/{collector_id}/run", status_code=202)
def run_collector(access: Admin, collector_id: str) -> CollectorAnswer:
    """Begin its next round at once."""
    found = _found(access, collector_id)
    access.house.collecting.run_now(collector_id)
    return _answer(access, found)


def _changeable(access: Access, collector_id: str) -> Collector:
    found = _found(access, collector_id)
    if found.source == "settings":
        raise BadInput(f"the collector {found.name!r} stands in the server's settings: change it there and restart")
    return found


def _found(access: Access, collector_id: str) -> Collector:
    house = access.house
    fixed = {one.id: one for one in house.collecting.fixed()}
    found = fixed.get(collector_id) or house.catalog.collectors.get(collector_id)
    if only_project(access) not in ("", found.project):
        raise NotFound(f"there is no collector {collector_id!r}: GET /api/v1/collectors lists those there are")
    return found


def _moment(ns: int) -> str | None:
    return iso(ns) if ns else None


def _status(state: CollectorState) -> CollectorStatus:
    return CollectorStatus(
        state=state.state, rounds=state.rounds, items=state.items, refused=state.refused, refusals=state.refusals,
        last=_moment(state.last_ns), last_seconds=state.last_seconds, next=_moment(state.next_ns),
        last_error=state.last_error, last_error_at=_moment(state.last_error_ns), progress=state.progress,
        targets=[
            TargetAnswer(
                name=one.name, up=one.is_up, last=iso(one.last_ns), since=iso(one.since_ns), items=one.items,
                seconds=one.seconds, error=one.error, labels=one.labels,
            )
            for one in sorted(state.targets.values(), key=lambda one: (one.is_up, one.name))
        ],
    )  # fmt: skip


def _answer(access: Access, one: Collector) -> CollectorAnswer:
    return CollectorAnswer(
        id=one.id, project=one.project, name=one.name, kind=one.kind, settings=hidden(one.settings),
        every_s=one.every_s, is_paused=one.is_paused, source=one.source, author=one.author,
        created=_moment(one.created_ns), changed=_moment(one.changed_ns),
        status=_status(access.house.collecting.state(one.id)),
    )  # fmt: skip
