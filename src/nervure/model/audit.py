"""Who changed what, and when: written with the change itself, never changed afterwards."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """actor: key id, "telemetry" or "system". action: "create", "update", "delete", "revoke".

    noun: "project", "key", ...; noun_id: which one. before, after: its fields, None when it was not there.
    """

    id: int
    time_ns: int
    actor: str
    action: str
    noun: str
    noun_id: str
    project: str = ""
    before: dict[str, Any] | None = None
    after: dict[str, Any] | None = None
