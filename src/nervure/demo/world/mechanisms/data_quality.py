"""Inputs arrive empty or without their fields: a form or a feature pipeline upstream is broken."""

from random import Random

from nervure.demo.world.cast import Cast
from nervure.demo.world.fault import Fault
from nervure.demo.world.knobs import Knobs
from nervure.demo.world.mechanism import Choice, Mechanism


def choose(rng: Random, cast: Cast) -> Choice:
    """A feature of the classic model, or of a service that reads text."""
    app = rng.choice(cast.apps_with("predict", "generate", "classify"))
    scope = {"service": app.name}
    if rng.random() < 0.7:
        scope["feature"] = app.features[0][0]
    return Choice(scope)


def disturb(knobs: Knobs, fault: Fault, amount: float) -> None:
    """Empty documents give short, useless answers; missing features give uncertain predictions."""
    knobs.empty = min(0.95, 0.5 * amount)
    knobs.missing = min(0.95, 0.6 * amount)


MECHANISM = Mechanism(
    "data_quality", "systematic",
    ("tokens.input", "prediction.confidence.avg", "score:relevance.mean"),
    choose, disturb, minutes=(60, 480), traces=60,
)  # fmt: skip
