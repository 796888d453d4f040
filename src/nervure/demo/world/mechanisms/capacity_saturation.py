"""The company's own GPUs are full: a batch job shares them, requests queue, and more so when there are more."""

from random import Random

from nervure.demo.world.cast import Cast
from nervure.demo.world.fault import Fault
from nervure.demo.world.knobs import Knobs
from nervure.demo.world.mechanism import Choice, Mechanism


def choose(rng: Random, cast: Cast) -> Choice:
    """The hosted model, everywhere or in one region."""
    scope = {"model": next(model.name for model in cast.models.values() if model.is_hosted)}
    if rng.random() < 0.5:
        scope["region"] = cast.region(rng)
    return Choice(scope)


def disturb(knobs: Knobs, fault: Fault, amount: float) -> None:
    """Foreign load on the same machines; the queue is what load makes of it."""
    knobs.backlog = 0.5 + 0.35 * amount


MECHANISM = Mechanism(
    "capacity_saturation", "transient",
    ("latency.p50", "latency.p95", "ttft.p50", "ttft.p95"),
    choose, disturb, minutes=(40, 300), may_last=False, shapes=("step", "ramp"),
)  # fmt: skip
