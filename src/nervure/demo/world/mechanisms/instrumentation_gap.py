"""Telemetry vanishes, or no longer says what it said: the service itself is well."""

from random import Random

from nervure.demo.world.cast import Cast
from nervure.demo.world.fault import Fault
from nervure.demo.world.knobs import Knobs
from nervure.demo.world.mechanism import Choice, Mechanism


def choose(rng: Random, cast: Cast) -> Choice:
    """A service, one region of it, or a release that no longer reports what calls used."""
    app = rng.choice(cast.llm_apps)
    scope = {"service": app.name}
    if rng.random() < 0.3:
        return Choice(scope, {"form": "mute"}, "release", app.name)
    if rng.random() < 0.4:
        scope["region"] = cast.region(rng)
    return Choice(scope, {"form": "lost"})


def disturb(knobs: Knobs, fault: Fault, amount: float) -> None:
    """Traces that nobody hears of, or calls without their usage."""
    if fault.options["form"] == "mute":
        knobs.mute = min(1.0, 0.95 * amount)
    else:
        knobs.lost = min(0.98, 0.9 * amount)


MECHANISM = Mechanism(
    "instrumentation_gap", "systematic",
    ("count", "traces", "tokens.input"),
    choose, disturb, minutes=(45, 300), traces=80, shapes=("step", "step", "intermittent"),
)  # fmt: skip
