"""All evaluators by name, and by any name their users know from elsewhere."""

import re
from collections.abc import Mapping
from functools import cache

from rapidfuzz import process

from nervure.base.errors import NotFound, SettingsError
from nervure.base.plugins import discover
from nervure.evaluate import evaluators as folder
from nervure.evaluate.evaluator import Evaluator

SUFFIXES = ("metric", "evaluator", "llmeval", "withcotreasons", "score", "scorer")


@cache
def evaluators() -> dict[str, Evaluator]:
    """Every evaluator by name. Raises SettingsError when two claim one name or alias."""
    found: dict[str, Evaluator] = discover(folder, "EVALUATOR")
    _names(found)
    return found


def get_evaluator(name: str) -> Evaluator:
    """By name or alias, however it is written: `AnswerRelevancy`, `answer_relevancy`, `answer-relevancy`.

    Raises NotFound with the nearest names.
    """
    found = evaluators()
    names = _names(found)
    known = known_name(name, names)
    if known is not None:
        return found[known]
    # Several aliases may lead to one evaluator.
    near = ", ".join(
        dict.fromkeys(names[match[0]] for match in process.extract(plain_name(name), list(names), limit=8))
    )
    raise NotFound(f"there is no evaluator {name!r}; near it: {near}. `nervure evaluate --list` names them all")


def plain_name(name: str) -> str:
    """Letters and digits in lower case: what makes two spellings of a name one."""
    return re.sub(r"[^a-z0-9]", "", name.lower())


def known_name(name: str, names: Mapping[str, str]) -> str | None:
    """What a name stands for, with or without the words that packages hang on it: `BiasMetric`, `relevance_with_cot_reasons`.

    names: plain names to what they stand for. None when there is none.
    """
    key = plain_name(name)
    # The whole name first: to some a suffix gives another meaning.
    spelled = (key, *(key.removesuffix(suffix) for suffix in SUFFIXES if key.endswith(suffix)))
    return next((names[one] for one in spelled if one in names), None)


def _names(found: dict[str, Evaluator]) -> dict[str, str]:
    names: dict[str, str] = {}
    for evaluator in found.values():
        # Several spellings of one name by the same evaluator are one name.
        for key in dict.fromkeys(plain_name(name) for name in (evaluator.name, *evaluator.aliases)):
            if key in names:
                raise SettingsError(f"evaluator {evaluator.name}: the name {key!r} belongs to {names[key]}")
            names[key] = evaluator.name
    return names
