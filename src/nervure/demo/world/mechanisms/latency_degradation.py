"""A model answers slowly: first token and pace both, at the same load, nothing else changed."""

from random import Random

from nervure.demo.world.cast import Cast
from nervure.demo.world.fault import Fault
from nervure.demo.world.knobs import Knobs
from nervure.demo.world.mechanism import Choice, Mechanism


def choose(rng: Random, cast: Cast) -> Choice:
    """A model, a provider in one region, or a model in one region."""
    app = rng.choice([app for app in cast.llm_apps if app.pattern != "generate"])
    model = app.models[0][0]
    if rng.random() < 0.4:
        return Choice({"model": model})
    if rng.random() < 0.5:
        return Choice({"provider": cast.models[model].provider, "region": cast.region(rng)})
    return Choice({"model": model, "region": cast.region(rng)})


def disturb(knobs: Knobs, fault: Fault, amount: float) -> None:
    """All times of the call grow by one factor."""
    knobs.slowness = 1 + 1.4 * amount


MECHANISM = Mechanism(
    "latency_degradation", "transient",
    ("latency.p50", "latency.p95", "ttft.p50", "ttft.p95"),
    choose, disturb, minutes=(30, 360),
)  # fmt: skip
