"""A quota is used up: calls are refused at once with 429, clients wait and try again."""

from random import Random

from nervure.demo.world.cast import Cast
from nervure.demo.world.fault import Fault
from nervure.demo.world.knobs import Knobs
from nervure.demo.world.mechanism import Choice, Mechanism


def choose(rng: Random, cast: Cast) -> Choice:
    """A model, in one service or in all that share the quota, or one region of it."""
    app = rng.choice([app for app in cast.llm_apps if app.pattern != "generate"])
    scope = {"model": app.models[0][0]}
    if rng.random() < 0.5:
        scope["service"] = app.name
    elif rng.random() < 0.4:
        scope["region"] = cast.region(rng)
    return Choice(scope)


def disturb(knobs: Knobs, fault: Fault, amount: float) -> None:
    """Refused within tenths of a second."""
    knobs.throttled = min(0.95, 0.5 * amount)


MECHANISM = Mechanism(
    "rate_limited", "transient",
    ("error_rate", "traces.error_rate"),
    choose, disturb, minutes=(20, 240), may_last=False,
)  # fmt: skip
