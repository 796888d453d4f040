"""What a rubric and an answer to it may be."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from nervure.base.errors import BadInput
from nervure.catalog.repositories.views import checked_name
from nervure.model.annotation import Criterion, FillRule, Queue

MOST_CRITERIA, MOST_CHOICES = 20, 50
MOST_ANNOTATORS = 20
LEAST_LOCK_S, MOST_LOCK_S = 30, 86_400
LONGEST_TEXT = 20_000


def check_queue(queue: Queue) -> None:
    """Raises BadInput for a queue nobody could work through."""
    checked_name(queue.name)
    if len(queue.instructions) > LONGEST_TEXT:
        raise BadInput(f"instructions: write at most {LONGEST_TEXT} characters")
    if not 1 <= queue.annotators <= MOST_ANNOTATORS:
        raise BadInput(f"annotators: 1 to {MOST_ANNOTATORS} people judge each item, got {queue.annotators}")
    if not LEAST_LOCK_S <= queue.lock_s <= MOST_LOCK_S:
        raise BadInput(f"lock_s lies between {LEAST_LOCK_S} and {MOST_LOCK_S} seconds, got {queue.lock_s}")
    if not 1 <= len(queue.criteria) <= MOST_CRITERIA:
        raise BadInput(f"criteria: a rubric asks 1 to {MOST_CRITERIA} questions, got {len(queue.criteria)}")
    names = [criterion.name for criterion in queue.criteria]
    twice = next((name for name in names if names.count(name) > 1), "")
    if twice:
        raise BadInput(f"criteria: {twice!r} is asked twice: each becomes a score and needs a name of its own")
    for criterion in queue.criteria:
        _check_criterion(criterion)
    if queue.rule is not None:
        check_rule(queue.rule)


def check_rule(rule: FillRule) -> None:
    """Raises BadInput. The filter itself is checked by whoever can read filters."""
    if not 0 < rule.rate <= 1:
        raise BadInput(f"rule: rate is the share taken, above 0 and up to 1, got {rule.rate:g}")
    if not 1 <= rule.most_waiting <= 100_000:
        raise BadInput(f"rule: most_waiting lies between 1 and 100000, got {rule.most_waiting}")


def _check_criterion(criterion: Criterion) -> None:
    checked_name(criterion.name)
    least, most = criterion.least, criterion.most
    if criterion.type == "numeric" and least is not None and most is not None and not least < most:
        raise BadInput(f"{criterion.name}: least ({least:g}) must lie below most ({most:g})")
    if criterion.type != "numeric" and (least is not None or most is not None):
        raise BadInput(f"{criterion.name}: only numbers have bounds, this is {criterion.type}")
    if criterion.type != "categorical" and criterion.choices:
        raise BadInput(f"{criterion.name}: only categories have choices, this is {criterion.type}")
    if criterion.type == "categorical":
        values = [choice.value for choice in criterion.choices]
        if not 2 <= len(values) <= MOST_CHOICES or len(set(values)) < len(values) or "" in values:
            raise BadInput(f"{criterion.name}: name 2 to {MOST_CHOICES} different categories, got {values}")


def checked_values(
    criteria: Sequence[Criterion], values: Mapping[str, Any], comments: Mapping[str, str]
) -> dict[str, Any]:
    """The answers, each of its criterion's type. Raises BadInput that names the criterion and what it takes."""
    known = {criterion.name: criterion for criterion in criteria}
    for name in (*values, *comments):
        if name not in known:
            raise BadInput(f"the rubric does not ask {name!r}: it asks {', '.join(known)}")
    found = {name: _checked(known[name], value) for name, value in values.items() if value not in (None, "")}
    missing = [one.name for one in criteria if one.is_required and one.name not in found]
    if missing:
        raise BadInput(f"still to be answered: {', '.join(missing)}; or skip the item and say why")
    return found


def _checked(criterion: Criterion, value: Any) -> Any:
    name = criterion.name
    if criterion.type == "boolean":
        if not isinstance(value, bool):
            raise BadInput(f"{name} is true or false, got {value!r}")
    elif criterion.type == "numeric":
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            raise BadInput(f"{name} is a number, got {value!r}")
        low = criterion.least if criterion.least is not None else -math.inf
        high = criterion.most if criterion.most is not None else math.inf
        if not low <= value <= high:
            raise BadInput(f"{name} lies between {low:g} and {high:g}, got {value:g}")
        return float(value)
    elif not isinstance(value, str) or len(value) > LONGEST_TEXT:
        raise BadInput(f"{name} is a text of at most {LONGEST_TEXT} characters")
    elif criterion.type == "categorical" and value not in [choice.value for choice in criterion.choices]:
        raise BadInput(f"{name} is one of {', '.join(choice.value for choice in criterion.choices)}, got {value!r}")
    return value
