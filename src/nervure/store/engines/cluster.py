"""A ClickHouse server or cluster over HTTP: the same client, the same SQL.

Exactly once in a cluster. A Distributed insert is synchronous (`distributed_foreground_insert`): it splits the block by
the sharding expression and hands each shard its piece with the settings of the statement, the token among them. Each
shard remembers the token in its own replicated table, so the same file sent again adds nothing on any shard, and a
piece that one shard missed is added there alone. That holds while the set of shards and their weights stay the same
between the two sends; after a resharding within the window, the ledger's fingerprints still stop repeated requests
before they are written. Replicas of a shard share the window through Keeper, so the retry may reach another replica.
"""

from collections.abc import Sequence
from pathlib import Path
from urllib.parse import unquote, urlsplit

import clickhouse_connect
import zstandard
from clickhouse_connect.driver.client import Client

from nervure.base.errors import SettingsError
from nervure.store.engine import Layout, Limits
from nervure.store.engines.block import BLOCK
from nervure.store.engines.clients import Pool, mapping_errors
from nervure.store.engines.serving import ServingEngine

SCHEMES = ("clickhouse", "clickhouse+http", "clickhouse+https", "http", "https")


class ClusterEngine(ServingEngine):
    """dsn: clickhouse+http(s)://user:password@host:port/database. cluster: name for sharded, replicated tables."""

    def __init__(
        self,
        dsn: str,
        *,
        cluster: str = "",
        replicated: bool = True,
        query_slots: int = 4,
        writers: int = 2,
        limits: Limits | None = None,
        fsync: bool = True,
    ) -> None:
        """Raises SettingsError for a DSN that cannot be read, StoreDown when nobody answers there."""
        parts = urlsplit(dsn)
        if parts.scheme not in SCHEMES or not parts.hostname:
            raise SettingsError(
                f"store = {dsn.partition('@')[2] or dsn!r} is not a DSN of ClickHouse:"
                " write clickhouse+http://user:password@host:8123/nervure"
            )
        self._secure = parts.scheme.endswith("https")
        self._host, self._port = parts.hostname, parts.port or (8443 if self._secure else 8123)
        self._user, self._password = unquote(parts.username or "default"), unquote(parts.password or "")
        database = parts.path.strip("/") or "nervure"
        super().__init__(Layout(database, cluster, bool(cluster) and replicated), query_slots, limits or Limits())
        self._fsync = int(fsync)
        self._writers = Pool(self._connect, writers)
        with mapping_errors():
            client = self._client(None)
        self._create_database(client)
        client.close()

    def _client(self, database: str | None) -> Client:
        return clickhouse_connect.get_client(
            host=self._host,
            port=self._port,
            username=self._user,
            password=self._password,
            secure=self._secure,
            database=database,
            # Sessions would make statements of one client wait for each other.
            autogenerate_session_id=False,
            connect_timeout=10,
            send_receive_timeout=600,
        )

    def _connect(self) -> Client:
        return self._client(self._layout.database)

    def _insert_target(self, table: str) -> str:
        return table

    def insert(self, table: str, rows: Path | Sequence[Path], token: str) -> None:
        """Sends the files, compressed on the way; returns when every shard has its rows."""
        settings = {**BLOCK, "insert_deduplication_token": token, "log_comment": "insert"}
        if self._layout.cluster:
            settings["distributed_foreground_insert"] = 1
        files = [rows] if isinstance(rows, Path) else rows
        with self._writers.client(60.0) as client, mapping_errors(f"INSERT INTO {table}"):
            # In memory, because a retried send must be able to start again; a spool file is bounded by batch_rows.
            body = zstandard.ZstdCompressor(level=1).compress(b"".join(file.read_bytes() for file in files))
            client.raw_insert(
                f"{self._layout.database}.{self._insert_target(table)}",
                insert_block=body,
                fmt="JSONEachRow",
                compression="zstd",
                settings=settings,
            )

    def close(self) -> None:
        """Closes the connections; statements still running on the server end at their own limits."""
        super().close()
        self._writers.close()
