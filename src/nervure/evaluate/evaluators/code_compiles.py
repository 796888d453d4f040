"""Does the code of the output compile?"""

import ast
import json
import re
import warnings
from collections.abc import Mapping
from typing import Any

from nervure.evaluate.evaluator import Evaluator, Example, Mark, Result, Setting, nothing

_FENCE = re.compile(r"```([\w+#-]*)[^\n]*\n(.*?)(?:```|\Z)", re.DOTALL)
_PYTHON = frozenset({"python", "py", "python3", ""})
MOST_CHARACTERS = 200_000


def run(example: Example, settings: Mapping[str, Any]) -> Result:
    """Share of Python and JSON blocks that parse; nothing is ever run. Without a fence the whole output is the code."""
    output = (example.output or "")[:MOST_CHARACTERS]
    fenced = [(match[1].lower(), match[2], match.start(2)) for match in _FENCE.finditer(output)]
    blocks = fenced or [(settings["language"], output, 0)]
    blocks = [(kind or settings["language"], text, at) for kind, text, at in blocks if text.strip()]
    known = [(kind, text, at) for kind, text, at in blocks if kind in _PYTHON or kind == "json"]
    if not known:
        return nothing("the output holds no Python or JSON code")
    marks, told = [], []
    for kind, text, at in known:
        problem = _problem(kind, text)
        if problem:
            row, words = problem
            start = at + sum(len(line) + 1 for line in text.split("\n")[: row - 1])
            end = start + len(text.split("\n")[min(row, text.count("\n") + 1) - 1])
            marks.append(Mark(min(start, len(output) - 1), min(max(end, start + 1), len(output)), "does not compile"))
            told.append(f"line {row}: {words}")
    score = 1 - len(marks) / len(known)
    label = "compiles" if score >= settings["threshold"] else "does not compile"
    return Result(score, label, "; ".join(told[:5]) or f"{len(known)} blocks of code compile", tuple(marks))


def _problem(kind: str, text: str) -> tuple[int, str] | None:
    try:
        if kind == "json":
            json.loads(text)
            return None
        with warnings.catch_warnings():
            # Invalid escapes in somebody's code are no news for our log.
            warnings.simplefilter("ignore")
            ast.parse(text)
    except SyntaxError as error:
        return max(1, error.lineno or 1), error.msg
    except json.JSONDecodeError as error:
        return error.lineno, error.msg
    except (ValueError, RecursionError, MemoryError) as error:
        return 1, str(error) or type(error).__name__
    return None


EVALUATOR = Evaluator(
    name="code_compiles",
    summary="Does the Python or JSON code of the output parse? It is never run.",
    aliases=("CodeCompiles", "is_valid_python", "code_validity", "valid_python"),
    needs=("output",),
    run=run,
    group="format",
    blind="Other languages, missing names and modules, and whether the code does what it should.",
    threshold=1.0,
    threshold_why="Code that does not parse does not run.",
    settings=(Setting("language", "python", "Language of code without a mark of its own.", ("python", "json")),),
)
