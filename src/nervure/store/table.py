"""What a table is: columns and keys as values, from which DDL is rendered for either layout."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Column:
    """type: ClickHouse type. codec: compression, e.g. "ZSTD(1)". is_payload: shed first when the disk is full."""

    name: str
    type: str
    codec: str = ""
    is_payload: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """engine: family without "Replicated", with its arguments. shard_by: sharding expression of the cluster layout.

    primary_key: prefix of order_by kept in memory; empty: all of it.
    """

    name: str
    columns: tuple[Column, ...]
    engine: str
    order_by: tuple[str, ...]
    partition_by: str = ""
    shard_by: str = ""
    indexes: tuple[str, ...] = ()
    settings: tuple[str, ...] = ()
    ttl: str = ""
    primary_key: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class View:
    """A materialised view: rows inserted into `source` are folded into `target` by `select` (with {source} in it)."""

    name: str
    source: str
    target: str
    select: str


# What a group of rows holds: mostly the name of a table. "minutes" and "traces" are corrections of sums, "recount" spans
# to be counted in them (`store.corrections`).
Signal = Literal[
    "spans", "logs", "metrics", "scores", "minutes", "traces", "recount", "ledger", "predictions", "truths"
]
