"""/api/v1/judges/{judge}/health: is it the judge that moved, or what it judges?"""

import threading
from collections.abc import Sequence
from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, ConfigDict, Field

from nervure.api.auth import Access, require
from nervure.api.judging import bench, found
from nervure.api.reach import check_reach
from nervure.base.clock import NS_PER_S, iso
from nervure.base.errors import BadInput, Conflict
from nervure.evaluate.calibration import plain
from nervure.evaluate.judging import rubric_of
from nervure.evaluate.judging.checks import LEASE_S, check_now
from nervure.evaluate.judging.health import (
    Shift,
    baseline_of,
    decide,
    live_shift,
    plain_shift,
    shift_between,
    steadiness,
)
from nervure.evaluate.online.examples import example_of
from nervure.evaluate.rows import read_row
from nervure.model.judge import Check, Judge
from nervure.query.calibrated import Pair, read_judged
from nervure.query.query import Query as Question
from nervure.stats.intervals import wilson

router = APIRouter(prefix="/api/v1", tags=["judges"])
Reader = Annotated[Access, Depends(require("read"))]
Admin = Annotated[Access, Depends(require("admin"))]
DAY_NS = 86_400 * NS_PER_S
MOST_SPANS = 400


class RateAnswer(BaseModel):
    """A share with its 95 % interval."""

    estimate: float
    low: float
    high: float


class JudgeShift(BaseModel):
    """After minus before, with its 99 % interval. is_real: it leaves out 0 and is at least 0.02."""

    estimate: float
    low: float
    high: float
    level: float
    before: float
    after: float
    n: int
    is_real: bool


class CheckAnswer(BaseModel):
    """One round over the frozen set."""

    id: str
    version: int
    started: str
    ended: str
    state: str
    error: str
    mean: float | None = Field(description="Of all scores.")
    shift: JudgeShift | None = Field(description="Against the first round of the same version.")
    flip_rate: RateAnswer | None
    abstention: RateAnswer | None
    models: list[str]
    cost_usd: float | None
    examples: int


class HealthAnswer(BaseModel):
    """verdict: judge_moved, model_moved, both_moved, steady or not_enough_data; `words` says it in a sentence."""

    judge: str
    verdict: str
    words: str
    judge_shift: JudgeShift | None = Field(description="On the frozen set: the judge's own.")
    live_shift: JudgeShift | None = Field(description="Of live scores, over the windows asked for.")
    rest: RateAnswer | None = Field(description="What is left of the live shift for the application.")
    models_before: list[str]
    models_now: list[str]
    frozen: int = Field(description="Examples in the frozen set.")
    labelled: int = Field(description="Of them with what people say.")
    agreement: RateAnswer | None = Field(
        description="Share of labelled frozen examples judged as people do, latest round."
    )
    checks: list[CheckAnswer]
    every_s: int
    is_checking: bool


class FrozenBody(BaseModel):
    """Either examples, or how many to take from what people have labelled."""

    model_config = ConfigDict(extra="forbid")

    examples: list[dict[str, Any]] | None = Field(
        None, description="Rows as `nervure evaluate` takes them; `label` (0 to 1 or true/false) is what people say."
    )
    from_labels: int | None = Field(None, ge=1, le=500, description="Take so many targets that people have labelled.")
    days: int = Field(90, ge=1, le=3650, description="How far back to look for labels.")


class FrozenAnswer(BaseModel):
    """The frozen set."""

    items: list[dict[str, Any]]
    next_cursor: None = None


@router.get("/judges/{judge}/frozen")
def get_frozen(access: Reader, judge: str) -> FrozenAnswer:
    """The examples that are judged again on schedule."""
    probes = access.house.catalog.judge_memory.probes(found(access, judge).id)
    return FrozenAnswer(items=[{"id": one.id, **one.example, "label": one.label} for one in probes])


@router.post("/judges/{judge}/frozen", status_code=201)
def freeze(access: Admin, judge: str, body: FrozenBody) -> FrozenAnswer:
    """Put a frozen set in place of the one there is. Earlier rounds are forgotten: they compare with nothing."""
    chosen = found(access, judge)
    check_reach(access, chosen.project)
    if (body.examples is None) == (body.from_labels is None):
        raise BadInput("say either examples or from_labels")
    if body.examples is not None:
        examples = [_labelled(dict(row), rubric_of(chosen).needs) for row in body.examples]
    else:
        examples = _from_labels(access, chosen, body.from_labels or 0, body.days)
    access.house.catalog.judge_memory.freeze(chosen.id, examples)
    return get_frozen(access, judge)


@router.post("/judges/{judge}/check", status_code=202)
def check_judge_now(access: Admin, judge: str) -> dict[str, str]:
    """Judge the frozen set again now, in the background; GET .../health shows the round when it is over."""
    chosen = found(access, judge)
    memory = access.house.catalog.judge_memory
    if not memory.probes(chosen.id):
        raise BadInput(f"the judge {chosen.name} has no frozen set: POST /api/v1/judges/{chosen.name}/frozen makes one")
    if not memory.claim(chosen.id, 0.0, LEASE_S):
        raise Conflict("the frozen set is being judged already")
    house = access.house
    working = bench(access, f"check/{chosen.id}/{house.clock.now_ns() // NS_PER_S}")
    threading.Thread(target=check_now, args=(chosen, memory, working), name=f"judge-{chosen.name}", daemon=True).start()
    return {"state": "checking"}


@router.get("/judges/{judge}/health")
def judge_health(
    access: Reader,
    judge: str,
    score: Annotated[str, Query(description="Live scores by it; empty: those of its name.")] = "",
    days: Annotated[int, Query(ge=1, le=90, description="Width of the two windows of live scores.")] = 7,
) -> HealthAnswer:
    """The judge's rounds over its frozen set, and whether a shift of live scores is the judge's or the application's doing.

    Live scores are compared between the window that begins at the first round of this version (or the one before the
    latest window) and the latest one.
    """
    chosen = found(access, judge)
    memory = access.house.catalog.judge_memory
    # Before the rounds: whoever is told that nothing is being judged has been told of the last round, too.
    is_checking = memory.is_busy(chosen.id, LEASE_S)
    checks, probes = memory.checks(chosen.id), memory.probes(chosen.id)
    first = baseline_of(checks, chosen.version)
    good = [one for one in checks if one.state == "done" and one.judge_version == chosen.version]
    latest = good[-1] if good else None
    shift = shift_between(first, latest) if first and latest and latest is not first else None
    live = _live(access, score or chosen.name, first, days)
    finding = decide(shift, live)
    labels = {one.id: one.label for one in probes if one.label is not None}
    return HealthAnswer(
        judge=chosen.name, verdict=finding.verdict, words=finding.words, judge_shift=_shift(shift),
        live_shift=_shift(live), rest=_rate(finding.rest), models_before=list(first.models) if first else [],
        models_now=list(latest.models) if latest else [], frozen=len(probes), labelled=len(labels),
        agreement=_agreement(latest, labels, chosen), checks=[_check(one, first) for one in checks],
        every_s=chosen.health_every_s, is_checking=is_checking,
    )  # fmt: skip


def _live(access: Access, score: str, first: Check | None, days: int) -> Shift | None:
    now_ns, width_ns = access.house.clock.now_ns(), days * DAY_NS
    then_ns = now_ns - 2 * width_ns
    if first is not None and first.started_ns + width_ns <= now_ns - width_ns:
        then_ns = first.started_ns
    before = _mean(access, score, then_ns, then_ns + width_ns)
    after = _mean(access, score, now_ns - width_ns, now_ns)
    return live_shift(before, after) if before and after else None


def _mean(access: Access, score: str, from_ns: int, to_ns: int) -> tuple[float, float, int] | None:
    """(mean, standard error, n) of live scores."""
    question = Question((f"score:{score}.mean",), since=iso(from_ns), until=iso(to_ns))
    series = access.house.asker.ask(question, access.project)["series"]
    point = series[0]["points"][0] if series else None
    if point is None or point["value"] is None or point["low"] is None:
        return None
    return point["value"], (point["high"] - point["low"]) / 2 / 1.96, point["n"]


def _labelled(row: dict[str, Any], needs: Sequence[str]) -> tuple[dict[str, Any], float | None]:
    label = row.pop("label", None)
    example = read_row(row)
    missing = [name for name in needs if getattr(example, name) is None]
    if missing:
        raise BadInput(f"the judge reads {', '.join(missing)}, which an example lacks: {str(row)[:200]}")
    if label is None:
        return row, None
    if isinstance(label, bool | int | float) and 0 <= float(label) <= 1:
        return row, float(label)
    raise BadInput(f"the label of an example is a number from 0 to 1, or true or false, got {label!r}")


def _from_labels(access: Access, judge: Judge, most: int, days: int) -> list[tuple[dict[str, Any], float | None]]:
    house = access.house
    now_ns = house.clock.now_ns()
    held = read_judged(
        house.asker.runner(access.project), judge.name, judge.labels or judge.name, now_ns - days * DAY_NS, now_ns
    )
    needs = rubric_of(judge).needs
    made: list[tuple[dict[str, Any], float | None]] = []
    # Spread over all there are, so that old and new cases are among them.
    stride = max(1, len(held.pairs) // most)
    for pair in (held.pairs[at] for first in range(stride) for at in range(first, len(held.pairs), stride)):
        example = _example(access, pair)
        if example is not None and all(name in example for name in needs):
            made.append((example, pair.human))
        if len(made) == most:
            break
    if not made:
        raise BadInput(
            f"no target of the last {days} days has both a score {judge.name!r} and a label"
            f" {judge.labels or judge.name!r} by a person, and {', '.join(needs)}: label some, or give examples"
        )
    return made


def _example(access: Access, pair: Pair) -> dict[str, Any] | None:
    spans = access.house.asker.trace_spans(access.project, pair.trace_id or pair.target_id, MOST_SPANS)
    if not spans or pair.target_type not in ("span", "trace"):
        return None
    level: Any = pair.target_type
    example = asdict(example_of(level, pair.target_id, spans).example)
    return {name: value for name, value in example.items() if value not in (None, "", ())}


def _agreement(check: Check | None, labels: dict[str, float], judge: Judge) -> RateAnswer | None:
    if check is None:
        return None
    threshold = rubric_of(judge).threshold
    same, n = 0, 0
    for probe, label in labels.items():
        said = [one for one in check.scores.get(probe, ()) if one is not None]
        if said and label != 0.5:
            n += 1
            same += (sum(said) / len(said) >= threshold) == (label > 0.5)
    return _rate(wilson(same, n))


def _check(check: Check, first: Check | None) -> CheckAnswer:
    steady = steadiness(check)
    said = [one for scores in check.scores.values() for one in scores if one is not None]
    comparable = first is not None and check is not first and check.state == "done"
    shift = shift_between(first, check) if comparable and first and check.judge_version == first.judge_version else None
    return CheckAnswer(
        id=check.id, version=check.judge_version, started=iso(check.started_ns), ended=iso(check.ended_ns),
        state=check.state, error=check.error, mean=sum(said) / len(said) if said else None, shift=_shift(shift),
        flip_rate=_rate(steady.flip_rate), abstention=_rate(steady.abstention), models=list(check.models),
        cost_usd=check.cost_usd, examples=len(check.scores),
    )  # fmt: skip


def _shift(shift: Shift | None) -> JudgeShift | None:
    held = plain_shift(shift)
    return JudgeShift(**held) if held else None


def _rate(interval: Any) -> RateAnswer | None:
    held = plain(interval)
    return RateAnswer(**held) if held else None
