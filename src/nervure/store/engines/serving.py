"""Asking and commanding, the same for both engines; how rows get in is each engine's own."""

from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Iterator, Sequence
from typing import Any

from clickhouse_connect.driver.client import Client

from nervure.base.errors import QueryStopped
from nervure.store.ddl import create_database
from nervure.store.engine import DiskUse, Layout, Limits, Result
from nervure.store.engines.clients import (
    Pool,
    core_count,
    mapping_errors,
    run_arrow,
    run_command,
    run_query,
    run_stream,
    statement_settings,
)
from nervure.store.sql import Sql

# DDL and mutations may wait for the whole table.
COMMAND_LIMITS = Limits(timeout_s=600.0, memory_bytes=2 << 30)
SYSTEM_LIMITS = Limits(timeout_s=30.0, memory_bytes=256 << 20)
MAX_THREADS = 8
MOST_STOPPED = 1024


class ServingEngine(ABC):
    """Base of both engines: pools of clients for questions, for DDL and for stopping statements."""

    # Whether a client answers rightly after a statement that failed on it or was stopped.
    keeps_failed = True

    def __init__(self, layout: Layout, query_slots: int, limits: Limits) -> None:
        self._layout, self._limits = layout, limits
        self._threads = min(core_count(), MAX_THREADS)
        self._stopped: deque[str] = deque(maxlen=MOST_STOPPED)
        self._pool = Pool(self._connect, query_slots, self.keeps_failed)
        self._system = Pool(self._connect, 2, self.keeps_failed)
        # Apart, because stopping a statement must not wait for one.
        self._control = Pool(self._connect, 1, self.keeps_failed)

    @abstractmethod
    def _connect(self) -> Client:
        """A new client of this engine."""

    def _create_database(self, client: Client) -> None:
        run_command(client, create_database(self._layout), {})

    @property
    def layout(self) -> Layout:
        return self._layout

    def query(self, sql: Sql, limits: Limits | None = None) -> Result:
        limits = limits or self._limits
        with self._pool.client(limits.timeout_s) as client:
            answer = run_query(client, sql, statement_settings(limits, self._threads))
            self._check(limits)
            return answer

    def arrow(self, sql: Sql, limits: Limits | None = None) -> Any:
        """The answer as a pyarrow.Table."""
        limits = limits or self._limits
        with self._pool.client(limits.timeout_s) as client:
            answer = run_arrow(client, sql, statement_settings(limits, self._threads))
            self._check(limits)
            return answer

    def stream(self, sql: Sql, limits: Limits | None = None) -> Iterator[Sequence[tuple[Any, ...]]]:
        """The answer in blocks of rows. Holds one query slot until the iterator is exhausted or closed."""
        limits = limits or self._limits
        with self._pool.client(limits.timeout_s) as client:
            yield from run_stream(client, sql, statement_settings(limits, self._threads))
            self._check(limits)

    def command(self, sql: Sql, limits: Limits | None = None) -> None:
        limits = limits or COMMAND_LIMITS
        with self._system.client(limits.timeout_s) as client:
            run_command(client, sql, statement_settings(limits, self._threads))

    def kill(self, tag: str) -> None:
        """Stops running statements with that tag; the empty tag names none."""
        if tag:
            self._stopped.append(tag)
            self._kill(Sql("Settings['log_comment'] = {tag:String}", {"tag": tag}))

    def _check(self, limits: Limits) -> None:
        """Raises QueryStopped when the statement was stopped: its answer may be a part, and look whole."""
        if limits.tag and limits.tag in self._stopped:
            raise QueryStopped("the statement was stopped because it was cancelled")

    def _kill(self, which: Sql) -> None:
        where = " ON CLUSTER '" + self._layout.cluster + "'" if self._layout.replicated else ""
        with self._control.client(SYSTEM_LIMITS.timeout_s) as client:
            run_command(client, Sql(f"KILL QUERY{where} WHERE ") + which + Sql(" ASYNC"), {})

    def ping(self) -> str:
        with self._control.client(SYSTEM_LIMITS.timeout_s) as client:
            return str(run_query(client, Sql("SELECT version()"), {}).rows[0][0])

    def disk(self) -> DiskUse:
        """Active parts only: what merges have replaced goes by itself within minutes."""
        local = (
            f"clusterAllReplicas('{self._layout.cluster}', system.parts)" if self._layout.replicated else "system.parts"
        )
        parts = Sql(
            f"SELECT table, sum(bytes_on_disk) FROM {local} WHERE active AND database = {{database:String}} GROUP BY table",
            {"database": self._layout.database},
        )
        space = Sql("SELECT sum(unreserved_space), sum(total_space) FROM system.disks WHERE type = 'Local'")
        with self._control.client(SYSTEM_LIMITS.timeout_s) as client:
            tables = {str(name).removesuffix("_local"): int(size) for name, size in run_query(client, parts, {}).rows}
            free, total = run_query(client, space, {}).rows[0]
        return DiskUse(tables, int(free) if total else None, int(total) if total else None)

    def close(self) -> None:
        """Stops what runs, then closes every client."""
        with mapping_errors():
            self._pool.close()
            self._system.close()
            self._control.close()
