"""People ask about other things, some in another language; what is found and said follows."""

from random import Random

from nervure.demo.world.cast import Cast
from nervure.demo.world.fault import Fault
from nervure.demo.world.knobs import Knobs
from nervure.demo.world.mechanism import Choice, Mechanism


def choose(rng: Random, cast: Cast) -> Choice:
    """A feature of a service, or one tenant of it."""
    app = rng.choice(cast.apps_with("rag", "classify"))
    scope = {"service": app.name}
    if rng.random() < 0.6:
        scope["feature"] = app.features[0][0]
    elif rng.random() < 0.5:
        scope["tenant"] = cast.big_tenant(rng)
    return Choice(scope, {"language": rng.choice(("de", "es", "fr", ""))})


def disturb(knobs: Knobs, fault: Fault, amount: float) -> None:
    """A share of questions is about what the articles do not cover."""
    knobs.strange = min(0.95, 0.6 * amount)
    knobs.language = fault.options["language"]


MECHANISM = Mechanism(
    "input_drift", "systematic",
    ("tokens.input", "documents.score.mean", "score:groundedness.mean", "score:relevance.mean"),
    choose, disturb, minutes=(120, 480), traces=100, shapes=("step", "ramp", "ramp"),
)  # fmt: skip
