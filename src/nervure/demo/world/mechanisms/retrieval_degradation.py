"""An index is stale: what is found fits less well, sometimes nothing is found, and answers follow."""

from random import Random

from nervure.demo.world.cast import Cast
from nervure.demo.world.fault import Fault
from nervure.demo.world.knobs import Knobs
from nervure.demo.world.mechanism import Choice, Mechanism


def choose(rng: Random, cast: Cast) -> Choice:
    """A retriever, or one region of it, or what it finds for one tenant."""
    app = rng.choice(cast.apps_with("rag"))
    scope = {"retriever": app.retriever}
    if rng.random() < 0.3:
        scope["region"] = cast.region(rng)
    elif rng.random() < 0.3:
        scope["tenant"] = cast.big_tenant(rng)
    return Choice(scope)


def disturb(knobs: Knobs, fault: Fault, amount: float) -> None:
    """Scores fall; the answer is as grounded as its documents allow."""
    knobs.relevance = -0.2 * amount
    knobs.misses = min(0.5, 0.12 * amount)


MECHANISM = Mechanism(
    "retrieval_degradation", "systematic",
    ("documents.score.mean", "documents.mean", "score:groundedness.mean"),
    choose, disturb, minutes=(60, 480), traces=80,
)  # fmt: skip
