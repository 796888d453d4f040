"""Runs statements within limits and keeps the account of what an answer cost."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from nervure.base.errors import QueryError, StoreError
from nervure.store.engine import Engine, Limits, Result
from nervure.store.sql import Sql

# Engine code of a mistake only the asker can mend: a regular expression that cannot be compiled.
BAD_PATTERN = 427
PATTERN_PROBLEM = re.compile(r"cannot compile re2: (.*?)\. Look at")


@dataclass(slots=True)
class Runner:
    """One question's statements. now_ns: the moment it was asked; relative times count from there."""

    engine: Engine
    limits: Limits
    project: str
    now_ns: int
    rows_read: int = 0
    elapsed_s: float = 0.0
    statements: list[Sql] = field(default_factory=list)

    def query(self, sql: Sql) -> Result:
        """The answer of a statement. Raises QueryError for a pattern the engine cannot compile."""
        self.statements.append(sql)
        try:
            result = self.engine.query(sql, self.limits)
        except StoreError as error:
            raise _mended(error) from error
        self.rows_read += result.rows_read
        self.elapsed_s += result.elapsed_s
        return result

    def stream(self, sql: Sql) -> Iterator[Sequence[tuple[Any, ...]]]:
        self.statements.append(sql)
        try:
            yield from self.engine.stream(sql, self.limits)
        except StoreError as error:
            raise _mended(error) from error

    def stats(self) -> dict[str, Any]:
        """What the answer cost."""
        return {"rows_read": self.rows_read, "elapsed_ms": round(self.elapsed_s * 1000, 3)}


def _mended(error: StoreError) -> Exception:
    if error.engine_code == BAD_PATTERN:
        found = PATTERN_PROBLEM.search(str(error))
        problem = found[1] if found else str(error)
        return QueryError(f"the regular expression cannot be used: {problem}. Write it in RE2's syntax")
    return error
