"""Work of reviewers: queues of spans and traces to judge by a rubric, and the answers of each annotator."""

from dataclasses import dataclass
from typing import Any, Literal

CriterionType = Literal["numeric", "boolean", "categorical", "text"]
Level = Literal["trace", "span"]
AnswerState = Literal["locked", "done", "skipped"]
# How an item came into its queue.
Origin = Literal["hand", "rule", "proposal"]


@dataclass(frozen=True, slots=True)
class Choice:
    """One category of a rubric, with what it means."""

    value: str
    description: str = ""


@dataclass(frozen=True, slots=True)
class Criterion:
    """One question of a rubric; its answers are stored as scores of this name.

    least, most: bounds of a number, both included. choices: of a categorical one; is_ordered: they are a scale, from
    worst to best. is_required: an item cannot be finished without it.
    """

    name: str
    type: CriterionType
    description: str = ""
    least: float | None = None
    most: float | None = None
    choices: tuple[Choice, ...] = ()
    is_ordered: bool = False
    is_required: bool = True


@dataclass(frozen=True, slots=True)
class FillRule:
    """Which spans come into a queue by themselves.

    where: a filter of spans. level: the span itself is to be judged, or its whole trace. rate: share taken, 0 to 1, the
    same spans however often they are looked at. most_waiting: while so many items wait nothing is added.
    at_ns, late_ns: how far the spans were read, and how far they were read a second time for those that came late.
    left_out: how many matched while the queue was full.
    """

    where: str = ""
    level: Level = "trace"
    rate: float = 1.0
    most_waiting: int = 200
    is_active: bool = True
    at_ns: int = 0
    late_ns: int = 0
    left_out: int = 0


@dataclass(frozen=True, slots=True)
class Queue:
    """Items to judge by the same rubric.

    rubric_version: counts up with every change of the criteria. annotators: how many people judge each item. lock_s:
    how long an item is reserved for who opened it. is_blind: nobody sees others' answers before giving one.
    """

    id: str
    project: str
    name: str
    instructions: str = ""
    criteria: tuple[Criterion, ...] = ()
    rubric_version: int = 1
    annotators: int = 1
    lock_s: int = 900
    is_blind: bool = True
    rule: FillRule | None = None
    author: str = ""
    created_ns: int = 0
    changed_ns: int = 0


@dataclass(frozen=True, slots=True)
class Target:
    """What is to be judged, and why. span_id "" for the whole trace. priority: higher ones come first."""

    trace_id: str
    span_id: str = ""
    reason: str = ""
    priority: float = 0.0


@dataclass(frozen=True, slots=True)
class Item:
    """A target in a queue. done: how many people have judged it. is_done: as many as the queue asks for."""

    id: str
    queue_id: str
    target: Target
    origin: Origin
    author: str
    added_ns: int
    done: int = 0
    is_done: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """What one annotator said of an item.

    values: criterion to number, true or false, category or text; comments: criterion to why. is_final: it settles a
    disagreement of others. until_ns: end of a lock. revision: counts up with each correction. reason: why it was skipped.
    """

    item_id: str
    annotator: str
    state: AnswerState
    values: dict[str, Any]
    comments: dict[str, str]
    is_final: bool = False
    reason: str = ""
    rubric_version: int = 1
    revision: int = 0
    until_ns: int = 0
    started_ns: int = 0
    changed_ns: int = 0


@dataclass(frozen=True, slots=True)
class Progress:
    """Items of a queue. done: judged by as many as asked for; begun: by fewer; locked: in somebody's hands now.

    skipped: skips by anybody. answers: answers given, by annotator.
    """

    total: int
    done: int
    begun: int
    locked: int
    skipped: int
    answers: dict[str, int]
