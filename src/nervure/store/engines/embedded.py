"""The embedded engine: chDB in this process, in the data folder.

Measured reasons for what looks odd: `docs/design/store.md`.
"""

import os
import shutil
import threading
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from xml.sax.saxutils import escape

import clickhouse_connect
from clickhouse_connect.driver.client import Client

from nervure.base.errors import NervureError, StoreError
from nervure.store.engine import Layout, Limits
from nervure.store.engines.block import BLOCK
from nervure.store.engines.clients import mapping_errors, quoted, settings_clause
from nervure.store.engines.lock import FolderLock
from nervure.store.engines.serving import ServingEngine
from nervure.store.sql import Sql
from nervure.store.tables.arrivals import ARRIVALS

# The parser's threads would take cores from decoding, and one core parses faster than Python can feed it.
ONE_THREAD = {"max_threads": 1, "input_format_parallel_parsing": 0}

# The engine would take a folder's name for a pattern.
WILDCARDS = frozenset("*?{}")

SERVER_CONFIG = """<clickhouse>
  <max_server_memory_usage>{memory}</max_server_memory_usage>
  <tmp_path>{tmp}/</tmp_path>
  <mark_cache_size>134217728</mark_cache_size>
  <uncompressed_cache_size>0</uncompressed_cache_size>
  <background_pool_size>2</background_pool_size>
  <background_merges_mutations_concurrency_ratio>1</background_merges_mutations_concurrency_ratio>
  <background_common_pool_size>2</background_common_pool_size>
  <background_move_pool_size>1</background_move_pool_size>
  <background_fetches_pool_size>1</background_fetches_pool_size>
  <background_schedule_pool_size>4</background_schedule_pool_size>
  <background_buffer_flush_schedule_pool_size>1</background_buffer_flush_schedule_pool_size>
  <background_message_broker_schedule_pool_size>1</background_message_broker_schedule_pool_size>
  <background_distributed_schedule_pool_size>1</background_distributed_schedule_pool_size>
  <backups><allowed_path>{backups}</allowed_path></backups>
  <merge_tree>
    <!-- With two merge threads, the defaults meant for sixteen would stop all large merges. -->
    <number_of_free_entries_in_pool_to_lower_max_size_of_merge>1</number_of_free_entries_in_pool_to_lower_max_size_of_merge>
    <number_of_free_entries_in_pool_to_execute_mutation>1</number_of_free_entries_in_pool_to_execute_mutation>
    <number_of_free_entries_in_pool_to_execute_optimize_entire_partition>1</number_of_free_entries_in_pool_to_execute_optimize_entire_partition>
    <!-- Merge more parts at once (default 5): a row is rewritten less often, which spared a fifth of all work of an
         insert of 800 rows (`docs/design/store.md`). -->
    <merge_selector_base>12</merge_selector_base>
    <!-- Replaced parts stay eight minutes by default, which doubles the store after large merges. -->
    <old_parts_lifetime>60</old_parts_lifetime>
    <!-- What one insert writes is one file rather than one for each of a hundred columns, until it has been merged. -->
    <min_bytes_for_wide_part>41943040</min_bytes_for_wide_part>
    <fsync_after_insert>{fsync}</fsync_after_insert>
    <fsync_part_directory>{fsync}</fsync_part_directory>
  </merge_tree>
  {extra}
</clickhouse>
"""


class EmbeddedEngine(ServingEngine):
    """folder: the data folder; the engine keeps to `<folder>/store`, its backups to `<folder>/backups`."""

    # What a stopped statement leaves in the engine's handle stands before the next one's answer.
    keeps_failed = False

    def __init__(
        self,
        folder: Path,
        *,
        database: str = "nervure",
        memory_bytes: int = 1536 << 20,
        fsync: bool = True,
        query_slots: int = 4,
        limits: Limits | None = None,
        extra_config: str = "",
    ) -> None:
        """Raises StoreError when another process has the folder, StoreDown when it cannot be opened."""
        super().__init__(Layout(database), query_slots, limits or Limits())
        self._folder = folder.resolve()
        if odd := WILDCARDS.intersection(str(self._folder)):
            raise StoreError(f"the data folder {self._folder} has {' '.join(sorted(odd))} in its name: choose another")
        self._memory_bytes = memory_bytes
        self._fsync = int(fsync)
        for name in ("store", "backups", "tmp"):
            (self._folder / name).mkdir(parents=True, exist_ok=True)
        self._lock = FolderLock(self._folder)
        try:
            self._config = self._write_config(extra_config)
            self._writing = threading.Lock()
            with mapping_errors():
                self._writer = self._client()
            self._create_database(self._writer)
            with mapping_errors():
                self._writer.database = database
                self._writer.command("SELECT 1")
                self._folding, self._folder_client = threading.Lock(), self._connect()
        except BaseException:
            self._lock.free()
            raise

    def _write_config(self, extra: str) -> Path:
        tmp = self._folder / "tmp"
        shutil.rmtree(tmp)
        tmp.mkdir()
        path = self._folder / "store.xml"
        path.write_text(
            SERVER_CONFIG.format(
                memory=self._memory_bytes,
                tmp=escape(str(tmp)),
                backups=escape(str(self._folder / "backups")),
                fsync=self._fsync,
                extra=extra,
            ),
            encoding="utf-8",
        )
        return path

    def _client(self, database: str | None = None) -> Client:
        # Without an explicit config file the engine reads ./config.xml of whatever folder the process was started in.
        return clickhouse_connect.get_client(
            interface="chdb",
            path=str(self._folder / "store"),
            database=database,
            chdb_options={"config-file": str(self._config)},
        )

    def _connect(self) -> Client:
        return self._client(self._layout.database)

    @property
    def backups(self) -> Path:
        """The folder backups are written to and restored from."""
        return self._folder / "backups"

    def insert(self, table: str, rows: Path | Sequence[Path], token: str) -> None:
        """One block per partition and table; waits for an insert into the same table that runs."""
        settings = {
            **BLOCK,
            **ONE_THREAD,
            "insert_deduplication_token": token,
            "log_comment": "insert",
            "max_memory_usage": self._memory_bytes,
        }
        statement = (
            f"INSERT INTO {self._layout.database}.{table} FROM INFILE {quoted(_pattern(rows))} COMPRESSION 'none'"
            f"{settings_clause(settings)} FORMAT JSONEachRow"
        )
        # Two lanes: telemetry is acknowledged while what came before it is folded into the summaries.
        lane, client = (self._folding, self._folder_client) if table == ARRIVALS.name else (self._writing, self._writer)
        with lane, mapping_errors(f"INSERT INTO {table}"):
            client.command(statement)

    def close(self) -> None:
        """Stops running statements, closes the engine and gives the folder back."""
        # Closing waits for what runs. An insert is let finish; should the stop itself fail, so are the rest.
        with suppress(NervureError):
            self._kill(Sql("query_kind = 'Select'"))
        super().close()
        with self._writing, self._folding:
            self._writer.close()
            self._folder_client.close()
        self._lock.free()


def _pattern(rows: Path | Sequence[Path]) -> str:
    """One name for the engine's INFILE: a file, or <folder>/{a,b} for several. Raises OSError when one is missing."""
    names = [path.resolve(strict=True) for path in ([rows] if isinstance(rows, Path) else rows)]
    if len(names) == 1:
        return str(names[0])
    # The pattern must not begin with a brace: such a name is looked for elsewhere, and not found without a word.
    folder = os.path.commonpath(names)
    return f"{folder}/{{{','.join(str(name.relative_to(folder)) for name in names)}}}"
