"""Last words on a cause's scope, for what a scan over one symptom cannot tell."""

import numpy as np

from nervure.explain.facts import Facts
from nervure.explain.leaves import AFTER, BEFORE, USUAL, Leaves, Mask
from nervure.explain.routes import moved
from nervure.explain.scan import EVERYWHERE
from nervure.explain.where import ORDER, heartland, leading, translated

Scope = dict[str, str]
# Which change is taken for the one that carried a regression.
LEAST_WEIGHT = 0.15
# A mix that moved by chance has about this likelihood ratio (nats) and less.
NOISE, LEAST_TOLD = 6.0, 1.0
SENDERS = ("service", "feature", "tenant", "team", "environment")
# What floods goes mostly to one place.
MOST_OF = 0.7
WITHIN = ("feature", "tenant")
# So little may be left among the others for a part of a service to be all of it.
NARROWER = 0.05


def version(facts: Facts, scope: Scope) -> Scope:
    """What began, instead of what it was found by: a prompt with its version, a service with its release."""
    near = facts.begun()
    if near is None or near.weight < LEAST_WEIGHT:
        return scope
    own = {name: value for name, value in near.change.scope.items() if name in ORDER}
    if near.change.kind == "prompt":
        return {name: value for name, value in own.items() if name in ("prompt", "prompt_version")}
    return {name: value for name, value in own.items() if name in ("service", "release")}


def replaced(facts: Facts, scope: Scope) -> Scope:
    """The model whose name is answered by another since, where the scope names no model."""
    asked, _ = facts.replaced()
    return {"model": asked} if asked and "model" not in scope else scope


def sender(facts: Facts, scope: Scope) -> Scope:
    """The user or tenant that floods, and where: a user with his tenant, and the service that nearly all of it goes to."""
    crowd = facts.crowd()
    if crowd is None or facts.flood() < 0.2:
        return scope
    made = {crowd[0]: crowd[1]}
    if crowd[0] == "user":
        tenant, part = _grown(facts.leaves, {}, "tenant")
        if part > MOST_OF and tenant:
            made = {"tenant": tenant, **made}
    service, part = _grown(facts.leaves, {name: value for name, value in made.items() if name == "tenant"}, "service")
    if part > MOST_OF and service:
        return {"service": service, **made}
    return {**{name: value for name, value in scope.items() if name in ("service", "feature")}, **made}


def _grown(leaves: Leaves, scope: Scope, name: str) -> tuple[str, float]:
    """The value of a dimension with most further requests within a scope, and its share of all further ones there."""
    rows = leaves.mask(scope) & (leaves.sums["is_root"] > 0)
    hours = leaves.hours
    base = USUAL if hours.get(USUAL, 0.0) > 0 and bool((rows & (leaves.period == USUAL)).any()) else BEFORE
    width = len(leaves.values[name])
    was, now = (
        np.bincount(leaves.codes[name][rows & (leaves.period == period)],
                    leaves.sums["n"][rows & (leaves.period == period)], width)
        for period in (base, AFTER)
    )  # fmt: skip
    more = now - was * hours.get(AFTER, 1.0) / max(hours.get(base, 1.0), 1e-9)
    most = int(np.argmax(more))
    whole = float(np.maximum(more, 0.0).sum())
    return leaves.values[name][most], float(more[most]) / whole if whole > 0 else 0.0


def router(facts: Facts, scope: Scope) -> Scope:
    """Who sends elsewhere: the sender whose mix of models, providers or regions moved most, by likelihood."""
    leaves, dimension = facts.leaves, facts.routed()[2] or "model"
    # Beyond what the clearest findings are about, a few calls that went elsewhere by chance may seem to tell more.
    scopes = [translated(leaves, one.scope) for one in leading(facts.findings)]
    within = heartland(leaves, [{name: one[name] for name in one if name in SENDERS} for one in scopes])
    home = _only(leaves, within, "service")
    if moved(leaves, within, dimension).told < NOISE:
        within, home = np.ones(leaves.size, bool), {}
    for name in SENDERS:
        chosen = _mover(leaves, within, name, dimension)
        if chosen:
            # Of a service it may be one feature, or one tenant of it, that is sent elsewhere.
            inside = leaves.mask(chosen)
            narrower = [_mover(leaves, inside, one, dimension, NARROWER) for one in WITHIN if one not in chosen]
            return home | chosen | next((one for one in narrower if one), {})
    if moved(leaves, within, dimension).told > NOISE:
        return home
    return {name: value for name, value in scope.items() if name in SENDERS}


def _only(leaves: Leaves, inside: Mask, name: str) -> Scope:
    """The value of a dimension that nearly all of some rows have."""
    n = np.where(inside & (leaves.period == AFTER), leaves.sums["n"], 0.0)
    counts = np.bincount(leaves.codes[name], n, len(leaves.values[name]))
    most = int(np.argmax(counts))
    return {name: leaves.values[name][most]} if most and counts[most] >= EVERYWHERE * counts.sum() else {}


def _mover(leaves: Leaves, inside: Mask, name: str, dimension: str, left: float = 0.15) -> Scope:
    """The value of a sender's dimension that moved, alone among its like; {} when several did or none.

    left: the share of what it tells of that may be told of by the others.
    """
    best, chosen = 0.0, {}
    n = np.where(inside & (leaves.period == AFTER), leaves.sums["n"], 0.0)
    for code in np.unique(leaves.codes[name][inside]).tolist():
        mine = leaves.codes[name] == code
        # Nobody is told by what nearly everything has.
        if not code or n[mine].sum() > EVERYWHERE * n.sum():
            continue
        told = moved(leaves, inside & mine, dimension).told
        others = moved(leaves, inside & ~mine, dimension).told
        if told > max(best * 1.03 + 0.5, LEAST_TOLD) and others < NOISE + left * told:
            best, chosen = told, {name: leaves.values[name][code]}
    return chosen
