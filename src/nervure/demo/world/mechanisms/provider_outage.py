"""A provider fails: 5xx and timeouts of all its models, and clients that try again."""

from random import Random

from nervure.demo.world.cast import Cast
from nervure.demo.world.fault import Fault
from nervure.demo.world.knobs import Knobs
from nervure.demo.world.mechanism import Choice, Mechanism


def choose(rng: Random, cast: Cast) -> Choice:
    """A whole provider, or one as seen from one region."""
    scope = {"provider": rng.choice(("openai", "anthropic", "gcp.gemini"))}
    if rng.random() < 0.3:
        scope["region"] = cast.region(rng)
    return Choice(scope)


def disturb(knobs: Knobs, fault: Fault, amount: float) -> None:
    """Most fail at once, some hang until the client gives up."""
    knobs.server_errors = min(0.9, 0.45 * amount)
    knobs.timeouts = min(0.5, 0.15 * amount)


MECHANISM = Mechanism(
    "provider_outage", "transient",
    ("error_rate", "latency.p95", "traces.error_rate"),
    choose, disturb, minutes=(20, 180), may_last=False,
)  # fmt: skip
