"""A provider puts another model behind the same name: answers are longer or shorter, and worse."""

from random import Random

from nervure.demo.world.cast import Cast
from nervure.demo.world.fault import Fault
from nervure.demo.world.knobs import Knobs
from nervure.demo.world.mechanism import Choice, Mechanism


def choose(rng: Random, cast: Cast) -> Choice:
    """A model, in all that call it. Two of three providers say so in the name they answer with."""
    name = rng.choice(("gpt-4.1-mini", "claude-sonnet-4-5", "gemini-2.5-flash", "mistral-medium-2508"))
    successor = f"{name}-2026-11-02" if rng.random() < 0.67 else ""
    return Choice({"model": name}, {"successor": successor, "length": rng.choice((1.7, 0.55))})


def disturb(knobs: Knobs, fault: Fault, amount: float) -> None:
    """Length and quality belong to the new model; how far they move is the strength."""
    knobs.successor = fault.options["successor"]
    knobs.length = fault.options["length"] ** amount
    knobs.quality = -0.17 * amount


MECHANISM = Mechanism(
    "model_change", "systematic",
    ("score:relevance.mean", "tokens_per_call.avg", "latency.p50", "cost.avg"),
    choose, disturb, minutes=(120, 480), traces=150, shapes=("step",),
)  # fmt: skip
