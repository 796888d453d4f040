"""LangSmith's annotation queues in our words: a queue with a rubric of criteria, its runs as items.

Ours are named by ids of their own and LangSmith's by UUIDs, which its clients choose: notes keep which is which. A queue that
was made here has the UUID of its id.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from nervure.api.auth import Access
from nervure.api.langsmith.names import checked_uuid, moment, tenant_id
from nervure.base.errors import BadInput, NotFound
from nervure.base.ids import name_uuid
from nervure.model.annotation import Choice, Criterion, Queue, Target

NOTE = "langsmith.queue."
# A queue of LangSmith's needs no rubric; ours asks at least one question, and nobody must answer this one.
OPEN = Criterion("note", "text", "What you think of it.", is_required=False)
Json = dict[str, Any]


def queue_uuid(queue: Queue, given: Mapping[str, Mapping[str, Any]]) -> str:
    """LangSmith's id of a queue. given: notes of the ids that clients chose."""
    chosen = (name for name, held in given.items() if held.get("queue") == queue.id)
    return next(chosen, "").removeprefix(NOTE) or name_uuid(f"langsmith-queue:{queue.id}")


def given_ids(access: Access) -> dict[str, Json]:
    """The ids that clients chose, as notes."""
    return access.house.catalog.notes.under(NOTE)


def find_queue(access: Access, identity: str) -> Queue:
    """The queue of one of LangSmith's ids in the project. Raises NotFound, BadInput."""
    wanted, given = checked_uuid(identity, "a queue's id"), given_ids(access)
    for queue in access.house.catalog.annotation.queues(access.project):
        if queue_uuid(queue, given) == wanted:
            return queue
    raise NotFound(f"project {access.project!r} has no annotation queue {wanted}")


def queue_json(queue: Queue, given: Mapping[str, Mapping[str, Any]]) -> Json:
    """A queue. Its description and its rubric's instructions are one text here."""
    return {
        "id": queue_uuid(queue, given),
        "name": queue.name,
        "description": queue.instructions or None,
        "rubric_instructions": queue.instructions or None,
        "rubric_items": [
            {"feedback_key": one.name, "description": one.description or None, "is_required": one.is_required}
            for one in queue.criteria
            if one != OPEN
        ],
        "created_at": moment(queue.created_ns),
        "updated_at": moment(queue.changed_ns),
        "tenant_id": tenant_id(queue.project),
        "num_reviewers_per_item": queue.annotators,
    }


def changed(queue: Queue, asked: Mapping[str, Any]) -> Queue:
    """The queue as a request wants it: what is left out stays. Raises BadInput."""
    texts = [_text(asked, name) for name in ("description", "rubric_instructions") if asked.get(name) is not None]
    name = _text(asked, "name") if asked.get("name") is not None else queue.name
    told = "\n\n".join(dict.fromkeys(text for text in texts if text)) if texts else queue.instructions
    criteria = _criteria(asked["rubric_items"]) if asked.get("rubric_items") is not None else queue.criteria
    return replace(queue, name=name, instructions=told, criteria=criteria or (OPEN,))


def target_of(span: Mapping[str, Any]) -> Target:
    """What a run means: a root stands for its trace, as it does when it gets feedback."""
    return Target(span["trace_id"], span["span_id"] if span["parent_id"] else "")


def run_ids(asked: Any) -> list[str]:
    """The runs of a request: ids, or objects with run_id. Raises BadInput."""
    if not isinstance(asked, list) or not asked:
        raise BadInput("send a list of runs: their ids, or objects with run_id, session_id and start_time")
    return [checked_uuid(one.get("run_id") if isinstance(one, dict) else one, "run_id") for one in asked]


def _criteria(items: Any) -> tuple[Criterion, ...]:
    if not isinstance(items, list) or not all(isinstance(one, dict) for one in items):
        raise BadInput("rubric_items must be a list of objects with a feedback_key")
    return tuple(_criterion(one) for one in items)


def _criterion(one: Mapping[str, Any]) -> Criterion:
    """Categories when they are described, else a number, which is what feedback is."""
    values = one.get("value_descriptions")
    described = _text(one, "description") if one.get("description") is not None else ""
    named, is_required = _text(one, "feedback_key"), bool(one.get("is_required"))
    if isinstance(values, dict) and values:
        choices = tuple(Choice(str(value), str(words or "")) for value, words in values.items())
        return Criterion(named, "categorical", described, choices=choices, is_required=is_required)
    scores = one.get("score_descriptions")
    if isinstance(scores, dict) and scores:
        lines: Sequence[str] = [described, *(f"{score}: {words}" for score, words in scores.items())]
        described = "\n".join(line for line in lines if line)
    return Criterion(named, "numeric", described, is_required=is_required)


def _text(asked: Mapping[str, Any], name: str) -> str:
    value = asked.get(name)
    if not isinstance(value, str):
        raise BadInput(f"{name} must be a text, got {type(value).__name__}")
    return value
