"""Two shards inside one engine: each logical shard sees the rows its sharding expression gives it.

Both shards of the cluster `two` are this process, so a Distributed table over the local one would count every row
twice. A view over `shardNum()` stands between: shard n sees the rows whose sharding expression is n - 1 modulo 2.
"""

from nervure.store.ddl import create_distributed
from nervure.store.engines.cluster import ClusterEngine
from nervure.store.migrate import migrate
from nervure.store.schema import TABLES
from nervure.store.sql import Sql


class TwoShards(ClusterEngine):
    """Writes to the local tables, because nothing can be inserted through a view; reads through both shards."""

    def __init__(self, url: str, database: str) -> None:
        super().__init__(f"{url}/{database}", cluster="two", replicated=False)

    def _insert_target(self, table: str) -> str:
        return f"{table}_local"


def lay_out(engine: TwoShards) -> None:
    """Migrate, then put the views between."""
    migrate(engine)
    database = engine.layout.database
    for table in TABLES:
        shard = f"{table.name}_shard"
        engine.command(Sql(f"DROP TABLE {database}.{table.name}"))
        engine.command(
            Sql(
                f"CREATE VIEW {database}.{shard} AS SELECT * FROM {database}.{table.name}_local"
                f" WHERE {table.shard_by} % 2 + 1 = shardNum()"
            )
        )
        engine.command(create_distributed(table, engine.layout, over=shard))
