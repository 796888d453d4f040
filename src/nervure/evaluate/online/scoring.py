"""Targets to scores: each evaluator of a rule on each target, what it says as a Score, what went wrong in words."""

import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import asdict, dataclass, field
from typing import Any

from nervure.base.errors import BadInput, Busy
from nervure.base.ids import digest
from nervure.catalog.repositories.judge_purse import OverLimit
from nervure.evaluate.chosen import version_of, waits
from nervure.evaluate.evaluator import Evaluator, Example, Mark, Result
from nervure.evaluate.judging.judge import TARGET
from nervure.evaluate.judging.trace import Target as Judged
from nervure.evaluate.online.examples import Made, example_of
from nervure.model.evaluation import Choice, Outcome, Problem, Rule, Tally, Target
from nervure.model.score import Score, revision_at
from nervure.model.span import Span

# What a score keeps of a long answer's marks and of a list of causes.
MOST_MARKS, MOST_EVIDENCE, MOST_EXPLANATION, MOST_PROBLEMS = 50, 300, 1000, 20
# Judges and an embeddings API are waited for: so many at a time, whatever the endpoint allows bounds them further.
JUDGES_AT_ONCE = 8
AUTHOR = "online evaluation"
# Of what a judge says of its judgement, what its score keeps.
_OF_JUDGES = ("votes", "agreement", "trace_id", "trace_project", "from_memory", "remembered_usd", "remembered_from")

Chosen = tuple[Choice, Evaluator]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one evaluator made of one target. result: None when it was skipped or failed; `reason` says why.

    is_unpaid: skipped because a spend limit is reached.
    """

    choice: Choice
    evaluator: Evaluator
    target: Target
    made: Made
    result: Result | None = None
    reason: str = ""
    has_failed: bool = False
    is_unpaid: bool = False


@dataclass(slots=True)
class _Count:
    scored: int = 0
    passed: int = 0
    skipped: int = 0
    failed: int = 0
    cost_usd: float = 0.0


@dataclass(slots=True)
class Counted:
    """Adds verdicts up."""

    counts: dict[str, _Count] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    reasons: Counter[str] = field(default_factory=Counter)

    def add(self, verdict: Verdict) -> None:
        name = verdict.choice.name
        count = self.counts.setdefault(name, _Count())
        if verdict.result is not None:
            count.cost_usd += float(verdict.result.details.get("cost_usd") or 0.0)
        if verdict.is_unpaid:
            count.skipped += 1
            self.reasons[f"{name}: {verdict.reason[:200]}"] += 1
        elif verdict.has_failed:
            count.failed += 1
            self.reasons[f"{name}: {verdict.reason[:200]}"] += 1
            if len(self.problems) < MOST_PROBLEMS:
                self.problems.append(Problem(name, verdict.target.id, verdict.reason[:500]))
        elif verdict.result is None or verdict.result.score is None:
            count.skipped += 1
        else:
            count.scored += 1
            count.passed += bool(verdict.result.passed)

    def outcome(self, seconds: float) -> Outcome:
        tallies = {name: Tally(**asdict(count)) for name, count in self.counts.items()}
        return Outcome(tallies, tuple(self.problems), dict(self.reasons.most_common(MOST_PROBLEMS)), round(seconds, 6))


def check_choice(choice: Choice, evaluator: Evaluator) -> None:
    """Raises BadInput for settings the evaluator does not have."""
    evaluator.complete(choice.settings)


def judge_targets(
    rule: Rule,
    chosen: Sequence[Chosen],
    targets: Sequence[Target],
    spans: Mapping[str, Sequence[Span]],
    alive: Callable[[], bool] = lambda: True,
) -> list[Verdict]:
    """Every evaluator on every target. spans: by trace id, for sessions by session, by start.

    alive: asked between targets; False ends the work. Raises Busy when a judge's or the embeddings' model cannot be had.
    """
    waiting = [one for one in chosen if one[0].evaluator.startswith("judge:") or waits(one[1])]
    found: list[Verdict] = []
    for target in targets:
        if not alive():
            break
        held = spans.get(target.id if rule.level != "span" else target.trace_id, ())
        made: dict[str, Made | str] = {}
        for choice, evaluator in chosen:
            key = json.dumps(choice.fields, sort_keys=True)
            if key not in made:
                made[key] = _made(rule, target, held, choice)
            if (choice, evaluator) not in waiting:
                found.append(judge(choice, evaluator, target, made[key]))
    if waiting and alive():
        found += _wait_for(rule, waiting, targets, spans, alive)
    return found


def judge(choice: Choice, evaluator: Evaluator, target: Target, made: Made | str) -> Verdict:
    """One evaluator on one example. made: a text says why there is none. Raises Busy and nothing else."""
    if isinstance(made, str):
        return Verdict(choice, evaluator, target, Made(Example()), None, made, True)
    missing = _missing(evaluator, made.example)
    if missing:
        return Verdict(
            choice, evaluator, target, made, None, f"nothing to judge: the target has no {', '.join(missing)}"
        )
    try:
        result = evaluator.evaluate(made.example, choice.settings)
    except OverLimit as error:
        # Without the amounts, which differ from call to call: it is told once and counted.
        told = f"not bought: a call could pass the spend limit of {whose(error.account)}"
        return Verdict(choice, evaluator, target, made, None, told, is_unpaid=True)
    except Busy:
        raise
    # An evaluator may fail in any way; the target says so and the others go on.
    except Exception as error:  # noqa: BLE001
        told = (
            str(error)
            if isinstance(error, BadInput) or error.__class__.__name__ == "SandboxError"
            else f"{type(error).__name__}: {error}"
        )
        return Verdict(choice, evaluator, target, made, None, told, True)
    return Verdict(choice, evaluator, target, made, result, "" if result.score is not None else result.explanation)


def whose(account: str) -> str:
    """An account of the purse in words: `judge/<id>[/<day>]`, `endpoint/<id>/<day>`, `run/<run>[/judge/<id>]`, `embeddings/<day>`."""
    kind, _, rest = account.partition("/")
    if kind == "embeddings":
        return "the embeddings for the day (embeddings_usd_per_day)"
    if kind == "run":
        return "the judge for this rule's day" if "/judge/" in rest else "the rule for the day"
    return f"the {kind} for the day" if "/" in rest else f"the {kind} in all"


def score_of(rule: Rule, verdict: Verdict, planned_ns: int) -> Score | None:
    """The score a verdict is stored as, None for one without a value.

    Its id belongs to what is judged, by what, under which name: the same again replaces it. Time and revision come from
    the plan, so that a worker's repetition is the very same row, and a later plan's judgement takes its place.
    """
    result, target, evaluator = verdict.result, verdict.target, verdict.evaluator
    if result is None or result.score is None:
        return None
    of_judge = verdict.choice.evaluator.startswith("judge:")
    key = "\x1f".join((rule.project, rule.level, target.trace_id, target.id, verdict.choice.name, evaluator.name))
    about: dict[str, Any] = {
        "rule": rule.id, "rule_version": rule.version, "why": target.why, "inclusion": target.inclusion,
        "passed": bool(result.passed), "threshold": verdict.choice.settings.get("threshold", evaluator.threshold),
    }  # fmt: skip
    if marks := marks_of(verdict.made, result.spans):
        about["marks"] = marks
    for name in ("output_span", "input_span"):
        if where := getattr(verdict.made, name):
            about[name] = where
    if of_judge:
        about |= {key: result.details[key] for key in _OF_JUDGES if key in result.details}
    if evaluator.uses:
        about |= {key: result.details[key] for key in ("embedder", "model") if key in result.details}
    cost = result.details.get("cost_usd")
    return Score(
        id=f"online-{digest(key.encode())[:40]}", name=verdict.choice.name, target_type=rule.level, target_id=target.id,
        project=rule.project, trace_id=target.trace_id if rule.level != "trace" else target.id, data_type="numeric",
        value=round(result.score, 6), label=result.label, explanation=result.explanation[:MOST_EXPLANATION],
        source="judge" if of_judge else "code", evaluator=evaluator.name, evaluator_version=version_of(evaluator), author=AUTHOR,
        time_ns=planned_ns, cost_usd=float(cost) if cost is not None else None, metadata=about,
        revision=revision_at(planned_ns),
    )  # fmt: skip


def marks_of(made: Made, marks: Sequence[Mark]) -> list[dict[str, Any]]:
    """Marks as {field, start, end, label, score?, document?, evidence?}: places in the text that was judged.

    Those of the output count in the `output_text` of the span `output_span`, when the text stands there.
    """
    found = []
    for mark in marks[:MOST_MARKS]:
        shift = max(0, made.output_at) if mark.field == "output" else 0
        one: dict[str, Any] = {
            "field": mark.field,
            "start": mark.start + shift,
            "end": mark.end + shift,
            "label": mark.label,
        }
        one |= {name: value for name in ("score", "document") if (value := getattr(mark, name)) is not None}
        if mark.evidence:
            one["evidence"] = mark.evidence[:MOST_EVIDENCE]
        found.append(one)
    return found


def _made(rule: Rule, target: Target, held: Sequence[Span], choice: Choice) -> Made | str:
    if not held:
        return "its spans are gone: retention has taken them, or they were erased"
    try:
        return example_of(rule.level, target.id, held, choice.fields)
    except BadInput as error:
        return str(error)


def _missing(evaluator: Evaluator, example: Example) -> list[str]:
    # Evaluators that need no field for certain read whichever of theirs is there.
    if not evaluator.needs and evaluator.optional:
        is_blank = all(getattr(example, name) is None for name in evaluator.optional)
        return [" or ".join(evaluator.optional)] if is_blank else []
    return [str(name) for name in evaluator.needs if getattr(example, name) is None]


def _wait_for(
    rule: Rule,
    chosen: Sequence[Chosen],
    targets: Sequence[Target],
    spans: Mapping[str, Sequence[Span]],
    alive: Callable[[], bool],
) -> list[Verdict]:
    def one(choice: Choice, evaluator: Evaluator, target: Target) -> Verdict | None:
        if not alive():
            return None
        held = spans.get(target.id if rule.level != "span" else target.trace_id, ())
        made = _made(rule, target, held, choice)
        span_id = target.id if rule.level == "span" else made.output_span if isinstance(made, Made) else ""
        TARGET.set(Judged(rule.project, target.trace_id or (made.trace_id if isinstance(made, Made) else ""), span_id))
        return judge(choice, evaluator, target, made)

    with ThreadPoolExecutor(JUDGES_AT_ONCE, thread_name_prefix="judge") as pool:
        waiting = [
            pool.submit(copy_context().run, one, choice, evaluator, target)
            for target in targets
            for choice, evaluator in chosen
        ]
        try:
            return [verdict for future in waiting if (verdict := future.result()) is not None]
        finally:
            # Once one says that its model is down, the others need not find out one by one.
            pool.shutdown(wait=True, cancel_futures=True)
