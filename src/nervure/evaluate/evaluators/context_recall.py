"""How much of what the answer needs was retrieved."""

from collections.abc import Mapping
from typing import Any

from nervure.evaluate.evaluator import Evaluator, Example, Result, Setting, nothing
from nervure.evaluate.evaluators._ranking import all_grades, covered, grades, reference, statements
from nervure.evaluate.text.words import content_stems


def run(example: Example, settings: Mapping[str, Any]) -> Result:
    """Share of relevant ids found, or share of the reference answer's statements that the documents hold."""
    documents = (example.documents or ())[: settings["k"] or None]
    if not isinstance(example.expected, str):
        found = grades(example)
        relevant = sum(grade > 0 for grade in all_grades(example, found))
        if not relevant:
            return nothing("nothing is labelled relevant, so there is nothing to recall")
        hits = sum(grade > 0 for grade in found[: settings["k"] or None])
        score = hits / relevant
        told = f"{hits} of {relevant} relevant documents are among the first {len(documents)}"
        return Result(
            score,
            "complete" if score >= settings["threshold"] else "incomplete",
            told,
            details={"found": hits, "relevant": relevant},
        )
    needed = statements(reference(example.expected))
    if not needed:
        return nothing("the reference answer says nothing")
    held = frozenset(stem for document in documents for stem in content_stems(document.content))
    missing = [text for text, stems in needed if covered(stems, held) < settings["coverage"]]
    score = 1 - len(missing) / len(needed)
    told = f"the documents hold {len(needed) - len(missing)} of {len(needed)} statements of the reference answer"
    told += f"; missing: {missing[0][:120]}" if missing else ""
    return Result(
        score, "complete" if score >= settings["threshold"] else "incomplete", told, details={"missing": missing[:20]}
    )


EVALUATOR = Evaluator(
    name="context_recall",
    summary="Was everything retrieved that the reference answer needs? Recall at k.",
    aliases=("ContextRecall", "ContextualRecall", "ContextualRecallMetric", "RetrievalSufficiency", "recall_at_k", "document_recall", "LLMContextRecall", "NonLLMContextRecall", "IDBasedContextRecall", "TurnContextualRecall",),
    needs=("documents", "expected"),
    run=run,
    level="document",
    group="rag",
    blind="Reference statements that a document says in other words count as missing.",
    threshold=0.8,
    threshold_why="One missing statement in five is about where answers begin to lack something.",
    settings=(
        Setting("k", 0, "How many documents count; 0 for all."),
        Setting("coverage", 0.6, "Share of a statement's words that the documents must hold."),
    ),
)  # fmt: skip
