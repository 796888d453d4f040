"""The contract of a store engine: both engines run the same SQL through the same client."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from nervure.store.sql import Sql


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of one statement; past them it is stopped with QueryStopped. tag: finds it among running statements."""

    timeout_s: float = 30.0
    memory_bytes: int = 1 << 30
    max_result_rows: int = 1_000_000
    tag: str = ""


@dataclass(slots=True)
class Result:
    """Rows of an answer. rows_read, elapsed_s: what it cost, as the engine counted it."""

    columns: list[str]
    rows: list[tuple[Any, ...]]
    rows_read: int = 0
    elapsed_s: float = 0.0

    def dicts(self) -> list[dict[str, Any]]:
        """Rows as mappings from column name."""
        return [dict(zip(self.columns, row, strict=True)) for row in self.rows]


@dataclass(frozen=True, slots=True)
class DiskUse:
    """Bytes on disk by table, and what the file system has free (None when the server does not tell)."""

    tables: dict[str, int] = field(default_factory=dict)
    free_bytes: int | None = None
    total_bytes: int | None = None


class Engine(Protocol):
    """Keeps and asks. Thread-safe; every call may block, so call it from a pool.

    Errors: StoreDown when it cannot be reached or its disk is full (retry later), QueryStopped at a limit,
    StoreError for the rest.
    """

    @property
    def layout(self) -> "Layout": ...

    def insert(self, table: str, rows: Path | Sequence[Path], token: str) -> None:
        """Writes files of JSON lines (one object per row, missing columns take their defaults) as one block.

        The same token again adds nothing, also after a restart, also to the roll-ups behind the table.
        """
        ...

    def query(self, sql: Sql, limits: Limits | None = None) -> Result: ...

    def arrow(self, sql: Sql, limits: Limits | None = None) -> Any:
        """The answer as a pyarrow.Table."""
        ...

    def stream(self, sql: Sql, limits: Limits | None = None) -> Iterator[Sequence[tuple[Any, ...]]]:
        """The answer in blocks of rows, for exports larger than memory."""
        ...

    def command(self, sql: Sql, limits: Limits | None = None) -> None:
        """Runs a statement without an answer: DDL, DELETE, ALTER."""
        ...

    def kill(self, tag: str) -> None:
        """Stops running statements with that tag."""
        ...

    def ping(self) -> str:
        """The engine's version. Raises StoreDown."""
        ...

    def disk(self) -> DiskUse: ...

    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Layout:
    """How tables are laid out, from which DDL is rendered.

    cluster "": one server (or the embedded engine): plain MergeTree tables named as they are.
    Else: replicated `<table>_local` on every shard, sharded by trace id, under a Distributed `<table>`.
    replicated: whether the engine family is Replicated* (a test double of two shards has none).
    """

    database: str = "nervure"
    cluster: str = ""
    replicated: bool = False
