"""A sequence classifier of the transformers library, by its Hugging Face name or a folder."""

import re
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nervure.base.errors import SettingsError
from nervure.evaluate.local_models import Loaded, check_named

BATCH = 16
# Models without a limit of their own state an absurd one; beyond this the cost grows with the square.
MOST_TOKENS = 512
PACKAGES = ("torch", "transformers")


@dataclass(frozen=True, slots=True)
class _Model:
    """labels: by index, as the model's id2label says. several: whether labels do not exclude each other."""

    network: Any
    tokenizer: Any
    labels: tuple[str, ...]
    several: bool
    tokens: int
    device: str


class Classifier:
    """setting: its name, e.g. `nli_model`. what: the model. pick: indices of the labels that count. Thread-safe."""

    def __init__(self, setting: str, what: str, pick: Callable[[Sequence[str]], list[int]], wanted: str) -> None:
        """wanted: what `pick` looks for, for the message when it finds none. Raises SettingsError; loads nothing yet."""
        told = f"{setting} = {what!r}"
        check_named(told, what, "a Hugging Face name or a folder", PACKAGES)
        self.name, self._pick = what, pick
        self._held = Loaded(told, lambda: self._load(what, wanted))
        # Tokenizers must not be used by two threads at once.
        self._lock = threading.Lock()

    def probabilities(self, texts: Sequence[str] | Sequence[tuple[str, str]]) -> NDArray[np.float64]:
        """P(one of the labels that count) of each text or pair; of a model whose labels exclude each other their sum,
        else the greatest. Longer texts are cut to the model's length. Raises SettingsError when it cannot be loaded.
        """
        model, places = self._held.get()
        found: list[float] = []
        with self._lock:
            for first in range(0, len(texts), BATCH):
                found += _of(model, places, texts[first : first + BATCH])
        return np.array(found, np.float64)

    def _load(self, what: str, wanted: str) -> tuple[_Model, list[int]]:
        model = _load(str(Path(what).expanduser()) if what.startswith("~") else what)
        places = self._pick(model.labels)
        if not places:
            raise SettingsError(
                f"none of its labels is {wanted}: {', '.join(model.labels)} (id2label of its config.json)"
            )
        return model, places


def words_of(label: str) -> list[str]:
    """A label's words in lower case: `NOT_ENTAILMENT`, `not-entailment` and `notEntailment` are the same."""
    return re.findall(r"[a-z]+", re.sub(r"(?<=[a-z])(?=[A-Z])", " ", label).lower())


def _load(what: str) -> _Model:
    import torch  # seconds, paid only by those who name a model
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(what)
    network = AutoModelForSequenceClassification.from_pretrained(what)
    network.eval()
    device = "cuda" if torch.cuda.is_available() else "cpu"
    network.to(device)
    names = {int(place): str(name) for place, name in network.config.id2label.items()}
    labels = tuple(names[place] for place in sorted(names))
    several = network.config.problem_type == "multi_label_classification" or len(labels) == 1
    places = int(getattr(network.config, "max_position_embeddings", None) or MOST_TOKENS)
    tokens = min(MOST_TOKENS, int(tokenizer.model_max_length), places)
    return _Model(network, tokenizer, labels, several, tokens, device)


def _of(model: _Model, places: list[int], texts: Sequence[Any]) -> list[float]:
    import torch

    sides = zip(*texts, strict=True) if isinstance(texts[0], tuple) else (texts,)
    # Halves of characters, which JSON may hold, are nothing to a tokenizer.
    pairs = [[text.encode("utf-8", "replace").decode() for text in side] for side in sides]
    given = model.tokenizer(*pairs, padding=True, truncation=True, max_length=model.tokens, return_tensors="pt")
    with torch.inference_mode():
        logits = model.network(**given.to(model.device)).logits.double()
    if model.several:
        return [float(one) for one in torch.sigmoid(logits)[:, places].amax(dim=1)]
    return [float(one) for one in torch.softmax(logits, dim=1)[:, places].sum(dim=1)]
