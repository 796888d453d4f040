"""A sentence-transformers model on this machine, by its Hugging Face name or a folder."""

import threading
from collections.abc import Sequence
from typing import Any

import numpy as np

from nervure.base.settings import Settings
from nervure.evaluate.embeddings.contract import Embeddings, Vectors
from nervure.evaluate.embeddings.remembering import Remembering
from nervure.evaluate.local_models import Loaded, check_named

BATCH = 32


def open_model(what: str, settings: Settings) -> Remembering:
    """Raises SettingsError when no model is named, its folder is not there, or the package is not installed."""
    setting = f"embeddings = {settings.embeddings!r}"
    check_named(setting, what, "sentence-transformers:<name or folder>", ("sentence_transformers",))
    held = Loaded(setting, lambda: _load(what))
    # Tokenizers must not be used by two threads at once.
    lock = threading.Lock()

    def ask(texts: Sequence[str]) -> Vectors:
        model = held.get()
        with lock:
            found = model.encode(list(texts), batch_size=BATCH, convert_to_numpy=True, show_progress_bar=False)
        return np.asarray(found, np.float32)

    return Remembering(settings.embeddings, ask, 8 * BATCH, most_chars=settings.embeddings_max_chars)


def _load(what: str) -> Any:
    from sentence_transformers import SentenceTransformer  # seconds, paid only by those who embed

    return SentenceTransformer(what)


EMBEDDINGS = Embeddings(
    "sentence-transformers",
    "sentence-transformers:<name or folder>",
    "A model on this machine; needs `pip install 'nervure[models]'`.",
    open_model,
)
