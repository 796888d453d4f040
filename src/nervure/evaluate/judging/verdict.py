"""Reading what a judge has said."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from nervure.evaluate.evaluator import Mark
from nervure.evaluate.judging.rubric import CANNOT_TELL
from nervure.evaluate.registry import plain_name

MOST_QUOTES = 50


@dataclass(frozen=True, slots=True)
class Said:
    """label: ours; "" when the judge says it cannot tell."""

    label: str
    reasoning: str
    quotes: tuple[str, ...] = ()


class Unreadable(ValueError):
    """The answer is no verdict; str() says why, in words the judge can act on."""


def read_verdict(text: str, labels: Mapping[str, str]) -> Said:
    """The verdict in a text: a JSON object, alone, in a code block or among other words. Raises Unreadable.

    labels: as the model was told them, to ours. A label that is not among them is never guessed at.
    """
    found = _object(text)
    if found is None:
        raise Unreadable("there is no JSON object in the answer" if text.strip() else "the answer is empty")
    label = found.get("label")
    if not isinstance(label, str):
        raise Unreadable("the JSON object has no text `label`")
    key = plain_name(label)
    known = {plain_name(told): own for told, own in labels.items()} | {plain_name(CANNOT_TELL): ""}
    if key not in known:
        raise Unreadable(f"the label {label[:80]!r} is none of {', '.join([*labels, CANNOT_TELL])}")
    quotes = found.get("quotes")
    listed = quotes if isinstance(quotes, list) else []
    kept = tuple(one for one in listed[:MOST_QUOTES] if isinstance(one, str) and one.strip())
    reasoning = found.get("reasoning")
    return Said(known[key], reasoning.strip() if isinstance(reasoning, str) else "", kept)


def marks_of(output: str, quotes: Sequence[str], label: str) -> tuple[Mark, ...]:
    """Where the quoted words stand in the output; what is not there word for word (but for spaces and case) is left out."""
    marks = []
    for quote in quotes:
        words = quote.strip().strip("\"'“”„«»").split()
        if not words:
            continue
        found = re.search(r"\s+".join(map(re.escape, words)), output, re.IGNORECASE)
        if found:
            marks.append(Mark(found.start(), found.end(), label))
    return tuple(sorted(dict.fromkeys(marks), key=lambda mark: (mark.start, mark.end)))


def _object(text: str) -> dict[str, Any] | None:
    """The last JSON object with a label in a text; models that think aloud answer at the end."""
    decoder = json.JSONDecoder(strict=False)
    best: dict[str, Any] | None = None
    at = text.find("{")
    while at >= 0:
        try:
            value, end = decoder.raw_decode(text, at)
        except ValueError:
            at = text.find("{", at + 1)
            continue
        if isinstance(value, dict) and (best is None or "label" in value):
            best = value
        at = text.find("{", max(end, at + 1))
    return best
