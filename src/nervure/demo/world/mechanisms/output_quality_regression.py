"""Answers are worse and nothing else has changed."""

from random import Random

from nervure.demo.world.cast import Cast
from nervure.demo.world.fault import Fault
from nervure.demo.world.knobs import Knobs
from nervure.demo.world.mechanism import Choice, Mechanism


def choose(rng: Random, cast: Cast) -> Choice:
    """A feature of a service, one tenant of it, or one region."""
    app = rng.choice(cast.apps_with("rag", "agent", "generate"))
    scope = {"service": app.name}
    draw = rng.random()
    if draw < 0.45:
        scope["feature"] = app.features[0][0]
    elif draw < 0.65:
        scope["tenant"] = cast.big_tenant(rng)
    elif draw < 0.85:
        scope["region"] = cast.region(rng)
    return Choice(scope)


def disturb(knobs: Knobs, fault: Fault, amount: float) -> None:
    """Only what the judges see."""
    knobs.quality = -0.22 * amount


MECHANISM = Mechanism(
    "output_quality_regression", "systematic",
    ("score:relevance.mean", "score:groundedness.mean", "score:task_success.mean"),
    choose, disturb, minutes=(90, 480), traces=110,
)  # fmt: skip
