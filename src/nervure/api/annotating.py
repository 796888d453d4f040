"""Answers of annotators as scores, and queues as the API tells them."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from nervure.api.auth import Access
from nervure.base.clock import iso
from nervure.base.errors import Forbidden
from nervure.base.ids import digest
from nervure.catalog.repositories.annotation_answers import checked_annotator
from nervure.model.annotation import (
    Answer,
    AnswerState,
    Choice,
    Criterion,
    CriterionType,
    FillRule,
    Item,
    Level,
    Origin,
    Progress,
    Queue,
)
from nervure.model.score import Score
from nervure.stats.intervals import Interval


def annotator_of(access: Access, named: str) -> str:
    """Who judges: the holder of the key. Only an admin key, or a server without keys, may speak for the person named."""
    own = access.key.name if access.key else ""
    may_name = access.key is None or access.key.may("admin")
    if named and named != own and not may_name:
        raise Forbidden(f"this key judges as {own!r}: leave `annotator` out, or use the key of {named!r}")
    return checked_annotator(named or own)


def score_id(item_id: str, annotator: str, criterion: str) -> str:
    """The same for every correction, so that each is a revision of one score."""
    told = digest("\n".join((annotator, criterion)).encode())[:16]
    return f"annotation_{item_id}_{told}"


def scores_of(queue: Queue, item: Item, answer: Answer, before: Answer | None, now_ns: int) -> list[Score]:
    """A score for every question answered; one without a value where a correction takes an answer back."""
    target = item.target
    gone = [name for name in (before.values if before else {}) if name not in answer.values]
    kinds = {criterion.name: criterion.type for criterion in queue.criteria}
    made = []
    for name in (*answer.values, *gone):
        value = answer.values.get(name)
        kind = kinds.get(name, "text")
        is_word = kind in ("categorical", "text")
        metadata: dict[str, Any] = {
            "queue": queue.name, "queue_id": queue.id, "item_id": item.id, "origin": item.origin,
        }  # fmt: skip
        metadata |= {"final": True} if answer.is_final else {}
        metadata |= {"withdrawn": True} if name in gone else {}
        made.append(
            Score(
                id=score_id(item.id, answer.annotator, name), name=name,
                target_type="span" if target.span_id else "trace", target_id=target.span_id or target.trace_id,
                project=queue.project, trace_id=target.trace_id, data_type=kind,
                value=None if is_word or value is None else float(value),
                label=str(value) if is_word and value is not None else "",
                explanation=answer.comments.get(name, ""), source="human", evaluator=f"annotation:{queue.name}",
                evaluator_version=str(answer.rubric_version), author=answer.annotator, time_ns=now_ns,
                received_ns=now_ns, metadata=metadata, revision=answer.revision,
            )
        )  # fmt: skip
    return made


class RubricChoice(BaseModel):
    """One category."""

    model_config = ConfigDict(extra="forbid")
    value: str = Field(min_length=1, max_length=200)
    description: str = Field("", max_length=2000)


class RubricCriterion(BaseModel):
    """One question of the rubric; its answers become scores of this name."""

    model_config = ConfigDict(extra="forbid")
    name: str = Field(description="Also the name of the scores.")
    type: CriterionType
    description: str = Field("", max_length=5000, description="What is asked, and what the answers mean.")
    least: float | None = Field(None, description="Of a number.")
    most: float | None = Field(None, description="Of a number.")
    choices: list[RubricChoice] = Field([], description="Of a categorical one.")
    is_ordered: bool = Field(False, description="The categories are a scale, from worst to best.")
    is_required: bool = True

    def criterion(self) -> Criterion:
        choices = tuple(Choice(one.value, one.description) for one in self.choices)
        return Criterion(**{**self.model_dump(), "choices": choices})


class FillRuleBody(BaseModel):
    """How a queue fills by itself."""

    model_config = ConfigDict(extra="forbid")
    where: str = Field("", description='A filter of spans, e.g. `kind = "llm" and score["groundedness"] < 0.5`.')
    level: Level = Field("trace", description="Judge the span itself, or its whole trace.")
    rate: float = Field(1.0, gt=0, le=1, description="Share taken; the same spans however often it is asked.")
    most_waiting: int = Field(200, ge=1, description="While so many items wait, nothing is added.")
    is_active: bool = True


class FillRuleAnswer(FillRuleBody):
    """The same, with how far it is."""

    read_until: str | None = Field(description="Spans that began before were looked at.")
    left_out: int = Field(description="Spans that matched while the queue was full.")


class AnnotationProgress(BaseModel):
    """How far a queue is."""

    total: int
    done: int = Field(description="Judged by as many people as the queue asks for, or settled.")
    begun: int = Field(description="Judged by some, not by enough.")
    locked: int = Field(description="In somebody's hands now.")
    skipped: int = Field(description="Skips, by anybody.")
    answers: dict[str, int] = Field(description="Answers given, by annotator.")


class AnnotationQueue(BaseModel):
    """An annotation queue."""

    id: str
    name: str
    instructions: str
    criteria: list[RubricCriterion]
    rubric_version: int = Field(description="Counts up with every change of the criteria.")
    annotators: int = Field(description="How many people judge each item.")
    lock_s: int = Field(description="How long an item is reserved for who opened it.")
    is_blind: bool = Field(description="Nobody sees others' answers before giving one.")
    rule: FillRuleAnswer | None
    author: str
    created: str
    changed: str
    progress: AnnotationProgress


class AnnotationItem(BaseModel):
    """What is to be judged."""

    id: str
    queue_id: str
    trace_id: str
    span_id: str = Field(description="Empty when the whole trace is judged.")
    reason: str = Field(description="Why it is worth a look.")
    priority: float
    origin: Origin
    author: str
    added: str
    done: int = Field(description="How many people have judged it.")
    is_done: bool


class GivenAnswer(BaseModel):
    """What one person said."""

    annotator: str
    state: AnswerState
    values: dict[str, Any]
    comments: dict[str, str]
    is_final: bool = Field(description="It settles a disagreement of others.")
    reason: str = Field(description="Why it was skipped.")
    rubric_version: int
    revision: int
    changed: str
    locked_until: str | None


class AgreementInterval(BaseModel):
    """An estimate with its 95 % interval. n: items behind it."""

    value: float
    low: float
    high: float
    n: int


def queue_answer(queue: Queue, progress: Progress) -> AnnotationQueue:
    criteria = [
        RubricCriterion(
            name=one.name, type=one.type, description=one.description, least=one.least, most=one.most,
            choices=[RubricChoice(value=choice.value, description=choice.description) for choice in one.choices],
            is_ordered=one.is_ordered, is_required=one.is_required,
        )
        for one in queue.criteria
    ]  # fmt: skip
    return AnnotationQueue(
        id=queue.id, name=queue.name, instructions=queue.instructions, criteria=criteria,
        rubric_version=queue.rubric_version, annotators=queue.annotators, lock_s=queue.lock_s, is_blind=queue.is_blind,
        rule=_rule(queue.rule), author=queue.author, created=iso(queue.created_ns), changed=iso(queue.changed_ns),
        progress=AnnotationProgress(
            total=progress.total, done=progress.done, begun=progress.begun, locked=progress.locked,
            skipped=progress.skipped, answers=progress.answers,
        ),
    )  # fmt: skip


def item_answer(item: Item) -> AnnotationItem:
    target = item.target
    return AnnotationItem(
        id=item.id, queue_id=item.queue_id, trace_id=target.trace_id, span_id=target.span_id, reason=target.reason,
        priority=target.priority, origin=item.origin, author=item.author, added=iso(item.added_ns), done=item.done,
        is_done=item.is_done,
    )  # fmt: skip


def given_answer(answer: Answer) -> GivenAnswer:
    return GivenAnswer(
        annotator=answer.annotator, state=answer.state, values=answer.values, comments=answer.comments,
        is_final=answer.is_final, reason=answer.reason, rubric_version=answer.rubric_version, revision=answer.revision,
        changed=iso(answer.changed_ns), locked_until=iso(answer.until_ns) if answer.state == "locked" else None,
    )  # fmt: skip


def interval_answer(interval: Interval | None) -> AgreementInterval | None:
    if interval is None:
        return None
    return AgreementInterval(value=interval.estimate, low=interval.low, high=interval.high, n=interval.n)


def _rule(rule: FillRule | None) -> FillRuleAnswer | None:
    if rule is None:
        return None
    return FillRuleAnswer(
        where=rule.where, level=rule.level, rate=rule.rate, most_waiting=rule.most_waiting, is_active=rule.is_active,
        read_until=iso(rule.at_ns) if rule.at_ns else None, left_out=rule.left_out,
    )  # fmt: skip
