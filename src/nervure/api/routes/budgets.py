"""/api/v1/budgets: what calls may cost, what they have cost, and whether a gateway may let the next one through."""

import threading
from dataclasses import replace
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Request
from pydantic import BaseModel, ConfigDict, Field

from nervure.api.asking import Questions
from nervure.api.auth import Access, require
from nervure.api.objectives import ObjectiveAlertList, alert_list
from nervure.api.reach import actor_of, check_reach, only_project
from nervure.base.clock import iso
from nervure.base.errors import BadInput, NotFound
from nervure.detect.slo.alerts import Alerts
from nervure.detect.slo.checks import checked_budget
from nervure.detect.slo.ledger import standing, within
from nervure.detect.slo.spending import Spent
from nervure.model.objective import Budget, BudgetPeriod
from nervure.query.asker import Asker

router = APIRouter(prefix="/api/v1", tags=["budgets"])
Reader = Annotated[Access, Depends(require("read"))]
Admin = Annotated[Access, Depends(require("admin"))]
# A gateway asks before every call: what was spent is counted so often.
FRESH_S = 10.0


class NewBudget(BaseModel):
    """What calls may cost in a day, week or month."""

    model_config = ConfigDict(extra="forbid")

    name: str
    limit_usd: float
    period: BudgetPeriod = "month"
    scope: dict[str, str] = Field(
        default_factory=dict, description='Field to value; "*": each value has its own; {}: all.'
    )
    offset: str = Field("", description="East of UTC, e.g. +02:00: where days begin.")
    alert_at: list[float] = Field(default_factory=lambda: [0.5, 0.8, 1.0], description="Shares of the limit.")
    team: str = ""
    description: str = ""


class BudgetChange(BaseModel):
    """What is said; everything else stays as it is."""

    model_config = ConfigDict(extra="forbid")

    name: str | None = None
    limit_usd: float | None = None
    period: BudgetPeriod | None = None
    scope: dict[str, str] | None = None
    offset: str | None = None
    alert_at: list[float] | None = None
    team: str | None = None
    description: str | None = None


class BudgetLine(BaseModel):
    """A budget of one scope."""

    scope: dict[str, str]
    state: Literal["ok", "alert", "may_exceed", "at_risk", "over"] = Field(
        description="alert: a share of alert_at is reached; may_exceed: the forecast lies above the limit; at_risk: its "
        "whole interval does; over: spent."
    )
    spent_usd: float
    left_usd: float
    share: float
    reached: float | None = Field(description="The highest share of alert_at that is reached.")
    from_: str = Field(alias="from")
    to: str
    projected_usd: float | None = Field(description="At the end of the period; null: not enough history.")
    low_usd: float | None = Field(description="Of its 95 % interval.")
    high_usd: float | None


class BudgetAnswer(NewBudget):
    """A budget; with what was spent where it was asked for."""

    id: str
    project: str
    author: str
    created: str | None
    changed: str | None
    status: list[BudgetLine] | None = Field(None, description="A line for each scope, the dearest first.")


class BudgetList(BaseModel):
    """Budgets by name."""

    items: list[BudgetAnswer]
    next_cursor: None = None


class CheckedBudget(BaseModel):
    """A budget the call falls under."""

    id: str
    name: str
    within: bool
    scope: dict[str, str]
    limit_usd: float
    spent_usd: float
    left_usd: float
    resets: str


class BudgetCheck(BaseModel):
    """Whether a call may go through: within every budget it falls under."""

    within: bool
    reason: str = Field(description="In words; empty when it may.")
    budgets: list[CheckedBudget]
    counted_s_ago: float = Field(description="Age of the oldest count used.")


@router.get("/budgets")
async def list_budgets(request: Request, access: Reader, status: bool = False) -> BudgetList:
    """All budgets; with what was spent if asked."""
    only = only_project(access)
    found = [one for one in access.house.catalog.budgets.list() if only in ("", one.project)]
    if not status:
        return BudgetList(items=[_answer(one) for one in found])

    def answered(asker: Asker) -> list[BudgetAnswer]:
        return [_answer(one, standing(asker, one)) for one in found]

    return BudgetList(items=await _questions(request).run(request, access, answered))


@router.post("/budgets", status_code=201)
def create_budget(access: Admin, body: NewBudget) -> BudgetAnswer:
    """Limit what calls may cost."""
    check_reach(access, access.project)
    said = body.model_dump()
    wanted = checked_budget(Budget(id="", project=access.project, **{**said, "alert_at": tuple(said["alert_at"])}))
    return _answer(access.house.catalog.budgets.create(wanted, actor_of(access)))


@router.get("/budgets/check")
async def check_budgets(
    request: Request,
    access: Reader,
    scope: Annotated[list[str] | None, Query(description="What is known of the call, e.g. scope=team=search.")] = None,
    cost_usd: Annotated[float, Query(ge=0, description="What the call may cost.")] = 0.0,
) -> BudgetCheck:
    """Whether a call is within every budget it falls under. Counts are at most 10 s old."""
    known = _known(scope or [])
    budgets = [one for one in access.house.catalog.budgets.list() if one.project == access.project]
    counts: Counted = _counted(request)

    def answered(asker: Asker) -> BudgetCheck:
        found: list[CheckedBudget] = []
        oldest_s, why = 0.0, ""
        for budget in budgets:
            applied = within(budget, known)
            if applied is None:
                continue
            spent, age_s = counts.of(asker, budget, access.house.clock.monotonic_s())
            one = next((line for line in spent if line.scope == applied), None)
            usd = one.spent_usd if one else 0.0
            end_ns = spent[0].end_ns if spent else standing(asker, replace(budget, scope=applied), False)[0].end_ns
            is_within = usd + cost_usd <= budget.limit_usd and usd < budget.limit_usd
            oldest_s = max(oldest_s, age_s)
            if not is_within:
                left = f"${max(0.0, budget.limit_usd - usd):.2f} of ${budget.limit_usd:.2f} left until {iso(end_ns)}"
                costs = f", and the call may cost ${cost_usd:.2f}" if cost_usd else ""
                why = why or f"the budget {budget.name!r} has {left}{costs}"
            found.append(
                CheckedBudget(
                    id=budget.id, name=budget.name, within=is_within, scope=applied, limit_usd=budget.limit_usd,
                    spent_usd=usd, left_usd=budget.limit_usd - usd, resets=iso(end_ns),
                )
            )  # fmt: skip
        return BudgetCheck(within=all(one.within for one in found), reason=why, budgets=found, counted_s_ago=oldest_s)

    return await _questions(request).run(request, access, answered)


@router.get("/budgets/{budget_id}")
async def get_budget(request: Request, access: Reader, budget_id: str) -> BudgetAnswer:
    """A budget, what was spent and what the period will end at."""
    budget = _found(access, budget_id)

    def answered(asker: Asker) -> BudgetAnswer:
        return _answer(budget, standing(asker, budget))

    return await _questions(request).run(request, access, answered)


@router.get("/budgets/{budget_id}/alerts")
def list_alerts(access: Reader, budget_id: str) -> ObjectiveAlertList:
    """Alerts of a budget that came and went, newest first."""
    return alert_list(access, _found(access, budget_id).project, budget_id)


@router.patch("/budgets/{budget_id}")
def change_budget(access: Admin, budget_id: str, body: BudgetChange) -> BudgetAnswer:
    """Change it."""
    said = body.model_dump(exclude_none=True)
    if "alert_at" in said:
        said["alert_at"] = tuple(said["alert_at"])
    wanted = checked_budget(replace(_found(access, budget_id), **said))
    return _answer(access.house.catalog.budgets.update(wanted, actor_of(access)))


@router.delete("/budgets/{budget_id}", status_code=204)
def delete_budget(access: Admin, budget_id: str) -> None:
    """Limit it no longer."""
    _found(access, budget_id)
    access.house.catalog.budgets.delete(budget_id, actor_of(access))
    Alerts(access.house.catalog.notes).forget(budget_id)


class Counted:
    """What was spent lately, by budget. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: dict[tuple[str, int], tuple[float, list[Spent]]] = {}

    def of(self, asker: Asker, budget: Budget, now_s: float) -> tuple[list[Spent], float]:
        """(lines, their age in s)."""
        key = (budget.id, budget.changed_ns)
        with self._lock:
            at_s, lines = self._kept.get(key, (float("-inf"), []))
        if now_s - at_s < FRESH_S:
            return lines, now_s - at_s
        lines = standing(asker, budget, False)
        with self._lock:
            self._kept = {one: held for one, held in self._kept.items() if now_s - held[0] < FRESH_S}
            self._kept[key] = (now_s, lines)
        return lines, 0.0


def _counted(request: Request) -> Counted:
    state = request.app.state
    if not hasattr(state, "counted_budgets"):
        state.counted_budgets = Counted()
    counted: Counted = state.counted_budgets
    return counted


def _known(said: list[str]) -> dict[str, str]:
    known = dict[str, str]()
    for one in said:
        name, sign, value = one.partition("=")
        if not sign or not name or not value:
            raise BadInput(f"scope = {one!r}: write a field and its value, e.g. scope=team=search")
        known[name] = value
    return known


def _questions(request: Request) -> Questions:
    questions: Questions = request.app.state.questions
    return questions


def _found(access: Access, budget_id: str) -> Budget:
    found = access.house.catalog.budgets.get(budget_id)
    if only_project(access) not in ("", found.project):
        raise NotFound(f"there is no budget {budget_id!r}: GET /api/v1/budgets lists those there are")
    return found


def _line(one: Spent) -> BudgetLine:
    return BudgetLine(
        scope=one.scope, state=one.state, spent_usd=one.spent_usd, left_usd=one.left_usd, share=one.share,
        reached=one.reached, to=iso(one.end_ns), projected_usd=one.projected_usd, low_usd=one.low_usd,
        high_usd=one.high_usd, **{"from": iso(one.begin_ns)},
    )  # fmt: skip


def _answer(one: Budget, lines: list[Spent] | None = None) -> BudgetAnswer:
    return BudgetAnswer(
        id=one.id, project=one.project, name=one.name, limit_usd=one.limit_usd, period=one.period, scope=one.scope,
        offset=one.offset, alert_at=list(one.alert_at), team=one.team, description=one.description, author=one.author,
        created=iso(one.created_ns) if one.created_ns else None, changed=iso(one.changed_ns) if one.changed_ns else None,
        status=None if lines is None else [_line(line) for line in lines],
    )  # fmt: skip
