"""Several scores of one scope judged together: answers that are worse are worse by most evaluators.

A few judged answers say little by one score and enough by three. The evidence of a scope's scores is added up and divided
by what their sum varies more than independent scores would: 1 + rho (k - 1) for k scores whose hourly means correlate by
rho. rho is measured on the past, of each scope and of all, and the larger of the two counts.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nervure.detect.series import Series
from nervure.query.series import scope_text

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
# Hours in which both scores were given, before their correlation is known.
LEAST_HOURS = 24
UNKNOWN_RHO = 0.5


@dataclass(slots=True)
class Panel:
    """Scopes with two scores and more. group: by place of a series its scope's number, -1 for none. names: of the scopes."""

    group: Ints
    names: list[str]
    rho: Floats

    @property
    def count(self) -> int:
        return len(self.names)


def panel_of(series: Sequence[Series]) -> Panel:
    """Which series are scores of the same scope."""
    places: dict[str, list[int]] = defaultdict(list)
    for place, one in enumerate(series):
        if one.family.startswith("score:"):
            places[scope_text(one.scope)].append(place)
    group = np.full(len(series), -1, np.int64)
    names = [name for name, held in places.items() if len(held) > 1]
    for number, name in enumerate(names):
        group[places[name]] = number
    return Panel(group, names, np.full(len(names), UNKNOWN_RHO))


def correlate(panel: Panel, rest: Floats, n: Floats) -> None:
    """Measures rho. rest: [H, K] how far an hour's mean was from what was expected, in standard errors; n: observations."""
    own, weight = np.full(panel.count, np.nan), np.zeros(panel.count)
    order = np.argsort(panel.group, kind="stable")
    edges = np.searchsorted(panel.group[order], np.arange(panel.count + 1))
    for number in range(panel.count):
        places = order[edges[number] : edges[number + 1]]
        held = n[:, places] > 0
        both = held.sum(axis=1) > 1
        if both.sum() < LEAST_HOURS:
            continue
        part = np.where(held, rest[:, places], 0.0)[both]
        # Of all pairs at once: (sum)^2 - sum of squares is twice the sum of the products.
        many = held[both].sum(axis=1)
        squares = (part**2).sum(axis=1)
        pairs = (many - 1) * squares
        own[number] = float((part.sum(axis=1) ** 2 - squares).sum() / max(float(pairs.sum()), 1e-9))
        weight[number] = both.sum()
    known = weight > 0
    common = float(np.average(own[known], weights=weight[known])) if known.any() else UNKNOWN_RHO
    panel.rho = np.clip(np.where(known, np.maximum(own, common), common), 0.0, 1.0)


def together(panel: Panel, at: Ints, llr: Floats) -> tuple[Ints, Floats]:
    """(numbers of the scopes told of by two scores and more, [scopes, alternatives] log likelihood ratios of them together).

    at: places of the series; llr: [at, alternatives], each in the direction that hurts.
    """
    number = panel.group[at]
    held = number >= 0
    many = np.bincount(number[held], minlength=panel.count)
    total = np.zeros((panel.count, llr.shape[1]))
    np.add.at(total, number[held], llr[held])
    told = np.flatnonzero(many > 0)
    return told, total[told] / (1 + panel.rho[told] * (many[told] - 1))[:, None]
