"""A judge as an Evaluator: used by online evaluation and `nervure evaluate` like any other."""

from collections.abc import Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

from nervure.base.errors import BadInput, NervureError
from nervure.base.ids import RandomIds
from nervure.catalog.repositories.judge_purse import OverLimit
from nervure.evaluate.evaluator import Evaluator, Example, Result
from nervure.evaluate.judging.bench import Bench
from nervure.evaluate.judging.question import Question, again, ask, size_of
from nervure.evaluate.judging.rubric import Rubric, rubric_of
from nervure.evaluate.judging.trace import Target, Turn, spans_of, spending
from nervure.evaluate.judging.transport import JudgeDown, Refused
from nervure.evaluate.judging.verdict import Said, Unreadable, marks_of, read_verdict
from nervure.evaluate.judging.votes import Ballot, Outcome, both_orders, count, is_decided
from nervure.model.judge import ABSTAINED, Judge, Seat

NOWHERE = Target()
# What is judged in this thread: set by who calls `evaluate`, because an Example does not say where it is from.
TARGET: ContextVar[Target] = ContextVar("nervure_judged", default=NOWHERE)
FORBIDDEN = frozenset(
    {"n", "best_of", "stream", "messages", "model", "max_tokens", "max_completion_tokens", "max_output_tokens", "tools"}
)
MOST_SEATS, MOST_REPEATS, MOST_EXPLANATION = 9, 15, 2000


@dataclass(slots=True)
class _Sitting:
    """Everything of one judgement."""

    judge: Judge
    rubric: Rubric
    example: Example
    fresh: bool
    turns: list[Turn] = field(default_factory=list)
    trouble: list[NervureError] = field(default_factory=list)


def judge_evaluator(judge: Judge, bench: Bench, fresh: bool = False) -> Evaluator:
    """The evaluator `judge:<name>`; version is the judge's. Thread-safe.

    Its `run` blocks while models are asked, so many examples belong into threads (`judge_rows`). Result.details holds
    cost_usd (None if not known, 0 from memory), calls, tokens, votes, agreement, trace_id and project of the recorded
    call, and `flips`. No verdict gives score None, label `abstained` and the reason. Raises OverLimit when the call
    could pass a spend limit, JudgeDown when a model cannot be had for now (try later), BadInput for what the operator
    must change. Set `TARGET` around `evaluate` so that the recorded call links to what is judged. fresh: judge again what
    was judged before. Raises BadInput and NotFound for a judge that cannot be used.
    """
    check_judge(judge)
    rubric = rubric_of(judge)

    def run(example: Example, settings: Mapping[str, Any]) -> Result:
        return sit(judge, rubric, bench, example, settings["threshold"], fresh)

    return Evaluator(
        name=judge.evaluator, summary=rubric.summary if not judge.criteria else judge.criteria.strip().split("\n")[0][:200],
        run=run, needs=rubric.needs, optional=rubric.optional, level=rubric.level, group="judge", detects=rubric.detects,
        blind=rubric.blind + " A judge is a model: calibrate it against people before you believe its rates.",
        threshold=rubric.threshold, version=str(judge.version),
        threshold_why="between the grades of the rubric; calibration shows the best one for your labels",
    )  # fmt: skip


def check_judge(judge: Judge) -> None:
    """Raises BadInput for a judge that cannot be used, NotFound for an unknown rubric."""
    if not judge.name.strip() or ":" in judge.name or "/" in judge.name:
        raise BadInput(f"a judge's name is a text without : and /, got {judge.name!r}")
    if not 1 <= len(judge.panel) <= MOST_SEATS:
        raise BadInput(f"a judge's panel has 1 to {MOST_SEATS} members, each an endpoint and a model")
    if not 1 <= judge.repeats <= MOST_REPEATS:
        raise BadInput(f"repeats lies between 1 and {MOST_REPEATS}, got {judge.repeats}")
    for name in ("usd_per_day", "usd_per_run", "usd_in_all"):
        limit = getattr(judge, name)
        if limit is not None and not limit >= 0:
            raise BadInput(f"{name} is a number of USD of 0 or more, got {limit}")
    for seat in judge.panel:
        forbidden = FORBIDDEN & set(seat.params)
        if forbidden:
            raise BadInput(
                f"params of {seat.model} may not set {', '.join(sorted(forbidden))}: spend limits stand on them"
            )
        if not seat.model or not seat.endpoint:
            raise BadInput("each member of the panel needs an endpoint and a model")
        if not 16 <= seat.max_output_tokens <= 32_000:
            raise BadInput(f"max_output_tokens lies between 16 and 32000, got {seat.max_output_tokens}")
        if (seat.input_usd is None) != (seat.output_usd is None) or min(seat.input_usd or 0, seat.output_usd or 0) < 0:
            raise BadInput(f"give {seat.model} both prices, input_usd and output_usd, of 0 or more, or neither")
    rubric_of(judge)


def sit(judge: Judge, rubric: Rubric, bench: Bench, example: Example, threshold: float, fresh: bool = False) -> Result:
    """One judgement; see judge_evaluator."""
    if judge.is_paused:
        raise BadInput(f"the judge {judge.name} is paused: switch it on, or take it out of the rule")
    size = size_of(rubric, example)
    if size > judge.max_input_chars:
        why = f"too long to judge: {size:,} characters, the judge takes {judge.max_input_chars:,} (max_input_chars)"
        return Result(None, ABSTAINED, why, details={"calls": 0, "cost_usd": 0.0, "votes": []})
    sitting = _Sitting(judge, rubric, example, fresh)
    target = TARGET.get()
    try:
        ballots = _ballots(sitting, bench)
    except NervureError as error:
        # What was bought so far is recorded, and remembered for the next time.
        _record(bench, judge, target, sitting.turns, {"label": "failed", "explanation": str(error)})
        raise
    if sitting.trouble and not any(one.label for one in ballots):
        _record(bench, judge, target, sitting.turns, {"label": "failed", "explanation": str(sitting.trouble[0])})
        raise sitting.trouble[0]
    outcome = count(rubric, ballots, judge.vote)
    told = _explain(outcome, ballots)
    verdict = {"label": outcome.label or ABSTAINED, "score": outcome.score, "explanation": told}
    recorded = _record(bench, judge, target, sitting.turns, verdict)
    details = _details(sitting, ballots, outcome) | recorded
    if not outcome.label or outcome.score is None:
        return Result(None, ABSTAINED, told, details=details)
    quotes = [quote for one in ballots if one.label == outcome.label for quote in one.quotes]
    is_bad = outcome.score < threshold and bool(rubric.mark)
    marks = marks_of(example.output or "", quotes, rubric.mark) if is_bad else ()
    return Result(outcome.score, outcome.label, told, marks, details)


def _ballots(sitting: _Sitting, bench: Bench) -> list[Ballot]:
    judge = sitting.judge
    places = [(seat, repeat) for repeat in range(judge.repeats) for seat in judge.panel]
    ballots: list[Ballot] = []
    for number, (seat, repeat) in enumerate(places):
        ballots.append(_ballot(sitting, bench, seat, repeat))
        if judge.stop_early and judge.vote == "majority" and is_decided(ballots, len(places) - number - 1):
            break
    return ballots


def _ballot(sitting: _Sitting, bench: Bench, seat: Seat, repeat: int) -> Ballot:
    try:
        if not (sitting.rubric.is_pair and sitting.judge.both_orders):
            return _one(sitting, bench, seat, repeat, False)
        return both_orders(_one(sitting, bench, seat, repeat, False), _one(sitting, bench, seat, repeat, True))
    except OverLimit:
        raise
    except Refused as error:
        # An answer that is no answer is the model's doing; any other refusal is for the operator to mend.
        if error.status != 200:
            sitting.trouble.append(error)
        return Ballot("", None, str(error), seat.model, repeat, cost_usd=None)
    except JudgeDown as error:
        sitting.trouble.append(error)
        return Ballot("", None, str(error), seat.model, repeat, cost_usd=None)


def _one(sitting: _Sitting, bench: Bench, seat: Seat, repeat: int, swapped: bool) -> Ballot:
    """One verdict, with one more turn when the answer cannot be read."""
    question = ask(sitting.rubric, sitting.example, swapped)
    order = ("second" if swapped else "first") if sitting.rubric.is_pair else ""
    cost: float | None = 0.0
    memory = True
    problem = ""
    for number in range(2):
        turn = bench.ask(sitting.judge, seat, question, repeat, sitting.fresh)
        sitting.turns.append(turn)
        cost = None if cost is None or turn.cost_usd is None else cost + turn.cost_usd
        memory = memory and turn.from_memory
        said = _said(turn, question)
        if isinstance(said, Said):
            grade = sitting.rubric.grade(said.label) if said.label else None
            reasoning = said.reasoning or ("the judge cannot tell" if not said.label else "")
            score = grade.score if grade else None
            return Ballot(said.label, score, reasoning, seat.model, repeat, said.quotes, cost, memory, order)
        problem = said
        if number == 0 and not turn.reply.refusal and not turn.reply.is_cut:
            question = again(question, turn.reply.text, problem)
        else:
            break
    return Ballot("", None, problem, seat.model, repeat, (), cost, memory, order)


def _said(turn: Turn, question: Question) -> Said | str:
    """The verdict, or why there is none."""
    reply = turn.reply
    if reply.refusal:
        return f"the model refused: {reply.refusal[:300]}"
    try:
        return read_verdict(reply.text, question.labels)
    except Unreadable as error:
        if reply.is_cut:
            return f"the answer was cut at {turn.seat.max_output_tokens} tokens: raise max_output_tokens of the seat"
        return f"no readable verdict: {error}"


def _explain(outcome: Outcome, ballots: Sequence[Ballot]) -> str:
    if not outcome.label:
        return outcome.why[:MOST_EXPLANATION]
    told = next((one.reasoning for one in ballots if one.label == outcome.label and one.reasoning), "")
    votes = (
        ""
        if outcome.asked == 1
        else f" ({outcome.valid} of {outcome.asked} gave a verdict, {outcome.agreement:.0%} of them this one)"
    )
    return f"{told}{votes}"[:MOST_EXPLANATION]


def _details(sitting: _Sitting, ballots: Sequence[Ballot], outcome: Outcome) -> dict[str, Any]:
    turns = sitting.turns
    asked = [turn for turn in turns if not turn.from_memory]
    costs = [turn.cost_usd for turn in turns]
    details: dict[str, Any] = {
        "cost_usd": None if any(cost is None for cost in costs) else sum(cost or 0.0 for cost in costs),
        **spending(turns),
        "input_tokens": sum(turn.reply.input_tokens or 0 for turn in asked),
        "output_tokens": sum(turn.reply.output_tokens or 0 for turn in asked),
        "models": sorted({turn.reply.model or turn.seat.model for turn in turns}),
        "votes": [
            {"by": one.by, "repeat": one.repeat, "label": one.label or ABSTAINED, "score": one.score}
            | ({"order": one.order, "flipped": one.flipped} if one.order else {})
            for one in ballots
        ],
        "agreement": outcome.agreement,
        "flips": _flips(ballots),
        # Judges are said to like long answers: with the length beside the verdict that can be looked at.
        "output_chars": len(sitting.example.output or ""),
    }
    if sitting.rubric.is_pair:
        details["other_chars"] = len(str(sitting.example.expected or ""))
    return details


def _flips(ballots: Sequence[Ballot]) -> int:
    """Repeats of one model that differ from its first."""
    first: dict[str, str] = {}
    return sum(one.label != first.setdefault(one.by, one.label) for one in ballots if one.label)


def _record(
    bench: Bench, judge: Judge, target: Target, turns: Sequence[Turn], verdict: Mapping[str, Any]
) -> dict[str, Any]:
    if bench.record is None:
        return {}
    spans = spans_of(judge, target if target.project else Target(bench.project), turns, verdict, RandomIds())
    if not spans:
        return {}
    bench.record(spans)
    return {"trace_id": spans[0].trace_id, "trace_project": spans[0].project}
