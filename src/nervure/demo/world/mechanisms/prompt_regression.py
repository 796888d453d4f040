"""A new version of a prompt (or a release) gives worse answers, only where it is used."""

from random import Random

from nervure.demo.world.cast import Cast
from nervure.demo.world.fault import Fault
from nervure.demo.world.knobs import Knobs
from nervure.demo.world.mechanism import Choice, Mechanism


def choose(rng: Random, cast: Cast) -> Choice:
    """A prompt, or a service that is released."""
    app = rng.choice(cast.apps_with("rag", "generate", "agent", "classify"))
    length = rng.choice((0.5, 1.0, 1.6))
    if rng.random() < 0.7:
        return Choice({"prompt": app.prompt}, {"length": length}, "prompt", app.prompt)
    return Choice({"service": app.name}, {"length": length}, "release", app.name)


def disturb(knobs: Knobs, fault: Fault, amount: float) -> None:
    """Worse and of another length."""
    knobs.quality = -0.22 * amount
    knobs.length = fault.options["length"] ** amount


MECHANISM = Mechanism(
    "prompt_regression", "systematic",
    ("score:relevance.mean", "score:groundedness.mean", "score:task_success.mean", "tokens_per_call.avg"),
    choose, disturb, minutes=(90, 480), traces=120, shapes=("step", "step", "ramp"),
)  # fmt: skip
