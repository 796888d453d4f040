"""Does the output match a pattern?"""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from nervure.base.errors import BadInput
from nervure.evaluate.evaluator import Evaluator, Example, Mark, Result, Setting

MOST_CHARACTERS = 100_000


@lru_cache(maxsize=256)
def _compiled(pattern: str) -> re.Pattern[str]:
    try:
        return re.compile(pattern, re.MULTILINE)
    except re.error as error:
        raise BadInput(f"the pattern {pattern!r} is not a regular expression: {error}") from error


def run(example: Example, settings: Mapping[str, Any]) -> Result:
    """1 when the pattern of `pattern` or `expected` occurs (or, with `whole`, is the output; with `absent`, does not)."""
    pattern = settings["pattern"] or (example.expected if isinstance(example.expected, str) else "")
    if not pattern:
        raise BadInput("regex needs a pattern: --set pattern='...' or the field expected")
    output = (example.output or "")[:MOST_CHARACTERS]
    compiled = _compiled(pattern)
    match = compiled.fullmatch(output) if settings["whole"] else compiled.search(output)
    good = (match is None) if settings["absent"] else (match is not None)
    marks = (Mark(*match.span(), "match"),) if match and match.end() > match.start() else ()
    return Result(
        float(good),
        "match" if match else "no match",
        f"the pattern {'occurs' if match else 'does not occur'} in the output",
        marks,
    )


EVALUATOR = Evaluator(
    name="regex",
    summary="Does a regular expression match the output?",
    aliases=(
        "RegExp",
        "RegexMatch",
        "matches_pattern",
        "matches_regex",
        "PatternMatch",
        "MatchesRegex",
    ),
    needs=("output",),
    optional=("expected",),
    run=run,
    group="format",
    blind="Everything but the pattern. A pattern that backtracks without end blocks its worker: write it with care.",
    threshold=0.5,
    threshold_why="The score is 0 or 1.",
    settings=(
        Setting("pattern", "", "The regular expression (Python's); else `expected`."),
        Setting("whole", False, "Whether it must match the whole output."),
        Setting("absent", False, "Whether the pattern must not occur."),
    ),
)
