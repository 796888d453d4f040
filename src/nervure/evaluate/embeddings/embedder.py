"""The embedder in use: what the settings name, or what a program says by `use`; otherwise the small model that ships."""

from dataclasses import dataclass
from functools import cache

from nervure.base.errors import SettingsError
from nervure.base.plugins import discover
from nervure.base.settings import Settings
from nervure.evaluate.embeddings import kinds as folder
from nervure.evaluate.embeddings.contract import Embedder, Embeddings, Vectors, cosine
from nervure.evaluate.embeddings.kinds.wordllama import StaticEmbedder, static

__all__ = ["Embedder", "StaticEmbedder", "Vectors", "cosine", "embedder", "kinds", "open_embedder", "static", "use"]


@dataclass(slots=True)
class _InForce:
    """Of this process. Evaluators are pure functions of an example: who embeds is not theirs to be told."""

    by_settings: Embedder | None = None
    by_program: Embedder | None = None


_in_force = _InForce()


@cache
def kinds() -> dict[str, Embeddings]:
    """Every way to embed, by name."""
    return discover(folder, "EMBEDDINGS")


def open_embedder(settings: Settings) -> Embedder:
    """What the setting `embeddings` names; it loads nothing yet. Raises SettingsError for what cannot work."""
    kind, _, what = settings.embeddings.partition(":")
    found = kinds().get(kind.strip())
    if found is None:
        forms = ", ".join(one.form for one in kinds().values())
        raise SettingsError(f"embeddings = {settings.embeddings!r} is no way to embed: write one of {forms}")
    return found.open(what.strip(), settings)


def set_by_settings(chosen: Embedder) -> None:
    """What the settings name, from now on in this process; see `nervure.evaluate.chosen`."""
    _in_force.by_settings = chosen


def use(chosen: Embedder | None) -> None:
    """Use another embedder for sentences in this process, whatever the settings say; None takes it back."""
    _in_force.by_program = chosen


def used() -> Embedder | None:
    """What `use` was told, if anything."""
    return _in_force.by_program


def embedder() -> Embedder:
    """The embedder that compares sentences and documents."""
    return _in_force.by_program or _in_force.by_settings or static()
