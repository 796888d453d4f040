"""How far a text says what passages say: the evidence behind groundedness, as numbers between 0 and 1.

Everything counted here is bounded and grows with support, so that a model over it can be held monotone: more support
never lowers a score. That, and not cleverness, is what carries over to texts of another kind.
"""

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from heapq import nlargest
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from nervure.evaluate.embeddings.embedder import Vectors, static
from nervure.evaluate.text.contrast import NEGATIONS, opposite_of
from nervure.evaluate.text.facts import date_agrees, dates, names, numbers
from nervure.evaluate.text.memory import remembered
from nervure.evaluate.text.sentences import Sentence, sentences
from nervure.evaluate.text.words import FUNCTION_WORDS, Words, grams, stem, words

Matrix = NDArray[np.float64]
# Words so far apart still count as following each other.
FAR = 4
SPEAKER = frozenset(
    """i i'm i've i'd i'll my me mine myself we we're we've our us you your you're do""".split()  # noqa: SIM905
)
CLAUSE_OPENERS = frozenset(
    """and but or while whereas although though because since if when after before who which that whose as""".split()  # noqa: SIM905
)
FEATURES = (
    "words", "content", "rare", "bigrams", "trigrams", "soft", "sequence", "best_sentence", "window", "whole_runs",
    "numbers", "names", "polarity", "opposites", "speaker", "question", "order", "meaning", "tail",
    "forward", "clause", "gap", "pairs",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Document:
    """What one passage holds. postings: for each stem the sentences that hold it; vectors: (len(sentences), 256)."""

    sentences: tuple[Sentence, ...]
    sentence_stems: tuple[tuple[str, ...], ...]
    lower: frozenset[str]
    stems: frozenset[str]
    bigrams: frozenset[tuple[str, ...]]
    trigrams: frozenset[tuple[str, ...]]
    followers: frozenset[tuple[str, ...]]
    postings: dict[str, list[int]]
    numbers: frozenset[str]
    dates: tuple[str, ...]
    negated: tuple[bool, ...]
    breaks: tuple[tuple[int, ...], ...]
    vocabulary: tuple[str, ...]
    vectors: Vectors


# Few long ones are kept: they take megabytes.
@remembered(short=512, long=16)
def _document(content: str) -> _Document:
    pieces = sentences(content)
    found = [words(piece.text) for piece in pieces]
    stems = tuple(one.stems for one in found)
    vocabulary = {one.lower[place]: None for one in found for place in one.content}
    return _Document(
        sentences=pieces,
        sentence_stems=stems,
        lower=frozenset().union(*(one.lower for one in found)),
        stems=frozenset().union(*stems),
        bigrams=frozenset().union(*(grams(one, 2) for one in stems)),
        trigrams=frozenset().union(*(grams(one, 3) for one in stems)),
        followers=frozenset().union(*(zip(one, one[gap:], strict=False) for one in stems for gap in range(1, FAR + 1))),
        postings=_postings(stems),
        numbers=frozenset(fact.key for fact in numbers(content)),
        dates=tuple(dict.fromkeys(fact.key for fact in dates(content))),
        negated=tuple(_is_negated(one.lower) for one in found),
        breaks=tuple(_clauses(piece.text, one) for piece, one in zip(pieces, found, strict=True)),
        vocabulary=tuple(word for word in vocabulary if not word[0].isdigit()),
        vectors=static().embed([piece.text for piece in pieces]),
    )


@dataclass(frozen=True)
class Passages:
    """What passages hold together, prepared once for all sentences that are held against them.

    sentences and what belongs to them: of all passages, in order; owners: the passage of each; firsts: the place of each
    passage's first.
    """

    documents: tuple[_Document, ...]

    @cached_property
    def sentences(self) -> list[Sentence]:
        return [piece for one in self.documents for piece in one.sentences]

    @cached_property
    def owners(self) -> list[int]:
        return [owner for owner, one in enumerate(self.documents) for _ in one.sentences]

    @cached_property
    def sentence_stems(self) -> list[tuple[str, ...]]:
        return [stems for one in self.documents for stems in one.sentence_stems]

    @cached_property
    def negated(self) -> list[bool]:
        return [negated for one in self.documents for negated in one.negated]

    @cached_property
    def breaks(self) -> list[tuple[int, ...]]:
        return [breaks for one in self.documents for breaks in one.breaks]

    @cached_property
    def lower(self) -> frozenset[str]:
        return frozenset().union(*(one.lower for one in self.documents))

    @cached_property
    def stems(self) -> frozenset[str]:
        return frozenset().union(*(one.stems for one in self.documents))

    @cached_property
    def numbers(self) -> frozenset[str]:
        return frozenset().union(*(one.numbers for one in self.documents))

    @cached_property
    def dates(self) -> list[str]:
        return list(dict.fromkeys(key for one in self.documents for key in one.dates))

    @cached_property
    def vocabulary(self) -> Vectors:
        """(different content words, 256)."""
        return static().embed_words(list(dict.fromkeys(word for one in self.documents for word in one.vocabulary)))

    @cached_property
    def sentence_vectors(self) -> Vectors:
        return np.concatenate([one.vectors for one in self.documents]) if self.documents else static().embed([])

    def held(self, kind: Literal["bigrams", "trigrams", "followers"], parts: Collection[tuple[str, ...]]) -> list[bool]:
        """For each of the parts whether a passage holds it. Uniting those of all passages would cost more than the look."""
        wanted = frozenset(parts)
        found = frozenset().union(*(wanted & getattr(one, kind) for one in self.documents))
        return [part in found for part in parts]

    def overlaps(self, wanted: Sequence[str]) -> list[int]:
        """For each sentence how many of these stems it holds."""
        counts, first = [0] * len(self.sentences), 0
        for one in self.documents:
            for item in wanted:
                for place in one.postings.get(item, ()):
                    counts[first + place] += 1
            first += len(one.sentences)
        return counts


@lru_cache(maxsize=32)
def passages(contents: tuple[str, ...]) -> Passages:
    """Prepare passages. Remembered, because the sentences of an answer share them."""
    return Passages(tuple(_document(content) for content in contents))


def _postings(stems: tuple[tuple[str, ...], ...]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for number, one in enumerate(stems):
        for item in dict.fromkeys(one):
            found.setdefault(item, []).append(number)
    return found


def _is_negated(lower: Sequence[str]) -> bool:
    return not NEGATIONS.isdisjoint(lower) or any(word.endswith("n't") for word in lower)


def _clauses(sentence: str, said: Words) -> tuple[int, ...]:
    """For each word the number of its clause: a comma, bracket or conjunction begins another."""
    clause, out, end = 0, [], 0
    for word, start, stop in zip(said.lower, said.starts, said.ends, strict=True):
        if any(character in ',;:()–—"' for character in sentence[end:start]) or word in CLAUSE_OPENERS:
            clause += 1
        out.append(clause)
        end = stop
    return tuple(out)


@dataclass(frozen=True, slots=True)
class Support:
    """features: in the order of FEATURES. best: index of the nearest sentence of the passages, -1 without one.

    missing: character ranges, within the sentence, of words that the passages do not hold.
    """

    features: Matrix
    best: int
    missing: tuple[tuple[int, int], ...]
    weight: int


def support(sentence: str, given: Passages) -> Support:
    """Hold one sentence, or a whole answer taken as one, against the passages."""
    said = words(sentence)
    if not len(said):
        return Support(np.ones(len(FEATURES)), -1, (), 0)
    counted = said.content or tuple(range(len(said)))
    stems, known = said.stems, given.stems
    present = [stemmed in known for stemmed in stems]
    softness = _softness(said, counted, present, given)
    rarity = [_rarity(said.lower[index]) for index in counted]
    held = [present[index] for index in counted]
    best, coverage, longest = _best_sentence(stems, counted, given)
    bigrams = given.held("bigrams", grams(stems, 2))
    figures, named = _facts(sentence, given)
    values = (
        sum(present) / len(present),
        sum(held) / len(held),
        sum(weight for weight, holds in zip(rarity, held, strict=True) if holds) / sum(rarity),
        _share(bigrams),
        _share(given.held("trigrams", grams(stems, 3))),
        sum(soft * weight for soft, weight in zip(softness, rarity, strict=True)) / sum(rarity),
        longest,
        coverage,
        _window(stems, counted, given, best),
        _runs(len(stems), bigrams),
        figures,
        named,
        _polarity(said.lower, given, best),
        _opposites(said, present, given),
        _speaker(said, given),
        0.0 if sentence.rstrip().endswith("?") else 1.0,
        _share(given.held("followers", _followers(stems, counted))),
        _meaning(sentence, given),
        min(softness),
        *_structure(stems, counted, given, best),
    )
    missing = tuple(
        (said.starts[index], said.ends[index])
        for place, index in enumerate(counted)
        if not present[index] and softness[place] < 0.6
    )
    return Support(np.array(values), best, missing, len(counted))


def _share(held: list[bool]) -> float:
    return sum(held) / len(held) if held else 1.0


def _followers(stems: tuple[str, ...], counted: Sequence[int]) -> list[tuple[str, ...]]:
    """Each counted word with the counted ones that follow it within FAR words."""
    return [
        (stems[index], stems[other])
        for place, index in enumerate(counted)
        for other in counted[place + 1 : place + 1 + FAR]
        if other <= index + FAR
    ]


@lru_cache(maxsize=100_000)
def _rarity(word: str) -> float:
    # Long words and numbers say more. Counting words over a corpus would tie the weight to that corpus.
    return 1.5 if word[0].isdigit() else min(1.5, 0.5 + len(word) / 10)


def _softness(said: Words, counted: Sequence[int], present: list[bool], given: Passages) -> list[float]:
    """For each counted word 1 if present, else how near its nearest word of the passages is in spelling or meaning."""
    out = [1.0 if present[index] else 0.0 for index in counted]
    spoken = [place for place, index in enumerate(counted) if not present[index] and not said.lower[index][0].isdigit()]
    if spoken and len(given.vocabulary):
        near = static().embed_words([said.lower[counted[place]] for place in spoken]) @ given.vocabulary.T
        for place, nearest in zip(spoken, near.max(axis=1).tolist(), strict=True):
            out[place] = min(0.9, max(0.0, nearest))
    return out


def _best_sentence(stems: tuple[str, ...], counted: Sequence[int], given: Passages) -> tuple[int, float, float]:
    """(index, share of the counted words it holds, share of all words in the longest common subsequence with it)."""
    if not given.sentences:
        return -1, 0.0, 0.0
    overlaps = given.overlaps([stems[index] for index in counted])
    order = nlargest(3, range(len(overlaps)), key=overlaps.__getitem__)
    masks: dict[str, int] = {}
    for place, item in enumerate(stems):
        masks[item] = masks.get(item, 0) | 1 << place
    common = {index: _common(masks, len(stems), given.sentence_stems[index]) for index in order}
    best = max(order, key=lambda index: (overlaps[index], common[index]))
    return best, overlaps[best] / len(counted), max(common.values()) / len(stems)


def _common(masks: dict[str, int], size: int, other: tuple[str, ...]) -> int:
    # Bit-parallel longest common subsequence (Hyyro 2004): documents hold thousands of words. masks: places of each stem.
    row = full = (1 << size) - 1
    for item in other:
        hit = row & masks.get(item, 0)
        if hit:
            row = ((row + hit) | (row - hit)) & full
    return size - row.bit_count()


def _window(stems: tuple[str, ...], counted: Sequence[int], given: Passages, best: int) -> float:
    if best < 0:
        return 0.0
    near = set().union(*given.sentence_stems[max(0, best - 1) : best + 2])
    return sum([stems[index] in near for index in counted]) / len(counted)


def _runs(size: int, bigrams: list[bool]) -> float:
    """1 when the sentence is one run of the passages, lower the more pieces it must be put together from."""
    return 1 - math.log1p(bigrams.count(False)) / math.log1p(max(1, size))


def _facts(sentence: str, given: Passages) -> tuple[float, float]:
    """Less than 1 for numbers and dates, and for names, that the passages do not hold."""
    figures, days, named = numbers(sentence), dates(sentence), names(sentence)
    wrong = sum(fact.key not in given.numbers for fact in figures)
    wrong += sum(not any(date_agrees(fact.key, key) for key in given.dates) for fact in days)
    strangers = sum(
        not all(
            word in given.lower or stem(word) in given.stems
            for word in words(fact.text).lower
            if word not in FUNCTION_WORDS
        )
        for fact in named
    )
    return 1 / (1 + wrong), 1 / (1 + strangers)


def _polarity(lower: tuple[str, ...], given: Passages, best: int) -> float:
    negated = _is_negated(lower)
    if best < 0:
        return 0.0 if negated else 1.0
    return 1.0 if negated == given.negated[best] else (0.0 if negated else 0.5)


def _opposites(said: Words, present: list[bool], given: Passages) -> float:
    lower = said.lower
    clash = sum(
        not present[index] and any(other in given.lower for other in opposite_of(word))
        for index, word in enumerate(lower)
    )
    return 1 / (1 + clash)


def _speaker(said: Words, given: Passages) -> float:
    if not SPEAKER.isdisjoint(given.lower):
        return 1.0
    return 1 - min(1, sum(word in SPEAKER for word in said.lower) / 3)


def _structure(
    stems: tuple[str, ...], counted: Sequence[int], given: Passages, best: int
) -> tuple[float, float, float, float]:
    """How the words follow each other, against how they do in the best sentence: who did what stays with its order."""
    if best < 0:
        return 0.0, 0.0, 0.0, 0.0
    source, breaks = given.sentence_stems[best], given.breaks[best]
    places: dict[str, list[int]] = {}
    for place, item in enumerate(source):
        places.setdefault(item, []).append(place)
    forward = same = near = linked = total = 0
    before: int | None = None
    for index in counted:
        options = places.get(stems[index])
        total += before is not None
        if not options:
            before = None if before is None else -1
            continue
        if before is not None and before >= 0:
            last = before
            place = min(options, key=lambda option: abs(option - last - 1) + (6 if option < last else 0))
            linked += 1
            forward += place > before
            same += breaks[place] == breaks[before]
            near += abs(place - before) <= 5
        else:
            place = options[0]
        before = place
    if not total:
        alone = 1.0 if before is not None and before >= 0 else 0.0
        return alone, alone, alone, alone
    return forward / total, same / total, near / total, linked / total


def _meaning(sentence: str, given: Passages) -> float:
    if not len(given.sentence_vectors):
        return 0.0
    return min(1.0, max(0.0, float((given.sentence_vectors @ static().embed([sentence])[0]).max())))


def features_of(found: Sequence[Support]) -> Matrix:
    """(2 * len(FEATURES),): the mean over sentences by their weight in words, then the weakest of each."""
    rows = np.array([one.features for one in found])
    weights = np.array([max(1, one.weight) for one in found], float)
    return np.concatenate([weights @ rows / weights.sum(), rows.min(axis=0)])


def features_each(found: Sequence[Support]) -> Matrix:
    """(sentences, 2 * len(FEATURES)): those of each sentence as if it were alone."""
    rows = np.array([one.features for one in found])
    return np.concatenate([rows, rows], axis=1)
