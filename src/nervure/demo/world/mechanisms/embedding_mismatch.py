"""Queries are embedded by another model than the documents were: nothing fits any more, at once."""

from random import Random

from nervure.demo.world.cast import Cast
from nervure.demo.world.fault import Fault
from nervure.demo.world.knobs import Knobs
from nervure.demo.world.mechanism import Choice, Mechanism


def choose(rng: Random, cast: Cast) -> Choice:
    """A retriever: another model with another dimension, or one of the same dimension, which only the scores betray."""
    app = rng.choice(cast.apps_with("rag"))
    name, dimensions = rng.choice((("text-embedding-3-large", 3072), ("text-embedding-ada-002", 1536)))
    return Choice({"retriever": app.retriever}, {"embedder": name, "dimensions": dimensions})


def disturb(knobs: Knobs, fault: Fault, amount: float) -> None:
    """Similarities of unrelated spaces: low, and alike for every document."""
    knobs.embedder = fault.options["embedder"]
    knobs.dimensions = fault.options["dimensions"]
    knobs.relevance = -0.45 * amount


MECHANISM = Mechanism(
    "embedding_mismatch", "systematic",
    ("documents.score.mean", "score:groundedness.mean"),
    choose, disturb, minutes=(45, 480), shapes=("step",),
)  # fmt: skip
