"""Where findings lead: the symptom that shows them most clearly, and the scope that carries it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from nervure.explain.cause import Cause
from nervure.explain.facts import Facts
from nervure.explain.leaves import AFTER, Leaves, Mask
from nervure.explain.panel import PANEL, symptoms_of
from nervure.explain.scan import Field, Found, direction, find_scope
from nervure.model.finding import Finding
from nervure.query.slices import DIMENSIONS

ORDER = (
    "service", "provider", "model", "prompt", "prompt_version", "tool", "retriever", "region", "tenant", "feature",
    "release", "team", "environment",
)  # fmt: skip
FIELDS = {"prompt_name": "prompt", "tool_name": "tool"}
LEAST_Z = 3.0
# A scope must share that much with what the findings are about.
LEAST_SHARED = 0.3
# A scope of the dimension a cause lives in is taken for another that is clearer, down to that share of its Z squared.
AT_HOME = 0.6
# Findings with at least that share of the strongest effect lead; beyond them a change must be that large to be the same.
LEADING, REACHING = 0.85, 0.3
# A feature is one service's when so much of it is there.
ONE_HOME = 0.98


@dataclass(frozen=True, slots=True)
class Anchor:
    """The symptom that tells most of the findings, and its scope."""

    symptom: str
    found: Found


def translated(leaves: Leaves, scope: Mapping[str, str]) -> dict[str, str]:
    """A finding's scope in the leaves' dimensions: a version that answered stands for the model that was asked for."""
    made: dict[str, str] = {}
    for name, value in scope.items():
        dimension = FIELDS.get(name, name)
        if dimension == "model" and leaves.code("model", value) < 0:
            rows = leaves.mask({"answered": value})
            if rows.any():
                counts = np.bincount(leaves.codes["model"][rows], leaves.sums["n"][rows])
                value = leaves.values["model"][int(np.argmax(counts))]
        if dimension in DIMENSIONS:
            made[dimension] = value
    return made


def concerned(leaves: Leaves, findings: Sequence[Finding]) -> Mask:
    """Rows that some finding is about; all when a finding is about everything or about nothing the leaves know."""
    rows = np.zeros(leaves.size, bool)
    for finding in findings:
        rows |= leaves.mask(translated(leaves, finding.scope))
    return rows if rows.any() else np.ones(leaves.size, bool)


def find_anchor(facts: Facts) -> Anchor:
    """Of the symptoms the findings speak of, the clearest change and its scope; of all symptoms when they are silent."""
    spoken: dict[str, float] = {}
    for finding in facts.findings:
        for name in symptoms_of(finding):
            if name in facts_names(facts):
                spoken[name] = max(spoken.get(name, 0.0), abs(finding.effect))
    found = _clearest(facts, spoken)
    if found is None or abs(found.found.z) < LEAST_Z:
        anywhere = _clearest(facts, facts_names(facts))
        found = anywhere if found is None or (anywhere and abs(anywhere.found.z) > 2 * abs(found.found.z)) else found
    return found or Anchor("volume", Found({}, 0.0, 0.0))


def facts_names(facts: Facts) -> list[str]:
    """All symptoms that can be looked at."""
    return [*(symptom.name for symptom in PANEL), *(f"score:{name}" for name in facts.score_names)]


def _clearest(facts: Facts, names: Iterable[str]) -> Anchor | None:
    best: Anchor | None = None
    for name in names:
        view = facts.view(name)
        if not len(view.rows) or (float(view.n[view.period == AFTER].sum()) < 3 and view.symptom.form != "count"):
            continue
        found = scan(facts, name)
        if best is None or abs(found.z) > abs(best.found.z):
            best = Anchor(name, found)
    return best


def scan(facts: Facts, name: str, preferred: Sequence[str] = (), avoid: Sequence[str] = ()) -> Found:
    """The scope of one symptom, among those that have to do with the findings."""
    view = facts.view(name)
    # Of versions one takes over from the other: their counts say nothing.
    avoid = (*avoid, "release", "prompt_version") if view.symptom.form == "count" else avoid
    dimensions = [one for one in view.leaves.dimensions(ORDER) if one not in avoid]
    sign = direction(view.symptom) or found_direction(facts, name)
    rows = concerned(view.leaves, facts.findings)[view.rows]
    if not rows.any():
        return Found({}, 0.0, 0.0)
    field = facts.field(name)
    found = find_scope(field, dimensions, sign, preferred)
    mine = view.leaves.mask(found.scope)[view.rows]
    if found.scope and not rows.all():
        both = float(view.n[mine & rows].sum())
        if both < LEAST_SHARED * min(float(view.n[mine].sum()), float(view.n[rows].sum())):
            found = find_scope(field, dimensions, sign, preferred, rows)
            mine = view.leaves.mask(found.scope)[view.rows] & rows
    lead = leading(facts.findings)
    heart = heartland(view.leaves, [translated(view.leaves, one.scope) for one in lead])[view.rows]
    if heart.all() or not heart.any() or _reaches(field, mine & heart, mine & ~heart):
        return found
    found = find_scope(field, dimensions, sign, preferred, heart)
    if not found.scope:
        scopes = [translated(view.leaves, one.scope) for one in sorted(lead, key=lambda one: -abs(one.effect))]
        allowed = [scope for scope in scopes if scope and not set(scope) & set(avoid)]
        found = replace(found, scope=min(allowed, key=len, default={}))
    return found


def leading(findings: Sequence[Finding]) -> list[Finding]:
    """The findings that carry most of the change: what else was found may be diluted, or of something else."""
    most = max(abs(finding.effect) for finding in findings)
    return [finding for finding in findings if abs(finding.effect) >= LEADING * most]


def heartland(leaves: Leaves, scopes: Sequence[Mapping[str, str]]) -> Mask:
    """Rows of the narrowest of some scopes: what is said of everything is said of what is within it as well."""
    masks = [mask for mask in map(leaves.mask, scopes) if mask.any()]
    rows = np.zeros(leaves.size, bool)
    for mask in masks:
        if not any(int(other.sum()) < int(mask.sum()) and not (other & ~mask).any() for other in masks):
            rows |= mask
    return rows if rows.any() else np.ones(leaves.size, bool)


def _reaches(field: Field, inside: Mask, outside: Mask) -> bool:
    """Whether what changed among the rows of the leading findings changed as clearly beyond them."""
    n = field.n1 + (field.v1 if field.view.symptom.form == "count" else 0.0)
    here, there = float(n[inside].sum()), float(n[outside].sum())
    if not there:
        return True
    if not here:
        return False
    near, far = field.z_of(inside), field.z_of(outside)
    # Z squared grows with what it stands on: for each observation it tells how large the change is.
    return near * far > 0 and abs(far) >= LEAST_Z and far**2 / there >= REACHING**2 * near**2 / here


def found_direction(facts: Facts, name: str) -> int:
    """The direction in which findings say that a symptom moved: 0 when they do not say, or not with one voice."""
    if not name.startswith(("volume", "llm.out", "llm.in", "llm.cost")):
        return 0
    said = {finding.direction for finding in facts.findings if name in symptoms_of(finding)}
    return {frozenset({"up"}): 1, frozenset({"down"}): -1}.get(frozenset(said), 0)


def scope_of(facts: Facts, cause: Cause, anchor: Anchor) -> tuple[dict[str, str], str]:
    """The scope of a cause: that of its clearest sign, by its own dimensions where several say the same; and the sign."""
    signs: list[str] = []
    for sign in cause.signs:
        signs += [f"score:{name}" for name in facts.score_names] if sign == "score:" else [sign]
    best: tuple[float, str] | None = None
    for place, name in enumerate(signs):
        shift = facts.get(name)
        strength = shift.worse if shift.symptom.bad != "both" else abs(shift.strength)
        rank = abs(shift.z) * strength * (0.93**place)
        if best is None or rank > best[0]:
            best = (rank, name)
    name = best[1] if best and best[0] > 1 else anchor.symptom
    found = scan(facts, name, cause.dimensions, cause.avoid)
    if abs(found.z) < LEAST_Z:
        return _said(facts, cause), name
    if cause.home and not set(cause.home) & set(found.scope):
        # The clearest sign may be one of whole requests, which belong to several tools or models.
        first = name if cause.signs[0] == "score:" else cause.signs[0]
        anywhere = scan(facts, first, cause.dimensions, cause.avoid)
        home = scan(facts, first, cause.home, [one for one in ORDER if one not in cause.home])
        if home.scope and abs(home.z) >= LEAST_Z and home.z**2 >= AT_HOME * anywhere.z**2:
            # Where the first sign itself says more (a provider in one region), it keeps that.
            found = anywhere if set(cause.home) & set(anywhere.scope) else home
    return dict(found.scope), name


def _said(facts: Facts, cause: Cause) -> dict[str, str]:
    """Where no sign shows clearly: where findings led, or, if a cause is never there, the scope of the clearest finding."""
    if not set(facts.scope) & set(cause.avoid):
        return dict(facts.scope)
    scopes = [translated(facts.leaves, one.scope) for one in leading(facts.findings)]
    allowed = [scope for scope in scopes if scope and not set(scope) & set(cause.avoid)]
    rest = {name: value for name, value in facts.scope.items() if name not in cause.avoid}
    return min(allowed, key=len, default=rest)


def placed(leaves: Leaves, scope: Mapping[str, str]) -> dict[str, str]:
    """A scope with the service of its feature: a feature is a part of a service, and said with it where it is in one."""
    if "feature" not in scope or "service" in scope:
        return dict(scope)
    rows = leaves.mask(scope)
    counts = np.bincount(leaves.codes["service"][rows], leaves.sums["n"][rows], len(leaves.values["service"]))
    most = int(np.argmax(counts))
    if not most or counts[most] < ONE_HOME * counts.sum():
        return dict(scope)
    return {"service": leaves.values["service"][most], **scope}
