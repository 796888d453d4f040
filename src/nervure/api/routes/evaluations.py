"""/api/v1/evaluations: rules of online evaluation, what they did, and backfills; and what workers ask."""

import asyncio
from dataclasses import replace
from typing import Annotated, Any, Literal

import orjson
from fastapi import APIRouter, Depends, Path, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from nervure.api.asking import ask
from nervure.api.auth import Access, require
from nervure.api.evaluation_answers import (
    BackfillAnswer,
    BackfillList,
    EstimateAnswer,
    EvaluationDay,
    EvaluationRule,
    EvaluationRuleList,
    EvaluationRuleVersions,
    EvaluationStatus,
    ExecutionList,
    backfill_answer,
    execution_answer,
    rule_answer,
    status_answer,
    version_answer,
)
from nervure.api.evaluation_bodies import EvaluationRuleBody, resolver_of
from nervure.api.reach import actor_of
from nervure.base.errors import BadInput, NotFound, QueryError
from nervure.catalog.repositories.evaluation_tasks import day_of
from nervure.evaluate.online.planner import Planner
from nervure.evaluate.online.worker import choose
from nervure.model.batch import Batch
from nervure.model.evaluation import Backfill, Rule
from nervure.model.score import Score
from nervure.query.asker import Asker
from nervure.query.sampled import rows_of
from nervure.query.times import parse_time
from nervure.store.rows import span_of

router = APIRouter(prefix="/api/v1/evaluations", tags=["evaluations"])
Reader = Annotated[Access, Depends(require("read"))]
Sender = Annotated[Access, Depends(require("send"))]
Admin = Annotated[Access, Depends(require("admin"))]
RuleId = Annotated[str, Path(description="As the list of rules tells it.")]
MOST_IDS = 1000


class BackfillBody(BaseModel):
    """A rule over a past window."""

    model_config = ConfigDict(extra="forbid")
    rule_id: str
    from_: str = Field("-7d", alias="from")
    to: str = "now"
    limit: int | None = Field(None, ge=1, description="At most so many targets, the earliest.")
    again: bool = Field(False, description="Also targets that have scores of these names already.")


class RuleEnabling(BaseModel):
    """Whether a rule is in force."""

    model_config = ConfigDict(extra="forbid")
    enabled: bool


class RowsBody(BaseModel):
    """Whose spans a worker needs."""

    model_config = ConfigDict(extra="forbid")
    level: Literal["trace", "span", "session"]
    ids: list[str] = Field(max_length=MOST_IDS)
    from_ns: int
    to_ns: int
    with_maps: bool = False


@router.get("/rules")
def list_rules(access: Reader) -> EvaluationRuleList:
    """The project's rules by name, with what waits and what they did today."""
    catalog, now_ns = access.house.catalog, access.house.clock.now_ns()
    return EvaluationRuleList(
        items=[rule_answer(catalog, rule, now_ns) for rule in catalog.evaluation_rules.list(access.project)]
    )


@router.post("/rules", status_code=201)
def create_rule(access: Admin, body: EvaluationRuleBody) -> EvaluationRule:
    """Make a rule. It scores what is complete from now on; a backfill scores what was before."""
    rule = _checked(access, body)
    house = access.house
    return rule_answer(
        house.catalog, house.catalog.evaluation_rules.create(rule, actor_of(access)), house.clock.now_ns()
    )


@router.get("/rules/{rule_id}")
def get_rule(access: Reader, rule_id: RuleId) -> EvaluationRule:
    """One rule."""
    house = access.house
    return rule_answer(house.catalog, house.catalog.evaluation_rules.get(access.project, rule_id), house.clock.now_ns())


@router.put("/rules/{rule_id}")
def change_rule(access: Admin, rule_id: RuleId, body: EvaluationRuleBody) -> EvaluationRule:
    """Put another state of a rule in force; what it scores, and how, makes a new version."""
    house = access.house
    house.catalog.evaluation_rules.get(access.project, rule_id)
    changed = house.catalog.evaluation_rules.update(_checked(access, body, rule_id), actor_of(access))
    return rule_answer(house.catalog, changed, house.clock.now_ns())


@router.post("/rules/{rule_id}/enabled")
def enable_rule(access: Admin, rule_id: RuleId, body: RuleEnabling) -> EvaluationRule:
    """Turn a rule on, from now on, or off: what waits in its queue is still scored."""
    house = access.house
    rule = house.catalog.evaluation_rules.get(access.project, rule_id)
    changed = house.catalog.evaluation_rules.update(replace(rule, enabled=body.enabled), actor_of(access))
    return rule_answer(house.catalog, changed, house.clock.now_ns())


@router.delete("/rules/{rule_id}", status_code=204)
def delete_rule(access: Admin, rule_id: RuleId) -> None:
    """Forget a rule with its queue and counts. The scores it made stay."""
    access.house.catalog.evaluation_rules.delete(access.project, rule_id, actor_of(access))


@router.get("/rules/{rule_id}/versions")
def list_versions(access: Reader, rule_id: RuleId) -> EvaluationRuleVersions:
    """All versions of a rule, newest first."""
    return EvaluationRuleVersions(
        items=[version_answer(rule) for rule in access.house.catalog.evaluation_rules.versions(access.project, rule_id)]
    )


@router.get("/rules/{rule_id}/executions")
def list_executions(
    access: Reader,
    rule_id: RuleId,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    state: Annotated[list[str], Query(description="waiting, running, done, failed, cancelled")] = [],  # noqa: B006
    before: Annotated[str, Query(description="Only those made earlier: `next_cursor` of the page before.")] = "",
) -> ExecutionList:
    """A rule's tasks, newest first: what was scored, what failed and why, how long it waited."""
    tasks = access.house.catalog.evaluation_tasks
    access.house.catalog.evaluation_rules.get(access.project, rule_id)
    if before and not before.isdigit():
        raise QueryError(f"before = {before!r} is no next_cursor of this list")
    found = tasks.list(rule_id, limit + 1, state, int(before) if before else None)
    following = str(found[limit - 1].created_ns) if len(found) > limit else None
    return ExecutionList(items=[execution_answer(task) for task in found[:limit]], next_cursor=following)


@router.get("/rules/{rule_id}/days")
def list_days(access: Reader, rule_id: RuleId, days: Annotated[int, Query(ge=1, le=366)] = 14) -> list[EvaluationDay]:
    """What each evaluator of a rule did on each UTC day."""
    house = access.house
    house.catalog.evaluation_rules.get(access.project, rule_id)
    since = day_of(house.clock.now_ns() - (days - 1) * 86_400 * 10**9)
    return [EvaluationDay.of(day) for day in house.catalog.evaluation_tasks.days(rule_id, since)]


@router.get("/status")
def get_status(access: Reader) -> EvaluationStatus:
    """The queue of all projects, the workers that serve it, and the lag."""
    return status_answer(access.house.catalog, access.house.clock.now_ns())


@router.post("/backfills/estimate", response_model=None, responses={200: {"model": EstimateAnswer}})
async def estimate_backfill(request: Request, access: Reader, body: BackfillBody) -> Response:
    """What a backfill would score, how long one worker would take, and what judges would cost. Nothing is begun."""
    rule = access.house.catalog.evaluation_rules.get(access.project, body.rule_id)
    from_ns, to_ns = _window(access, body)

    def question(asker: Asker) -> dict[str, Any]:
        return Planner(access.house.catalog, asker).estimate(rule, from_ns, to_ns, body.limit, body.again)

    return await ask(request, access, question)


@router.post("/backfills", status_code=201)
def create_backfill(access: Admin, body: BackfillBody) -> BackfillAnswer:
    """Begin a backfill. It waits behind live traffic."""
    house = access.house
    rule = house.catalog.evaluation_rules.get(access.project, body.rule_id)
    from_ns, to_ns = _window(access, body)
    asked = Backfill("", access.project, rule.id, rule.version, from_ns, to_ns, body.limit, body.again)
    estimate = Planner(house.catalog, house.asker).estimate(rule, from_ns, to_ns, body.limit, body.again)
    made = house.catalog.backfills.create(replace(asked, estimate=estimate), actor_of(access))
    return backfill_answer(house.catalog, made)


@router.get("/backfills")
def list_backfills(
    access: Reader, rule_id: Annotated[str, Query(description="Only of this rule.")] = ""
) -> BackfillList:
    """The project's backfills, newest first, with their progress."""
    catalog = access.house.catalog
    found = [one for one in catalog.backfills.list(access.project) if rule_id in ("", one.rule_id)]
    return BackfillList(items=[backfill_answer(catalog, one) for one in found])


@router.get("/backfills/{backfill_id}")
def get_backfill(access: Reader, backfill_id: str) -> BackfillAnswer:
    """One backfill with its progress."""
    return backfill_answer(access.house.catalog, _own(access, backfill_id))


@router.post("/backfills/{backfill_id}/cancel")
def cancel_backfill(access: Admin, backfill_id: str) -> BackfillAnswer:
    """Stop a backfill: what waits is dropped, what was scored stays."""
    catalog = access.house.catalog
    _own(access, backfill_id)
    cancelled = catalog.backfills.cancel(backfill_id, actor_of(access))
    catalog.evaluation_tasks.cancel(backfill_id=backfill_id)
    return backfill_answer(catalog, cancelled)


@router.post("/rows", include_in_schema=False, response_model=None)
async def read_rows(request: Request, access: Reader, body: RowsBody) -> Response:
    """Rows of spans for a worker, as the store has them."""

    def question(asker: Asker) -> dict[str, Any]:
        runner = asker.runner(access.project)
        return {"rows": rows_of(runner, body.level, body.ids, body.from_ns, body.to_ns, body.with_maps)}

    return await ask(request, access, question)


@router.post("/judgements", include_in_schema=False, response_model=None, status_code=201)
async def store_judgements(request: Request, access: Sender) -> Response:
    """Spans of judgements a worker made: rows of the store, a line each."""
    body = await request.body()
    try:
        spans = [span_of(orjson.loads(line)) for line in body.splitlines() if line]
    except (ValueError, KeyError, TypeError) as error:
        raise BadInput(f"these are no rows of spans: {error}") from error
    foreign = {span.project for span in spans} - {access.project}
    if foreign:
        raise BadInput(f"spans of project {', '.join(sorted(foreign))} were sent to {access.project}")
    now_ns = access.house.clock.now_ns()
    for span in spans:
        span.received_ns = now_ns
    batch = Batch(spans=spans, wire="judge", bytes=len(body), project=access.project)
    future = await asyncio.to_thread(access.house.intake.submit, batch)
    await asyncio.wrap_future(future)
    return Response(status_code=201)


@router.post("/scores", include_in_schema=False, response_model=None, status_code=201)
async def store_scores(request: Request, access: Sender) -> Response:
    """Scores a worker made, a line each; answers when they are in the store.

    The public door for scores checks each of them and tells it back; of what our own worker made, thousands a second,
    only the project is checked.
    """
    body = await request.body()
    now_ns = access.house.clock.now_ns()
    try:
        scores = [Score(**orjson.loads(line), project=access.project, received_ns=now_ns) for line in body.splitlines()]
    except (ValueError, TypeError) as error:
        raise BadInput(f"these are no scores: {error}") from error
    batch = Batch(scores=scores, wire="evaluation", bytes=len(body), project=access.project)
    future = await asyncio.to_thread(access.house.intake.submit, batch)
    await asyncio.wrap_future(future)
    return Response(status_code=201)


def _checked(access: Access, body: EvaluationRuleBody, rule_id: str = "") -> Rule:
    """The rule, whose evaluators and settings there are. Raises BadInput, NotFound, SandboxError."""
    rule = body.rule(access.project, rule_id)
    resolver = resolver_of(access)
    try:
        choose(rule, resolver)
    finally:
        resolver.close()
    return rule


def _window(access: Access, body: BackfillBody) -> tuple[int, int]:
    now_ns = access.house.clock.now_ns()
    from_ns, to_ns = parse_time(body.from_, now_ns), min(now_ns, parse_time(body.to, now_ns))
    if from_ns >= to_ns:
        raise QueryError("the time range is empty: `from` must lie before `to`, and before now")
    return from_ns, to_ns


def _own(access: Access, backfill_id: str) -> Backfill:
    found = access.house.catalog.backfills.get(backfill_id)
    if found.project != access.project:
        raise NotFound(f"there is no backfill {backfill_id!r} in project {access.project!r}")
    return found
