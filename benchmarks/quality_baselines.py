"""The simple methods that evaluators are held against, written out."""

import math
import re
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from nervure.evaluate.embeddings.embedder import static
from nervure.evaluate.text.sentences import sentences

Matrix = NDArray[np.float64]
_TOKEN = re.compile(r"\w+")
REGEXES = [
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"ignore (all |any |the )?(previous|prior|above) (instructions|prompts)", r"disregard (all |the )?(previous|prior|above)", r"forget (everything|all|your)",
        r"you are now", r"pretend (to be|you are)", r"act as (if|a|an)", r"system prompt", r"developer mode", r"\bDAN\b", r"jailbreak",
        r"without (any )?(restrictions|filters)", r"reveal your (instructions|prompt)", r"new instructions?:", r"<\|im_start\|>", r"do anything now",
    )
]  # fmt: skip
BAD_WORDS = frozenset(
    """fuck fucking shit bitch asshole bastard cunt dick idiot moron stupid dumb ugly hate kill die scum trash loser
    pathetic disgusting whore slut retard faggot nigger pig liar evil crap damn hell""".split()  # noqa: SIM905
)


def tokens(text: str) -> list[str]:
    return _TOKEN.findall(text.lower())


def token_precision(output: str, document: str) -> float:
    """Share of the output's tokens that the document holds."""
    said, held = tokens(output), set(tokens(document))
    return sum(token in held for token in said) / len(said) if said else 0.0


def bigram_precision(output: str, document: str) -> float:
    said, given = tokens(output), tokens(document)
    pairs, held = list(pairwise(said)), set(pairwise(given))
    return sum(pair in held for pair in pairs) / len(pairs) if pairs else token_precision(output, document)


def embedding(output: str, document: str) -> float:
    """Cosine of the output with its nearest sentence of the document."""
    pieces = [piece.text for piece in sentences(document)] or [document]
    return float((static().embed([output]) @ static().embed(pieces).T).max())


def nine_features(output: str, document: str) -> list[float]:
    """Token, bigram and trigram precision, recall, length ratio, numbers, capitals, longest shared run, embedding."""
    said, given = tokens(output), tokens(document)
    held = set(given)
    triples, all_triples = (
        list(zip(said, said[1:], said[2:], strict=False)),
        set(zip(given, given[1:], given[2:], strict=False)),
    )
    figures = [token for token in said if token.isdigit()]
    longest = run = 0
    pairs = set(pairwise(given))
    for pair in pairwise(said):
        run = run + 1 if pair in pairs else 0
        longest = max(longest, run)
    return [
        token_precision(output, document), bigram_precision(output, document),
        sum(triple in all_triples for triple in triples) / len(triples) if triples else 0.0,
        len(set(said) & held) / max(1, len(held)), math.log1p(len(said)) / 5, sum(figure in held for figure in figures) / len(figures) if figures else 1.0,
        sum(word.lower() in held for word in re.findall(r"[A-Z]\w+", output)) / max(1, len(re.findall(r"[A-Z]\w+", output))),
        longest / max(1, len(said)), embedding(output, document),
    ]  # fmt: skip


def bm25(
    question: str, passages: Sequence[str], corpus: Sequence[str], k1: float = 1.2, b: float = 0.75
) -> list[float]:
    """Okapi BM25 with document frequencies of the whole corpus."""
    frequency = Counter(token for text in corpus for token in set(tokens(text)))
    mean = sum(len(tokens(text)) for text in corpus) / len(corpus)
    scores = []
    for passage in passages:
        counts = Counter(tokens(passage))
        norm = k1 * (1 - b + b * sum(counts.values()) / mean)
        scores.append(
            sum(
                math.log(1 + (len(corpus) - frequency[token] + 0.5) / (frequency[token] + 0.5))
                * counts[token]
                * (k1 + 1)
                / (counts[token] + norm)
                for token in set(tokens(question))
                if counts[token]
            )
        )
    return scores


def ngram_model() -> object:
    """Character n-grams in a logistic regression: the usual strong and brittle classifier."""
    return make_pipeline(
        TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), sublinear_tf=True, max_features=60_000),
        LogisticRegression(C=5, max_iter=2000),
    )
