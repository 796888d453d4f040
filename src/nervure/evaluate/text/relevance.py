"""How far a passage is about a question, and whether it holds the kind of thing that was asked for."""

import re
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from nervure.evaluate.embeddings.embedder import Vectors, static
from nervure.evaluate.text.facts import dates, names, numbers
from nervure.evaluate.text.memory import remembered
from nervure.evaluate.text.words import FUNCTION_WORDS, Words, grams, is_content, words

FEATURES = (
    "overlap", "rare_overlap", "soft_overlap", "bigrams", "near", "meaning", "names_held", "typed", "untyped", "new_content",
    "length", "statement", "typed_overlap", "numbers_held", "precision", "verb",
)  # fmt: skip
_ASKING = frozenset(
    """what who whom whose which when where why how many much long far old often fast tall big large name kind type
    year date number do does did is are was were please tell me know explain describe list give""".split()  # noqa: SIM905
)
# What is asked for: the first pattern that fits. Kinds are those that `_held` finds.
KINDS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (kind, re.compile(pattern, re.IGNORECASE))
    for kind, pattern in (
        (
            "number",
            r"\bhow (?:many|much|far|long|old|tall|fast|big|large|deep|high|wide|often|heavy|hot|cold)\b|\bwhat (?:is|was|are|were)? ?(?:the )?(?:\w+ )?(?:number|amount|population|percentage|percent|price|cost|speed|height|length|size|age|rate|salary|weight|distance|temperature|score)\b|\bnumber of\b",
        ),
        (
            "date",
            r"\bwhen\b|\b(?:what|which|in what) (?:\w+ )?(?:year|date|day|month|century|time)\b|\bhow long ago\b|\bbirthda(?:y|te)\b|\bdate of\b",
        ),
        (
            "name",
            r"\bwho(?:m|se)?\b|\bwhere\b|\b(?:what|which) (?:\w+ ){0,3}(?:name|person|man|woman|president|author|city|country|state|company|team|actor|singer|place|town|organi[sz]ation|university|school|capital|river|island|group|band|movie|film|book|museum|airline|newspaper|leader|founder|nationality)\b|\b(?:name|headquarters|founder|capital|author) of\b|\bwhat (?:is|was) .{0,30}(?:called|named|name)\b",
        ),
        ("reason", r"\bwhy\b|\bhow come\b|\bwhat (?:is|was|are) the (?:reason|cause|purpose)\b|\bwhat caused?\b"),
        ("way", r"\bhow (?:do|does|did|can|could|to|should|would)\b"),
    )
)
_UNITS = re.compile(r"\d[\d,.]*\s*(?:-\s*)?(?:%|percent|miles?|km|kilomet\w+|met(?:er|re)s?|feet|foot|inch\w*|pounds?|kg|tons?|tonnes?|years?|months?|weeks?|days?|hours?|minutes?|seconds?|people|members?|dollars?|euros?|mph|degrees?|million|billion|thousand|times)|[$€£]\s?\d", re.IGNORECASE)  # fmt: skip
_REASON = re.compile(
    r"\b(?:because|since|due to|so that|in order to|caused by|as a result|reason|owing to|therefore|leads? to)\b",
    re.IGNORECASE,
)
_WAY = re.compile(
    r"\b(?:by|using|first|then|you can|step|through|with|click|open|go to|select|use|need to|should)\b", re.IGNORECASE
)


def asked_for(question: str) -> str:
    """number, date, name, reason, way, or "" when the question does not say."""
    return next((kind for kind, pattern in KINDS if pattern.search(question)), "")


@dataclass(frozen=True, slots=True)
class _Passage:
    """What of a passage does not depend on the question. vectors: (len(vocabulary), 256)."""

    said: Words
    stems: frozenset[str]
    content: tuple[str, ...]
    pairs: frozenset[tuple[str, ...]]
    vectors: Vectors
    vector: NDArray[np.float32]


@remembered(short=1024, long=16, most_chars=1000)
def _passage(text: str) -> _Passage:
    said = words(text)
    content = tuple(stemmed for word, stemmed in zip(said.lower, said.stems, strict=True) if is_content(word))
    told = [item for item, word in zip(said.stems, said.lower, strict=True) if word not in FUNCTION_WORDS]
    vocabulary = sorted({word for word in said.lower if is_content(word)})
    return _Passage(
        said,
        frozenset(said.stems),
        content,
        frozenset(grams(told, 2)),
        static().embed_words(vocabulary),
        static().embed([text])[0],
    )


@dataclass(frozen=True, slots=True)
class _Wish:
    """What of a question does not depend on the passage. counted: places of the words that are looked for."""

    asked: Words
    counted: list[int]
    rarity: NDArray[np.float64]
    kind: str
    wanted: frozenset[str]
    pairs: list[tuple[str, ...]]
    named: list[str]
    figures: list[str]
    last: list[int]
    vector: NDArray[np.float32]


@remembered(short=256, long=16)
def _wish(question: str) -> _Wish:
    asked = words(question)
    counted = [index for index, word in enumerate(asked.lower) if is_content(word) and word not in _ASKING]
    counted = (
        counted or [index for index, word in enumerate(asked.lower) if is_content(word)] or list(range(len(asked)))
    )
    return _Wish(
        asked,
        counted,
        rarity=np.array([_weight(asked.lower[index], question[asked.starts[index]]) for index in counted]),
        kind=asked_for(question),
        wanted=frozenset(asked.stems[index] for index in counted),
        pairs=grams([asked.stems[index] for index in counted], 2),
        named=[word for fact in names(question) for word in words(fact.text).lower],
        figures=[fact.key for fact in numbers(question)],
        last=[index for index in counted if not question[asked.starts[index]].isupper()][-2:],
        vector=static().embed([question])[0],
    )


@lru_cache(maxsize=256)
def relevance(question: str, passage: str) -> NDArray[np.float64]:
    """(len(FEATURES),), each within [0, 1]."""
    wish, given = _wish(question), _passage(passage)
    asked, counted, stems, content = wish.asked, wish.counted, given.stems, given.content
    if not counted or not len(given.said):
        return np.zeros(len(FEATURES))
    held = np.array([float(asked.stems[index] in stems) for index in counted])
    soft = _soft(asked, given, counted, held)
    kind, rarity, wanted, pairs, figures = wish.kind, wish.rarity, wish.wanted, wish.pairs, wish.figures
    typed = _held(kind, question, passage)
    overlap, weighted = float(held.mean()), float((held * rarity).sum() / rarity.sum())
    values = {
        "overlap": overlap,
        "rare_overlap": weighted,
        "soft_overlap": float((soft * rarity).sum() / rarity.sum()),
        "bigrams": sum(pair in given.pairs for pair in pairs) / len(pairs) if pairs else overlap,
        "near": _near(set(wanted & stems), given.said.stems, len(wanted)),
        "meaning": float(np.clip(wish.vector @ given.vector, 0, 1)),
        "names_held": sum(word in given.said.lower for word in wish.named) / len(wish.named) if wish.named else overlap,
        "typed": float(typed) if kind else 0.5,
        "untyped": float(not kind),
        "new_content": min(1.0, len(set(content) - wanted) / 8),
        "length": min(1.0, len(given.said) / 40),
        "statement": float(not passage.rstrip().endswith("?")),
        "typed_overlap": weighted * (float(typed) if kind else 0.5),
        "numbers_held": sum(key in {fact.key for fact in numbers(passage)} for key in figures) / len(figures)
        if figures
        else overlap,
        "precision": len([item for item in content if item in wanted]) / len(content) if content else 0.0,
        "verb": max((float(asked.stems[index] in stems) for index in wish.last), default=overlap),
    }
    return np.array([values[name] for name in FEATURES])


def _weight(word: str, initial: str) -> float:
    return (1.6 if initial.isupper() or initial.isdigit() else 1.0) * min(1.4, 0.5 + len(word) / 10)


def _soft(asked: Words, given: _Passage, counted: list[int], held: NDArray[np.float64]) -> NDArray[np.float64]:
    absent = [place for place in range(len(counted)) if not held[place]]
    out = held.copy()
    if absent and len(given.vectors):
        near = static().embed_words([asked.lower[counted[place]] for place in absent]) @ given.vectors.T
        out[absent] = np.clip(near.max(axis=1), 0, 0.9)
    return out


def _near(shared: set[str], stems: tuple[str, ...], wanted: int) -> float:
    """How close together the shared words stand: answers keep them in one clause."""
    places = [place for place, item in enumerate(stems) if item in shared]
    if len(shared) < 2:
        return 0.3 * len(shared) / max(1, wanted)
    best = len(stems)
    for first in range(len(places)):
        seen: set[str] = set()
        for place in places[first:]:
            seen.add(stems[place])
            if seen == shared:
                best = min(best, place - places[first] + 1)
                break
    return len(shared) / wanted * min(1.0, 2 * len(shared) / best)


def _held(kind: str, question: str, passage: str) -> float:
    """Whether the passage holds what was asked for, and not only because the question says it already."""
    if kind == "number":
        asked = {fact.key for fact in numbers(question)}
        found = [
            fact
            for fact in numbers(passage)
            if fact.key not in asked and not re.fullmatch(r"(?:1[5-9]|20)\d\d", fact.text)
        ]
        return 1.0 if found and _UNITS.search(passage) else 0.7 if found else 0.0
    if kind == "date":
        asked = {fact.key for fact in dates(question)}
        if any(fact.key not in asked for fact in dates(passage)):
            return 1.0
        return (
            0.4
            if re.search(
                r"\b(?:yesterday|today|tomorrow|ago|last|next|mon|tues|wednes|thurs|fri|satur|sun)(?:day)?\b|\d{2,4}s?\b",
                passage,
                re.IGNORECASE,
            )
            else 0.0
        )
    if kind == "name":
        asked = set(words(question).lower)
        return float(any(not set(words(fact.text).lower) <= asked for fact in names(passage)))
    if kind == "reason":
        return float(bool(_REASON.search(passage)))
    if kind == "way":
        return float(bool(_WAY.search(passage)))
    return 0.5
