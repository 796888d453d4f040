"""A re-pricing of stored spans: what was asked and how far it is."""

from dataclasses import dataclass
from typing import Literal

RepriceState = Literal["waiting", "running", "done", "failed", "cancelled"]
# Where a span stands in the order of work: start in ns, trace id, span id.
Place = tuple[int, str, str]


@dataclass(frozen=True, slots=True)
class RepriceJob:
    """Prices spans of one project again that started in [from_ns, to_ns) and pass `where` (a filter, "" for all).

    at: the last span that is settled, None at the beginning. until: the last span of the page in hand, None between
    pages. page: number of the page in hand. usd_before, usd_after: sums of cost_total over the spans that changed.
    """

    id: str
    project: str
    from_ns: int
    to_ns: int
    where: str = ""
    state: RepriceState = "waiting"
    created_ns: int = 0
    changed_ns: int = 0
    actor: str = ""
    page: int = 0
    at: Place | None = None
    until: Place | None = None
    scanned: int = 0
    repriced: int = 0
    usd_before: float = 0.0
    usd_after: float = 0.0
    error: str = ""

    @property
    def is_open(self) -> bool:
        """Whether there is something left to do."""
        return self.state in ("waiting", "running")

    @property
    def progress(self) -> float:
        """Share of the time range that is settled, 0 to 1."""
        if self.state == "done":
            return 1.0
        return 0.0 if self.at is None else (self.at[0] - self.from_ns) / (self.to_ns - self.from_ns)
