"""A classifier of toxic texts."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from nervure.evaluate.classifiers.classifier import Classifier, words_of

_BAD = frozenset(
    "toxic toxicity hate hateful hatespeech offensive abusive abuse insult insulting obscene obscenity threat threatening harassment profanity".split()  # noqa: SIM905
)
_NOT = frozenset({"not", "non", "no", "nontoxic", "nothate", "nonhate"})


class Toxic:
    """A text classifier, e.g. unitary/toxic-bert."""

    def __init__(self, what: str) -> None:
        """Raises SettingsError for what cannot work; loads nothing yet."""
        self._classifier = Classifier("toxicity_model", what, toxic, "toxic")
        self.name = what

    def probabilities(self, texts: Sequence[str]) -> NDArray[np.float64]:
        """P(toxic) of each text."""
        return self._classifier.probabilities(texts)


def toxic(labels: Sequence[str]) -> list[int]:
    """The places of labels that say that a text attacks, by their names: models do not agree on the order."""
    said = [set(words_of(label)) for label in labels]
    return [place for place, words in enumerate(said) if words & _BAD and not words & _NOT]
