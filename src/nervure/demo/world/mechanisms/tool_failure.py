"""One tool fails or hangs; the agent tries again and then does without."""

from random import Random

from nervure.demo.world.cast import Cast
from nervure.demo.world.fault import Fault
from nervure.demo.world.knobs import Knobs
from nervure.demo.world.mechanism import Choice, Mechanism


def choose(rng: Random, cast: Cast) -> Choice:
    """A tool, or one region of it."""
    scope = {"tool": rng.choice(cast.apps_with("agent")[0].tools)}
    if rng.random() < 0.25:
        scope["region"] = cast.region(rng)
    return Choice(scope)


def disturb(knobs: Knobs, fault: Fault, amount: float) -> None:
    """Errors of the tool, not of the model."""
    knobs.tool_errors = min(0.95, 0.5 * amount)


MECHANISM = Mechanism(
    "tool_failure", "systematic",
    ("error_rate", "score:task_success.mean"),
    choose, disturb, minutes=(30, 480), traces=40,
)  # fmt: skip
