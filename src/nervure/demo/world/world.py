"""A world: its company, its fate, and the truth about it."""

from dataclasses import dataclass, field
from typing import Any

from nervure.base.clock import iso
from nervure.demo.world.cast import Cast
from nervure.demo.world.fault import Decoy, Fault
from nervure.demo.world.rollout import Rollouts


@dataclass(slots=True)
class World:
    """A seed's company and fate between two moments. rate: traces an hour on average over a week."""

    seed: int
    from_ns: int
    to_ns: int
    rate: float
    strength: float
    cast: Cast
    faults: list[Fault] = field(default_factory=list)
    decoys: list[Decoy] = field(default_factory=list)
    rollouts: Rollouts = field(default_factory=Rollouts)

    def truth(self) -> dict[str, Any]:
        """{"world", "faults", "decoys"} as JSON values."""
        return {
            "world": {
                "generator": "nervure demo", "seed": self.seed, "from": iso(self.from_ns), "to": iso(self.to_ns),
                "rate_per_hour": self.rate, "strength": self.strength,
            },
            "faults": [fault.truth() for fault in self.faults],
            "decoys": [decoy.truth() for decoy in self.decoys],
        }  # fmt: skip
