"""From findings that begin together to what explains them: reads, then lets pure parts decide."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from nervure.explain.facts import Facts
from nervure.explain.infer import LEAST_CONFIDENCE, causes, ruled_out, weigh
from nervure.explain.leaves import PERIODS, USUAL, leaves_of
from nervure.explain.material import gather
from nervure.explain.narrative import narrative, title
from nervure.explain.nearby import changes_of, novelties, rank
from nervure.explain.severity import severity
from nervure.explain.shifts import Near, Window
from nervure.explain.where import Anchor, find_anchor, placed, scope_of
from nervure.model.change import Change
from nervure.model.finding import Finding
from nervure.model.incident import Diagnosis, Hypothesis
from nervure.query.around import Place, read_exemplars, seen_before
from nervure.query.asker import Asker
from nervure.query.runner import Runner
from nervure.query.slices import ANSWERED, DIMENSIONS, HOUR_NS, Period, Reach, reach_of, read_leaves, read_score_leaves

MINUTE_NS = HOUR_NS // 60
DAY_NS = 24 * HOUR_NS
# The hours before an onset: enough of them to know how it was, few enough that nothing older is mistaken for new.
BEFORE_HOURS = (3, 6)
MOST_AFTER_NS = 6 * HOUR_NS
LEAST_AFTER_NS = 5 * MINUTE_NS
USUAL_DAYS = (1, 2, 3)
# Onsets are estimates: just before one it may have begun.
GAP_NS = 5 * MINUTE_NS
MOST_CHANGES = 6
MOST_RIVALS = 4


def diagnose(
    findings: Sequence[Finding], asker: Asker, project: str, as_of_ns: int, recorded: Sequence[Change] = ()
) -> Diagnosis:
    """What explains findings that begin together: where, what changed, which cause, of what nature.

    findings: at least one, of one project. as_of_ns: nothing that ended later is read. recorded: the changes people
    recorded around the onset (the catalog's), those of the data are found here. Deterministic: the same telemetry as of
    the same moment gives the same diagnosis. Raises ValueError without a finding, and what an Asker raises.
    """
    if not findings:
        raise ValueError("a diagnosis needs at least one finding")
    runner = asker.runner(project)
    window, periods = frame(findings, as_of_ns)
    reach = reach_of(runner, periods, as_of_ns)
    facts = _facts(runner, reach, findings, window)
    anchor = find_anchor(facts)
    facts = facts.about(anchor.found.scope)
    changes = [*recorded, *_found_changes(runner, facts, reach)]
    facts.material = gather(runner, Place(reach, facts.scope), window, _near(facts, changes, as_of_ns))
    best, facts, ranked = _decide(facts, anchor, changes, as_of_ns)
    exemplars = read_exemplars(runner, Place(reach, best.scope), _order(best.sign))
    if not exemplars.get("before"):
        # What is new has no before: its former version has.
        wider = {name: value for name, value in best.scope.items() if name not in ("prompt_version", "release", "user")}
        exemplars = {**read_exemplars(runner, Place(reach, wider), ""), "after": exemplars.get("after", [])}
    return _diagnosis(best, facts, ranked, exemplars)


@dataclass(frozen=True, slots=True)
class Best:
    """The cause decided for, its scope, and the symptom that carries it."""

    hypothesis: Hypothesis
    scope: dict[str, str]
    sign: str


def frame(findings: Sequence[Finding], as_of_ns: int) -> tuple[Window, tuple[Period, ...]]:
    """What is compared: from the onset to the findings' end, the hours before, and those hours on the days before."""
    strongest = max(abs(finding.effect) for finding in findings)
    onset = min(finding.onset_ns for finding in findings if abs(finding.effect) >= 0.3 * strongest)
    end = min(as_of_ns, max(finding.end_ns for finding in findings), onset + MOST_AFTER_NS)
    end = max(end, min(as_of_ns, onset + LEAST_AFTER_NS))
    onset = min(onset, end - LEAST_AFTER_NS)
    length = end - onset
    hours = min(max(2 * length, BEFORE_HOURS[0] * HOUR_NS), BEFORE_HOURS[1] * HOUR_NS)
    gap = GAP_NS if length < HOUR_NS else 2 * GAP_NS
    before = Period("before", onset - gap - hours, onset - gap)
    # Half an hour either side makes the usual counts of short stretches surer.
    wider = HOUR_NS // 2 if length < 2 * HOUR_NS else 0
    usual = [
        Period("usual", onset - day * DAY_NS - wider, end - day * DAY_NS + wider)
        for day in USUAL_DAYS
        if end - day * DAY_NS + wider <= before.from_ns
    ]
    minutes = max(1, min(60, length // MINUTE_NS // 12))
    every = next((step for step in (1, 5, 10, 30, 60) if step >= minutes), 60)
    window = Window(before.from_ns, onset, end, "1h" if every == 60 else f"{every}m")
    return window, (before, Period("after", onset, end), *usual)


def _facts(runner: Runner, reach: Reach, findings: Sequence[Finding], window: Window) -> Facts:
    hours = dict.fromkeys(PERIODS.values(), 0.0)
    leaves = leaves_of(read_leaves(runner, reach), list(DIMENSIONS), ("kind", ANSWERED), hours)
    seen = leaves.sums["first_ns"][leaves.period == USUAL]
    for one in reach.periods:
        # Days before the first span are no usual days.
        if one.name != "usual" or ((seen >= one.from_ns) & (seen < one.to_ns)).any():
            leaves.hours[PERIODS[one.name]] += one.hours
    scores = leaves_of(read_score_leaves(runner, reach), list(DIMENSIONS), ("score",), leaves.hours)
    return Facts(leaves, scores, {}, findings, window)


def _found_changes(runner: Runner, facts: Facts, reach: Reach) -> list[Change]:
    found = novelties(facts.leaves, facts.window.from_ns + 20 * MINUTE_NS)
    known = seen_before(
        runner, {(one.watch.column, one.value) for one in found if one.watch.column}, reach.periods[0].from_ns
    )
    return changes_of(runner.project, [one for one in found if (one.watch.column, one.value) not in known])


def _near(facts: Facts, changes: Sequence[Change], as_of_ns: int) -> tuple[Near, ...]:
    return rank(changes, facts.leaves, facts.scope, facts.window.onset_ns, as_of_ns)


def _decide(
    facts: Facts, anchor: Anchor, changes: Sequence[Change], as_of_ns: int
) -> tuple[Best, Facts, list[Hypothesis]]:
    """The likeliest cause at its own scope: a cause may show elsewhere than where it was found first."""
    ranked = weigh(facts)
    for _ in range(2):
        cause = causes()[ranked[0].cause]
        scope, sign = scope_of(facts, cause, anchor)
        if scope == facts.scope:
            break
        narrower = facts.about(scope)
        narrower.material.near = _near(narrower, changes, as_of_ns)
        again = weigh(narrower)
        facts, ranked = narrower, again
        if again[0].cause == cause.name:
            break
    cause = causes()[ranked[0].cause]
    scope, sign = scope_of(facts, cause, anchor)
    if cause.finish is not None:
        scope = cause.finish(facts, scope)
    scope = placed(facts.leaves, scope)
    if all(finding.measure.startswith("prediction") for finding in facts.findings):
        # Predictions are no spans: what was found is all that says where.
        scope = dict(set.intersection(*(set(finding.scope.items()) for finding in facts.findings)))
    return Best(ranked[0], scope, sign), facts, ranked


def _order(sign: str) -> str:
    if "error" in sign:
        return "failed"
    if sign.endswith(("ms", "pace", "ttft")):
        return "slow"
    return "dear" if "cost" in sign or "tokens" in sign or "calls" in sign or "spans" in sign else ""


def _diagnosis(best: Best, facts: Facts, ranked: Sequence[Hypothesis], exemplars: Mapping[str, list[str]]) -> Diagnosis:
    known = best.hypothesis.confidence >= LEAST_CONFIDENCE
    cause = causes()[best.hypothesis.cause]
    nears = [near.change for near in facts.material.near]
    rivals = ranked[1:] if known else ranked
    return Diagnosis(
        cause=cause.name if known else "unknown",
        nature=cause.nature if known else "unknown",
        confidence=best.hypothesis.confidence,
        severity=severity(facts),
        scope=(best.scope,),
        title=title(facts, cause if known else None, best.scope),
        narrative=narrative(facts, cause if known else None, best.scope, ranked),
        evidence=best.hypothesis.evidence if known else (),
        rivals=tuple(one for one in rivals[:MOST_RIVALS] if one.confidence >= 0.01),
        changes=tuple(nears[:MOST_CHANGES]),
        before=tuple(exemplars.get("before", ())),
        after=tuple(exemplars.get("after", ())),
        ruled_out=ruled_out(ranked),
    )
