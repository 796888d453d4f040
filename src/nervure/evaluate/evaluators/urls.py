"""Are the addresses in the answer well formed and known from the input or the documents?"""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from nervure.evaluate.evaluator import Evaluator, Example, Mark, Result, nothing

_URL = re.compile(r"\b(?:https?://|www\.)[^\s<>\"'`\]}]+", re.IGNORECASE)
_INVENTED = re.compile(
    r"^(?:www\.)?(?:example\.(?:com|org|net)|yourdomain\.com|website\.com|domain\.com)$|\.(?:example|invalid|test)$"
)


def run(example: Example, settings: Mapping[str, Any]) -> Result:
    """Share of web addresses that are well formed and, where there are documents, stand in them or in the input."""
    output = example.output or ""
    known = " ".join([example.input or "", *(document.content for document in example.documents or ())]).lower()
    marks, total = [], 0
    for match in _URL.finditer(output):
        url = match.group().rstrip(".,;:!?)*_")
        total += 1
        problem = _problem(url, known if example.documents is not None else None)
        if problem:
            marks.append(Mark(match.start(), match.start() + len(url), problem))
    if not total:
        return nothing("the answer holds no web address")
    score = 1 - len(marks) / total
    told = f"{total - len(marks)} of {total} web addresses are in order"
    told += f"; {output[marks[0].start : marks[0].end]}: {marks[0].label}" if marks else ""
    return Result(score, "known" if score >= settings["threshold"] else "unknown", told, tuple(marks))


def _problem(url: str, known: str | None) -> str:
    try:
        host = urlsplit(url if "://" in url else f"https://{url}").hostname or ""
    except ValueError:
        return "malformed"
    if not re.fullmatch(r"(?:[\w-]+\.)+[a-z][\w-]{1,}|localhost|[\d.]+|[0-9a-f:]+", host):
        return "malformed"
    if _INVENTED.search(host):
        return "placeholder"
    return "not in the input or documents" if known is not None and url.lower().rstrip("/") not in known else ""


EVALUATOR = Evaluator(
    name="urls",
    summary="Are the web addresses in the answer well formed, and known from the input or the documents?",
    aliases=("url_check", "link_check", "valid_links", "ContainsLink"),
    needs=("output",),
    optional=("documents", "input"),
    run=run,
    group="rag",
    blind="Whether a page exists: nothing is fetched.",
    threshold=1.0,
    threshold_why="One invented address is one too many.",
)
