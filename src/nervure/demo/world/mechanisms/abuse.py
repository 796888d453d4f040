"""One tenant floods a service, with attempts to talk the model out of its instructions among it."""

from random import Random

from nervure.demo.world.cast import Cast
from nervure.demo.world.fault import Fault
from nervure.demo.world.knobs import Knobs
from nervure.demo.world.mechanism import Choice, Mechanism


def choose(rng: Random, cast: Cast) -> Choice:
    """A small tenant, or one user of it, at one service."""
    app = rng.choice(cast.apps_with("rag", "classify"))
    tenant = rng.choice(cast.tenants[3:])[0]
    scope = {"service": app.name, "tenant": tenant}
    if rng.random() < 0.4:
        scope["user"] = f"{tenant}-u{rng.randrange(10, 60):02d}"
    return Choice(scope, {"per_hour": rng.uniform(70, 160)})


def disturb(knobs: Knobs, fault: Fault, amount: float) -> None:
    """The flood itself is arrivals (see `traffic`); some of what arrives is hostile."""
    knobs.hostile = min(0.9, 0.55 * amount)


MECHANISM = Mechanism(
    "abuse", "systematic",
    ("count", "cost.sum", "tokens.input"),
    choose, disturb, minutes=(30, 300), traces=0, may_last=False, shapes=("step", "intermittent"),
)  # fmt: skip
