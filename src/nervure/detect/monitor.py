"""The contract of a monitor type: one file in `monitors/`, ending in MONITOR. Pure: points in, verdicts out.

The runner asks the Query, the type judges each window knowing only the windows before it, `fold` turns verdicts into
alerts. A preview on history is the same fold over more windows. A type that compares what a field holds (`samples`) gets
two samples for each window instead of a point, and judges each window alone.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from nervure.base.errors import BadInput
from nervure.detect.drift.result import Effect, plain
from nervure.model.monitor import Alert, Monitor
from nervure.model.reference_window import Stretch
from nervure.query.drifted import Held

Said = Literal["ok", "alert", "no_data", "learning"]
NS = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Samples:
    """What a type wants compared. reference: name of a kept window, or a span of time such as 7d before the current one."""

    field: str
    current_ns: int
    reference: str


@dataclass(frozen=True, slots=True)
class Compared:
    """Two samples as of a window's end. looks: so many such comparisons a month has, over all groups of the monitor."""

    held: Held
    reference: Stretch
    current: Stretch
    looks: float


@dataclass(frozen=True, slots=True)
class Window:
    """One point of a Query's series. value None: no data. other: value of the second series, for types that ask two.

    compared: the two samples, for types that compare samples.
    """

    start_ns: int
    value: float | None
    n: int = 0
    low: float | None = None
    high: float | None = None
    other: float | None = None
    compared: Compared | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a window is told. learning: not enough was seen before it to judge.

    effect: what was found, where the type measures it itself, and then it is the window's value. details: what else an
    alert should keep, as JSON.
    """

    said: Said
    text: str = ""
    expected: float | None = None
    low: float | None = None
    high: float | None = None
    effect: Effect | None = None
    details: Mapping[str, Any] = field(default_factory=dict)


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

    is_of_groups: for types that look at the groups of one field (a new value is a new group). samples(settings): for types
    that compare what a field holds; raises BadInput for settings that say nothing.
    """

    name: str
    about: str
    options: Mapping[str, Option]
    judge: Callable[[Sequence[Window], Mapping[str, Any]], Sequence[Verdict]]
    history: int = 0
    is_of_groups: bool = False
    samples: Callable[[Mapping[str, Any]], Samples] | None = None


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
    monitor: Monitor, by: Mapping[str, str], windows: Sequence[Window], verdicts: Sequence[Verdict],
    lasting: Alert | None = None,
) -> list[Alert]:  # fmt: skip
    """Alerts of one group over its windows: hysteresis, what no data means, maintenance.

    lasting: an alert that began before and goes on or ends; what lies before its beginning is passed over.
    """
    alerts: list[Alert] = []
    bad = good = 0
    start_ns = before_ns = lasting.start_ns if lasting else 0
    for window, verdict in zip(windows, verdicts, strict=True):
        if window.start_ns < before_ns:
            continue
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
                lasting = Alert(
                    monitor.id, dict(by), start_ns, 0, text, plain(verdict.effect.value) if verdict.effect else window.value,
                    verdict.expected, effect=effect_json(verdict), details=dict(verdict.details),
                )  # fmt: skip
        elif said in ("ok", "learning"):
            bad, good = 0, good + 1
            if lasting is not None and good >= monitor.recover:
                alerts.append(replace(lasting, end_ns=end_ns))
                lasting = None
    return [*alerts, lasting] if lasting is not None else alerts


def effect_json(verdict: Verdict) -> dict[str, Any] | None:
    """The effect with the name of its measure."""
    return {"measure": verdict.effect.measure, **verdict.effect.json()} if verdict.effect else None
