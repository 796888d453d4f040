"""Was the answer cut off?"""

import re
from collections.abc import Mapping
from typing import Any

from nervure.evaluate.evaluator import Evaluator, Example, Mark, Result, nothing

_CUT = frozenset(
    {"length", "max_tokens", "max_output_tokens", "model_length", "max_length", "token_limit", "incomplete"}
)
_ENDS = re.compile(
    r"[.!?…:;)\]}>\"'”’»`*_|。！？）」】~]\s*$|\b(?:https?://\S+|[\w.+-]+@[\w.-]+)\s*$|\d\s*$|[\U0001F300-\U0001FAFF☀-➿]️?\s*$"
)
_HANGING = re.compile(r"\b(?:the|a|an|and|or|but|of|to|in|on|for|with|is|are|was|that|which|by|as|at|from|if|because|my|your|its|their|this|will|can|be|then|not|so|than)\s*$|[,\-–—(\[{]\s*$", re.IGNORECASE)  # fmt: skip


def run(example: Example, settings: Mapping[str, Any]) -> Result:
    """From the finish reason where known, else from how the text ends."""
    output = example.output or ""
    reason = example.finish_reason.lower()
    if reason in _CUT:
        return Result(0.0, "truncated", f"the model stopped at its limit: finish reason {reason}", _tail(output))
    if not output.strip():
        return nothing("the output is empty")
    problems = []
    if output.count("```") % 2:
        problems.append("a code block is not closed")
    if _brackets(output) and output.lstrip()[:1] in "{[":
        problems.append("JSON is not closed")
    if _HANGING.search(output.rstrip()[-20:]):
        problems.append(f"it ends in the middle: {output.rstrip()[-20:]!r}")
    elif not _ENDS.search(output) and len(output.split()) > 12 and "\n" not in output.strip()[-60:]:
        problems.append("the last sentence has no end")
    # A model that says it stopped of itself is believed more than a missing full stop.
    score = 1.0 if not problems else 0.1 if len(problems) > 1 or "the last sentence has no end" not in problems else 0.4
    if problems and reason in ("stop", "end_turn", "complete", "completed"):
        score = max(score, 0.6)
    cut = score < settings["threshold"]
    return Result(
        score,
        "truncated" if cut else "whole",
        "; ".join(problems) or "the text ends as texts do",
        _tail(output) if cut else (),
    )


def _tail(output: str) -> tuple[Mark, ...]:
    return (Mark(max(0, len(output) - 40), len(output), "cut off"),) if output else ()


def _brackets(text: str) -> bool:
    return text.count("{") > text.count("}") or text.count("[") > text.count("]")


EVALUATOR = Evaluator(
    name="truncation",
    summary="Was the answer cut off?",
    aliases=("Truncation", "is_truncated", "truncated_output"),
    needs=("output",),
    run=run,
    group="format",
    detects="truncated",
    blind="Without a finish reason: answers cut off exactly at the end of a sentence, and lists and verses without full stops.",
    threshold=0.5,
    threshold_why="One clear sign falls below it; the word of the model that it ended stays above.",
    default=True,
)
