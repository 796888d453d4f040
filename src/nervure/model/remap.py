"""A re-application of the mappings to stored spans: what was asked and how far it is."""

from dataclasses import dataclass, field
from typing import Any, Literal

RemapState = Literal["waiting", "running", "done", "failed", "cancelled"]


@dataclass(frozen=True, slots=True)
class RemapJob:
    """Reads stored spans of one project again that started in [from_ns, to_ns) and pass `where` (a filter, "" for all).

    mappings: (name, version) of those to read with, pinned when it was asked for. draft: text of one more mapping that
    is not in force; only with dry_run, which stores nothing and only counts. at_ns: spans that started before are
    settled. until_ns: end of the page in hand, None between pages. page: number of the page in hand.
    scanned, changed, skipped: spans; those whose payloads were shed cannot be read again and are skipped. fields: name
    of a field to how many spans it changed in. samples: {"trace_id", "span_id", "field", "before", "after"}, the first
    few of each field. usd_before, usd_after: sums of cost_total over the spans that changed.
    """

    id: str
    project: str
    from_ns: int
    to_ns: int
    where: str = ""
    dry_run: bool = False
    draft: str = ""
    mappings: tuple[tuple[str, int], ...] = ()
    state: RemapState = "waiting"
    created_ns: int = 0
    changed_ns: int = 0
    actor: str = ""
    page: int = 0
    at_ns: int = 0
    until_ns: int | None = None
    scanned: int = 0
    changed: int = 0
    skipped: int = 0
    fields: dict[str, int] = field(default_factory=dict)
    samples: tuple[dict[str, Any], ...] = ()
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
        return max((self.at_ns - self.from_ns) / (self.to_ns - self.from_ns), 0.0)
