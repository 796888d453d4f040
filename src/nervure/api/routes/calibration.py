"""/api/v1/calibration: evaluators held against people."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, Field

from nervure.api.auth import Access, require
from nervure.base.clock import iso
from nervure.base.errors import BadInput, NotFound
from nervure.base.ids import fingerprint
from nervure.evaluate.calibration import SHOWN_DISAGREEMENTS, Costs, Labelled, calibrate
from nervure.evaluate.judging import rubric_of
from nervure.evaluate.registry import get_evaluator
from nervure.model.judge import Judge
from nervure.query.calibrated import Judged, Pair, list_calibrated, read_judged
from nervure.query.times import parse_time

router = APIRouter(prefix="/api/v1", tags=["calibration"])
Reader = Annotated[Access, Depends(require("read"))]
Since = Annotated[str, Query(alias="from", description="ISO 8601 or relative; by when scores were made.")]
Until = Annotated[str, Query(alias="to")]


class CalibratedRange(BaseModel):
    """A figure with its 95 % interval."""

    estimate: float
    low: float
    high: float


class CalibratedName(BaseModel):
    """Scores by machines under one name."""

    name: str
    scores: int
    labels: int = Field(description="Targets people judged under the same name.")
    evaluators: list[str]
    judge: str = Field(description="The judge that makes them; empty for none.")
    last: str


class CalibratedList(BaseModel):
    """Those with labels first."""

    items: list[CalibratedName]
    next_cursor: None = None


class ConfusionAnswer(BaseModel):
    """Counts; positive is a yes by people."""

    true_positive: int
    false_positive: int
    false_negative: int
    true_negative: int


class OfNo(BaseModel):
    """The same with a no as the positive class: how well failures are found."""

    precision: CalibratedRange | None
    recall: CalibratedRange | None
    f1: CalibratedRange | None


class BinAnswer(BaseModel):
    """Rows whose score lies within; rate: share people say yes of."""

    low: float
    high: float
    score: float
    rate: CalibratedRange
    n: int


class CurveAnswer(BaseModel):
    """error: expected calibration error. brier: mean squared gap of score and truth."""

    bins: list[BinAnswer]
    error: float
    brier: float


class RatesAnswer(BaseModel):
    """Share that passes: raw by the machine, people's of the labelled rows, corrected by prediction-powered inference."""

    n: int
    labels: int
    raw: CalibratedRange | None
    people: CalibratedRange | None
    corrected: CalibratedRange | None
    bias: float | None = Field(description="Machine minus people.")
    tuning: float | None = Field(description="How far the machine was trusted: 0 not at all, 1 as people.")
    effective_n: float | None = Field(description="So many labels alone would give as narrow an interval.")


class StepAnswer(BaseModel):
    """What a threshold would mean."""

    threshold: float
    true_positive: int
    false_positive: int
    false_negative: int
    true_negative: int
    f1: float | None
    f1_of_no: float | None
    cost: float = Field(description="Of mistakes, a row.")
    raw: float | None
    corrected: CalibratedRange | None


class Disagreement(BaseModel):
    """A target machine and people judge differently."""

    target_type: str
    target_id: str
    trace_id: str
    machine: float
    human: float
    people: int
    evaluator: str
    time: str


class CalibrationAnswer(BaseModel):
    """An evaluator held against people. Without labels only `rate` is known."""

    score: str
    labels: str = Field(description="Name of the scores by people.")
    evaluators: list[str]
    versions: list[str]
    judge: str
    n: int = Field(description="Targets both judged and people are not divided over.")
    yes: int
    no: int
    undecided: int
    picked: int = Field(description="Labels of targets chosen by hand or proposed.")
    is_whole: bool = Field(description="False: there were more labels than are read; the latest are.")
    threshold: float
    threshold_why: str
    notes: list[str]
    rate: RatesAnswer
    confusion: ConfusionAnswer | None = None
    precision: CalibratedRange | None = None
    recall: CalibratedRange | None = None
    f1: CalibratedRange | None = None
    accuracy: CalibratedRange | None = None
    kappa: CalibratedRange | None = None
    of_no: OfNo | None = None
    auroc: CalibratedRange | None = None
    curve: CurveAnswer | None = None
    best_threshold: CalibratedRange | None = Field(None, description="By Youden's index.")
    cheapest_threshold: CalibratedRange | None = Field(None, description="By what mistakes cost.")
    steps: list[StepAnswer] = []
    disagreements: list[Disagreement] = []


@router.get("/calibration")
def list_calibrations(access: Reader, since: Since = "-90d", until: Until = "now") -> CalibratedList:
    """Scores by machines, and how many of their targets people have judged under the same name."""
    now_ns = access.house.clock.now_ns()
    rows = list_calibrated(
        access.house.asker.runner(access.project), parse_time(since, now_ns), parse_time(until, now_ns)
    )
    return CalibratedList(
        items=[
            CalibratedName(
                name=row["name"], scores=row["scores"], labels=row["labels"], evaluators=row["evaluators"],
                judge=next((one.removeprefix("judge:") for one in row["evaluators"] if one.startswith("judge:")), ""),
                last=iso(row["last"]),
            )
            for row in rows
        ]
    )  # fmt: skip


@router.get("/calibration/{score:path}")
def calibration(
    access: Reader,
    score: str,
    labels: Annotated[str, Query(description="Name of the scores by people; empty: the judge's, else the same.")] = "",
    evaluator: Annotated[str, Query(description="Only scores by it.")] = "",
    since: Since = "-90d",
    until: Until = "now",
    threshold: Annotated[
        float | None, Query(description="From which a score passes; default: the evaluator's.")
    ] = None,
    yes_from: Annotated[float, Query(description="A person's number from which it is a yes.")] = 0.5,
    cost_false_pass: Annotated[float, Query(description="What a bad answer that passes costs.")] = 1.0,
    cost_false_fail: Annotated[float, Query(description="What a good answer that does not pass costs.")] = 1.0,
) -> CalibrationAnswer:
    """Confusion, precision, recall, F1, kappa, AUROC, calibration curve, thresholds and the corrected rate, with intervals."""
    house = access.house
    now_ns = house.clock.now_ns()
    from_ns, to_ns = parse_time(since, now_ns), parse_time(until, now_ns)
    if from_ns >= to_ns:
        raise BadInput("the time range is empty: `from` must lie before `to`")
    judge = _judge_of(access, score)
    people = labels or (judge.labels if judge else "") or score
    held = read_judged(house.asker.runner(access.project), score, people, from_ns, to_ns, evaluator, yes_from)
    if not held.pairs and not held.alone:
        raise NotFound(
            f"no machine has made a score {score!r} in this range: GET /api/v1/calibration lists those there are"
        )
    makers = sorted({pair.evaluator for pair in held.pairs if pair.evaluator})
    at, why = (threshold, "as asked") if threshold is not None else _threshold(judge, score, makers)
    told = calibrate(_rows(held), held.alone, at, Costs(cost_false_pass, cost_false_fail))
    told["notes"] += _of_traces(held.pairs)
    return CalibrationAnswer(
        score=score, labels=people, evaluators=makers, versions=sorted({pair.version for pair in held.pairs}),
        judge=judge.name if judge else "", is_whole=held.is_whole, threshold_why=why,
        disagreements=[_disagreement(pair) for pair in _worst(held.pairs, at)], **told,
    )  # fmt: skip


def _rows(held: Judged) -> Labelled:
    # In an order that has nothing to do with time or value: folds are taken from it.
    pairs = sorted(held.pairs, key=lambda pair: fingerprint(f"{pair.trace_id}/{pair.target_id}".encode()))
    return Labelled.of([(pair.machine, pair.human, not pair.is_picked) for pair in pairs])


def _judge_of(access: Access, score: str) -> Judge | None:
    try:
        return access.house.catalog.judges.named(score, access.project)
    except NotFound:
        return None


def _threshold(judge: Judge | None, score: str, makers: list[str]) -> tuple[float, str]:
    if judge is not None:
        return rubric_of(judge).threshold, f"of the judge {judge.name}"
    for name in (*makers, score):
        try:
            found = get_evaluator(name.removeprefix("judge:"))
        except NotFound:
            continue
        return found.threshold, f"of the evaluator {found.name}"
    return 0.5, "halfway; no evaluator of this name says another"


def _of_traces(pairs: tuple[Pair, ...]) -> list[str]:
    moved = sum(pair.of_trace for pair in pairs)
    if not moved:
        return []
    return [
        f"{moved:,} of the targets were labelled as whole traces: the label is held against the one span of the trace"
        " that was scored"
    ]


def _worst(pairs: tuple[Pair, ...], threshold: float) -> list[Pair]:
    apart = [pair for pair in pairs if (pair.machine >= threshold) != (pair.human >= 0.5)]
    return sorted(apart, key=lambda pair: -abs(pair.machine - pair.human))[:SHOWN_DISAGREEMENTS]


def _disagreement(pair: Pair) -> Disagreement:
    values: dict[str, Any] = {name: getattr(pair, name) for name in Disagreement.model_fields if name != "time"}
    return Disagreement(**values, time=iso(pair.at_ns))
