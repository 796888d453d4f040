"""The contract of embeddings: what makes vectors of texts, and a way to choose it by the settings."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from nervure.base.errors import BadInput, Busy
from nervure.base.settings import Settings

Vectors = NDArray[np.float32]


class Embedder(Protocol):
    """Anything that makes vectors of texts.

    name: goes into the scores' details, because scores of two embedders cannot be compared.
    """

    name: str

    def embed(self, texts: Sequence[str]) -> Vectors:
        """(len(texts), d) float32, each row of length 1, or of zeros for a text without words."""
        ...


@dataclass(frozen=True, slots=True)
class Embeddings:
    """One way to embed. name: what the setting `embeddings` begins with; form: how it is written there.

    open: the embedder of what stands behind the colon. It is cheap, loads nothing yet, and raises SettingsError for what
    cannot work: a package that is not installed, a folder or an address that is missing.
    """

    name: str
    form: str
    help: str
    open: Callable[[str, Settings], Embedder]


class EmbedderDown(Busy):
    """The embeddings cannot be had for now: the same may be asked again. Nothing stands in for them."""

    code = "embedder_down"


class EmbedderRefused(BadInput):
    """The embedder will not have it; the settings or the text must change."""

    code = "embedder_refused"


def cosine(one: Vectors, other: Vectors) -> NDArray[np.float32]:
    """(n, m) similarities of rows of unit length."""
    return one @ other.T
