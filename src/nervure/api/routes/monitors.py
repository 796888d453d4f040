"""/api/v1/monitors: what users want watched; tried on history before it is switched on."""

from dataclasses import replace
from functools import partial
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from nervure.act.alerting import MonitorAlerts
from nervure.act.comparisons import Find, link_of
from nervure.act.monitoring import Judged, checked, judge, types
from nervure.act.rules import monitor_finding_id
from nervure.api.asking import ask
from nervure.api.auth import Access, require
from nervure.api.reach import actor_of, check_reach
from nervure.base.clock import NS_PER_S, iso
from nervure.base.errors import NotFound
from nervure.detect.drift.result import cleaned, plain
from nervure.detect.monitor import effect_json
from nervure.model.monitor import Alert, Maintenance, Monitor, MonitorState, NoData
from nervure.query.asker import Asker
from nervure.query.times import parse_span, parse_time

router = APIRouter(prefix="/api/v1", tags=["monitors"])
Reader = Annotated[Access, Depends(require("read"))]
Admin = Annotated[Access, Depends(require("admin"))]


class MaintenanceShape(BaseModel):
    """A stretch in which the monitor says nothing."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)
    from_: str = Field(alias="from", description="ISO 8601 or relative.")
    to: str
    reason: str = ""


class NewMonitor(BaseModel):
    """A monitor to be."""

    model_config = ConfigDict(extra="forbid")
    name: str
    type: str = Field(description="One of GET /api/v1/monitors/types.")
    query: dict[str, Any] = Field(description="Query without its times; each group of `by` is judged for itself.")
    settings: dict[str, Any] = Field(default_factory=dict, description="What the type asks for.")
    every: str = Field("5m", description="Width of the windows that are judged, 1m to 1d.")
    after: int = Field(1, description="Windows in a row until it alerts.")
    recover: int = Field(3, description="Windows in a row until it is over.")
    no_data: NoData = "ignore"
    severity: Literal["critical", "high", "medium", "low"] = "medium"
    renotify: str = Field("", description="Told again after so long, e.g. 4h; empty: once.")
    maintenance: list[MaintenanceShape] = Field(default_factory=list)
    paused: bool = False


class EffectAnswer(BaseModel):
    """How large a difference is, with its 95 % interval. none: its value when nothing differs."""

    measure: str
    value: float | None
    low: float | None
    high: float | None
    none: float
    unit: str


class AlertAnswer(BaseModel):
    """One stretch in which a group was not as it should be."""

    by: dict[str, str]
    start: str
    end: str | None = Field(description="null while it lasts.")
    text: str
    value: float | None
    expected: float | None
    acknowledged_by: str
    effect: EffectAnswer | None = Field(None, description="Of types that measure one, such as drift.")
    details: dict[str, Any] = Field({}, description="E.g. the topics that moved, and the windows that were compared.")
    link: str = Field("", description="Page of the application that shows what was compared.")
    incident: str | None = Field(None, description="Id of the incident it is part of; null in previews.")


class MonitorAnswer(BaseModel):
    """A monitor and how it stands."""

    id: str
    project: str
    name: str
    type: str
    query: dict[str, Any]
    settings: dict[str, Any]
    every: str
    after: int
    recover: int
    no_data: NoData
    severity: str
    renotify: str
    maintenance: list[MaintenanceShape]
    paused: bool
    author: str
    created: str
    changed: str
    state: MonitorState
    alerts: list[AlertAnswer] = Field(description="Newest first.")


class MonitorList(BaseModel):
    """Monitors, by name."""

    items: list[MonitorAnswer]
    next_cursor: None = None


class OptionAnswer(BaseModel):
    """A setting of a type."""

    kind: str
    about: str
    default: Any
    choices: list[str]
    needed: bool


class TypeAnswer(BaseModel):
    """A type of monitor."""

    name: str
    about: str
    options: dict[str, OptionAnswer]


class TypeList(BaseModel):
    """Types of monitors."""

    items: list[TypeAnswer]
    next_cursor: None = None


class WindowAnswer(BaseModel):
    """One judged window."""

    time: str
    value: float | None
    n: int
    said: Literal["ok", "alert", "no_data", "learning"]
    expected: float | None
    low: float | None
    high: float | None
    text: str = Field("", description="Why it alerts, or why nothing can be said.")
    effect: EffectAnswer | None = Field(None, description="What `value` is, of types that measure it themselves.")


class PreviewGroup(BaseModel):
    """One group's windows, and when it would have alerted."""

    by: dict[str, str]
    windows: list[WindowAnswer]
    alerts: list[AlertAnswer]


class Preview(BaseModel):
    """When a monitor would have fired."""

    items: list[PreviewGroup]
    next_cursor: None = None
    alerts: int = Field(description="Over all groups.")


@router.get("/monitors/types")
def list_types(access: Reader) -> TypeList:
    """Types there are, with their settings."""
    items = [
        TypeAnswer(
            name=kind.name,
            about=kind.about,
            options={
                name: OptionAnswer(
                    kind=option.kind, about=option.about, default=option.default, choices=list(option.choices),
                    needed=option.is_needed,
                )
                for name, option in kind.options.items()
            },
        )
        for kind in types().values()
    ]  # fmt: skip
    return TypeList(items=items)


@router.post("/monitors/preview", responses={200: {"model": Preview}})
async def preview_monitor(
    request: Request,
    access: Reader,
    body: NewMonitor,
    from_: Annotated[str, Query(alias="from", description="Beginning of the history to try it on.")] = "-7d",
    to: str = "now",
) -> Response:
    """When it would have fired, each window judged knowing only those before it. Nothing is kept."""
    now_ns = access.house.clock.now_ns()
    find = _finder(access)
    monitor = checked(_monitor(access, body, now_ns), find)
    from_ns, to_ns = parse_time(from_, now_ns), parse_time(to, now_ns)

    def answer(asker: Asker) -> dict[str, Any]:
        groups = judge(monitor, asker, from_ns, to_ns, find)
        shown = Preview(items=[_group(one) for one in groups], alerts=sum(len(one.alerts) for one in groups))
        return shown.model_dump()

    return await ask(request, access, answer)


@router.get("/monitors")
def list_monitors(access: Reader) -> MonitorList:
    """Monitors of the project."""
    held = [one for one in access.house.catalog.monitors.list() if one.project == access.project]
    return MonitorList(items=[_answer(access, one) for one in held])


@router.post("/monitors", status_code=201)
def create_monitor(access: Admin, body: NewMonitor) -> MonitorAnswer:
    """Watch something from now on."""
    check_reach(access, access.project)
    monitor = checked(_monitor(access, body, access.house.clock.now_ns()), _finder(access))
    return _answer(access, access.house.catalog.monitors.create(monitor, actor_of(access)))


@router.get("/monitors/{monitor_id}")
def get_monitor(access: Reader, monitor_id: str) -> MonitorAnswer:
    """One monitor."""
    return _answer(access, _of_project(access, monitor_id))


@router.put("/monitors/{monitor_id}")
def put_monitor(access: Admin, monitor_id: str, body: NewMonitor) -> MonitorAnswer:
    """Another state of it. Alerts of what it was before are kept only when what it asks stays the same."""
    before = _of_project(access, monitor_id)
    made = checked(_monitor(access, body, access.house.clock.now_ns()), _finder(access))
    made = replace(made, id=before.id, author=before.author, created_ns=before.created_ns)
    kept = access.house.catalog.monitors.update(made, actor_of(access))
    if (kept.query, kept.settings, kept.type, kept.every_s) != (
        before.query,
        before.settings,
        before.type,
        before.every_s,
    ):
        MonitorAlerts(access.house.catalog.notes).forget(monitor_id)
    return _answer(access, kept)


@router.delete("/monitors/{monitor_id}", status_code=204)
def delete_monitor(access: Admin, monitor_id: str) -> None:
    """Watch it no more."""
    _of_project(access, monitor_id)
    access.house.catalog.monitors.delete(monitor_id, actor_of(access))
    MonitorAlerts(access.house.catalog.notes).forget(monitor_id)


@router.post("/monitors/{monitor_id}/acknowledge")
def acknowledge_monitor(access: Admin, monitor_id: str) -> MonitorAnswer:
    """Say that somebody has seen what lasts: it is not told again."""
    monitor = _of_project(access, monitor_id)
    MonitorAlerts(access.house.catalog.notes).acknowledge(monitor_id, actor_of(access))
    return _answer(access, monitor)


def _of_project(access: Access, monitor_id: str) -> Monitor:
    monitor = access.house.catalog.monitors.get(monitor_id)
    if monitor.project != access.project:
        raise NotFound(
            f"there is no monitor {monitor_id!r} in project {access.project!r}: GET /api/v1/monitors lists them"
        )
    return monitor


def _finder(access: Access) -> Find:
    return partial(access.house.catalog.reference_windows.find, access.project)


def _monitor(access: Access, body: NewMonitor, now_ns: int) -> Monitor:
    windows = tuple(
        Maintenance(parse_time(one.from_, now_ns), parse_time(one.to, now_ns), one.reason) for one in body.maintenance
    )
    return Monitor(
        id="", project=access.project, name=body.name, type=body.type, query=body.query, settings=body.settings,
        every_s=parse_span(body.every) // NS_PER_S, after=body.after, recover=body.recover, no_data=body.no_data,
        severity=body.severity, renotify_s=parse_span(body.renotify) // NS_PER_S if body.renotify else 0,
        maintenance=windows, is_paused=body.paused,
    )  # fmt: skip


def _answer(access: Access, monitor: Monitor) -> MonitorAnswer:
    catalog = access.house.catalog
    alerts = MonitorAlerts(catalog.notes).of(monitor.id)
    ids = [monitor_finding_id(one) for one in alerts]
    homes = catalog.findings.homes(monitor.project, ids) if ids else {}
    now_ns = access.house.clock.now_ns()
    state: MonitorState = "alerting" if any(not one.end_ns for one in alerts) else "ok"
    if monitor.is_paused or any(one.from_ns <= now_ns < one.to_ns for one in monitor.maintenance):
        state = "muted"
    return MonitorAnswer(
        id=monitor.id, project=monitor.project, name=monitor.name, type=monitor.type, query=monitor.query,
        settings=monitor.settings, every=_span(monitor.every_s), after=monitor.after, recover=monitor.recover,
        no_data=monitor.no_data, severity=monitor.severity,
        renotify=_span(monitor.renotify_s) if monitor.renotify_s else "",
        maintenance=[
            MaintenanceShape.model_validate({"from": iso(one.from_ns), "to": iso(one.to_ns), "reason": one.reason}) for one in monitor.maintenance
        ],
        paused=monitor.is_paused, author=monitor.author, created=iso(monitor.created_ns), changed=iso(monitor.changed_ns),
        state=state, alerts=[_alert(one, homes.get(id)) for id, one in zip(ids, alerts, strict=True)],
    )  # fmt: skip


def _span(seconds: int) -> str:
    for unit, size in (("d", 86_400), ("h", 3600), ("m", 60)):
        if seconds % size == 0:
            return f"{seconds // size}{unit}"
    return f"{seconds}s"


def _alert(one: Alert, incident: str | None = None) -> AlertAnswer:
    return AlertAnswer(
        by=one.by, start=iso(one.start_ns), end=iso(one.end_ns) if one.end_ns else None, text=one.text, value=one.value,
        expected=one.expected, acknowledged_by=one.acknowledged_by, effect=_effect(one.effect), details=cleaned(one.details),
        link=link_of(one), incident=incident,
    )  # fmt: skip


def _effect(effect: dict[str, Any] | None) -> EffectAnswer | None:
    return EffectAnswer.model_validate(effect) if effect else None


def _group(judged: Judged) -> PreviewGroup:
    windows = [
        WindowAnswer(
            time=iso(window.start_ns), value=plain(verdict.effect.value) if verdict.effect else window.value, n=window.n,
            said=verdict.said, expected=verdict.expected, low=verdict.low, high=verdict.high, text=verdict.text,
            effect=_effect(effect_json(verdict)),
        )
        for window, verdict in zip(judged.windows, judged.verdicts, strict=True)
    ]  # fmt: skip
    return PreviewGroup(by=judged.by, windows=windows, alerts=[_alert(one) for one in judged.alerts])
