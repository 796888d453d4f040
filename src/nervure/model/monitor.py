"""A monitor: something a user wants watched, and when to say so."""

from dataclasses import dataclass, field
from typing import Any, Literal, get_args

NoData = Literal["ignore", "alert", "keep"]
MonitorState = Literal["ok", "alerting", "no_data", "muted"]
NO_DATA: tuple[str, ...] = get_args(NoData)


@dataclass(frozen=True, slots=True)
class Maintenance:
    """A stretch in which the monitor says nothing. from_ns inclusive, to_ns exclusive."""

    from_ns: int
    to_ns: int
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Monitor:
    """query: Query as JSON without its times; each group of its `by` is judged for itself. type: one of the monitors'.

    settings: what the type asks for. every_s: width of the windows that are judged. after, recover: windows in a row
    until it alerts and until it is over (hysteresis). no_data: what a window without data means: nothing, an alert, or
    what was before. renotify_s: told again after so long, 0: once.
    """

    id: str
    project: str
    name: str
    type: str
    query: dict[str, Any]
    settings: dict[str, Any] = field(default_factory=dict)
    every_s: int = 300
    after: int = 1
    recover: int = 3
    no_data: NoData = "ignore"
    severity: str = "medium"
    renotify_s: int = 0
    maintenance: tuple[Maintenance, ...] = ()
    is_paused: bool = False
    author: str = ""
    created_ns: int = 0
    changed_ns: int = 0


@dataclass(frozen=True, slots=True)
class Alert:
    """One stretch in which a monitor's group was not as it should be. end_ns 0: it lasts. by: the group.

    text: why, in words. acknowledged_by: "" while nobody has. told_ns: when people were told last, times_told: how often. effect: {"measure",
    "value", "low", "high", "none", "unit"} where the type measures one; details: what else its type keeps, as JSON.
    """

    monitor: str
    by: dict[str, str]
    start_ns: int
    end_ns: int
    text: str
    value: float | None = None
    expected: float | None = None
    acknowledged_by: str = ""
    told_ns: int = 0
    times_told: int = 1
    effect: dict[str, Any] | None = None
    details: dict[str, Any] = field(default_factory=dict)
