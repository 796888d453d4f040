"""Judges as the API speaks of them."""

from dataclasses import asdict
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from nervure.api.auth import Access
from nervure.api.reach import only_project
from nervure.base.clock import iso
from nervure.base.errors import NotFound
from nervure.evaluate.judging import Bench, bench_of, rubric_of
from nervure.model.batch import Batch
from nervure.model.judge import Grade, Judge, Seat, Shot
from nervure.model.span import Span

Field_ = Literal[
    "input", "output", "documents", "expected", "tools", "tool_calls", "expected_tool_calls", "steps", "messages"
]


class SeatBody(BaseModel):
    """One member of a panel."""

    model_config = ConfigDict(extra="forbid")

    endpoint: str = Field(description="Name of an endpoint.")
    model: str
    temperature: float | None = Field(0.0, description="null leaves it to the endpoint.")
    max_output_tokens: int = Field(1024, ge=16, le=32_000)
    structured: Literal["auto", "json_schema", "json_object", "text"] = Field(
        "auto", description="How strictly JSON is asked for; auto: as strictly as the endpoint takes it."
    )
    input_usd: float | None = Field(None, ge=0, description="Price of a million tokens; null: the price book's.")
    output_usd: float | None = Field(None, ge=0)
    params: dict[str, Any] = Field({}, description="Further members of the request's body.")


class GradeBody(BaseModel):
    """One answer a judge may give."""

    model_config = ConfigDict(extra="forbid")

    label: str = Field(max_length=60)
    score: float = Field(ge=0, le=1)
    means: str = ""


class ShotBody(BaseModel):
    """A worked example shown to the judge."""

    model_config = ConfigDict(extra="forbid")

    fields: dict[str, str]
    label: str
    reasoning: str = ""


class JudgeChange(BaseModel):
    """What is said; everything else stays as it is. Limits: a negative number takes one away."""

    model_config = ConfigDict(extra="forbid")

    rubric: str | None = None
    panel: list[SeatBody] | None = None
    criteria: str | None = Field(
        None, max_length=10_000, description="Your own question; for `custom` it must be said."
    )
    grades: list[GradeBody] | None = Field(None, description="Your own grades; empty: those of the rubric.")
    shots: list[ShotBody] | None = None
    needs: list[Field_] | None = Field(None, description="Fields the judge reads; empty: those of the rubric.")
    threshold: float | None = Field(None, description="From which score an example passes.")
    repeats: int | None = Field(None, description="How often each member judges.")
    vote: Literal["majority", "mean"] | None = None
    both_orders: bool | None = Field(None, description="Comparisons are asked in both orders.")
    stop_early: bool | None = Field(None, description="Votes that could not change the majority are not bought.")
    usd_per_day: float | None = None
    usd_per_run: float | None = None
    usd_in_all: float | None = None
    max_input_chars: int | None = Field(None, ge=100, le=2_000_000)
    labels: str | None = Field(None, description="Name of the score by people it is held against; empty: its own.")
    trace_project: str | None = Field(None, description="Where its calls are recorded; empty: <project>-judges.")
    health_every_s: int | None = Field(None, ge=0, description="How often its frozen set is judged again; 0: never.")
    is_paused: bool | None = None


class NewJudge(JudgeChange):
    """A judge to be."""

    name: str = Field(min_length=1, max_length=100)
    rubric: str = "custom"
    panel: list[SeatBody]


class RuleUsing(BaseModel):
    """An evaluation rule that uses a judge."""

    id: str
    name: str
    project: str


class BalanceAnswer(BaseModel):
    """Money in USD. set_aside: upper estimate of calls under way."""

    day_usd: float
    day_set_aside_usd: float
    in_all_usd: float
    calls: int


class JudgeAnswer(BaseModel):
    """A judge, what it asks, and what it has spent."""

    id: str
    name: str
    evaluator: str = Field(description="Its name among evaluators.")
    project: str
    rubric: str
    question: str = Field(description="As it is put to the model.")
    panel: list[SeatBody]
    criteria: str
    grades: list[GradeBody] = Field(description="In force.")
    own_grades: bool
    shots: list[ShotBody]
    needs: list[str] = Field(description="In force.")
    threshold: float = Field(description="In force.")
    repeats: int
    vote: str
    both_orders: bool
    stop_early: bool
    usd_per_day: float | None
    usd_per_run: float | None
    usd_in_all: float | None
    max_input_chars: int
    labels: str
    trace_project: str = Field(description="Where its calls are recorded.")
    health_every_s: int
    is_paused: bool
    version: int
    author: str
    created: str
    changed: str
    spent: BalanceAnswer
    used_by: list[RuleUsing] = Field(description="Rules of online evaluation that use it.")


def panel_of(bodies: list[SeatBody]) -> tuple[Seat, ...]:
    return tuple(Seat(**body.model_dump()) for body in bodies)


def said(body: JudgeChange) -> dict[str, Any]:
    """The members of a judge that a request names."""
    given = {name: value for name, value in body.model_dump().items() if value is not None and name != "name"}
    if body.panel is not None:
        given["panel"] = panel_of(body.panel)
    if body.grades is not None:
        given["grades"] = tuple(Grade(**one.model_dump()) for one in body.grades)
    if body.shots is not None:
        given["shots"] = tuple(Shot(**one.model_dump()) for one in body.shots)
    if body.needs is not None:
        given["needs"] = tuple(body.needs)
    for name in ("usd_per_day", "usd_per_run", "usd_in_all"):
        if name in given and given[name] < 0:
            given[name] = None
    return given


def found(access: Access, judge_id: str) -> Judge:
    """By id or name, as far as the key reaches. Raises NotFound."""
    judge = access.house.catalog.judges.named(judge_id, access.project)
    if only_project(access) not in ("", judge.project):
        raise NotFound(f"there is no judge {judge_id!r}: GET /api/v1/judges lists those there are")
    return judge


def bench(access: Access, run: str) -> Bench:
    """For calls on behalf of a request; close it."""
    house = access.house

    def record(spans: list[Span]) -> None:
        house.intake.submit(Batch(spans=spans, wire="judge", project=spans[0].project)).result()

    return bench_of(house.catalog, house.pricer, house.clock, access.project, run, None, record)


def answer(access: Access, judge: Judge) -> JudgeAnswer:
    """The judge as it is answered."""
    rubric = rubric_of(judge)
    rules = access.house.catalog.evaluation_rules.list(judge.project)
    day = iso(access.house.clock.now_ns())[:10]
    held = {one.name: one for one in access.house.catalog.judge_purse.balances(f"judge/{judge.id}")}
    whole, today = held.get(f"judge/{judge.id}"), held.get(f"judge/{judge.id}/{day}")
    return JudgeAnswer(
        id=judge.id, name=judge.name, evaluator=judge.evaluator, project=judge.project, rubric=judge.rubric,
        question=rubric.question, panel=[SeatBody(**asdict(seat)) for seat in judge.panel], criteria=judge.criteria,
        grades=[GradeBody(**asdict(one)) for one in rubric.grades], own_grades=bool(judge.grades),
        shots=[ShotBody(**asdict(one)) for one in judge.shots], needs=list(rubric.needs), threshold=rubric.threshold,
        repeats=judge.repeats, vote=judge.vote, both_orders=judge.both_orders, stop_early=judge.stop_early,
        usd_per_day=judge.usd_per_day, usd_per_run=judge.usd_per_run, usd_in_all=judge.usd_in_all,
        max_input_chars=judge.max_input_chars, labels=judge.labels,
        trace_project=judge.trace_project or f"{judge.project}-judges", health_every_s=judge.health_every_s,
        is_paused=judge.is_paused, version=judge.version, author=judge.author, created=iso(judge.created_ns),
        changed=iso(judge.changed_ns),
        spent=BalanceAnswer(
            day_usd=today.spent_usd if today else 0.0, day_set_aside_usd=today.reserved_usd if today else 0.0,
            in_all_usd=whole.spent_usd if whole else 0.0, calls=whole.calls if whole else 0,
        ),
        used_by=[
            RuleUsing(id=rule.id, name=rule.name, project=rule.project)
            for rule in rules if any(choice.evaluator == judge.evaluator for choice in rule.choices)
        ],
    )  # fmt: skip
