"""The story of an incident: two sentences a person understands at three in the morning, then the details."""

from collections.abc import Mapping, Sequence

from nervure.base.clock import iso
from nervure.explain.cause import Cause
from nervure.explain.facts import Facts
from nervure.explain.severity import share
from nervure.explain.words import percent, scope_words
from nervure.model.incident import Hypothesis


def title(facts: Facts, cause: Cause | None, scope: Mapping[str, str]) -> str:
    """One line."""
    where = scope_words(scope)
    if cause is not None:
        return cause.title(where, facts)
    measures = sorted({finding.measure for finding in facts.findings})
    return f"Unexplained change of {', '.join(measures[:2])}: {where}"


def narrative(facts: Facts, cause: Cause | None, scope: Mapping[str, str], ranked: Sequence[Hypothesis]) -> str:
    """Paragraphs: what happens and what to do; when and how much; what changed; how sure."""
    where = scope_words(scope)
    best = ranked[0]
    if cause is not None:
        first = cause.story(where, facts)
    else:
        first = (
            f"Something changed for {where}, and nothing that is measured explains it."
            " Look at the exemplars, and at what changed outside of telemetry."
        )
    paragraphs = [first[0].upper() + first[1:], _impact(facts)]
    near = [one for one in facts.material.near if one.weight > 0.15][:2]
    if near:
        paragraphs.append("Changed near the onset: " + "; ".join(facts.begun_text(one) for one in near) + ".")
    supports = [one.text for one in best.evidence if one.supports][:3]
    if cause is not None and supports:
        paragraphs.append(f"It speaks for this ({percent(best.confidence)} sure): " + "; ".join(supports) + ".")
    rivals = [one for one in ranked[1 if cause else 0 :] if one.confidence >= 0.1][:2]
    if rivals:
        named = " or ".join(f"{one.cause.replace('_', ' ')} ({percent(one.confidence)})" for one in rivals)
        paragraphs.append(f"It may also be {named}.")
    return "\n\n".join(paragraphs)


def _impact(facts: Facts) -> str:
    began = iso(facts.window.onset_ns)[:16].replace("T", " ")
    said = [f"It began about {began} UTC and concerns {percent(share(facts))} of all requests"]
    requests = facts.get("volume.root")
    if requests.n1:
        said.append(f"{requests.n1:,.0f} of them since")
    failed, was = facts.get("root.error").after, facts.get("root.error").before
    if failed is not None and was is not None and facts.get("root.error").worse > 0.3:
        said.append(f"{percent(failed)} of these fail, before {percent(was)}")
    cost = facts.get("root.cost")
    if cost.worse > 0.3 and cost.before and cost.after:
        said.append(f"a request costs {cost.after / cost.before:.1f} times as much")
    return ", ".join(said) + "."
