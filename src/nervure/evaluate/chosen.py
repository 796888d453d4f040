"""Which models the settings chose for this process: the embeddings, and judges of entailment and toxicity if any."""

import pickle
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from nervure.base.errors import BadInput, NervureError
from nervure.base.settings import Settings
from nervure.evaluate.classifiers.nli import Nli
from nervure.evaluate.classifiers.toxic import Toxic
from nervure.evaluate.embeddings.contract import Embedder
from nervure.evaluate.embeddings.embedder import embedder, open_embedder, set_by_settings, static, use, used
from nervure.evaluate.embeddings.spend import Ledger, Meter, Place, book_in, place
from nervure.evaluate.evaluator import Evaluator

# A worker gets them from its server.
MODEL_SETTINGS = (
    "embeddings", "embeddings_url", "embeddings_key", "embeddings_timeout_s", "embeddings_batch", "embeddings_max_chars",
    "embeddings_usd_per_day", "embeddings_usd_per_million", "nli_model", "toxicity_model",
)  # fmt: skip


@dataclass(slots=True)
class _Chosen:
    settings: Settings | None = None
    nli: Nli | None = None
    toxic: Toxic | None = None


_chosen = _Chosen()


def choose(settings: Settings) -> None:
    """Put in force what the settings name, in this process; models are loaded when they are first needed.

    Raises SettingsError for what cannot work: a package that is not installed, a folder or an address that is missing.
    """
    found = open_embedder(settings)
    nli = Nli(settings.nli_model) if settings.nli_model else None
    toxic = Toxic(settings.toxicity_model) if settings.toxicity_model else None
    set_by_settings(found)
    _chosen.settings, _chosen.nli, _chosen.toxic = settings, nli, toxic


def charge_to(ledger: Ledger | Place | None) -> None:
    """Books there what the embeddings in force cost, in this process. None: nowhere.

    Raises SettingsError when the settings limit it and no price is known.
    """
    book_in(ledger)
    found = meter()
    if found is not None and ledger is not None:
        found.check()


def meter() -> Meter | None:
    """Of the embedder in force, None for one that costs nothing."""
    found = getattr(embedder(), "meter", None)
    return found if isinstance(found, Meter) else None


def nli() -> Nli | None:
    """The judge of entailment, None for the weights that ship."""
    return _chosen.nli


def toxic_model() -> Toxic | None:
    """The judge of toxicity, None for the weights that ship."""
    return _chosen.toxic


def version_of(evaluator: Evaluator) -> str:
    """The evaluator's version, and behind a + the models in its stead: scores of different ones cannot be compared."""
    names = {
        "embeddings": "" if embedder() is static() else embedder().name,
        "nli": _chosen.nli.name if _chosen.nli else "",
        "toxicity": _chosen.toxic.name if _chosen.toxic else "",
    } if evaluator.uses else {}  # fmt: skip
    return "+".join([evaluator.version, *(names[use] for use in evaluator.uses if names[use])])


def waits(evaluator: Evaluator) -> bool:
    """Whether it spends its time waiting for an answer from elsewhere, so that several may wait at once."""
    return "embeddings" in evaluator.uses and getattr(embedder(), "at_once", 1) > 1


def handed_on() -> tuple[Settings | None, Embedder | None, Place | None]:
    """What another process must `take_over` to score as this one does. Raises BadInput when it cannot be handed on."""
    try:
        pickle.dumps(used())
    except (pickle.PicklingError, TypeError, AttributeError) as error:
        raise BadInput(
            f"the embedder given to `use` cannot be handed to other processes ({error}): score with workers=1, or name it"
            " by the setting embeddings"
        ) from error
    return _chosen.settings, used(), place()


def take_over(settings: Settings | None, by_program: Embedder | None, books: Place | None = None) -> None:
    """Puts in force what another process was using."""
    if settings is not None:
        choose(settings)
    use(by_program)
    book_in(books)


def tried() -> Iterator[tuple[str, bool, str]]:
    """Each model in force, asked one small question: (what it is for, whether it answered, in words)."""
    yield _tried("embeddings", embedder().name, lambda: f"{embedder().embed(['text']).shape[1]} dimensions")
    nli, toxic = _chosen.nli, _chosen.toxic
    if nli is not None:
        question = [("It rains.", "It rains.")]
        yield _tried(
            "nli_model", nli.name, lambda: f"P(entailment) of a repetition is {nli.entailment(question)[0]:.2f}"
        )
    if toxic is not None:
        yield _tried(
            "toxicity_model", toxic.name, lambda: f"P(toxic) of a greeting is {toxic.probabilities(['Hello.'])[0]:.2f}"
        )


def try_for(evaluators: Iterable[Evaluator]) -> None:
    """Raises what the models in force of these evaluators raise when asked: before a long run, not in each of its rows."""
    wanted = {use for one in evaluators for use in one.uses}
    if "embeddings" in wanted:
        embedder().embed(["text"])
    if "nli" in wanted and _chosen.nli is not None:
        _chosen.nli.entailment([("It rains.", "It rains.")])
    if "toxicity" in wanted and _chosen.toxic is not None:
        _chosen.toxic.probabilities(["Hello."])


def _tried(what: str, name: str, ask: Callable[[], str]) -> tuple[str, bool, str]:
    try:
        return what, True, f"{name}: {ask()}"
    except NervureError as error:
        return what, False, f"{name} does not answer: {error}"
