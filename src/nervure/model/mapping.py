"""A user's own mapping rules, kept in versions."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class MappingVersion:
    """text: TOML as the user wrote it. version: from 1, rising. active: whether telemetry is read with it now."""

    name: str
    version: int
    text: str
    author: str = ""
    active: bool = True
    created_ns: int = 0
