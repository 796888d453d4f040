"""A project: the wall between teams. Every record belongs to exactly one."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Project:
    """retention_days: how long telemetry is kept; None: as the settings say. Times are ns since the epoch."""

    name: str
    description: str = ""
    retention_days: int | None = None
    created_ns: int = 0
