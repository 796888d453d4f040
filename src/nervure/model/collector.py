"""A collector: something the server goes and fetches, again and again."""

from dataclasses import dataclass, field
from typing import Any

# Members of settings, at any depth, whose values are never shown nor written into logs.
SECRETS = frozenset({
    "password", "token", "bearer_token", "secret", "secret_access_key", "session_token", "account_key", "sas_token", "sas_key", "encryption_key", "sse_customer_key_base64",
    "client_secret", "service_account_key", "credentials", "authorization", "api_key", "headers", "basic_auth",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Collector:
    """kind: which way of pulling. settings: what the kind makes of its own; secrets among them are never shown.

    project: of what it brings. every_s: seconds from the beginning of one round to the next.
    source: "api", or "settings" for one that stands in the server's settings and cannot be changed over the API.
    """

    id: str
    project: str
    name: str
    kind: str
    settings: dict[str, Any] = field(default_factory=dict)
    every_s: float = 60.0
    is_paused: bool = False
    source: str = "api"
    author: str = ""
    created_ns: int = 0
    changed_ns: int = 0


@dataclass(slots=True)
class Target:
    """How one place fared when it was last asked. labels: what tells it apart. items: records of the last answer.

    since_ns: since when it is up or down. error: in words, "" while it is up.
    """

    name: str
    is_up: bool
    last_ns: int
    since_ns: int = 0
    items: int = 0
    seconds: float = 0.0
    error: str = ""
    labels: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class CollectorState:
    """What a collector has done since the server began. state: waiting, running, paused, failing, or
    standby when another replica runs it.

    items: stored; refused: could not be kept, with the reasons in `refusals` (reason to count).
    progress: of a long round, in words.
    """

    state: str = "waiting"
    rounds: int = 0
    items: int = 0
    refused: int = 0
    refusals: dict[str, int] = field(default_factory=dict)
    last_ns: int = 0
    last_seconds: float = 0.0
    next_ns: int = 0
    last_error: str = ""
    last_error_ns: int = 0
    progress: str = ""
    targets: dict[str, Target] = field(default_factory=dict)
