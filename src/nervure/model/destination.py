"""A destination: another OTLP backend that gets what this server receives."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

ForwardSignal = Literal["spans", "logs", "metrics"]
FORWARD_SIGNALS: tuple[ForwardSignal, ...] = ("spans", "logs", "metrics")
Protocol = Literal["http", "grpc"]


@dataclass(frozen=True, slots=True)
class Destination:
    """Where to, and what of it.

    project: only what belongs to it, "" for everything. endpoint: base URL of OTLP/HTTP (/v1/traces and so on are
    added), or of a gRPC server; endpoints: whole URLs for single signals, in its place. headers: secrets.
    auth: the signer of its requests ("" none), with auth_settings, which hold no secrets.
    where: a filter per signal. sample_ratio: share of traces, chosen by trace id; errors, slow and expensive spans
    (and what came of their trace in the same request) go in any case when the keep_ members say so.
    remove, redact: patterns of attribute names (`*` stands for anything). content False: prompts and answers stay here.
    queue_bytes: most that waits on disk; beyond, the oldest is shed.
    """

    id: str
    project: str
    name: str
    endpoint: str = ""
    endpoints: dict[str, str] = field(default_factory=dict)
    protocol: Protocol = "http"
    headers: dict[str, str] = field(default_factory=dict)
    auth: str = ""
    auth_settings: dict[str, str] = field(default_factory=dict)
    signals: tuple[ForwardSignal, ...] = FORWARD_SIGNALS
    where: dict[str, str] = field(default_factory=dict)
    sample_ratio: float = 1.0
    keep_errors: bool = True
    keep_slower_ms: float | None = None
    keep_cost_usd: float | None = None
    set_attributes: dict[str, str] = field(default_factory=dict)
    set_resource: dict[str, str] = field(default_factory=dict)
    remove: tuple[str, ...] = ()
    redact: tuple[str, ...] = ()
    content: bool = True
    compression: Literal["gzip", "none"] = "gzip"
    timeout_s: float = 10.0
    queue_bytes: int = 256 << 20
    ca_file: str = ""
    preset: str = ""
    is_paused: bool = False
    author: str = ""
    created_ns: int = 0
    changed_ns: int = 0


@dataclass(slots=True)
class DestinationState:
    """What became of everything considered for a destination: taken = forwarded + queued + sum(dropped).

    Counts of records; they survive a restart. dropped: reason to count: `filtered`, `sampled`, `loop`, `shed` (the queue was full),
    `refused` (the destination would not have them). state: idle, sending, waiting (trying again), paused.
    retry_ns: when it tries again. refused_words: the last reason it gave.
    """

    state: str = "idle"
    taken: int = 0
    forwarded: dict[str, int] = field(default_factory=dict)
    dropped: dict[str, int] = field(default_factory=dict)
    queued: int = 0
    queued_bytes: int = 0
    requests: int = 0
    bytes: int = 0
    tries: int = 0
    last_ns: int = 0
    last_error: str = ""
    last_error_ns: int = 0
    refused_words: str = ""
    retry_ns: int = 0

    @property
    def is_balanced(self) -> bool:
        """Whether every record is accounted for."""
        return self.taken == sum(self.forwarded.values()) + self.queued + sum(self.dropped.values())


@dataclass(frozen=True, slots=True)
class Trial:
    """What a destination said to a test record of one signal."""

    signal: str
    is_ok: bool
    words: str


@dataclass(frozen=True, slots=True)
class Preset:
    """A known backend. endpoint: with <...> for what only its user knows. headers: names of those it asks for.

    auth: the signer it needs. endpoints: whole URLs for single signals, where they differ.
    """

    name: str
    title: str
    endpoint: str
    headers: tuple[str, ...] = ()
    docs: str = ""
    note: str = ""
    auth: str = ""
    endpoints: Mapping[str, str] = field(default_factory=dict)


# Resource attribute: ids of the installations that passed a record on, the first one first.
VIA = "nervure.forwarded_by"


def via_of(resource: Mapping[str, Any]) -> list[str]:
    """Installations that passed a record on, by its resource."""
    said = resource.get(VIA)
    if isinstance(said, str):
        return [said]
    return [one for one in said if isinstance(one, str)] if isinstance(said, list) else []
