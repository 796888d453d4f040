"""Last words on a cause's scope, for what a scan over one symptom cannot tell."""

import numpy as np

from nervure.explain.facts import Facts
from nervure.explain.leaves import AFTER, BEFORE
from nervure.explain.where import ORDER

Scope = dict[str, str]
LEAST_MIX = 20
# Which change is taken for the one that carried a regression.
LEAST_WEIGHT = 0.15
# A mix that moved by chance has about this likelihood ratio (nats) and less.
NOISE = 6.0
SENDERS = ("service", "feature", "tenant", "team", "environment")


def version(facts: Facts, scope: Scope) -> Scope:
    """What began, instead of what it was found by: a prompt with its version, a service with its release."""
    near = facts.begun()
    if near is None or near.weight < LEAST_WEIGHT:
        return scope
    own = {name: value for name, value in near.change.scope.items() if name in ORDER}
    if near.change.kind == "prompt":
        return {name: value for name, value in own.items() if name in ("prompt", "prompt_version")}
    return {name: value for name, value in own.items() if name in ("service", "release")}


def sender(facts: Facts, scope: Scope) -> Scope:
    """The user or tenant that floods, within the service or feature he floods."""
    crowd = facts.crowd()
    if crowd is None or facts.flood() < 0.2:
        return scope
    kept = {name: value for name, value in scope.items() if name in ("service", "feature")}
    return {**kept, crowd[0]: crowd[1]}


def router(facts: Facts, scope: Scope) -> Scope:
    """Who sends elsewhere: the sender whose mix of models, providers or regions moved most, by likelihood."""
    leaves = facts.leaves
    calls = leaves.codes["kind"] == leaves.code("kind", "llm")
    dimension = facts.routed()[2] or "model"
    codes, n, width = leaves.codes[dimension], leaves.sums["n"], len(leaves.values[dimension])
    old, new = calls & (leaves.period == BEFORE), calls & (leaves.period == AFTER)
    best, chosen = 0.0, {}
    for name in SENDERS:
        for code in range(1, len(leaves.values[name])):
            mine = leaves.codes[name] == code
            told = _moved(codes, n, width, old & mine, new & mine)
            others = _moved(codes, n, width, old & ~mine, new & ~mine)
            # Who leaves a change behind among the others is not the whole story; wider senders come first.
            if told > best * 1.03 + 0.5 and others < NOISE + 0.15 * told:
                best, chosen = told, {name: leaves.values[name][code]}
        if chosen:
            break
    if chosen or _moved(codes, n, width, old, new) > NOISE:
        return chosen
    return {name: value for name, value in scope.items() if name in SENDERS}


def _moved(codes: np.ndarray, n: np.ndarray, width: int, old: np.ndarray, new: np.ndarray) -> float:
    """Likelihood ratio (nats) of another mix after: G of the table of two rows."""
    was, now = (np.bincount(codes[rows], n[rows], width) for rows in (old, new))
    if was.sum() < LEAST_MIX or now.sum() < LEAST_MIX / 4:
        return 0.0
    p = (was + 0.5) / (was + 0.5).sum()
    share = now / now.sum()
    with np.errstate(divide="ignore", invalid="ignore"):
        return float(now.sum() * np.nansum(np.where(share > 0, share * np.log(share / p), 0.0)))
