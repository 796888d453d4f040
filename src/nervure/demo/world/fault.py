"""What happens to a world: faults that detection must find and decoys it must keep quiet about."""

from dataclasses import dataclass, field
from typing import Any, Literal

from nervure.base.clock import NS_PER_S, iso

Shape = Literal["step", "ramp", "intermittent"]
# An intermittent fault is on for the first part of each turn.
TURN_NS = 15 * 60 * NS_PER_S
ON_NS = 9 * 60 * NS_PER_S
# A ramp takes half the fault's duration, but never longer than this.
LONGEST_RAMP_NS = 5400 * NS_PER_S


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault. scope: canonical field names to values, 1 to 3 of them. strength: 1 is the usual size of its cause.

    end_ns: when it is over; `is_lasting` when that is the end of the world. measures: Query measures it moves.
    options: what else its mechanism needs, e.g. the model that traffic is diverted to.
    """

    id: str
    cause: str
    nature: Literal["transient", "systematic"]
    scope: dict[str, str]
    onset_ns: int
    end_ns: int
    shape: Shape
    strength: float
    measures: tuple[str, ...]
    is_lasting: bool = False
    options: dict[str, Any] = field(default_factory=dict)

    def level(self, at_ns: int) -> float:
        """How much of it is there at a moment, 0 to 1."""
        if not self.onset_ns <= at_ns < self.end_ns:
            return 0.0
        since = at_ns - self.onset_ns
        if self.shape == "ramp":
            return min(1.0, since / min(LONGEST_RAMP_NS, (self.end_ns - self.onset_ns) // 2))
        if self.shape == "intermittent":
            return 1.0 if since % TURN_NS < ON_NS else 0.0
        return 1.0

    def truth(self) -> dict[str, Any]:
        """As recorded beside the telemetry; times are ISO 8601 UTC."""
        return {
            "id": self.id, "cause": self.cause, "nature": self.nature, "scope": self.scope,
            "onset": iso(self.onset_ns), "end": iso(self.end_ns), "lasting": self.is_lasting, "shape": self.shape,
            "strength": round(self.strength, 3), "measures": list(self.measures), "options": self.options,
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Decoy:
    """Something that happens and must not alarm. kind: growth, weekend, new_tenant, release, prompt_version, spike, rare_error."""

    id: str
    kind: str
    scope: dict[str, str]
    onset_ns: int
    end_ns: int
    strength: float = 1.0

    def truth(self) -> dict[str, Any]:
        """As recorded beside the telemetry."""
        return {
            "id": self.id, "kind": self.kind, "scope": self.scope, "onset": iso(self.onset_ns),
            "end": iso(self.end_ns), "strength": round(self.strength, 3),
        }  # fmt: skip
