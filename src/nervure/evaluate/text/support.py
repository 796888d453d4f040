"""How far a text says what passages say: the evidence behind groundedness, as numbers between 0 and 1.

Everything counted here is bounded and grows with support, so that a model over it can be held monotone: more support
never lowers a score. That, and not cleverness, is what carries over to texts of another kind.
"""

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from nervure.evaluate.embeddings.embedder import static
from nervure.evaluate.text.contrast import NEGATIONS, opposite_of
from nervure.evaluate.text.facts import date_agrees, dates, names, numbers
from nervure.evaluate.text.sentences import Sentence, sentences
from nervure.evaluate.text.words import FUNCTION_WORDS, Words, grams, is_content, stem, words

Matrix = NDArray[np.float64]
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
class Passages:
    """What passages hold, prepared once for all sentences that are held against them."""

    text: str
    lower: frozenset[str]
    stems: frozenset[str]
    bigrams: frozenset[tuple[str, ...]]
    trigrams: frozenset[tuple[str, ...]]
    followers: frozenset[tuple[str, str]]
    sentences: tuple[Sentence, ...]
    sentence_stems: tuple[tuple[str, ...], ...]
    postings: dict[str, NDArray[np.intp]]
    owners: tuple[int, ...]
    numbers: frozenset[str]
    dates: tuple[str, ...]
    negated: tuple[bool, ...]
    breaks: tuple[tuple[int, ...], ...]
    vocabulary: tuple[str, ...]
    vectors: NDArray[np.float32]
    sentence_vectors: NDArray[np.float32]


@lru_cache(maxsize=32)
def passages(contents: tuple[str, ...]) -> Passages:
    """Prepare passages. Remembered, because the sentences of an answer and many answers share them.

    Few are kept: those of a long document take megabytes.
    """
    pieces = [(owner, piece) for owner, content in enumerate(contents) for piece in sentences(content)]
    text = "\n".join(contents)
    found = [words(piece.text) for _, piece in pieces]
    stems = tuple(one.stems for one in found)
    lower = frozenset(word for one in found for word in one.lower)
    vocabulary = tuple(sorted({word for word in lower if is_content(word) and not word[0].isdigit()}))
    return Passages(
        text=text,
        lower=lower,
        stems=frozenset(item for one in stems for item in one),
        bigrams=frozenset(gram for one in stems for gram in grams(one, 2)),
        trigrams=frozenset(gram for one in stems for gram in grams(one, 3)),
        followers=frozenset(
            (one[i], one[j]) for one in stems for i in range(len(one)) for j in range(i + 1, min(i + 5, len(one)))
        ),
        sentences=tuple(piece for _, piece in pieces),
        sentence_stems=stems,
        postings=_postings(stems),
        owners=tuple(owner for owner, _ in pieces),
        numbers=frozenset(fact.key for fact in numbers(text)),
        dates=tuple(dict.fromkeys(fact.key for fact in dates(text))),
        negated=tuple(any(word in NEGATIONS or word.endswith("n't") for word in one.lower) for one in found),
        breaks=tuple(_clauses(piece.text, one) for (_, piece), one in zip(pieces, found, strict=True)),
        vocabulary=vocabulary,
        vectors=static().embed_words(vocabulary),
        sentence_vectors=static().embed([piece.text for _, piece in pieces]),
    )


def _postings(stems: tuple[tuple[str, ...], ...]) -> dict[str, NDArray[np.intp]]:
    """For each stem the sentences that hold it."""
    found: dict[str, list[int]] = {}
    for number, one in enumerate(stems):
        for item in set(one):
            found.setdefault(item, []).append(number)
    return {item: np.array(numbers_, np.intp) for item, numbers_ in found.items()}


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
    content = [index for index, word in enumerate(said.lower) if is_content(word)]
    if not len(said):
        return Support(np.ones(len(FEATURES)), -1, (), 0)
    counted = content or list(range(len(said)))
    present = [stemmed in given.stems for stemmed in said.stems]
    softness = _softness(said.lower, said.stems, counted, given)
    rarity = np.array([_rarity(said.lower[index]) for index in counted])
    held = np.array([float(present[index]) for index in counted])
    best, coverage, longest = _best_sentence(said.stems, set(counted), given)
    values = {
        "words": sum(present) / len(present),
        "content": float(held.mean()),
        "rare": float((held * rarity).sum() / rarity.sum()),
        "bigrams": _share(grams(said.stems, 2), given.bigrams),
        "trigrams": _share(grams(said.stems, 3), given.trigrams),
        "soft": float((softness * rarity).sum() / rarity.sum()),
        "sequence": longest,
        "best_sentence": coverage,
        "window": _window(said.stems, counted, given, best),
        "whole_runs": _runs(said.stems, given),
        **_facts(sentence, given),
        "polarity": _polarity(said.lower, given, best),
        "opposites": _opposites(said, present, given),
        "speaker": 1.0
        if any(word in given.lower for word in SPEAKER)
        else 1 - min(1, sum(word in SPEAKER for word in said.lower) / 3),
        "question": 0.0 if sentence.rstrip().endswith("?") else 1.0,
        "order": _share(
            [(said.stems[i], said.stems[j]) for i in counted for j in counted if i < j <= i + 4], given.followers
        ),
        "meaning": _meaning(sentence, given),
        "tail": float(softness.min()),
        **_structure(said.stems, counted, given, best),
    }
    missing = tuple(
        (said.starts[index], said.ends[index])
        for place, index in enumerate(counted)
        if not present[index] and softness[place] < 0.6
    )
    return Support(np.array([values[name] for name in FEATURES]), best, missing, len(counted))


def _share(
    parts: list[tuple[str, ...]] | list[tuple[str, str]], held: frozenset[tuple[str, ...]] | frozenset[tuple[str, str]]
) -> float:
    return sum(part in held for part in parts) / len(parts) if parts else 1.0


@lru_cache(maxsize=100_000)
def _rarity(word: str) -> float:
    # Long words and numbers say more. Counting words over a corpus would tie the weight to that corpus.
    return 1.5 if word[0].isdigit() else min(1.5, 0.5 + len(word) / 10)


def _softness(
    lower: tuple[str, ...], stems: tuple[str, ...], counted: list[int], given: Passages
) -> NDArray[np.float64]:
    """For each counted word 1 if present, else how near its nearest word of the passages is in spelling or meaning."""
    out = np.ones(len(counted))
    absent = [place for place, index in enumerate(counted) if stems[index] not in given.stems]
    if not absent:
        return out
    out[absent] = 0.0
    spoken = [place for place in absent if not lower[counted[place]][0].isdigit()]
    if spoken and given.vocabulary:
        near = static().embed_words([lower[counted[place]] for place in spoken]) @ given.vectors.T
        out[spoken] = np.clip(near.max(axis=1), 0, 0.9)
    return out


def _best_sentence(stems: tuple[str, ...], counted: set[int], given: Passages) -> tuple[int, float, float]:
    """(index, share of the counted words it holds, share of all words in the longest common subsequence with it)."""
    if not given.sentence_stems:
        return -1, 0.0, 0.0
    wanted = [stems[index] for index in counted]
    held = [given.postings[item] for item in wanted if item in given.postings]
    size = len(given.sentence_stems)
    overlaps = np.bincount(np.concatenate(held), minlength=size) if held else np.zeros(size, np.int64)
    order = np.argsort(-overlaps, kind="stable")[:3].tolist()
    common = {index: _common(stems, given.sentence_stems[index]) for index in order}
    best = max(order, key=lambda index: (overlaps[index], common[index]))
    return best, float(overlaps[best]) / len(wanted), max(common.values()) / len(stems)


def _common(one: tuple[str, ...], other: tuple[str, ...]) -> int:
    # Bit-parallel longest common subsequence (Hyyro 2004): documents hold thousands of words.
    masks: dict[str, int] = {}
    for place, item in enumerate(one):
        masks[item] = masks.get(item, 0) | 1 << place
    full = (1 << len(one)) - 1
    row = full
    for item in other:
        match = masks.get(item, 0)
        hit = row & match
        row = ((row + hit) | (row - hit)) & full
    return len(one) - row.bit_count()


def _window(stems: tuple[str, ...], counted: list[int], given: Passages, best: int) -> float:
    if best < 0:
        return 0.0
    near = {
        item
        for index in range(max(0, best - 1), best + 2)
        if index < len(given.sentence_stems)
        for item in given.sentence_stems[index]
    }
    return sum(stems[index] in near for index in counted) / len(counted)


def _runs(stems: tuple[str, ...], given: Passages) -> float:
    """1 when the sentence is one run of the passages, lower the more pieces it must be put together from."""
    pieces = 1 + sum(gram not in given.bigrams for gram in grams(stems, 2))
    return 1 - math.log1p(pieces - 1) / math.log1p(max(1, len(stems)))


def _facts(sentence: str, given: Passages) -> dict[str, float]:
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
    return {"numbers": 1 / (1 + wrong), "names": 1 / (1 + strangers)}


def _polarity(lower: tuple[str, ...], given: Passages, best: int) -> float:
    negated = any(word in NEGATIONS or word.endswith("n't") for word in lower)
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


def _structure(stems: tuple[str, ...], counted: list[int], given: Passages, best: int) -> dict[str, float]:
    """How the words follow each other, against how they do in the best sentence: who did what stays with its order."""
    if best < 0:
        return {"forward": 0.0, "clause": 0.0, "gap": 0.0, "pairs": 0.0}
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
        return dict.fromkeys(("forward", "clause", "gap", "pairs"), 1.0 if before is not None and before >= 0 else 0.0)
    return {"forward": forward / total, "clause": same / total, "gap": near / total, "pairs": linked / total}


def _meaning(sentence: str, given: Passages) -> float:
    if not len(given.sentence_vectors):
        return 0.0
    return float(np.clip((static().embed([sentence]) @ given.sentence_vectors.T).max(), 0, 1))


def features_of(found: list[Support]) -> Matrix:
    """(2 * len(FEATURES),): the mean over sentences by their weight in words, then the weakest of each."""
    rows = np.array([one.features for one in found])
    weights = np.array([max(1, one.weight) for one in found], float)
    return np.concatenate([weights @ rows / weights.sum(), rows.min(axis=0)])
