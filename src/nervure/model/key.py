"""An API key: who may send, read or administer, and where."""

from dataclasses import dataclass
from typing import Literal

Right = Literal["send", "read", "admin", "feedback"]
RIGHTS: tuple[Right, ...] = ("send", "read", "admin", "feedback")


@dataclass(frozen=True, slots=True)
class Key:
    """A key without its secret. prefix: the secret's first characters, to recognise it by.

    project: the only project it opens, "" for all. rights: "admin" includes the others; "feedback", what end users say, is all
    that a key in a public page may have, and part of "send".
    Times are ns since the epoch; None: never used, not revoked, does not expire.
    """

    id: str
    name: str
    prefix: str
    project: str = ""
    rights: frozenset[Right] = frozenset()
    created_ns: int = 0
    last_used_ns: int | None = None
    revoked_ns: int | None = None
    expires_ns: int | None = None

    def may(self, right: Right, project: str = "") -> bool:
        """Whether the key grants a right, in a project ("": wherever the key is at home)."""
        granted = right in self.rights or "admin" in self.rights or (right == "feedback" and "send" in self.rights)
        return granted and (not self.project or not project or self.project == project)

    def is_active(self, now_ns: int) -> bool:
        """Neither revoked nor expired."""
        return self.revoked_ns is None and (self.expires_ns is None or now_ns < self.expires_ns)
