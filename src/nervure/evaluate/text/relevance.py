"""How far a passage is about a question, and whether it holds the kind of thing that was asked for."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from operator import itemgetter

import numpy as np
from numpy.typing import NDArray

from nervure.evaluate.embeddings.embedder import Vectors, static
from nervure.evaluate.text.facts import dates, names, numbers
from nervure.evaluate.text.memory import remembered
from nervure.evaluate.text.sentences import sentences
from nervure.evaluate.text.words import FUNCTION_WORDS, grams, words

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
_YEAR = re.compile(r"(?:1[5-9]|20)\d\d")
_DAY = re.compile(
    r"\b(?:yesterday|today|tomorrow|ago|last|next|mon|tues|wednes|thurs|fri|satur|sun)(?:day)?\b|\d{2,4}s?\b",
    re.IGNORECASE,
)
MOST_CHARACTERS, MOST_SENTENCES = 4000, 40


def asked_for(question: str) -> str:
    """number, date, name, reason, way, or "" when the question does not say."""
    return next((kind for kind, pattern in KINDS if pattern.search(question)), "")


@dataclass(frozen=True, slots=True)
class _Piece:
    """What of a text does not depend on the question.

    vocabulary: takes the places of its content words out of a row of its document's vocabulary; None without such words.
    """

    text: str
    lower: frozenset[str]
    stems: tuple[str, ...]
    content: tuple[str, ...]
    pairs: frozenset[tuple[str, ...]]
    vocabulary: Callable[[list[float]], tuple[float, ...]] | None
    is_statement: bool


@dataclass(frozen=True, slots=True)
class _Document:
    """A text as a whole and its sentences. vectors: (len(pieces), 256)."""

    pieces: tuple[_Piece, ...]
    vocabulary: tuple[str, ...]
    vectors: Vectors


@remembered(short=1024, long=16)
def _document(text: str) -> _Document:
    texts = list(dict.fromkeys([text[:MOST_CHARACTERS], *(piece.text for piece in sentences(text)[:MOST_SENTENCES])]))
    places: dict[str, int] = {}
    pieces = tuple(_piece(one, places) for one in texts)
    return _Document(pieces, tuple(places), static().embed(texts))


def _piece(text: str, places: dict[str, int]) -> _Piece:
    said = words(text)
    told = [item for item, word in zip(said.stems, said.lower, strict=True) if word not in FUNCTION_WORDS]
    found = [places.setdefault(word, len(places)) for word in dict.fromkeys([said.lower[at] for at in said.content])]
    return _Piece(
        text,
        frozenset(said.lower),
        said.stems,
        tuple([said.stems[place] for place in said.content]),
        frozenset(grams(told, 2)),
        # Twice the first: of a single place `itemgetter` would answer the bare value.
        itemgetter(found[0], *found) if found else None,
        is_statement=not text.rstrip().endswith("?"),
    )


@dataclass(frozen=True, slots=True)
class _Wish:
    """What of a question does not depend on the passage.

    stems, rarity, vectors: of the words that are looked for, weight: the sum of the rarities. figures, dates: keys of facts.
    """

    stems: tuple[str, ...]
    rarity: tuple[float, ...]
    weight: float
    kind: str
    wanted: frozenset[str]
    pairs: list[tuple[str, ...]]
    named: list[str]
    figures: list[str]
    last: list[str]
    lower: frozenset[str]
    dates: frozenset[str]
    vectors: Vectors
    vector: NDArray[np.float32]


@remembered(short=256, long=16)
def _wish(question: str) -> _Wish:
    asked = words(question)
    counted = [index for index in asked.content if asked.lower[index] not in _ASKING]
    counted = counted or list(asked.content) or list(range(len(asked)))
    stems = tuple([asked.stems[index] for index in counted])
    rarity = tuple([_weight(asked.lower[index], question[asked.starts[index]]) for index in counted])
    return _Wish(
        stems,
        rarity,
        weight=sum(rarity),
        kind=asked_for(question),
        wanted=frozenset(stems),
        pairs=grams(stems, 2),
        named=[word for fact in names(question) for word in words(fact.text).lower],
        figures=[fact.key for fact in numbers(question)],
        last=[asked.stems[index] for index in counted if not question[asked.starts[index]].isupper()][-2:],
        lower=frozenset(asked.lower),
        dates=frozenset(fact.key for fact in dates(question)),
        vectors=static().embed_words([asked.lower[index] for index in counted]),
        vector=static().embed([question])[0],
    )


@lru_cache(maxsize=256)
def relevance(question: str, passage: str) -> NDArray[np.float64]:
    """(pieces, len(FEATURES)), each within [0, 1]: of the passage as a whole, then of each of its sentences."""
    wish, given = _wish(question), _document(passage)
    if not wish.stems:
        return np.zeros((len(given.pieces), len(FEATURES)))
    near = (wish.vectors @ static().embed_words(given.vocabulary).T).tolist()
    meanings = (given.vectors @ wish.vector).tolist()
    return np.array([_features(wish, piece, near, one) for piece, one in zip(given.pieces, meanings, strict=True)])


def _features(wish: _Wish, piece: _Piece, near: list[list[float]], meaning: float) -> list[float]:
    """In the order of FEATURES. near: of each counted word to each of the document's vocabulary, in meaning."""
    held, content, size = piece.stems, piece.content, len(piece.stems)
    if not size:
        return [0.0] * len(FEATURES)
    shared = wish.wanted.intersection(held)
    overlap = weighted = soft = 0.0
    for item, weight, row in zip(wish.stems, wish.rarity, near, strict=True):
        if item in shared:
            overlap += 1.0
            weighted += weight
            soft += weight
        elif piece.vocabulary:
            nearest = max(piece.vocabulary(row))
            soft += weight * (0.9 if nearest > 0.9 else nearest if nearest > 0 else 0.0)
    overlap, weighted, soft = overlap / len(wish.stems), weighted / wish.weight, soft / wish.weight
    typed = _held(wish, piece)
    pairs, named, figures = wish.pairs, wish.named, wish.figures
    answered = typed if wish.kind else 0.5
    return [
        overlap,
        weighted,
        soft,
        sum(pair in piece.pairs for pair in pairs) / len(pairs) if pairs else overlap,
        _near(shared, held, len(wish.wanted)),
        min(1.0, max(0.0, meaning)),
        sum(word in piece.lower for word in named) / len(named) if named else overlap,
        answered,
        float(not wish.kind),
        min(1.0, len(set(content) - wish.wanted) / 8),
        min(1.0, size / 40),
        float(piece.is_statement),
        weighted * answered,
        sum(key in {fact.key for fact in numbers(piece.text)} for key in figures) / len(figures)
        if figures
        else overlap,
        sum([item in shared for item in content]) / len(content) if content else 0.0,
        (float(any(item in shared for item in wish.last)) if wish.last else overlap),
    ]


def _weight(word: str, initial: str) -> float:
    return (1.6 if initial.isupper() or initial.isdigit() else 1.0) * min(1.4, 0.5 + len(word) / 10)


def _near(shared: frozenset[str], stems: tuple[str, ...], wanted: int) -> float:
    """How close together the shared words stand: answers keep them in one clause."""
    if len(shared) < 2:
        return 0.3 * len(shared) / max(1, wanted)
    # The shortest stretch that holds all of them: as the last one of each moves on, so does where the stretch begins.
    best, last = len(stems), dict.fromkeys(shared, -1)
    for place, item in enumerate(stems):
        if item in shared:
            last[item] = place
            first = min(last.values())
            if first >= 0:
                best = min(best, place - first + 1)
    return len(shared) / wanted * min(1.0, 2 * len(shared) / best)


def _held(wish: _Wish, piece: _Piece) -> float:
    """Whether the passage holds what was asked for, and not only because the question says it already."""
    passage = piece.text
    if wish.kind == "number":
        found = [fact for fact in numbers(passage) if fact.key not in wish.figures and not _YEAR.fullmatch(fact.text)]
        return 1.0 if found and _UNITS.search(passage) else 0.7 if found else 0.0
    if wish.kind == "date":
        if any(fact.key not in wish.dates for fact in dates(passage)):
            return 1.0
        return 0.4 if _DAY.search(passage) else 0.0
    if wish.kind == "name":
        return float(any(not wish.lower.issuperset(words(fact.text).lower) for fact in names(passage)))
    if wish.kind == "reason":
        return float(bool(_REASON.search(passage)))
    if wish.kind == "way":
        return float(bool(_WAY.search(passage)))
    return 0.5
