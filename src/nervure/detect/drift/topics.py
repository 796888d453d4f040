"""Embedding drift in words: topics that grew, shrank, appeared or vanished, with their terms and examples."""

import math
import re
from collections import Counter

import numpy as np
from numpy.typing import NDArray

from nervure.detect.drift.shares import difference
from nervure.detect.drift.vectors import Cloud, clusters_of
from nervure.stats.multiplicity import benjamini_hochberg
from nervure.stats.resample import permuted_labels

MOST_TOPICS = 24
SAME_TERMS = 4
TERMS, EXAMPLES, EXAMPLE_CHARACTERS = 6, 3, 300
WORD = re.compile(r"[^\W\d_]{3,}")
# A topic with fewer of its texts in one sample than one in so many has appeared or vanished.
FADED = 20
ROUNDS = 200
STOP = frozenset(
    re.findall(
        r"\w+",
        "the and for you your with that this are was were have has had not but from they their"
        " will would can could should what when where which who how why does did been being its our into than"
        " then them there here about also any all more some just like get got let may might please der die das und ist nicht ein eine mit les des est une que para los las del",
    )
)


def topics(cloud: Cloud, reference: list[str], current: list[str], rows: NDArray[np.intp]) -> list[dict[str, object]]:
    """Clusters of both samples' vectors, those that moved first.

    reference, current: the vectors' texts; empty when there are none, then examples are `rows`, which
    tell for each vector what row of its table it is of. Each topic is
    {"topic", "terms", "change", "reference", "current", "difference", "low", "high", "q_value", "examples"}; change is
    grew, shrank, appeared, vanished or steady: moved only where q_value <= 0.05 (Benjamini and Hochberg over the topics).
    """
    size = len(cloud.vectors)
    count = max(2, min(MOST_TOPICS, round(math.sqrt(size / 6))))
    cluster = clusters_of(cloud.places, count)
    texts = reference + current
    if texts:
        cluster = _merged(cluster, _words(cluster, texts))
    is_current = np.arange(size) >= cloud.n
    p_values = _p_values(cluster, cloud.n, cloud.m)
    q_values = benjamini_hochberg(p_values)
    words = _words(cluster, texts) if texts else {}
    found: list[dict[str, object]] = []
    for topic in np.unique(cluster):
        member = cluster == topic
        before, after = float((member & ~is_current).sum()), float((member & is_current).sum())
        gap, low, high = difference(before, cloud.n, after, cloud.m)
        moved = bool(q_values[topic] <= 0.05)
        found.append({
            "topic": int(topic), "terms": words.get(int(topic), []), "change": _change(before / cloud.n, after / cloud.m, moved),
            "reference": before / cloud.n, "current": after / cloud.m, "difference": gap, "low": low, "high": high,
            "q_value": float(q_values[topic]), "examples": _examples(cloud, member, is_current, gap > 0, texts, rows),
        })  # fmt: skip
    return sorted(found, key=lambda one: (one["change"] == "steady", -abs(float(str(one["difference"])))))


def _merged(cluster: NDArray[np.intp], words: dict[int, list[str]]) -> NDArray[np.intp]:
    """Clusters that share most of their terms are one topic to a reader."""
    to = {topic: topic for topic in words}
    for topic in sorted(words):
        for earlier in sorted(words):
            if earlier == topic:
                break
            if to[earlier] == earlier and len(set(words[topic]) & set(words[earlier])) >= SAME_TERMS:
                to[topic] = earlier
                break
    _, found = np.unique([to[int(topic)] for topic in cluster], return_inverse=True)
    return found


def _p_values(cluster: NDArray[np.intp], n: int, m: int) -> NDArray[np.float64]:
    """Of each cluster's difference in share: against shuffled labels, as z-values of the shuffles."""
    member = np.eye(int(cluster.max()) + 1)[cluster]
    labels = permuted_labels(n, m, ROUNDS, np.random.default_rng(0))
    observed = member[n:].mean(axis=0) - member[:n].mean(axis=0)
    drawn = member.T @ (labels / m - ~labels / n)
    z = np.abs(observed) / np.maximum(drawn.std(axis=1), 1e-12)
    return np.array([math.erfc(one / math.sqrt(2)) for one in z])


def _change(before: float, after: float, moved: bool) -> str:
    if not moved:
        return "steady"
    if after > before:
        return "appeared" if before * FADED < after else "grew"
    return "vanished" if after * FADED < before else "shrank"


def _words(cluster: NDArray[np.intp], texts: list[str]) -> dict[int, list[str]]:
    """The terms that a topic's texts have and others do not: share of texts with the word, less that among the others."""
    have = [set(WORD.findall(text.lower())) - STOP for text in texts]
    everywhere = Counter(word for words in have for word in words)
    found: dict[int, list[str]] = {}
    for topic in np.unique(cluster):
        inside = np.flatnonzero(cluster == topic)
        here = Counter(word for place in inside for word in have[place])
        others = max(len(texts) - len(inside), 1)
        marked = {
            word: times / len(inside) - (everywhere[word] - times) / others
            for word, times in here.items()
            if times > 1 or len(inside) < 5
        }
        best = sorted(marked, key=lambda word: (-marked[word], word))[:TERMS]
        found[int(topic)] = [word for word in best if marked[word] > 0]
    return found


def _examples(
    cloud: Cloud,
    member: NDArray[np.bool_],
    is_current: NDArray[np.bool_],
    grew: bool,
    texts: list[str],
    rows: NDArray[np.intp],
) -> list[object]:
    """The texts nearest the topic's middle, of the sample in which it is larger; row numbers where there are no texts."""
    of_side = np.flatnonzero(member & (is_current == grew))
    places = of_side if len(of_side) else np.flatnonzero(member)
    middle = cloud.places[member].mean(axis=0)
    near = places[np.argsort(((cloud.places[places] - middle) ** 2).sum(axis=1), kind="stable")]
    shown: list[object] = []
    for place in near:
        one: object = texts[place][:EXAMPLE_CHARACTERS] if texts else int(rows[place])
        if one not in shown:
            shown.append(one)
        if len(shown) == EXAMPLES:
            break
    return shown
