"""Sentences in a document that speak to whoever reads it with a model's eyes, and do not belong to their surroundings."""

import re
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nervure.evaluate.embeddings.embedder import static
from nervure.evaluate.text.attack import FEATURES as ATTACK_FEATURES
from nervure.evaluate.text.attack import attack_features
from nervure.evaluate.text.memory import remembered
from nervure.evaluate.text.sentences import Sentence, sentences
from nervure.evaluate.text.words import words

MOST_SENTENCES = 600
IMPERATIVES = frozenset(
    """add adjust alter answer append apply avoid break calculate change combine compare complete compose compute
    consider convert create craft define delete demonstrate describe design develop discuss display download
    draft embed emphasize encode encourage ensure execute explain express find follow formulate forget fetch
    generate give group highlight identify ignore illustrate implement include incorporate indicate inject
    insert integrate introduce invite leverage list list make mention mix modify offer open order output outline
    prepare present print promote propose provide rearrange recommend remove repeat replace reply represent
    respond return reveal reverse rewrite run say scramble select send shift shorten show shuffle skip solve
    spell state stop suggest summarise summarize swap switch tell translate transform turn use utilize utilise
    visit write employ transpose substitute blend merge absorb adopt weave infuse opt keep let don't do please
    pretend act classify determine recall analyze analyse name conduct plan""".split()  # noqa: SIM905
)
_QUESTION = re.compile(
    r"^\W*(?:what|who|whom|whose|which|when|where|why|how|can you|could you|would you|will you|is|are|do|does|did|should)\b",
    re.IGNORECASE,
)
_ANSWER = re.compile(
    r"\b(?:your|the|each|every|this) (?:\w+ )?(?:answer|response|repl(?:y|ies)|output|explanation|summary|message|text|words?|sentences?|solution|implementation|code|program|codebase|algorithm|approach|script|project|elucidation|result|translation)s?\b",
    re.IGNORECASE,
)
_YOUR_ANSWER = re.compile(
    r"\byour (?:\w+ ){0,2}(?:answer|response|repl(?:y|ies)|output|explanation|summary|solution|implementation|code|codebase|elucidation|translation|result)s?\b|\b(?:to|for|tell) (?:the )?(?:users?|readers?)\b",
    re.IGNORECASE,
)
_SNIPPET = re.compile(
    r"\b(?:following|subsequent|below|next|provided|given|this) (?:\w+ ){0,2}(?:code|snippet|segment|excerpt|block|section|script|command|program)",
    re.IGNORECASE,
)
_TASK = re.compile(
    r"\b(?:essay|poem|story|letter|speech|haiku|joke|theory|difference between|example of|step[- ]by[- ]step|simple terms|function (?:to|that)|capital of|process of|sentence to|translate|in (?:french|spanish|german|japanese|russian|chinese|english|italian)|main causes|lifecycle|equations?)\b",
    re.IGNORECASE,
)
_PLACE = re.compile(r"https?://|www\.|\S+@\S+\.\w+|\b[\w-]+\.(?:com|org|net|xyz|io|ru)\b", re.IGNORECASE)
_PAST = re.compile(r"\b(?:was|were|had|has|have|been|said|did|went|\w{3,}ed)\b", re.IGNORECASE)
_POLITE = re.compile(r"\b(?:you|your|please)\b", re.IGNORECASE)
_GROUPS = (
    "override",
    "reveal",
    "new_orders",
    "obey",
    "say_exactly",
    "begin_with",
    "persona",
    "fake_turn",
    "send_out",
    "to_reader",
    "to_model",
    "secrets",
    "limitless",
    "named",
    "decode",
    "hidden_blob",
    "urgent",
    "families",
    "invisible",
)
_PLACES = [ATTACK_FEATURES.index(name) for name in _GROUPS]
FEATURES = (*_GROUPS, "imperative", "question", "about_answer", "about_your_answer", "snippet", "task", "address", "past", "you", "short", "misfit", "alone", "not_a_row", "edge", "imperative_misfit", "question_misfit", "stands_out")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Planted:
    """pieces: the sentences of the document; features: (len(pieces), len(FEATURES))."""

    pieces: tuple[Sentence, ...]
    features: NDArray[np.float64]


@remembered(short=1024, long=16, most_chars=4000)
def planted(document: str) -> Planted:
    """Each sentence held against the rest of its document."""
    pieces = sentences(document)[:MOST_SENTENCES]
    if not pieces:
        return Planted((), np.zeros((0, len(FEATURES))))
    vectors = static().embed([piece.text[:600] for piece in pieces])
    alike = vectors @ vectors.T
    np.fill_diagonal(alike, -1)
    nearest = (alike.max(axis=1) if len(pieces) > 1 else np.full(1, 0.5)).tolist()
    total = vectors.sum(axis=0)
    rest = total - vectors
    rest /= np.maximum(np.linalg.norm(rest, axis=1, keepdims=True), 1e-9)
    fits = (vectors * rest).sum(axis=1) if len(pieces) > 1 else np.full(1, 0.5)
    fit = fits.tolist()
    rows = sum(piece.text.count("|") >= 2 for piece in pieces) / len(pieces)
    features = [
        _sentence(
            piece.text,
            place,
            len(pieces),
            1 - min(1.0, max(0.0, fit[place])),
            1 - min(1.0, max(0.0, nearest[place])),
            rows,
        )
        for place, piece in enumerate(pieces)
    ]
    table = np.array(features)
    # An order among orders, a question among questions, is what such a document is made of.
    for name in ("imperative", "question"):
        column = FEATURES.index(name)
        asked = table[:, column]
        others = (asked.sum() - asked) / max(1, len(pieces) - 1)
        table[:, column] = asked * (1 - np.minimum(1, 2 * others))
        table[:, FEATURES.index(f"{name}_misfit")] *= 1 - np.minimum(1, 2 * others)
    gaps = 1 - fits
    spread = gaps.std() + 0.1
    ordered = np.sort(gaps)
    middle = (ordered[(len(gaps) - 1) // 2] + ordered[len(gaps) // 2]) / 2
    table[:, -1] = np.clip((gaps - middle) / spread / 4, 0, 1)
    return Planted(pieces, table)


def _sentence(text: str, place: int, count: int, misfit: float, alone: float, rows: float) -> list[float]:
    lower = words(text).lower
    begins = [
        word
        for word in lower[:3]
        if word not in ("to", "also", "then", "now", "next", "and", "finally", "proceed", "kindly", "seamlessly")
    ]
    imperative = float(bool(begins) and begins[0] in IMPERATIVES)
    question = float(bool(_QUESTION.search(text)) or text.rstrip().endswith("?"))
    attack = attack_features(text[:2000])[_PLACES]
    return [
        *attack, imperative, question, float(bool(_ANSWER.search(text))), float(bool(_YOUR_ANSWER.search(text))),
        float(bool(_SNIPPET.search(text))), float(bool(_TASK.search(text))), float(bool(_PLACE.search(text))), float(bool(_PAST.search(text))),
        float(bool(_POLITE.search(text))), float(len(lower) <= 3), misfit, alone, rows * float("|" not in text), float(place in (0, count - 1)),
        imperative * misfit, question * misfit, 0.0,
    ]  # fmt: skip
