"""/api/v1/judges: models that score by a rubric."""

from dataclasses import replace
from typing import Annotated, Any

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field

from nervure.api.auth import Access, require
from nervure.api.judging import GradeBody, JudgeAnswer, JudgeChange, NewJudge, answer, bench, found, said
from nervure.api.reach import actor_of, check_reach, only_project
from nervure.base.errors import BadInput, NervureError
from nervure.base.ids import RandomIds
from nervure.evaluate.judging import check_judge, judge_evaluator, rubrics
from nervure.evaluate.rows import plain, read_row
from nervure.model.judge import Judge

router = APIRouter(prefix="/api/v1", tags=["judges"])
Reader = Annotated[Access, Depends(require("read"))]
Admin = Annotated[Access, Depends(require("admin"))]
# Members that change what a judge may say; the others do not make another version of it.
DECISIVE = (
    "rubric", "panel", "criteria", "grades", "shots", "needs", "repeats", "vote", "both_orders", "max_input_chars",
)  # fmt: skip


class JudgeList(BaseModel):
    """Judges by name."""

    items: list[JudgeAnswer]
    next_cursor: None = None


class RubricAnswer(BaseModel):
    """A shipped question."""

    name: str
    aliases: list[str]
    summary: str
    question: str
    rules: list[str]
    grades: list[GradeBody]
    needs: list[str]
    optional: list[str]
    level: str
    threshold: float
    is_pair: bool
    blind: str


class RubricList(BaseModel):
    """Rubrics by name."""

    items: list[RubricAnswer]
    next_cursor: None = None


class JudgeTrial(BaseModel):
    """An example to judge now: a row as `nervure evaluate` takes it."""

    model_config = ConfigDict(extra="forbid")

    row: dict[str, Any] = Field(examples=[{"output": "We open at nine.", "documents": ["The shop opens at 9."]}])
    fresh: bool = Field(False, description="Ask again even if the same was asked before.")
    judge: NewJudge | None = Field(None, description="Try this judge instead, which need not exist.")


class JudgeTrialAnswer(BaseModel):
    """What the judge said; the call is spent and recorded like any other."""

    evaluator: str
    version: str
    score: float | None
    label: str
    passed: bool | None
    explanation: str
    spans: list[dict[str, Any]] = Field(description="Marked passages.")
    details: dict[str, Any] = Field(description="Cost, calls, votes, agreement, flips, the recorded trace.")


@router.get("/judges/rubrics")
def list_rubrics(access: Reader) -> RubricList:
    """The questions that come along."""
    return RubricList(
        items=[
            RubricAnswer(
                name=one.name, aliases=list(one.aliases), summary=one.summary, question=one.question,
                rules=list(one.rules), needs=list(one.needs), optional=list(one.optional), level=one.level,
                grades=[GradeBody(label=g.label, score=g.score, means=g.means) for g in one.grades],
                threshold=one.threshold, is_pair=one.is_pair, blind=one.blind,
            )
            for one in rubrics().values()
        ]
    )  # fmt: skip


@router.get("/judges")
def list_judges(access: Reader) -> JudgeList:
    """Judges of the project, and those of all projects."""
    judges = access.house.catalog.judges.list()
    return JudgeList(items=[answer(access, one) for one in judges if one.project in ("", access.project)])


@router.post("/judges", status_code=201)
def create_judge(access: Admin, body: NewJudge) -> JudgeAnswer:
    """A judge for the project of the request. Its name among evaluators is judge:<name>."""
    check_reach(access, access.project)
    judge = _checked(access, Judge("", access.project, body.name.strip(), **said(body)))
    return answer(access, access.house.catalog.judges.create(judge, actor_of(access)))


@router.get("/judges/{judge}")
def get_judge(access: Reader, judge: str) -> JudgeAnswer:
    """By id or name."""
    return answer(access, found(access, judge))


@router.patch("/judges/{judge}")
def change_judge(access: Admin, judge: str, body: JudgeChange) -> JudgeAnswer:
    """A change of what it may say makes a new version; limits and pauses do not."""
    before = found(access, judge)
    check_reach(access, before.project)
    after = _checked(access, replace(before, **said(body)))
    if any(getattr(before, name) != getattr(after, name) for name in DECISIVE):
        after = replace(after, version=before.version + 1)
    return answer(access, access.house.catalog.judges.update(after, actor_of(access)))


@router.delete("/judges/{judge}", status_code=204)
def delete_judge(access: Admin, judge: str) -> None:
    """Its scores stay; rules that use it will say that it is gone."""
    before = found(access, judge)
    check_reach(access, before.project)
    access.house.catalog.judges.delete(before.id, actor_of(access))
    access.house.catalog.judge_memory.forget_judge(before.id)


@router.post("/judges/{judge}/try")
def try_judge(access: Admin, judge: str, body: JudgeTrial) -> JudgeTrialAnswer:
    """Judge one example now. With `judge` in the body the path may be any text: nothing need exist."""
    if body.judge is not None:
        only = only_project(access)
        check_reach(access, only or access.project)
        chosen = _checked(access, Judge("trial", access.project, body.judge.name, **said(body.judge)))
    else:
        chosen = found(access, judge)
    working = bench(access, RandomIds().token("try", 8))
    try:
        evaluator = judge_evaluator(chosen, working, body.fresh)
        told = plain(evaluator.evaluate(read_row(body.row)))
    finally:
        working.close()
    return JudgeTrialAnswer(evaluator=chosen.evaluator, version=str(chosen.version), **told)


def _checked(access: Access, judge: Judge) -> Judge:
    """Raises BadInput for a judge that cannot be used."""
    try:
        check_judge(judge)
    except NervureError as error:
        raise BadInput(str(error)) from error
    for seat in judge.panel:
        if access.house.catalog.judge_endpoints.find(seat.endpoint, judge.project) is None:
            known = ", ".join(
                one.name for one in access.house.catalog.judge_endpoints.list() if one.project in ("", judge.project)
            )
            raise BadInput(
                f"there is no endpoint {seat.endpoint!r}; there are: {known or 'none'}. POST /api/v1/judges/endpoints makes one"
            )
    return judge
