"""Does the input try to overrule the application's own instructions?"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nervure.evaluate.embeddings.embedder import static
from nervure.evaluate.evaluator import INPUT_FIRST, Evaluator, Example, Mark, Result, nothing
from nervure.evaluate.models import linear
from nervure.evaluate.text.attack import attack_features, found_in
from nervure.evaluate.text.hashed import hashed_grams
from nervure.evaluate.text.sentences import sentences

# Of the text's meaning and spelling; patterns are looked for further.
MOST_CHARACTERS = 8000


def features(text: str) -> NDArray[np.float64]:
    """Patterns and form, then meaning. Spelling comes beside it, as buckets of `hashed_grams` of the same beginning."""
    return np.concatenate([attack_features(text), static().embed([text[:MOST_CHARACTERS]])[0]])


def attack_probability(text: str) -> float:
    """P(the text attacks), of the text as a whole."""
    return linear("prompt_injection").probability(features(text), hashed_grams(text[:MOST_CHARACTERS]))


def run(example: Example, settings: Mapping[str, Any]) -> Result:
    """1 - P(attack); sentences with patterns of attacks are marked."""
    field = settings["field"]
    text = (example.input if field == "input" else example.output) or ""
    if not text.strip():
        return nothing(f"the {field} is empty")
    risk = attack_probability(text)
    score = 1 - risk
    attacked = score < settings["threshold"]
    found = sorted(found_in(text))
    marks = []
    if attacked:
        for piece in sentences(text)[:100]:
            own = set(found_in(piece.text)) - {"to_model", "confirm", "urgent", "harm", "purpose"}
            if own:
                marks.append(Mark(piece.start, piece.end, ", ".join(sorted(own)), field))
        marks = marks or [Mark(0, len(text), "attack", field)]
    told = f"{risk:.0%} sure of an attack" + (
        f"; patterns: {', '.join(found[:6])}" if found else "; no pattern of an attack, judged by meaning and form"
    )
    return Result(
        score, "injection" if attacked else "clean", told, tuple(marks), {"patterns": found, "risk": round(risk, 4)}
    )


EVALUATOR = Evaluator(
    name="prompt_injection",
    summary="Does the input try to overrule the application's instructions, or to get at them?",
    aliases=("PromptInjection", "PromptInjectionScanner", "injection", "direct_injection", "instruction_override"),
    needs=(),
    optional=("input", "output"),
    settings=(INPUT_FIRST,),
    run=run,
    group="safety",
    detects="injection",
    blind="Attacks over several turns, attacks in languages other than English beyond a few set phrases, attacks inside "
    "documents (see indirect_injection). Detectors of this kind lose much on attacks unlike those they were fitted on.",
    threshold=0.5,
    threshold_why="Even odds; about 2 % of ordinary questions fall below it.",
    default=True,
)
