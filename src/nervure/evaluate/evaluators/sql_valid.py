"""Does the SQL of the output parse?"""

import re
from collections.abc import Mapping
from typing import Any

import sqlglot
from sqlglot.errors import SqlglotError

from nervure.base.errors import BadInput
from nervure.evaluate.evaluator import Evaluator, Example, Mark, Result, Setting, nothing

_FENCE = re.compile(r"```(?:sql|\w*sql)?\s*\n(.*?)```", re.DOTALL | re.IGNORECASE)
_WRITES = ("Insert", "Update", "Delete", "Drop", "Alter", "TruncateTable", "Create", "Merge", "Grant")
MOST_CHARACTERS = 50_000


def run(example: Example, settings: Mapping[str, Any]) -> Result:
    """1 when every statement parses in the dialect, and with `read_only` none writes."""
    output = (example.output or "")[:MOST_CHARACTERS]
    fenced = _FENCE.search(output)
    text, offset = (fenced.group(1), fenced.start(1)) if fenced else (output, 0)
    if not text.strip():
        return nothing("the output holds no SQL")
    try:
        statements = [
            statement for statement in sqlglot.parse(text, read=settings["dialect"] or None) if statement is not None
        ]
    except SqlglotError as error:
        first = (getattr(error, "errors", None) or [{}])[0]
        lines = text.split("\n")
        row, column = int(first.get("line") or 1), int(first.get("col") or 1)
        at = min(offset + sum(len(line) + 1 for line in lines[: row - 1]) + max(0, column - 1), max(0, len(output) - 1))
        told = first.get("description") or str(error).splitlines()[0]
        return Result(
            0.0,
            "invalid",
            f"line {row}, column {column}: {told}"[:300],
            (Mark(at, min(len(output), at + 20), "error"),),
        )
    except ValueError as error:
        raise BadInput(f"sql_valid: {error}") from error
    except RecursionError:
        return Result(0.0, "invalid", "the statement is nested too deeply to be parsed")
    # What the parser does not know it keeps as a command or as an alias of plain words.
    known = [
        statement
        for statement in statements
        if type(statement).__name__
        not in ("Command", "Alias", "Column", "Literal", "Identifier", "Paren", "Not", "And")
    ]
    if len(known) < len(statements) or not statements:
        return Result(0.0, "invalid", "the text is not a statement of SQL")
    writing = (
        sorted({type(statement).__name__ for statement in statements} & set(_WRITES)) if settings["read_only"] else []
    )
    if writing:
        return Result(0.0, "writes", f"the SQL is not read-only: {', '.join(writing)}")
    return Result(1.0, "valid", f"{len(statements)} statements parse")


EVALUATOR = Evaluator(
    name="sql_valid",
    summary="Does the SQL of the output parse?",
    aliases=(
        "SQLValidity",
        "valid_sql",
        "sql_parses",
        "ValidSQL",
        "IsValidSQL",
    ),
    needs=("output",),
    run=run,
    group="format",
    blind="Whether tables and columns exist, and whether the query answers the question.",
    threshold=0.5,
    threshold_why="The score is 0 or 1.",
    settings=(
        Setting("dialect", "", "postgres, mysql, clickhouse, bigquery ...; empty for a general one."),
        Setting("read_only", False, "Whether statements that write fail."),
    ),
)
