"""An alert of a rule that people made (an SLO, a budget, a monitor), as incidents hold it."""

from dataclasses import dataclass, field
from typing import Literal

from nervure.model.finding import Finding

RuleKind = Literal["slo", "budget", "monitor"]
Severity = Literal["critical", "high", "medium", "low"]


@dataclass(frozen=True, slots=True)
class RuleAlert:
    """One stretch in which a rule was not kept.

    rule: its id; name: as people call it. finding: id of the finding that says what was seen. severity: as an
    incident's. labels: what channels route by, e.g. team. text: why, in words. end_ns: 0 while it lasts.
    """

    kind: RuleKind
    rule: str
    name: str
    finding: str
    severity: Severity
    text: str
    start_ns: int
    end_ns: int = 0
    labels: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Raised:
    """An alert with its finding, on its way into an incident."""

    alert: RuleAlert
    finding: Finding

    @property
    def key(self) -> str:
        """The same whenever the alert is looked at."""
        return self.finding.id
