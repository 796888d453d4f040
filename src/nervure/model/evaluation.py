"""Online evaluation: the rules that say what is scored, the tasks that carry it out, and backfills."""

from dataclasses import dataclass, field
from typing import Any, Literal

TargetLevel = Literal["trace", "span", "session"]
TailBy = Literal["", "cost", "latency", "uncertainty"]
TaskState = Literal["waiting", "running", "done", "failed", "cancelled"]
BackfillState = Literal["waiting", "running", "done", "failed", "cancelled"]
# Why a target was taken; "rate" is the random share, which alone stands for all traffic.
Why = Literal["rate", "stratum", "error", "tail"]
LEVELS: tuple[TargetLevel, ...] = ("trace", "span", "session")


@dataclass(frozen=True, slots=True)
class Choice:
    """One evaluator of a rule.

    evaluator: a name `resolve` knows (`groundedness`, `judge:<name>`, `custom:<name>`). score: name of the scores it
    writes, "" for the evaluator's own. settings: of the evaluator. fields: a field of an example to where its value is
    found, e.g. {"output": 'metadata.answer'}.
    """

    evaluator: str
    score: str = ""
    settings: dict[str, Any] = field(default_factory=dict)
    fields: dict[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """What its scores are called: a judge's and a custom evaluator's without the prefix."""
        return self.score or self.evaluator.rpartition(":")[2]


@dataclass(frozen=True, slots=True)
class Sampling:
    """How many of the targets that pass the filter are scored. A target is taken when any of these takes it.

    rate: random share of all, 0 to 1. stratify_by, per_hour: of each value of a field about so many an hour, whatever
    its traffic. errors: all that failed. tail_by, tail_share: the dearest, the slowest, or those whose score
    `tail_score` lies nearest to its threshold. rows_per_day, usd_per_day: what a UTC day may take at most; None: any.
    """

    rate: float = 1.0
    stratify_by: str = ""
    per_hour: int = 0
    errors: bool = False
    tail_by: TailBy = ""
    tail_share: float = 0.0
    tail_score: str = ""
    tail_threshold: float = 0.5
    rows_per_day: int | None = None
    usd_per_day: float | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """What is scored, by what, how much of it.

    where: a filter over spans; a trace or session is a target when one of its spans passes. settle_s: a trace is
    complete when its root has come and nothing has arrived for so long; one without a root waits ROOTLESS times that.
    through_ns: targets that settled before are planned. problem: why the last round of planning failed, "" when well.
    """

    id: str
    project: str
    name: str
    choices: tuple[Choice, ...]
    level: TargetLevel = "trace"
    where: str = ""
    sampling: Sampling = Sampling()
    settle_s: float = 10.0
    enabled: bool = True
    version: int = 1
    author: str = ""
    created_ns: int = 0
    changed_ns: int = 0
    through_ns: int = 0
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Target:
    """What is scored. id: of the trace, span or session. end_ns: when the last of it was received.

    inclusion: with what probability it was taken; 1 for errors and tails, which stand for nothing but themselves.
    """

    id: str
    trace_id: str = ""
    start_ns: int = 0
    end_ns: int = 0
    why: Why = "rate"
    inclusion: float = 1.0


@dataclass(frozen=True, slots=True)
class Tally:
    """What became of one evaluator's targets. skipped: it had nothing to judge, or its fields are missing."""

    scored: int = 0
    passed: int = 0
    skipped: int = 0
    failed: int = 0
    cost_usd: float = 0.0


@dataclass(frozen=True, slots=True)
class Problem:
    """Why one evaluator could not score one target."""

    evaluator: str
    target_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a task. seconds: of a worker's time. problems: some of the failures, `reasons`: all, counted."""

    tallies: dict[str, Tally]
    problems: tuple[Problem, ...] = ()
    reasons: dict[str, int] = field(default_factory=dict)
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Task:
    """Targets of one rule that a worker scores in one go.

    targets: () once it is done. backfill_id: "" for live. oldest_ns: when the first of its targets was complete.
    """

    id: str
    rule_id: str
    rule_version: int
    project: str
    backfill_id: str = ""
    state: TaskState = "waiting"
    targets: tuple[Target, ...] = ()
    target_count: int = 0
    attempts: int = 0
    held_by: str = ""
    created_ns: int = 0
    oldest_ns: int = 0
    done_ns: int = 0
    outcome: Outcome | None = None
    error: str = ""


@dataclass(frozen=True, slots=True)
class Backfill:
    """A rule run over a past window. limit: at most so many targets.

    at_ns: targets that began before are planned. planned: targets given to workers. estimate: what was said beforehand.
    """

    id: str
    project: str
    rule_id: str
    rule_version: int
    from_ns: int
    to_ns: int
    limit: int | None = None
    again: bool = False
    state: BackfillState = "waiting"
    created_ns: int = 0
    changed_ns: int = 0
    actor: str = ""
    at_ns: int = 0
    planned: int = 0
    found: int = 0
    estimate: dict[str, Any] = field(default_factory=dict)
    error: str = ""

    @property
    def is_open(self) -> bool:
        """Whether there is something left to plan or to score."""
        return self.state in ("waiting", "running")


@dataclass(frozen=True, slots=True)
class Expression:
    """A user's own evaluator as an expression over the fields of an example.

    text: e.g. `len(output) < 2000 and "sorry" not in lower(output)`; true is 1. needs: fields it cannot do without,
    found in the text. threshold: from which score an example passes.
    """

    id: str
    project: str
    name: str
    text: str
    summary: str = ""
    threshold: float = 0.5
    version: int = 1
    author: str = ""
    created_ns: int = 0
    changed_ns: int = 0
