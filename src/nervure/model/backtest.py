"""Detection run again over a past window as a job: what was asked and how far it is."""

from dataclasses import dataclass
from typing import Literal

BacktestState = Literal["waiting", "running", "done", "failed", "cancelled"]


@dataclass(frozen=True, slots=True)
class BacktestJob:
    """Detection over [from_ns, to_ns) of one project as if it had looked every step_s seconds.

    share: of the work that is done, 0 to 1. found: incidents, known at the end. tries: how often it was begun: one whose
    process died begins anew. actor: who asked.
    """

    id: str
    project: str
    from_ns: int
    to_ns: int
    step_s: int
    state: BacktestState = "waiting"
    created_ns: int = 0
    changed_ns: int = 0
    actor: str = ""
    share: float = 0.0
    found: int = 0
    tries: int = 0
    error: str = ""

    @property
    def is_open(self) -> bool:
        """Whether there is something left to do."""
        return self.state in ("waiting", "running")
