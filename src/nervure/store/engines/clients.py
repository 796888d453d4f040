"""What both engines share: a bounded pool of clickhouse-connect clients, limits on every statement, error mapping."""

import os
import queue
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import Error, OperationalError

from nervure.base.errors import Busy, NervureError, QueryStopped, StoreDown, StoreError
from nervure.base.journal import journal
from nervure.store.engine import Limits, Result
from nervure.store.sql import Sql

STOPPED = {
    158: "it reads too many rows",
    159: "it took too long",
    160: "it would take too long",
    241: "it needs too much memory",
    307: "it reads too many bytes",
    394: "it was cancelled",
    396: "its answer has too many rows",
}
# No space, no network, no quorum, read-only replica, too many parts: what passes by itself or by an operator's hand.
DOWN = frozenset({74, 75, 76, 95, 198, 202, 209, 210, 225, 236, 242, 243, 252, 279, 285, 286, 319, 425, 999})
ADVICE = "narrow the time range or the filter"


def mapped(error: Exception, statement: str = "") -> NervureError:
    """Our error for one of the client's."""
    code = int(getattr(error, "code", 0) or 0)
    text = str(error).strip().split("\n")[0][:500]
    if code in STOPPED:
        return QueryStopped(f"the statement was stopped because {STOPPED[code]}: {ADVICE} ({text})")
    if code in DOWN or (not code and isinstance(error, OperationalError | OSError)):
        return StoreDown(f"the store cannot be used for now: {text}", retry_after_s=2.0)
    return StoreError(f"the store refused: {text}" + (f" in: {statement[:200]}" if statement else ""), code)


@contextmanager
def mapping_errors(statement: str = "") -> Iterator[None]:
    """Turns the client's errors into ours."""
    try:
        yield
    except (Error, OSError) as error:
        raise mapped(error, statement) from error
    except IndexError as error:
        # The client reads past the end of an answer that broke off, as of a statement stopped from outside.
        raise StoreDown(f"the store's answer broke off ({error}): ask again", retry_after_s=1.0) from error


class Pool:
    """At most `size` clients, made when first needed; who finds none free waits.

    keeps_failed: whether a client may be used again after a failure within its block, e.g. a statement that was stopped.
    """

    def __init__(self, make: Callable[[], Client], size: int, keeps_failed: bool = True) -> None:
        self._make, self._size, self._keeps_failed = make, size, keeps_failed
        # A place without a client stands as None; those with one are taken first.
        self._free: queue.LifoQueue[Client | None] = queue.LifoQueue()
        for _ in range(size):
            self._free.put(None)
        self._made: list[Client] = []
        self._lock = threading.Lock()
        self._closed = False

    @contextmanager
    def client(self, timeout_s: float) -> Iterator[Client]:
        """A client for the length of the block. Raises Busy when none gets free within timeout_s."""
        client = self._take(timeout_s)
        left: Client | None = client
        try:
            yield client
        except BaseException:
            if not self._keeps_failed:
                left = None
                self._drop(client)
            raise
        finally:
            self._free.put(left)

    def _take(self, timeout_s: float) -> Client:
        if self._closed:
            raise StoreDown("the store is closed: the server is stopping")
        try:
            held = self._free.get(timeout=timeout_s)
        except queue.Empty as error:
            raise Busy(
                f"all {self._size} query slots are taken: try again, or raise NERVURE_QUERY_THREADS", 1.0
            ) from error
        if held is not None:
            return held
        try:
            with mapping_errors():
                client = self._make()
        except BaseException:
            self._free.put(None)
            raise
        with self._lock:
            self._made.append(client)
        return client

    def _drop(self, client: Client) -> None:
        with self._lock:
            self._made = [one for one in self._made if one is not client]
        try:
            with mapping_errors():
                client.close()
        except NervureError as error:
            journal("store").warning("a client could not be closed", error=str(error))

    def close(self) -> None:
        """Closes every client; one that is busy is waited for, so stop its statement first."""
        self._closed = True
        with self._lock:
            for client in self._made:
                client.close()
            self._made.clear()


def core_count() -> int:
    """Cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def statement_settings(limits: Limits, threads: int) -> dict[str, Any]:
    """The settings that hold a statement within its limits, and name it."""
    return {
        "max_execution_time": f"{limits.timeout_s:g}",
        "max_memory_usage": limits.memory_bytes,
        "max_bytes_before_external_group_by": limits.memory_bytes // 2,
        "max_bytes_before_external_sort": limits.memory_bytes // 2,
        "max_threads": threads,
        "max_result_rows": limits.max_result_rows,
        "result_overflow_mode": "throw",
        "log_comment": limits.tag,
    }


def settings_clause(settings: dict[str, Any]) -> str:
    """` SETTINGS a = 'b', ...`: values quoted, names are our own constants."""
    pairs = (f"{name} = {quoted(str(value))}" for name, value in settings.items())
    return " SETTINGS " + ", ".join(pairs)


def quoted(text: str) -> str:
    """A string literal."""
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def run_query(client: Client, sql: Sql, settings: dict[str, Any]) -> Result:
    with mapping_errors(sql.text):
        answer = client.query(sql.text, parameters=sql.values or None, settings=settings)
        rows = answer.result_rows
        summary = answer.summary or {}
        columns = list(answer.column_names) or _columns_of(client, sql)
    return Result(
        columns=columns,
        rows=[tuple(row) for row in rows],
        rows_read=int(summary.get("read_rows", 0)),
        elapsed_s=int(summary.get("elapsed_ns", 0)) / 1e9,
    )


def _columns_of(client: Client, sql: Sql) -> list[str]:
    """Column names of an empty answer, which chDB leaves out."""
    described = client.query(f"DESCRIBE ({sql.text})", parameters=sql.values or None)
    return [str(row[0]) for row in described.result_rows]


def run_arrow(client: Client, sql: Sql, settings: dict[str, Any]) -> Any:
    # As a clause of the statement: the chDB client would else set and restore each setting by statements of their own.
    text = sql.text + "\n" + settings_clause(settings)
    with mapping_errors(sql.text):
        return client.query_arrow(text, parameters=sql.values or None, use_strings=True)


def run_stream(client: Client, sql: Sql, settings: dict[str, Any]) -> Iterator[Sequence[tuple[Any, ...]]]:
    with (
        mapping_errors(sql.text),
        client.query_row_block_stream(sql.text, parameters=sql.values or None, settings=settings) as blocks,
    ):
        yield from blocks


def run_command(client: Client, sql: Sql, settings: dict[str, Any]) -> None:
    with mapping_errors(sql.text):
        client.command(sql.text, parameters=sql.values or None, settings=settings)
