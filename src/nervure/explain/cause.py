"""The contract of a cause: one file in `causes/`, ending in CAUSE. Pure: facts in, evidence out."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from nervure.explain.facts import Facts
from nervure.explain.shifts import Shift
from nervure.explain.words import told
from nervure.model.incident import Cause as Name
from nervure.model.incident import Evidence, Nature

# Evidence is never independent of other evidence: what one observation can say is bounded.
MOST_WEIGHT = 3.0


@dataclass(frozen=True, slots=True)
class Cause:
    """A cause, as one file knows it.

    nature: transient passes by itself, systematic stays until somebody acts. prior: log10 of how often it is met beside
    the others. signs: symptoms its scope shows in, the clearest first. dimensions: preferred names of its scope, best
    first, when several say the same. weigh: the evidence for and against. title, story: sentences for a scope (in words)
    and the facts; story is two sentences that tell what happens and what to do first.
    A sign "score:" stands for all scores. follows: symptoms that come with it besides. avoid: dimensions its scope never
    has. home: one of these it has wherever the data allow, e.g. a failing tool. finish: last word on the scope, for what leaves cannot tell (a user, a version that took over wholly).
    """

    name: Name
    nature: Nature
    prior: float
    signs: tuple[str, ...]
    dimensions: tuple[str, ...]
    weigh: Callable[[Facts], Sequence[Evidence]]
    title: Callable[[str, Facts], str]
    story: Callable[[str, Facts], str]
    follows: tuple[str, ...] = ()
    avoid: tuple[str, ...] = ()
    home: tuple[str, ...] = ()
    finish: Callable[[Facts, dict[str, str]], dict[str, str]] | None = None


class Scales:
    """Gathers evidence. Weights are log10 of likelihood ratios; strengths (0 to 1) scale them."""

    def __init__(self, facts: Facts) -> None:
        self.facts = facts
        self.evidence: list[Evidence] = []

    def say(self, text: str, weight: float, query: dict[str, object] | None = None) -> None:
        """Positive weight speaks for the cause, negative against it; next to nothing is left out."""
        if abs(weight) >= 0.05:
            self.evidence.append(Evidence(text, weight > 0, round(min(abs(weight), MOST_WEIGHT), 2), query))

    def shift(self, shift: Shift, strength: float, present: float, absent: float = 0.0) -> float:
        """A symptom that speaks for the cause as far as it is seen, and against it (absent < 0) as far as it is not.

        Returns the strength. Absence counts only when it could have been seen.
        """
        could = min(1.0, (shift.n0 * shift.n1) ** 0.5 / 60) if shift.symptom.form != "count" else 1.0
        weight = present * strength + (absent * (1 - strength) * could if strength < 1 else 0.0)
        text, query = told(self.facts, shift)
        self.say(text if strength >= 0.3 else f"{text}: no clear change", weight, query)
        return strength
