"""The contract of a fault's mechanism: one file in `mechanisms/` for each cause, ending in MECHANISM."""

from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Any, Literal

from nervure.demo.world.cast import Cast
from nervure.demo.world.fault import Fault, Shape
from nervure.demo.world.knobs import Knobs


@dataclass(frozen=True, slots=True)
class Choice:
    """Where a fault takes hold. carrier: what brings it, "prompt" or "release": the schedule makes a new version of
    `carried` (a prompt or a service) and adds it to the scope."""

    scope: dict[str, str]
    options: dict[str, Any] = field(default_factory=dict)
    carrier: Literal["", "prompt", "release"] = ""
    carried: str = ""


@dataclass(frozen=True, slots=True)
class Mechanism:
    """choose: draws a scope from the cast. disturb: turns the knobs of a request inside the scope, given the fault and
    how much of it is there (0 to 1, times its strength).

    minutes: shortest and longest duration. traces: how many affected traces an occurrence of strength 1 needs so that
    anybody could notice it. measures: Query measures it moves, the first ones foremost.
    """

    name: str
    nature: Literal["transient", "systematic"]
    measures: tuple[str, ...]
    choose: Callable[[Random, Cast], Choice]
    disturb: Callable[[Knobs, Fault, float], None]
    minutes: tuple[int, int] = (20, 480)
    traces: int = 60
    shapes: tuple[Shape, ...] = ("step", "step", "ramp", "intermittent")
    may_last: bool = True
