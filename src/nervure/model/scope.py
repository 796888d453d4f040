"""Where a question looks: every question has a scope, because one without reads the whole table."""

from dataclasses import dataclass

from nervure.base.errors import QueryError


@dataclass(frozen=True, slots=True)
class Scope:
    """One project and a half-open range of start times [from_ns, to_ns)."""

    project: str
    from_ns: int
    to_ns: int

    def __post_init__(self) -> None:
        if self.from_ns >= self.to_ns:
            raise QueryError(f"the time range is empty: from ({self.from_ns}) must lie before to ({self.to_ns})")
