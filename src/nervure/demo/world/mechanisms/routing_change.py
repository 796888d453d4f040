"""Traffic of one service goes to another model, which is as good, as fast and as dear as it always was."""

from random import Random

from nervure.demo.world.cast import Cast
from nervure.demo.world.fault import Fault
from nervure.demo.world.knobs import Knobs
from nervure.demo.world.mechanism import Choice, Mechanism


def choose(rng: Random, cast: Cast) -> Choice:
    """A service, or one feature of it."""
    app = rng.choice([app for app in cast.apps_with("rag", "classify", "agent") if len(app.models) > 1])
    scope = {"service": app.name}
    if rng.random() < 0.4:
        scope["feature"] = app.features[0][0]
    return Choice(scope, {"to": app.models[1][0]})


def disturb(knobs: Knobs, fault: Fault, amount: float) -> None:
    """A share of the calls is sent to the other model of the service."""
    knobs.diverted = min(1.0, 0.75 * amount)
    knobs.divert_to = fault.options["to"]


MECHANISM = Mechanism(
    "routing_change", "systematic",
    ("count", "latency.p50", "cost.avg", "ttft.p50"),
    choose, disturb, minutes=(90, 480), traces=120, shapes=("step", "step", "ramp"),
)  # fmt: skip
