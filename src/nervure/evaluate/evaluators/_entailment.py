"""Groundedness by a model of entailment: each sentence against the passages of the documents that are nearest to it."""

from collections.abc import Sequence

import numpy as np

from nervure.evaluate.classifiers.nli import Nli
from nervure.evaluate.embeddings.embedder import static
from nervure.evaluate.evaluator import Mark, Result, nothing
from nervure.evaluate.text.sentences import Sentence
from nervure.evaluate.text.support import Passages, support
from nervure.evaluate.text.words import words

# Sentences of the documents that are looked at for each of the answer, each with its neighbours; SummaC (Laban et al. 2022)
# found the best single premise to tell most.
NEAREST = 3
# Short documents are a premise as they are, so that a sentence may rest on several of theirs.
WHOLE_CHARS = 1500
LONGEST_HYPOTHESIS = 600
# A sentence of no other content words states nothing; a model would find it unsupported.
COURTESY = frozenset(
    """absolutely answer any ask assist certainly else feel free further glad great happy hello help helpful helps hi hope
    know let okay ok more please question questions sorry sure thank thanks welcome""".split()  # noqa: SIM905
)


def entailed(model: Nli, output_sentences: Sequence[Sentence], given: Passages, bar: float, threshold: float) -> Result:
    """Half the mean P(entailment) of the sentences and half the lowest: one invented sentence is not made good by ten others.

    bar: a sentence below it is marked. Questions and courtesies ("Sure!") are left out.
    """
    pieces = [one for one in output_sentences if _states(one.text)]
    if not pieces:
        return nothing("the output states nothing that documents could support")
    if not given.sentences:
        marks = tuple(Mark(one.start, one.end, "unsupported", "output", 0.0) for one in pieces)
        told = "there are no documents, so nothing supports the answer"
        return Result(0.0, "ungrounded", told, marks, _details(model, pieces, len(pieces)))
    premises = [_premises(piece.text, given) for piece in pieces]
    asked = [
        (premise, piece.text[:LONGEST_HYPOTHESIS])
        for piece, own in zip(pieces, premises, strict=True)
        for _, premise in own
    ]
    answers = iter(model.entailment(asked).tolist())
    scores, marks_found = [], []
    for piece, own in zip(pieces, premises, strict=True):
        # Of equals the first, which is the nearest.
        best, place = max(((next(answers), place) for place, _ in own), key=lambda one: one[0])
        scores.append(best)
        if best < bar:
            evidence, owner = given.sentences[place].text, given.owners[place]
            marks_found.append(Mark(piece.start, piece.end, "unsupported", "output", round(best, 4), owner, evidence))
            marks_found += [
                Mark(piece.start + start, piece.start + end, "not in the documents")
                for start, end in support(piece.text, given).missing[:20]
            ]
    unsupported = sum(score < bar for score in scores)
    score = 0.5 * (sum(scores) / len(scores) + min(scores))
    told = f"{len(pieces) - unsupported} of {len(pieces)} sentences follow from the documents, by {model.name}"
    label = "grounded" if score >= threshold else "ungrounded"
    return Result(score, label, told, tuple(marks_found), _details(model, pieces, unsupported))


def _states(sentence: str) -> bool:
    said = words(sentence)
    return not sentence.rstrip().endswith("?") and any(said.lower[place] not in COURTESY for place in said.content)


def _details(model: Nli, pieces: Sequence[Sentence], unsupported: int) -> dict[str, object]:
    return {"sentences": len(pieces), "unsupported_sentences": unsupported, "model": model.name}


def _premises(sentence: str, given: Passages) -> list[tuple[int, str]]:
    """(place of the sentence in its middle, premise): the nearest sentences with their neighbours, and short documents whole."""
    stems = words(sentence).stems
    shared = np.array(given.overlaps(stems), np.float64) / max(1, len(stems))
    near = shared + np.clip(given.sentence_vectors @ static().embed([sentence])[0], 0, 1)
    order = np.argsort(-near, kind="stable")[:NEAREST].tolist()
    found: dict[str, int] = {}
    for place in order:
        owner = given.owners[place]
        inside = [
            one for one in range(place - 1, place + 2) if 0 <= one < len(given.owners) and given.owners[one] == owner
        ]
        found.setdefault(" ".join(given.sentences[one].text for one in inside), place)
        whole = [one.text for one, of in zip(given.sentences, given.owners, strict=True) if of == owner]
        if sum(map(len, whole)) <= WHOLE_CHARS:
            found.setdefault(" ".join(whole), place)
    return [(place, premise) for premise, place in found.items()]
