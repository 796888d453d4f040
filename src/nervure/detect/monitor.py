"""The contract of a monitor type: one file in `monitors/`, ending in MONITOR. Pure: points in, verdicts out.

The runner asks the Query, the type judges each window knowing only the windows before it, `fold` turns verdicts into
alerts. A preview on history is the same fold over more windows.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from nervure.base.errors import BadInput
from nervure.model.monitor import Alert, Monitor

Said = Literal["ok", "alert", "no_data", "learning"]
NS = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Window:
    """One point of a Query's series. value None: no data. other: value of the second series, for types that ask two."""

    start_ns: int
    value: float | None
    n: int = 0
    low: float | None = None
    high: float | None = None
    other: float | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a window is told. learning: not enough was seen before it to judge."""

    said: Said
    text: str = ""
    expected: float | None = None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Option:
    """A setting of a type. default None: it must be given. choices: empty for any value of the type of `kind`."""

    kind: Literal["number", "text", "query"]
    about: str
    default: Any = None
    choices: tuple[str, ...] = ()
    is_needed: bool = False


@dataclass(frozen=True, slots=True)
class MonitorType:
    """judge(windows, settings): a verdict for each window, made of it and those before. history: windows it wants first.

    judge_all: for types that look at all groups of a query at once (a new value is a new group); windows by group.
    """

    name: str
    about: str
    options: Mapping[str, Option]
    judge: Callable[[Sequence[Window], Mapping[str, Any]], Sequence[Verdict]]
    history: int = 0
    is_of_groups: bool = False


def checked_settings(kind: MonitorType, given: Mapping[str, Any]) -> dict[str, Any]:
    """The settings with their defaults. Raises BadInput that says what to write."""
    made: dict[str, Any] = {}
    for name in given:
        if name not in kind.options:
            raise BadInput(f"{kind.name} has no setting {name!r}: it knows {', '.join(kind.options) or 'none'}")
    for name, option in kind.options.items():
        value = given.get(name, option.default)
        if value is None:
            if option.is_needed:
                raise BadInput(f"{kind.name} needs the setting {name!r}: {option.about}")
            continue
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if option.kind == "number" and not is_number:
            raise BadInput(f"settings.{name} is a number, got {value!r}")
        if option.kind == "text" and (not isinstance(value, str) or (option.choices and value not in option.choices)):
            raise BadInput(f"settings.{name} is one of {', '.join(option.choices) or 'any text'}, got {value!r}")
        if option.kind == "query" and not isinstance(value, Mapping):
            raise BadInput(f"settings.{name} is a query such as {{'measure': 'count'}}, got {value!r}")
        made[name] = value
    return made


def fold(
    monitor: Monitor, by: Mapping[str, str], windows: Sequence[Window], verdicts: Sequence[Verdict]
) -> list[Alert]:
    """Alerts of one group over its windows: hysteresis, what no data means, maintenance."""
    alerts: list[Alert] = []
    bad = good = 0
    start_ns = 0
    lasting: Alert | None = None
    for window, verdict in zip(windows, verdicts, strict=True):
        end_ns = window.start_ns + monitor.every_s * NS
        said = verdict.said
        if said == "no_data":
            said = {"alert": "alert", "ignore": "ok", "keep": "keep"}[monitor.no_data]  # type: ignore[assignment]
        if any(one.from_ns <= window.start_ns < one.to_ns for one in monitor.maintenance):
            said = "ok"
        if said == "alert":
            start_ns = start_ns if bad else window.start_ns
            bad, good = bad + 1, 0
            if lasting is None and bad >= monitor.after:
                text = verdict.text or f"no data from {monitor.name}"
                lasting = Alert(monitor.id, dict(by), start_ns, 0, text, window.value, verdict.expected)
        elif said in ("ok", "learning"):
            bad, good = 0, good + 1
            if lasting is not None and good >= monitor.recover:
                alerts.append(_ended(lasting, end_ns))
                lasting = None
    return [*alerts, lasting] if lasting is not None else alerts


def _ended(alert: Alert, end_ns: int) -> Alert:
    return Alert(alert.monitor, alert.by, alert.start_ns, end_ns, alert.text, alert.value, alert.expected)
