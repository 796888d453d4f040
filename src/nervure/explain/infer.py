"""Weighs all causes against each other."""

import math
import re
from collections.abc import Sequence
from functools import cache

from nervure.base.plugins import discover
from nervure.explain import causes as folder
from nervure.explain.cause import Cause
from nervure.explain.facts import Facts
from nervure.explain.panel import symptoms_of
from nervure.model.incident import Evidence, Hypothesis

# Pieces of evidence depend on each other: their sum counts by that much (benchmarks/detection calibrates it).
TEMPER = 0.55
# What "none of these" weighs: evidence must say more than this for a cause to be named with confidence.
UNKNOWN = 0.4
# Below this the cause is called unknown.
LEAST_CONFIDENCE = 0.25
COVERED = 0.7


@cache
def causes() -> dict[str, Cause]:
    """Every cause by name."""
    return discover(folder, "CAUSE")


def weigh(facts: Facts) -> list[Hypothesis]:
    """All causes, likeliest first, with their evidence; their confidences and that of "unknown" sum to 1."""
    found: list[tuple[float, Cause, tuple[Evidence, ...]]] = []
    for cause in causes().values():
        evidence = [*cause.weigh(facts), *covered(facts, cause)]
        total = cause.prior + sum(one.weight if one.supports else -one.weight for one in evidence)
        found.append((total, cause, tuple(sorted(evidence, key=lambda one: -one.weight))))
    scale = [10 ** (TEMPER * total) for total, _, _ in found]
    whole = sum(scale) + 10 ** (TEMPER * UNKNOWN)
    made = [
        Hypothesis(cause.name, round(weight / whole, 4), evidence)
        for weight, (_, cause, evidence) in zip(scale, found, strict=True)
    ]
    return sorted(made, key=lambda one: (-one.confidence, one.cause))


def covered(facts: Facts, cause: Cause) -> Sequence[Evidence]:
    """Whether the cause would show in what was found."""
    total = hit = 0.0
    for finding in facts.findings:
        spoken = symptoms_of(finding)
        if not spoken:
            continue
        weight = math.sqrt(min(abs(finding.effect), 25.0)) + 0.5
        total += weight
        hit += weight * any(_fits(name, (*cause.signs, *cause.follows)) for name in spoken)
    if not total:
        return ()
    share = hit / total
    measures = ", ".join(sorted({finding.measure for finding in facts.findings})[:4])
    text = f"what was found ({measures}) is {'what' if share >= 0.5 else 'not what'} this cause shows in"
    return (Evidence(text, share >= 0.5, round(COVERED * abs(2 * share - 1), 2)),) if abs(2 * share - 1) > 0.1 else ()


def _fits(name: str, signs: Sequence[str]) -> bool:
    return any(name == sign or (sign.endswith(":") and name.startswith(sign)) for sign in signs)


def ruled_out(ranked: Sequence[Hypothesis], count: int = 5) -> tuple[str, ...]:
    """What speaks most clearly against the causes that come least into question."""
    said = []
    for hypothesis in ranked[1:]:
        against = [one for one in hypothesis.evidence if not one.supports]
        if against:
            text = re.sub(r": no clear change$", " did not change", against[0].text)
            said.append((against[0].weight, f"{hypothesis.cause.replace('_', ' ')}: {text}"))
    return tuple(text for _, text in sorted(said, key=lambda one: -one[0])[:count])
