"""/api/v1/evaluators: what can score, and trying it on real traces."""

from functools import cache
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from nervure.api.asking import ask
from nervure.api.auth import Access, require
from nervure.api.evaluation_bodies import ChoiceBody, EvaluationRuleBody, resolver_of
from nervure.api.reach import actor_of
from nervure.base.clock import iso
from nervure.base.errors import BadInput, NervureError
from nervure.evaluate.chosen import version_of
from nervure.evaluate.custom.expression import needs_of, parse
from nervure.evaluate.custom.sandbox import SandboxError
from nervure.evaluate.evaluator import Evaluator
from nervure.evaluate.online.preview import newest, preview
from nervure.evaluate.online.scoring import check_choice
from nervure.evaluate.online.worker import choose
from nervure.evaluate.registry import evaluators
from nervure.evaluate.resolver import own_files
from nervure.model.evaluation import Expression, Target
from nervure.query.asker import Asker
from nervure.query.sampled import find_targets

router = APIRouter(prefix="/api/v1", tags=["evaluators"])
Reader = Annotated[Access, Depends(require("read"))]
Admin = Annotated[Access, Depends(require("admin"))]
Origin = Literal["shipped", "installed", "judge", "file", "expression"]


class EvaluatorSetting(BaseModel):
    """A knob. The default tells the type; a default of null takes any JSON."""

    name: str
    default: Any = None
    help: str
    choices: list[str]


class EvaluatorAnswer(BaseModel):
    """One way to score. Higher is always better."""

    name: str = Field(description="As rules call it.")
    origin: Origin
    summary: str
    group: str
    level: str
    aliases: list[str] = Field(description="Names other packages' users know it by.")
    needs: list[str] = Field(description="What a target must have to be scored.")
    optional: list[str]
    low: float
    high: float
    threshold: float = Field(description="From which score a target passes, unless a rule says otherwise.")
    threshold_why: str
    blind: str = Field(description="What it cannot see.")
    detects: str = Field(description="Of evaluators that look for something bad: what.")
    version: str
    default: bool = Field(description="Part of the set that runs when nobody chose.")
    settings: list[EvaluatorSetting]
    problem: str = Field("", description="Why it cannot be used now; empty when it can.")


class EvaluatorList(BaseModel):
    """Evaluators: shipped ones first, then judges, then the user's own."""

    items: list[EvaluatorAnswer]
    next_cursor: None = None


class ExpressionBody(BaseModel):
    """An evaluator of your own as an expression over the fields of an example."""

    model_config = ConfigDict(extra="forbid")
    text: str = Field(
        min_length=1, max_length=4000, examples=['len(words(output)) <= 120 and not contains(output, "as an AI")']
    )
    summary: str = Field("", max_length=500)
    threshold: float = Field(0.5, ge=0, le=1)


class ExpressionAnswer(BaseModel):
    """A kept expression. Rules call it `custom:<name>`."""

    name: str
    text: str
    summary: str
    threshold: float
    needs: list[str]
    version: int
    author: str
    created: str
    changed: str


class ExpressionList(BaseModel):
    """The project's expressions by name."""

    items: list[ExpressionAnswer]
    next_cursor: None = None


class EvaluatorTrial(BaseModel):
    """What to try, and on what: the newest targets that pass the rule's filter in a range, or traces by id."""

    model_config = ConfigDict(extra="forbid")
    rule: EvaluationRuleBody
    from_: str = Field("-24h", alias="from")
    to: str = "now"
    count: int = Field(10, ge=1, le=50)
    ids: list[str] = Field([], max_length=50, description="Ids of traces, spans or sessions instead.")


class MarkAnswer(BaseModel):
    """A range of characters and what is the matter with it. field: output, input or documents."""

    field: str
    start: int
    end: int
    label: str
    score: float | None = None
    document: int | None = None
    evidence: str = ""


class VerdictAnswer(BaseModel):
    """What one evaluator says of one target."""

    name: str = Field(description="Of the score.")
    evaluator: str
    state: Literal["scored", "skipped", "failed"]
    score: float | None
    label: str
    passed: bool | None
    explanation: str = Field(description="Why; of a skipped or failed one the reason.")
    marks: list[MarkAnswer]
    cost_usd: float | None


class TriedTarget(BaseModel):
    """A target as evaluators read it, with their verdicts."""

    id: str
    trace_id: str
    start: str
    input: str | None
    output: str | None
    documents: list[str]
    output_span: str
    verdicts: list[VerdictAnswer]


class Rate(BaseModel):
    """A figure with its 95 % interval."""

    value: float
    low: float
    high: float
    n: int


class TriedEvaluator(BaseModel):
    """One evaluator over all targets that were tried."""

    name: str
    evaluator: str
    scored: int
    skipped: int
    failed: int
    pass_rate: Rate | None
    mean: Rate | None
    cost_usd: float | None


class EvaluatorTrialAnswer(BaseModel):
    """Nothing of it is stored."""

    items: list[TriedTarget]
    evaluators: list[TriedEvaluator]
    seconds: float


@router.get("/evaluators")
def list_evaluators(access: Reader) -> EvaluatorList:
    """All evaluators with what they need, their settings, and what they are blind to."""
    found = [answer_of(one, one.name, "shipped") for one in _shipped().values()]
    resolver = resolver_of(access)
    house = access.house
    named: list[tuple[str, Origin]] = [
        (judge.evaluator, "judge") for judge in house.catalog.judges.list() if judge.project in ("", access.project)
    ]
    named += [(f"custom:{name}", "file") for name in own_files(house.settings.evaluators)]
    named += [
        (f"custom:{one.name}", "expression")
        for one in house.catalog.expressions.list()
        if one.project == access.project
    ]
    try:
        for name, origin in named:
            try:
                found.append(answer_of(resolver.resolve(name), name, origin))
            except (NervureError, SandboxError) as error:
                found.append(_broken(name, origin, str(error)))
    finally:
        resolver.close()
    return EvaluatorList(items=found)


@router.post("/evaluators/preview", response_model=None, responses={200: {"model": EvaluatorTrialAnswer}})
async def preview_evaluators(request: Request, access: Reader, body: EvaluatorTrial) -> Response:
    """Scores and explanations of a rule's evaluators on real targets, before it is in force. Judges cost what they cost."""
    rule = body.rule.rule(access.project)

    def question(asker: Asker) -> dict[str, Any]:
        resolver = resolver_of(access, run="preview")
        try:
            chosen = choose(rule, resolver)
            if body.ids:
                found = find_targets(asker.runner(access.project), rule.level, body.ids)
                targets = [Target(one.id, one.trace_id, one.start_ns) for one in found]
            else:
                targets = newest(asker, rule, body.from_, body.to, body.count)
            return preview(asker, rule, chosen, targets)
        finally:
            resolver.close()

    return await ask(request, access, question)


@router.get("/evaluators/custom")
def list_expressions(access: Reader) -> ExpressionList:
    """The project's own evaluators that are expressions."""
    found = access.house.catalog.expressions.list()
    return ExpressionList(items=[_expression(one) for one in found if one.project == access.project])


@router.put("/evaluators/custom/{name}")
def put_expression(access: Admin, name: str, body: ExpressionBody) -> ExpressionAnswer:
    """Keep an expression; a mistake in it is refused with its place. Another text is another version."""
    if not name or not all(letter.isalnum() or letter in "_-." for letter in name) or len(name) > 100:
        raise BadInput("name: use letters, digits, _, - and ., at most 100")
    if name in own_files(access.house.settings.evaluators):
        raise BadInput(f"a file of your evaluators' folder is called {name} already: choose another name")
    parse(body.text)
    entry = Expression("", access.project, name, body.text.strip(), body.summary, body.threshold)
    return _expression(access.house.catalog.expressions.put(entry, actor_of(access)))


@router.delete("/evaluators/custom/{name}", status_code=204)
def delete_expression(access: Admin, name: str) -> None:
    """Forget an expression; refused while a rule uses it."""
    catalog = access.house.catalog
    held = catalog.expressions.named(access.project, name)
    users = [
        rule.name
        for rule in catalog.evaluation_rules.list(access.project)
        if any(choice.evaluator == f"custom:{name}" for choice in rule.choices)
    ]
    if users:
        raise BadInput(f"{', '.join(users)} use{'s' if len(users) == 1 else ''} it: take it out of the rule first")
    catalog.expressions.delete(held.id, actor_of(access))


@router.post("/evaluators/check")
def check_evaluator(access: Reader, body: ChoiceBody) -> EvaluatorAnswer:
    """One evaluator with settings and fields, refused with its mistake when a rule could not use it so."""
    resolver = resolver_of(access)
    try:
        evaluator = resolver.resolve(body.evaluator)
        check_choice(body.choice(), evaluator)
    finally:
        resolver.close()
    origin: Origin = "judge" if body.evaluator.startswith("judge:") else "shipped"
    return answer_of(evaluator, body.evaluator, "file" if body.evaluator.startswith("custom:") else origin)


@cache
def _shipped() -> dict[str, Evaluator]:
    return evaluators()


def answer_of(one: Evaluator, name: str, origin: Origin) -> EvaluatorAnswer:
    """An evaluator as the API tells it."""
    return EvaluatorAnswer(
        name=name, origin=origin, summary=one.summary, group=one.group, level=one.level, aliases=list(one.aliases),
        needs=list(one.needs), optional=list(one.optional), low=one.low, high=one.high, threshold=one.threshold,
        threshold_why=one.threshold_why, blind=one.blind, detects=one.detects, version=version_of(one), default=one.default,
        settings=[
            EvaluatorSetting(name=knob.name, default=knob.default, help=knob.help, choices=list(knob.choices))
            for knob in one.settings
        ],
        problem="",
    )  # fmt: skip


def _broken(name: str, origin: Origin, problem: str) -> EvaluatorAnswer:
    return EvaluatorAnswer(
        name=name, origin=origin, summary="", group="custom", level="span", aliases=[], needs=[], optional=[], low=0, high=1,
        threshold=0.5, threshold_why="", blind="", detects="", version="", default=False, settings=[], problem=problem,
    )  # fmt: skip


def _expression(one: Expression) -> ExpressionAnswer:
    return ExpressionAnswer(
        name=one.name, text=one.text, summary=one.summary, threshold=one.threshold, needs=list(needs_of(parse(one.text))),
        version=one.version, author=one.author, created=iso(one.created_ns), changed=iso(one.changed_ns),
    )  # fmt: skip
