"""/api/v1/slos: what is promised, what is left of the error budget, and how fast it burns."""

from dataclasses import replace
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, ConfigDict, Field

from nervure.api.asking import Questions
from nervure.api.auth import Access, require
from nervure.api.objectives import ObjectiveAlertList, alert_list
from nervure.api.reach import actor_of, check_reach, only_project
from nervure.base.clock import NS_PER_S, iso
from nervure.base.errors import NotFound
from nervure.detect.slo.alerts import Alerts
from nervure.detect.slo.burn import Firing, Rule, Window
from nervure.detect.slo.checks import checked_slo
from nervure.detect.slo.status import Status, history, status_of, would_have_fired
from nervure.detect.slo.tally import Tally
from nervure.model.objective import SliKind, Slo
from nervure.query.asker import Asker
from nervure.query.objectives import events_of
from nervure.query.times import parse_time

router = APIRouter(prefix="/api/v1", tags=["slos"])
Reader = Annotated[Access, Depends(require("read"))]
Admin = Annotated[Access, Depends(require("admin"))]
State = Literal["page", "ticket", "exhausted", "ok", "no_data"]


class NewSlo(BaseModel):
    """A share of good events that is promised."""

    model_config = ConfigDict(extra="forbid")

    name: str
    kind: SliKind = Field(description="availability, latency, ttft, quality or custom.")
    target: float = Field(description="Share of good events, e.g. 0.99.")
    where: str = Field("", description="Filter of the events; empty: the roots of traces.")
    good: str = Field("", description="custom: filter of the good ones.")
    threshold_ms: float = Field(0.0, description="latency, ttft: good up to this many ms.")
    score: str = Field("", description="quality: name of the score.")
    threshold: float = Field(0.0, description="quality: good from this value.")
    period_days: int = 28
    team: str = ""
    description: str = ""


class SloChange(BaseModel):
    """What is said; everything else stays as it is."""

    model_config = ConfigDict(extra="forbid")

    name: str | None = None
    target: float | None = None
    where: str | None = None
    good: str | None = None
    threshold_ms: float | None = None
    score: str | None = None
    threshold: float | None = None
    period_days: int | None = None
    team: str | None = None
    description: str | None = None


class SloWindow(BaseModel):
    """Events of a stretch of time."""

    seconds: int
    valid: int
    bad: int
    bad_ratio: float | None
    bad_ratio_low: float | None = Field(
        description="One-sided 95 % lower bound, which an alert needs above its threshold."
    )
    burn: float | None = Field(description="Bad ratio over what the target allows.")


class SloRule(BaseModel):
    """An alert: fires while both windows burn faster than `burn`."""

    severity: Literal["page", "ticket"]
    burn: float
    threshold: float = Field(description="The bad ratio that is.")
    long: SloWindow
    short: SloWindow
    firing: bool
    least_events: int = Field(description="Events the short window should hold for the alert to mean something.")


class SloStatus(BaseModel):
    """How it stands."""

    state: State
    at: str
    good_ratio: float | None
    low: float | None = Field(description="Of the 95 % interval.")
    high: float | None
    valid: int
    bad: int
    allowed_bad: float
    budget_left: float | None = Field(description="Share of the error budget; negative when overspent.")
    exhausted_in_s: float | None = Field(description="At the last day's rate; null: it lasts.")
    rules: list[SloRule]
    policy: str = Field(description="What the budget means for releases.")


class SloAnswer(NewSlo):
    """An SLO with the filters it stands for."""

    id: str
    project: str
    author: str
    created: str | None
    changed: str | None
    valid_where: str = Field(description="Filter of its valid events.")
    bad_where: str = Field(description="Filter of the bad ones.")
    status: SloStatus | None = Field(None, description="Only where it was asked for.")


class SloList(BaseModel):
    """SLOs by name."""

    items: list[SloAnswer]
    next_cursor: None = None


class SloLeft(BaseModel):
    """A point of the burn-down."""

    time: str
    budget_left: float | None


class SloFired(BaseModel):
    """A stretch of time in which an alert would have fired."""

    severity: Literal["page", "ticket"]
    burn: float
    long_s: int
    short_s: int
    start: str
    end: str | None = Field(description="null: it still would.")


class SloHistory(BaseModel):
    """The burn-down of the last period."""

    items: list[SloLeft]
    next_cursor: None = None


class SloPreview(BaseModel):
    """What an SLO would have shown."""

    valid_where: str
    bad_where: str
    status: SloStatus
    from_: str = Field(alias="from")
    to: str
    fired: list[SloFired]
    burn_down: list[SloLeft]


@router.get("/slos")
async def list_slos(request: Request, access: Reader, status: bool = False) -> SloList:
    """All SLOs; with their status if asked."""
    only = only_project(access)
    found = [one for one in access.house.catalog.slos.list() if only in ("", one.project)]
    if not status:
        return SloList(items=[_answer(one) for one in found])

    def answered(asker: Asker) -> list[SloAnswer]:
        return [_answer(one, _standing(access, asker, one)) for one in found]

    return SloList(items=await _questions(request).run(request, access, answered))


@router.post("/slos", status_code=201)
def create_slo(access: Admin, body: NewSlo) -> SloAnswer:
    """Promise something."""
    check_reach(access, access.project)
    wanted = checked_slo(Slo(id="", project=access.project, **body.model_dump()))
    return _answer(access.house.catalog.slos.create(wanted, actor_of(access)))


@router.post("/slos/preview")
async def preview_slo(request: Request, access: Reader, body: NewSlo, from_: str = "-8d") -> SloPreview:
    """How it would stand, and when its alerts would have fired since `from_`. Nothing is kept."""
    slo = checked_slo(Slo(id="", project=access.project, **body.model_dump()))

    def tried(asker: Asker) -> SloPreview:
        house = access.house
        now_ns = house.clock.now_ns()
        from_s = parse_time(from_, now_ns) // NS_PER_S
        counts = Tally(asker, house.catalog.notes, house.clock).preview(slo, from_s)
        events, now_s = events_of(slo), now_ns // NS_PER_S
        standing = _status(status_of(slo, counts, now_ns))
        return SloPreview(
            valid_where=events.valid, bad_where=events.bad, status=standing,
            to=iso(now_ns), fired=[_fired(one.rule, one.start_s, one.end_s) for one in would_have_fired(slo, counts, from_s, now_s)],
            burn_down=[SloLeft(time=iso(at_s * NS_PER_S), budget_left=left) for at_s, left in history(slo, counts, now_ns) if at_s >= from_s],
            **{"from": iso(from_s * NS_PER_S)},
        )  # fmt: skip

    return await _questions(request).run(request, access, tried)


@router.get("/slos/{slo_id}")
async def get_slo(request: Request, access: Reader, slo_id: str) -> SloAnswer:
    """An SLO and how it stands."""
    slo = _found(access, slo_id)

    def answered(asker: Asker) -> SloAnswer:
        return _answer(slo, _standing(access, asker, slo))

    return await _questions(request).run(request, access, answered)


@router.get("/slos/{slo_id}/history")
async def get_history(request: Request, access: Reader, slo_id: str) -> SloHistory:
    """What was left of the error budget over the last period."""
    slo = _found(access, slo_id)

    def answered(asker: Asker) -> SloHistory:
        house = access.house
        counts, since_s = Tally(asker, house.catalog.notes, house.clock).counts(slo)
        points = history(slo, counts, house.clock.now_ns())
        return SloHistory(
            items=[SloLeft(time=iso(at * NS_PER_S), budget_left=left) for at, left in points if at >= since_s]
        )

    return await _questions(request).run(request, access, answered)


@router.get("/slos/{slo_id}/alerts")
def list_alerts(access: Reader, slo_id: str) -> ObjectiveAlertList:
    """Alerts of an SLO that came and went, newest first."""
    return alert_list(access, _found(access, slo_id).project, slo_id)


@router.patch("/slos/{slo_id}")
def change_slo(access: Admin, slo_id: str, body: SloChange) -> SloAnswer:
    """Promise something else; what was counted is counted again."""
    before = _found(access, slo_id)
    wanted = checked_slo(replace(before, **body.model_dump(exclude_none=True)))
    return _answer(access.house.catalog.slos.update(wanted, actor_of(access)))


@router.delete("/slos/{slo_id}", status_code=204)
def delete_slo(access: Admin, slo_id: str) -> None:
    """Promise it no longer."""
    _found(access, slo_id)
    house = access.house
    house.catalog.slos.delete(slo_id, actor_of(access))
    Tally(house.asker, house.catalog.notes, house.clock).forget(slo_id)
    Alerts(house.catalog.notes).forget(slo_id)


def _questions(request: Request) -> Questions:
    questions: Questions = request.app.state.questions
    return questions


def _found(access: Access, slo_id: str) -> Slo:
    found = access.house.catalog.slos.get(slo_id)
    if only_project(access) not in ("", found.project):
        raise NotFound(f"there is no slo {slo_id!r}: GET /api/v1/slos lists those there are")
    return found


def _standing(access: Access, asker: Asker, slo: Slo) -> SloStatus:
    house = access.house
    counts, _ = Tally(asker, house.catalog.notes, house.clock).counts(slo)
    return _status(status_of(slo, counts, house.clock.now_ns()))


def _status(one: Status) -> SloStatus:
    held = one.budget
    return SloStatus(
        state=one.state, at=iso(one.at_ns), good_ratio=held.good_ratio, low=held.low, high=held.high,
        valid=held.valid, bad=held.bad, allowed_bad=held.allowed, budget_left=held.left,
        exhausted_in_s=held.exhausted_in_s, policy=one.policy, rules=[_rule(rule, one.slo.target) for rule in one.rules],
    )  # fmt: skip


def _rule(one: Firing, target: float) -> SloRule:
    allowed = 1 - target

    def window(seconds: int, held: Window) -> SloWindow:
        return SloWindow(
            seconds=seconds, valid=held.valid, bad=held.bad, bad_ratio=held.ratio, bad_ratio_low=held.low,
            burn=None if held.ratio is None else held.ratio / allowed,
        )  # fmt: skip

    return SloRule(
        severity=one.rule.severity, burn=one.rule.burn, threshold=one.rule.burn * allowed,
        long=window(one.rule.long_s, one.long), short=window(one.rule.short_s, one.short),
        firing=one.is_firing, least_events=one.least,
    )  # fmt: skip


def _fired(rule: Rule, start_s: int, end_s: int) -> SloFired:
    return SloFired(
        severity=rule.severity, burn=rule.burn, long_s=rule.long_s, short_s=rule.short_s,
        start=iso(start_s * NS_PER_S), end=iso(end_s * NS_PER_S) if end_s else None,
    )  # fmt: skip


def _answer(one: Slo, status: SloStatus | None = None) -> SloAnswer:
    events = events_of(one)
    return SloAnswer(
        id=one.id, project=one.project, name=one.name, kind=one.kind, target=one.target, where=one.where, good=one.good,
        threshold_ms=one.threshold_ms, score=one.score, threshold=one.threshold, period_days=one.period_days,
        team=one.team, description=one.description, author=one.author,
        created=iso(one.created_ns) if one.created_ns else None, changed=iso(one.changed_ns) if one.changed_ns else None,
        valid_where=events.valid, bad_where=events.bad, status=status,
    )  # fmt: skip
