"""Online evaluation as the API tells it."""

from typing import Any, Literal

from pydantic import BaseModel, Field

from nervure.base.clock import NS_PER_S, iso
from nervure.catalog.catalog import Catalog
from nervure.catalog.repositories.evaluation_tasks import Day, Queue, day_of
from nervure.evaluate.online.worker import workers_of
from nervure.model.evaluation import Backfill, Rule, Tally, Task
from nervure.stats.intervals import wilson

State = Literal["waiting", "running", "done", "failed", "cancelled"]


class ChoiceAnswer(BaseModel):
    """One evaluator of a rule."""

    evaluator: str
    score: str = Field(description="Name of the scores it writes.")
    settings: dict[str, Any]
    fields: dict[str, str]


class SamplingAnswer(BaseModel):
    """How many of the targets are scored."""

    rate: float
    stratify_by: str
    per_hour: int
    errors: bool
    tail_by: str
    tail_share: float
    tail_score: str
    tail_threshold: float
    rows_per_day: int | None
    usd_per_day: float | None


class PassRate(BaseModel):
    """Share of the scored that passed, with its 95 % interval."""

    value: float
    low: float
    high: float
    n: int


class EvaluationDay(BaseModel):
    """What one evaluator did on one UTC day. planned: targets, told with evaluator empty."""

    day: str
    evaluator: str = Field(description="Name of the score; empty: of the rule as a whole.")
    planned: int
    scored: int
    passed: int
    skipped: int
    failed: int
    cost_usd: float
    pass_rate: PassRate | None

    @classmethod
    def of(cls, day: Day) -> "EvaluationDay":
        return cls(
            day=day.day, evaluator=day.evaluator, planned=day.planned, scored=day.scored, passed=day.passed,
            skipped=day.skipped, failed=day.failed, cost_usd=day.cost_usd, pass_rate=rate_of(day.passed, day.scored),
        )  # fmt: skip


class EvaluationRuleVersion(BaseModel):
    """A rule as a version has it."""

    id: str
    name: str
    version: int
    level: Literal["trace", "span", "session"]
    where: str
    evaluators: list[ChoiceAnswer]
    sampling: SamplingAnswer
    settle_s: float
    author: str
    changed: str


class EvaluationRule(EvaluationRuleVersion):
    """A rule, and how it is doing."""

    enabled: bool
    created: str
    problem: str = Field(description="Why nothing is planned; empty when all is well.")
    waiting: int = Field(description="Targets in its queue.")
    running: int
    lag_s: float = Field(description="Age of the oldest target that was complete and is not scored yet; 0: none waits.")
    planned_today: int
    spent_today_usd: float
    today: list[EvaluationDay]


class EvaluationRuleList(BaseModel):
    """Rules by name."""

    items: list[EvaluationRule]
    next_cursor: None = None


class EvaluationRuleVersions(BaseModel):
    """Versions, newest first."""

    items: list[EvaluationRuleVersion]
    next_cursor: None = None


class TallyAnswer(BaseModel):
    """What became of one evaluator's targets in one task."""

    evaluator: str
    scored: int
    passed: int
    skipped: int
    failed: int
    cost_usd: float


class EvaluationProblem(BaseModel):
    """Why one target could not be scored."""

    evaluator: str
    target_id: str
    reason: str


class ExecutionAnswer(BaseModel):
    """A task: up to 64 targets that a worker scores in one go."""

    id: str
    rule_version: int
    backfill_id: str
    state: State
    targets: int
    attempts: int = Field(description="Workers that began it; more than one: the others died or lost it.")
    worker: str
    created: str
    done: str | None
    lag_s: float | None = Field(description="From the moment its first target was complete until it was scored.")
    seconds: float | None = Field(description="Of a worker's time.")
    evaluators: list[TallyAnswer]
    problems: list[EvaluationProblem]
    reasons: dict[str, int] = Field(description="Reasons of failures, and of judgements not bought, counted.")
    error: str


class ExecutionList(BaseModel):
    """Tasks, newest first."""

    items: list[ExecutionAnswer]
    next_cursor: str | None = None


class EvaluationWorker(BaseModel):
    """A process that scores."""

    name: str
    pid: int
    targets: int = Field(description="Since it began.")
    seen: str


class EvaluationStatus(BaseModel):
    """The whole queue."""

    waiting: int
    running: int
    lag_s: float
    workers: list[EvaluationWorker]


class EstimateAnswer(BaseModel):
    """What a backfill would do. null: not known, and `notes` say why."""

    matching: int = Field(description="Targets with a matching span in the window.")
    targets: int = Field(description="Of these, after sampling and without those that are scored already.")
    is_exact: bool
    basis_targets: int = Field(description="From how many scored targets time and cost are known.")
    seconds: float | None = Field(description="Of one worker.")
    cost_usd: float | None
    notes: list[str]


class BackfillAnswer(BaseModel):
    """A backfill and how far it is."""

    id: str
    rule_id: str
    rule_version: int
    from_: str = Field(serialization_alias="from")
    to: str
    limit: int | None
    again: bool
    state: State
    created: str
    author: str
    planned: int
    settled: int = Field(description="Targets that are scored, failed or dropped.")
    progress: float = Field(description="0 to 1.")
    estimate: EstimateAnswer | None
    error: str


class BackfillList(BaseModel):
    """Backfills, newest first."""

    items: list[BackfillAnswer]
    next_cursor: None = None


def rate_of(passed: int, scored: int) -> PassRate | None:
    """The pass rate with its interval, None for no score."""
    found = wilson(passed, scored)
    return PassRate(value=found.estimate, low=found.low, high=found.high, n=found.n) if found else None


def rule_answer(catalog: Catalog, rule: Rule, now_ns: int) -> EvaluationRule:
    """A rule with its queue and its day."""
    queue, days = catalog.evaluation_tasks.queue(rule.id), catalog.evaluation_tasks.days(rule.id, day_of(now_ns))
    # A backfill waits because it is asked to: that is no lag.
    live = catalog.evaluation_tasks.queue(rule.id, "")
    return EvaluationRule(
        **_basics(rule), enabled=rule.enabled, created=iso(rule.created_ns), problem=rule.problem, waiting=queue.waiting,
        running=queue.running, lag_s=_lag(rule, live, now_ns), planned_today=sum(day.planned for day in days),
        spent_today_usd=sum(day.cost_usd for day in days), today=[EvaluationDay.of(day) for day in days if day.evaluator or day.failed],
    )  # fmt: skip


def version_answer(rule: Rule) -> EvaluationRuleVersion:
    """A version of a rule."""
    return EvaluationRuleVersion(**_basics(rule))


def execution_answer(task: Task) -> ExecutionAnswer:
    """A task with its outcome."""
    outcome = task.outcome
    tallies: dict[str, Tally] = outcome.tallies if outcome else {}
    return ExecutionAnswer(
        id=task.id, rule_version=task.rule_version, backfill_id=task.backfill_id, state=task.state,
        targets=task.target_count, attempts=task.attempts, worker=task.held_by, created=iso(task.created_ns),
        done=iso(task.done_ns) if task.done_ns else None,
        lag_s=round((task.done_ns - task.oldest_ns) / NS_PER_S, 3) if task.state == "done" and not task.backfill_id else None,
        seconds=outcome.seconds if outcome else None,
        evaluators=[
            TallyAnswer(
                evaluator=name, scored=one.scored, passed=one.passed, skipped=one.skipped, failed=one.failed,
                cost_usd=one.cost_usd,
            )
            for name, one in tallies.items()
        ],
        problems=[
            EvaluationProblem(evaluator=one.evaluator, target_id=one.target_id, reason=one.reason)
            for one in (outcome.problems if outcome else ())
        ],
        reasons=dict(outcome.reasons) if outcome else {}, error=task.error,
    )  # fmt: skip


def status_answer(catalog: Catalog, now_ns: int) -> EvaluationStatus:
    """The queue and its workers."""
    queue = catalog.evaluation_tasks.queue(backfill_id="")
    workers: list[dict[str, Any]] = [dict(one) for one in workers_of(catalog, now_ns)]
    return EvaluationStatus(
        waiting=queue.waiting, running=queue.running,
        lag_s=0.0 if queue.oldest_ns is None else round(max(0, now_ns - queue.oldest_ns) / NS_PER_S, 3),
        workers=[
            EvaluationWorker(name=one["name"], pid=one["pid"], targets=one["targets"], seen=iso(one["seen_ns"])) for one in workers
        ],
    )  # fmt: skip


def backfill_answer(catalog: Catalog, backfill: Backfill) -> BackfillAnswer:
    """A backfill with its progress: the share of the window that is planned, times the share of that which is settled."""
    settled = catalog.evaluation_tasks.settled(backfill.id)
    planned_share = (backfill.at_ns - backfill.from_ns) / (backfill.to_ns - backfill.from_ns)
    if backfill.limit:
        planned_share = max(planned_share, backfill.planned / backfill.limit)
    progress = (
        1.0 if backfill.state == "done" else planned_share * (settled / backfill.planned if backfill.planned else 1.0)
    )
    return BackfillAnswer(
        id=backfill.id, rule_id=backfill.rule_id, rule_version=backfill.rule_version, from_=iso(backfill.from_ns),
        to=iso(backfill.to_ns), limit=backfill.limit, again=backfill.again, state=backfill.state,
        created=iso(backfill.created_ns), author=backfill.actor, planned=backfill.planned, settled=settled,
        progress=round(min(1.0, progress), 4),
        estimate=EstimateAnswer(**backfill.estimate) if backfill.estimate else None, error=backfill.error,
    )  # fmt: skip


def _basics(rule: Rule) -> dict[str, Any]:
    return {
        "id": rule.id, "name": rule.name, "version": rule.version, "level": rule.level, "where": rule.where,
        "evaluators": [
            ChoiceAnswer(evaluator=one.evaluator, score=one.name, settings=one.settings, fields=one.fields)
            for one in rule.choices
        ],
        "sampling": SamplingAnswer(**{name: getattr(rule.sampling, name) for name in SamplingAnswer.model_fields}),
        "settle_s": rule.settle_s, "author": rule.author, "changed": iso(rule.changed_ns),
    }  # fmt: skip


def _lag(rule: Rule, queue: Queue, now_ns: int) -> float:
    """Age of the oldest waiting target; when planning itself is behind, how far."""
    oldest_ns = queue.oldest_ns
    behind_s = (now_ns - rule.through_ns) / NS_PER_S - rule.settle_s if rule.enabled else 0.0
    waiting_s = 0.0 if oldest_ns is None else (now_ns - oldest_ns) / NS_PER_S
    # A round of planning is due every second or so: a few of them are no lag.
    return round(max(waiting_s, behind_s if behind_s > 15 else 0.0, 0.0), 3)
