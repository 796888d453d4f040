"""How far annotators agree on a rubric: per question for all together, and for each pair of people."""

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from nervure.model.annotation import Answer, Criterion
from nervure.stats.agreement import Metric, cohen_kappa, fleiss_kappa, krippendorff_alpha
from nervure.stats.intervals import Interval, wilson

# Leaving one unit out at a time takes the square of their number.
MOST_UNITS = 2000
# A number with more different values than this is a measurement, and its kappa means little.
MOST_STEPS = 12


@dataclass(frozen=True, slots=True)
class Pair:
    """Two people. same: share of the items both judged on which they said the same. kappa None: see `cohen_kappa`."""

    one: str
    other: str
    same: Interval | None
    kappa: Interval | None


@dataclass(frozen=True, slots=True)
class Agreement:
    """Of one question. items: judged by two or more people; annotators: people who judged any of these.

    same: share of these items on which all said the same. alpha: Krippendorff's, with the distance `metric`; fleiss:
    only when as many people judged each. None: too little to say. cut: only the latest MOST_UNITS items were compared.
    """

    criterion: str
    metric: Metric
    items: int
    annotators: int
    same: Interval | None
    alpha: Interval | None
    fleiss: Interval | None
    pairs: tuple[Pair, ...]
    cut: bool


def agreement(criterion: Criterion, answers: Sequence[Answer]) -> Agreement:
    """Agreement on one question. answers: of one queue, the latest first; final ones settle and are not compared.

    Raises ValueError for a question answered in free text: two texts are never the same.
    """
    if criterion.type == "text":
        raise ValueError(f"{criterion.name} is answered in words: agreement needs numbers or categories")
    ratings = ratings_of(criterion, answers)
    shared = {item: given for item, given in ratings.items() if len(given) > 1}
    cut = len(shared) > MOST_UNITS
    shared = dict(itertools.islice(shared.items(), MOST_UNITS))
    people = sorted({who for given in shared.values() for who in given})
    same = sum(len(set(given.values())) == 1 for given in shared.values())
    metric: Metric = "nominal"
    if criterion.type == "numeric":
        metric = "interval"
    elif criterion.is_ordered:
        metric = "ordinal"
    table = np.array([[given.get(who, math.nan) for given in shared.values()] for who in people])
    pairs = tuple(_pair(criterion, shared, one, other) for one, other in itertools.combinations(people, 2))
    return Agreement(
        criterion.name, metric, len(shared), len(people), wilson(same, len(shared)),
        krippendorff_alpha(table, metric) if shared else None, _fleiss(criterion, shared),
        tuple(pair for pair in pairs if pair.same is not None), cut,
    )  # fmt: skip


def ratings_of(criterion: Criterion, answers: Sequence[Answer]) -> dict[str, dict[str, float]]:
    """Item to annotator to rating as a number: categories by their place in the rubric. Others' scales are left out."""
    place = {choice.value: float(number) for number, choice in enumerate(criterion.choices)}
    found: dict[str, dict[str, float]] = {}
    for answer in answers:
        value = answer.values.get(criterion.name)
        if answer.state != "done" or answer.is_final or value is None:
            continue
        rating = _rating(criterion, value, place)
        if rating is not None:
            found.setdefault(answer.item_id, {})[answer.annotator] = rating
    return found


def disagreement(criterion: Criterion, ratings: Mapping[str, float]) -> float:
    """How far apart the ratings of one item are: 0 all the same, 1 as far as the scale goes (or as these go)."""
    if len(set(ratings.values())) < 2:
        return 0.0
    spread = max(ratings.values()) - min(ratings.values())
    if criterion.type == "numeric" and criterion.least is not None and criterion.most is not None:
        return spread / (criterion.most - criterion.least)
    if criterion.is_ordered:
        return spread / (len(criterion.choices) - 1)
    return 1.0


def _rating(criterion: Criterion, value: Any, place: Mapping[str, float]) -> float | None:
    # An answer to an earlier version of the rubric may have been of another type.
    if criterion.type == "categorical":
        return place.get(value) if isinstance(value, str) else None
    return float(value) if isinstance(value, bool | int | float) else None


def _pair(criterion: Criterion, shared: Mapping[str, Mapping[str, float]], one: str, other: str) -> Pair:
    both = [(given[one], given[other]) for given in shared.values() if one in given and other in given]
    first, second = [a for a, _ in both], [b for _, b in both]
    same = wilson(sum(a == b for a, b in both), len(both))
    if criterion.type == "numeric":
        steps = len({*first, *second})
        return Pair(one, other, same, cohen_kappa(first, second, "quadratic") if steps <= MOST_STEPS else None)
    return Pair(one, other, same, cohen_kappa(first, second, "quadratic" if criterion.is_ordered else "none"))


def _fleiss(criterion: Criterion, shared: Mapping[str, Mapping[str, float]]) -> Interval | None:
    sizes = {len(given) for given in shared.values()}
    if criterion.type == "numeric" or len(sizes) != 1 or len(shared) < 2:
        return None
    values = sorted({rating for given in shared.values() for rating in given.values()})
    return fleiss_kappa([[list(given.values()).count(value) for value in values] for given in shared.values()])
