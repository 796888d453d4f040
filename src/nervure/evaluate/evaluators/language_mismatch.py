"""Does the answer come in the language of the question?"""

import math
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import py3langid

from nervure.evaluate.evaluator import Evaluator, Example, Result, Setting, nothing

_SCRIPTS = (("ja", r"[぀-ヿ]"), ("ko", r"[가-힯]"), ("zh", r"[㐀-鿿]"), ("ar", r"[؀-ۿ]"), ("he", r"[֐-׿]"), ("el", r"[Ͱ-Ͽ]"), ("th", r"[฀-๿]"), ("hi", r"[ऀ-ॿ]"))  # fmt: skip
_CODE = re.compile(r"```.*?```|`[^`]*`|https?://\S+", re.DOTALL)


@lru_cache(maxsize=1024)
def language(text: str) -> tuple[str, float]:
    """(ISO 639-1 code, how sure); "" for text too short to tell."""
    plain = _CODE.sub(" ", text)[:2000]
    letters = sum(character.isalpha() for character in plain)
    for code, pattern in _SCRIPTS:
        if letters and len(re.findall(pattern, plain)) > 0.3 * letters:
            return code, 1.0
    if letters < 20:
        return "", 0.0
    ranked = py3langid.rank(plain)
    scores = [float(score) for _, score in ranked]
    return str(ranked[0][0]), 1 / sum(math.exp(max(-700.0, score - scores[0])) for score in scores)


def run(example: Example, settings: Mapping[str, Any]) -> Result:
    """1 when both are in one language, or the output is in the language that `language` names."""
    output = example.output or ""
    found, sure = language(output)
    wanted, from_input = (settings["language"], 1.0) if settings["language"] else language(example.input or "")
    if not found or not wanted or min(sure, from_input) < settings["sure"]:
        return nothing("the texts are too short or too mixed to tell their language")
    same = found == wanted
    told = f"the output is {found}, {'as' if same else 'not'} {wanted} {'as set' if settings['language'] else 'of the input'}"
    return Result(float(same), "same" if same else "mismatch", told, details={"output": found, "wanted": wanted})


EVALUATOR = Evaluator(
    name="language_mismatch",
    summary="Is the answer in the language of the question, or in the one that is set?",
    aliases=("LanguageMismatch", "language_match", "LanguageSame", "language_consistency"),
    needs=("output",),
    optional=("input",),
    run=run,
    group="safety",
    detects="mismatch",
    blind="Texts of less than 20 letters, mixed languages, and requests for a translation, whose answer is rightly in another one.",
    threshold=0.5,
    threshold_why="The score is 0 or 1.",
    settings=(
        Setting("language", "", "ISO 639-1 code the output must be in; empty for that of the input."),
        Setting("sure", 0.8, "How sure the identification must be to count."),
    ),
)
