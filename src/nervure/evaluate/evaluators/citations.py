"""Do citations point at documents that exist and say what is cited?"""

import re
from collections.abc import Mapping
from typing import Any

from nervure.evaluate.evaluator import Evaluator, Example, Mark, Result, Setting, nothing
from nervure.evaluate.evaluators._ranking import covered
from nervure.evaluate.text.sentences import sentences
from nervure.evaluate.text.words import content_stems

_CITED = re.compile(
    r"\[(\d{1,3}(?:\s*[,;–-]\s*\d{1,3})*)\]|\((?:source|doc(?:ument)?)\s*:?\s*(\d{1,3})\)|【(\d{1,3})[^】]*】",
    re.IGNORECASE,
)


def run(example: Example, settings: Mapping[str, Any]) -> Result:
    """Share of citations (`[1]`, `[2, 3]`) whose document exists and holds the words of the citing sentence."""
    output, documents = example.output or "", example.documents or ()
    held = [frozenset(content_stems(document.content)) for document in documents]
    marks, total, good = [], 0, 0
    pieces = sentences(output)
    for piece in pieces:
        said = frozenset(content_stems(_CITED.sub(" ", piece.text)))
        for match in _CITED.finditer(piece.text):
            for number in map(int, re.findall(r"\d+", next(group for group in match.groups() if group))):
                total += 1
                span = (piece.start + match.start(), piece.start + match.end())
                if not 1 <= number <= len(documents):
                    marks.append(Mark(*span, "no such document"))
                elif said and covered(said, held[number - 1]) < settings["coverage"]:
                    marks.append(
                        Mark(
                            *span, "not what it says", document=number - 1, evidence=documents[number - 1].content[:300]
                        )
                    )
                else:
                    good += 1
    uncited = sum(not _CITED.search(piece.text) for piece in pieces)
    if not total:
        if settings["required"] and pieces:
            return Result(0.0, "uncited", "the answer cites no document, and citations are required")
        return nothing("the answer cites no document")
    score = good / total
    told = f"{good} of {total} citations hold; {uncited} of {len(pieces)} sentences carry none"
    return Result(
        score,
        "cited" if score >= settings["threshold"] else "wrongly cited",
        told,
        tuple(marks),
        {"uncited_sentences": uncited},
    )


EVALUATOR = Evaluator(
    name="citations",
    summary="Do the answer's citations point at documents that exist and say what is cited?",
    aliases=(
        "citation_check",
        "CitationAccuracy",
        "citation_precision",
        "ReferenceLink",
    ),
    needs=("output", "documents"),
    run=run,
    group="rag",
    blind="Citations in other forms than [1], (source 1) and 【1】; numbers count documents from 1.",
    threshold=0.9,
    threshold_why="One wrong citation in ten is noticed by readers.",
    settings=(
        Setting("coverage", 0.4, "Share of the citing sentence's words that the document must hold."),
        Setting("required", False, "Whether an answer without citations fails."),
    ),
)
