"""The limit on answers is too low: they end in mid-sentence with finish reason length."""

from random import Random

from nervure.demo.world.cast import Cast
from nervure.demo.world.fault import Fault
from nervure.demo.world.knobs import Knobs
from nervure.demo.world.mechanism import Choice, Mechanism


def choose(rng: Random, cast: Cast) -> Choice:
    """A service, one feature of it, or a release."""
    app = rng.choice(cast.apps_with("rag", "generate"))
    scope = {"service": app.name}
    draw = rng.random()
    if draw < 0.3:
        return Choice(scope, {}, "release", app.name)
    if draw < 0.65:
        scope["feature"] = app.features[0][0]
    return Choice(scope)


def disturb(knobs: Knobs, fault: Fault, amount: float) -> None:
    """A share of the answers would be longer than allowed; what is cut is worth less."""
    knobs.cut = min(0.95, 0.5 * amount)


MECHANISM = Mechanism(
    "truncation", "systematic",
    ("finish.length", "tokens.output", "score:relevance.mean"),
    choose, disturb, minutes=(45, 480), traces=70,
)  # fmt: skip
