"""Is the answer supported by its documents? Sentence by sentence, the unsupported ones marked."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from nervure.evaluate.chosen import nli
from nervure.evaluate.evaluator import Evaluator, Example, Mark, Result, Setting, nothing
from nervure.evaluate.evaluators._entailment import entailed
from nervure.evaluate.models import linear, sigmoid
from nervure.evaluate.text.sentences import sentences
from nervure.evaluate.text.support import Support, features_each, features_of, passages, support

MOST_SENTENCES = 400


def run(example: Example, settings: Mapping[str, Any]) -> Result:
    """Score of the whole answer, and a mark for each sentence below the bar with the nearest passage beside it."""
    output = example.output or ""
    contents = tuple(document.content for document in example.documents or ())
    pieces = sentences(output)[:MOST_SENTENCES]
    if not pieces:
        return nothing("the output holds no sentence, so there is nothing to support")
    given = passages(contents)
    stronger = nli()
    if stronger is not None:
        return entailed(stronger, pieces, given, settings["sentence_threshold"], settings["threshold"])
    model = linear("groundedness")
    found = [support(piece.text, given) for piece in pieces]
    score = model.probability(features_of(found))
    alone = (features_each(found) @ model.weights + model.intercept).tolist()
    marks, unsupported = [], 0
    for piece, one, logit in zip(pieces, found, alone, strict=True):
        own = sigmoid(logit)
        if own >= settings["sentence_threshold"]:
            continue
        unsupported += 1
        evidence = given.sentences[one.best].text if one.best >= 0 else ""
        owner = given.owners[one.best] if one.best >= 0 else None
        marks.append(Mark(piece.start, piece.end, "unsupported", "output", round(own, 4), owner, evidence))
        marks += [
            Mark(piece.start + start, piece.start + end, "not in the documents") for start, end in one.missing[:20]
        ]
    label = "grounded" if score >= settings["threshold"] else "ungrounded"
    details = {"sentences": len(pieces), "unsupported_sentences": unsupported}
    return Result(score, label, _explain(found, unsupported, output, pieces, bool(contents)), tuple(marks), details)


def _explain(found: list[Support], unsupported: int, output: str, pieces: tuple[Any, ...], has_documents: bool) -> str:
    if not has_documents:
        return "there are no documents, so nothing supports the answer"
    told = f"{len(pieces) - unsupported} of {len(pieces)} sentences are supported by the documents"
    # The share of words held is the strongest single piece of evidence.
    worst = int(np.argmin([one.features[1] for one in found]))
    words = [output[pieces[worst].start + start : pieces[worst].start + end] for start, end in found[worst].missing[:6]]
    return told + (f"; not in the documents: {', '.join(dict.fromkeys(words))}" if words else "")


EVALUATOR = Evaluator(
    name="groundedness",
    summary="Is the answer supported by the documents it was given? Unsupported sentences are marked.",
    aliases=("faithfulness", "hallucination", "Faithfulness", "FaithfulnessMetric", "HallucinationMetric", "RetrievalGroundedness", "groundedness_measure_with_cot_reasons", "attribution", "factual_consistency", "HallucinationEvaluator", "FaithfulnesswithHHEM", "ResponseGroundedness", "groundedness_measure", "groundedness_measure_with_cot_reasons_consider_answerability", "TurnFaithfulness",),
    needs=("output", "documents"),
    run=run,
    group="rag",
    blind="Statements that use the documents' words to say something else, conclusions over several documents, "
    "arithmetic, languages other than English beyond shared words, and whether the documents are true.",
    threshold=0.5,
    threshold_why="0.5 is even odds in the mix of dialogue, summary and compression data the weights were fitted on.",
    settings=(Setting("sentence_threshold", 0.5, "A sentence below this is marked as unsupported."),),
    default=True,
    uses=("nli",),
)  # fmt: skip
