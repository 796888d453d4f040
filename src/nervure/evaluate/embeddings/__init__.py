"""Vectors of texts: a small local model by default, anything else by `use`."""

from nervure.evaluate.embeddings.embedder import Embedder, cosine, embedder, use

__all__ = ["Embedder", "cosine", "embedder", "use"]
