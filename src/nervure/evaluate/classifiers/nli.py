"""Natural language inference: does a premise entail a hypothesis?"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from nervure.evaluate.classifiers.classifier import Classifier, words_of

_ENTAILS = frozenset({"entailment", "entail", "entails", "entailed", "supported", "supports", "consistent"})
_NOT = frozenset({"not", "non", "no"})


class Nli:
    """A cross-encoder over (premise, hypothesis), e.g. cross-encoder/nli-deberta-v3-base."""

    def __init__(self, what: str) -> None:
        """Raises SettingsError for what cannot work; loads nothing yet."""
        self._classifier = Classifier("nli_model", what, entailing, "entailment")
        self.name = what

    def entailment(self, pairs: Sequence[tuple[str, str]]) -> NDArray[np.float64]:
        """P(the premise entails the hypothesis) of each pair."""
        return self._classifier.probabilities(pairs)


def entailing(labels: Sequence[str]) -> list[int]:
    """The places of labels that say entailment, by their names: models do not agree on the order."""
    said = [set(words_of(label)) for label in labels]
    return [place for place, words in enumerate(said) if words & _ENTAILS and not words & _NOT]
