"""What only a server or cluster does: connection, DDL for shards and replicas."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from nervure.base.errors import QueryStopped, SettingsError, StoreDown, StoreError
from nervure.store import migrate
from nervure.store.ddl import alter, create_table, create_view
from nervure.store.engine import Layout
from nervure.store.engines.cluster import ClusterEngine
from nervure.store.schema import TABLES, VIEWS
from nervure.store.sql import Sql
from nervure.store.tables.spans import SPANS
from nervure.store.tables.traces import TRACES_OF_SPANS
from tests.store.facade import Facade
from tests.store.two_shards import TwoShards, lay_out

CLUSTER = Layout("nervure", "prod", replicated=True)


@pytest.fixture
def facade(tmp_path: Path) -> Iterator[Facade]:
    facade = Facade(tmp_path / "server")
    yield facade
    facade.close()


@pytest.mark.parametrize("dsn", ["postgres://x/y", "localhost:8123", "clickhouse+http:///db"])
def test_a_dsn_that_is_not_one_of_clickhouse_is_refused_with_an_example(dsn: str) -> None:
    with pytest.raises(SettingsError, match="clickhouse\\+http://"):
        ClusterEngine(dsn)


def test_a_server_nobody_answers_at_is_down() -> None:
    with pytest.raises(StoreDown):
        ClusterEngine("clickhouse+http://127.0.0.1:1/nervure")


@pytest.mark.parametrize(
    ("code", "error"),
    [(243, StoreDown), (242, StoreDown), (252, StoreDown), (999, StoreDown), (159, QueryStopped), (27, StoreError)],
)
def test_each_refusal_of_the_server_becomes_the_error_that_says_what_to_do(
    facade: Facade, tmp_path: Path, code: int, error: type[Exception]
) -> None:
    engine = ClusterEngine(f"{facade.url}/nervure")
    migrate(engine)
    engine.query(Sql("SELECT 1"))
    rows = tmp_path / "rows.jsonl"
    rows.write_bytes(b'{"project": "x"}\n')
    engine.insert("spans", rows, "warm")
    facade.refuses = code
    with pytest.raises(error):
        engine.query(Sql("SELECT 1"))
    with pytest.raises(error):
        engine.insert("spans", rows, "t")
    facade.refuses = 0
    engine.insert("spans", rows, "t")
    engine.close()


def test_a_join_a_cluster_would_refuse_is_refused_by_the_double(facade: Facade) -> None:
    engine = TwoShards(facade.url, "nervure")
    lay_out(engine)
    with pytest.raises(StoreError, match="288"):
        engine.query(Sql("SELECT count() FROM spans WHERE trace_id IN (SELECT trace_id FROM traces)"))
    # Allowed the way a cluster allows it.
    text = "SELECT count() FROM spans WHERE trace_id GLOBAL IN (SELECT trace_id FROM traces)"
    assert engine.query(Sql(text)).rows == [(0,)]
    engine.close()


def test_a_cluster_gets_replicated_local_tables_under_a_distributed_one() -> None:
    local, distributed = (statement.text for statement in create_table(SPANS, CLUSTER))
    assert "CREATE TABLE IF NOT EXISTS nervure.spans_local ON CLUSTER 'prod'" in local
    assert (
        "ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{shard}/nervure/spans', '{replica}', revision)"
        in local
    )
    assert "replicated_deduplication_window = " in local
    assert "ENGINE = Distributed(prod, nervure, spans_local, cityHash64(trace_id))" in distributed
    view = create_view(TRACES_OF_SPANS, CLUSTER).text
    assert "TO nervure.traces_local\n" in view
    assert "FROM nervure.arrivals_local AS s" in view
    assert alter("spans", CLUSTER, "DROP PARTITION ID '1'").text == (
        "ALTER TABLE nervure.spans_local ON CLUSTER 'prod' DROP PARTITION ID '1'"
    )


def test_one_server_never_sees_replication_because_the_embedded_engine_hangs_on_it() -> None:
    layout = Layout()
    for statement in [s for table in TABLES for s in create_table(table, layout)] + [
        create_view(v, layout) for v in VIEWS
    ]:
        assert "Replicated" not in statement.text
        assert "ON CLUSTER" not in statement.text
        assert "_local" not in statement.text
