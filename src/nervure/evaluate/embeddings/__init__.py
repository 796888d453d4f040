"""Vectors of texts: a small local model by default, anything else by the settings or by `use`."""

from nervure.evaluate.embeddings.contract import Embedder, cosine
from nervure.evaluate.embeddings.embedder import embedder, use

__all__ = ["Embedder", "cosine", "embedder", "use"]
