"""How bad it is: by what share of requests is hit, how hard, and how many people and dollars that is."""

from nervure.explain.facts import Facts
from nervure.model.incident import Severity

# Requests that fail or are far off, as a share of all of the project.
CRITICAL, HIGH, MEDIUM = 0.25, 0.05, 0.01


def severity(facts: Facts) -> Severity:
    """Failed requests count whole, slower, dearer or worse answered ones by a part."""
    reach = share(facts)
    failed = max(0.0, _rise(facts, "root.error"), 0.6 * _rise(facts, "llm.error"), 0.4 * _rise(facts, "tool.error"))
    worse = 0.4 * facts.worse_quality()
    slow = 0.3 * min(1.0, max(facts.get("root.ms").effect, 0.0)) * facts.get("root.ms").worse
    dear = 0.3 * min(1.0, max(facts.get("root.cost").effect, 0.0)) * facts.get("root.cost").worse
    cut = 0.3 * max(_rise(facts, "llm.length"), _rise(facts, "asked.nothing"))
    gone = 0.5 * max(facts.get("volume.root").fell, 0.5 * facts.get("volume").fell)
    impact = reach * max(failed, worse, slow, dear, cut, gone)
    if impact >= CRITICAL:
        return "critical"
    if impact >= HIGH:
        return "high"
    return "medium" if impact >= MEDIUM else "low"


def share(facts: Facts) -> float:
    """Share of the project's requests in the scope since the onset; of its spans when no roots are seen."""
    for name in ("volume.root", "volume"):
        whole, inside = facts.get(name, "all"), facts.get(name)
        most = max(whole.n1, whole.before * facts.window.hours if whole.before else 0.0)
        mine = max(inside.n1, inside.before * facts.window.hours if inside.before else 0.0)
        if most > 0 and mine > 0:
            return min(1.0, mine / most)
    return 0.0


def _rise(facts: Facts, name: str) -> float:
    shift = facts.get(name)
    return max(0.0, (shift.after or 0.0) - (shift.before or 0.0)) * (shift.worse > 0)
