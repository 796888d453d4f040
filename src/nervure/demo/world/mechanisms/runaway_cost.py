"""An agent goes round in circles: more steps, more calls, more money for the same request."""

from random import Random

from nervure.demo.world.cast import Cast
from nervure.demo.world.fault import Fault
from nervure.demo.world.knobs import Knobs
from nervure.demo.world.mechanism import Choice, Mechanism


def choose(rng: Random, cast: Cast) -> Choice:
    """The agent, one feature or one tenant of it, or a release."""
    app = cast.apps_with("agent")[0]
    scope = {"service": app.name}
    draw = rng.random()
    if draw < 0.3:
        return Choice(scope, {}, "release", app.name)
    if draw < 0.6:
        scope["feature"] = app.features[0][0]
    elif draw < 0.8:
        scope["tenant"] = cast.big_tenant(rng)
    return Choice(scope)


def disturb(knobs: Knobs, fault: Fault, amount: float) -> None:
    """After a step it is likelier to do another."""
    knobs.loops = min(0.88, 0.72 * amount)


MECHANISM = Mechanism(
    "runaway_cost", "systematic",
    ("cost.sum", "count", "latency.p95", "tokens.input"),
    choose, disturb, minutes=(60, 480), traces=40,
)  # fmt: skip
