"""What only the embedded engine does: its folder, its lock, stopping, backups, shedding payloads."""

import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from nervure.base.clock import FixedClock
from nervure.base.errors import Busy, QueryStopped, StoreDown, StoreError
from nervure.base.settings import Settings
from nervure.model.span import Span
from nervure.store import insert_spans, migrate
from nervure.store.backup import back_up, bring_back
from nervure.store.ddl import alter, payload_columns
from nervure.store.engine import Limits
from nervure.store.engines.embedded import EmbeddedEngine
from nervure.store.rows import line, span_row
from nervure.store.schema import TABLES
from nervure.store.sql import Sql

T0 = 1_780_000_000_000_000_000
ENDLESS = Sql("SELECT sum(cityHash64(number)) FROM numbers(100000000000)")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[EmbeddedEngine]:
    engine = EmbeddedEngine(tmp_path / "data", query_slots=2)
    migrate(engine)
    yield engine
    engine.close()


def fill(engine: EmbeddedEngine, tmp_path: Path, count: int, token: str = "t") -> None:
    path = tmp_path / "rows.jsonl"
    spans = [
        Span(f"{token}{at:031x}", f"{at:016x}", "chat", T0 + at * 10**9, kind="llm", output_text=f"The Answer {at}", input_tokens=1)
        for at in range(count)
    ]  # fmt: skip
    path.write_bytes(b"".join(line(span_row(span, 1)) for span in spans))
    insert_spans(engine, path, token)


def count_of(engine: EmbeddedEngine) -> tuple[int, ...]:
    return tuple(engine.query(Sql("SELECT (SELECT count() FROM spans), (SELECT sum(span_count) FROM minutes)")).rows[0])


def test_a_second_process_is_told_who_holds_the_folder(store: EmbeddedEngine, tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from nervure.store.engines.embedded import EmbeddedEngine\n"
        "EmbeddedEngine(Path(sys.argv[1]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "data")], capture_output=True, text=True, check=False
    )
    assert done.returncode != 0
    assert "is in use by process" in done.stderr
    assert "--data" in done.stderr


def test_the_folder_is_free_again_once_closed_and_keeps_its_rows(tmp_path: Path) -> None:
    for token in ("a", "b", "b"):
        engine = EmbeddedEngine(tmp_path / "data")
        migrate(engine)
        fill(engine, tmp_path, 10, token)
        found = count_of(engine)
        engine.close()
        engine.close()
    # The token is remembered across restarts.
    assert found == (20, 20)


def test_what_a_killed_process_left_in_the_temporary_folder_is_gone_at_the_next_start(tmp_path: Path) -> None:
    orphan = tmp_path / "data" / "tmp" / "left"
    orphan.parent.mkdir(parents=True)
    orphan.write_text("x")
    EmbeddedEngine(tmp_path / "data").close()
    assert not orphan.exists()


def test_a_running_statement_is_stopped_by_its_tag(store: EmbeddedEngine) -> None:
    stopped: list[Exception] = []

    def run() -> None:
        with pytest.raises(QueryStopped) as caught:
            store.query(ENDLESS, Limits(timeout_s=60, tag="job-1"))
        stopped.append(caught.value)

    thread = threading.Thread(target=run)
    thread.start()
    while thread.is_alive():
        store.kill("job-1")
        thread.join(0.1)
    assert "cancelled" in str(stopped[0])


def test_a_stopped_statement_leaves_nothing_to_the_next(tmp_path: Path) -> None:
    words = Sql("SELECT toLowCardinality(toString(number % 1000)) AS word, number FROM numbers(3000000)")
    engine = EmbeddedEngine(tmp_path / "data", query_slots=1)
    try:
        for turn in range(8):
            stopping = threading.Timer(0.02 * turn, engine.kill, (f"turn-{turn}",))
            stopping.start()
            try:
                # The engine may hand out the part it had, without a word.
                rows = engine.query(words, Limits(timeout_s=60, tag=f"turn-{turn}", max_result_rows=3_000_000)).rows
                assert len(rows) == 3_000_000
            except QueryStopped:
                pass
            stopping.join()
            asked = Sql("SELECT countIf(number % 2), count(), {turn:UInt64} FROM numbers(1000)", {"turn": turn})
            assert engine.query(asked, Limits(timeout_s=60)).rows == [(500, 1000, turn)]
    finally:
        engine.close()


def test_closing_stops_what_runs(tmp_path: Path) -> None:
    engine = EmbeddedEngine(tmp_path / "data")
    failed = threading.Event()

    def run() -> None:
        with pytest.raises((QueryStopped, StoreError, StoreDown)):
            engine.query(ENDLESS, Limits(timeout_s=60))
        failed.set()

    thread = threading.Thread(target=run)
    thread.start()
    running = Sql("SELECT count() FROM system.processes WHERE query LIKE '%cityHash64(number)%'")
    while engine.query(running).rows[0][0] < 2:
        pass
    engine.close()
    assert failed.wait(10)
    thread.join()


def test_more_questions_than_slots_wait_and_then_are_told_to_come_again(store: EmbeddedEngine) -> None:
    streams = [store.stream(Sql("SELECT number FROM numbers(1000000)")) for _ in range(2)]
    for stream in streams:
        next(stream)
    with pytest.raises(Busy, match="NERVURE_QUERY_THREADS"):
        store.query(Sql("SELECT 1"), Limits(timeout_s=0.05))
    for stream in streams:
        stream.close()  # type: ignore[attr-defined]
    assert store.query(Sql("SELECT 1")).rows == [(1,)]


def test_a_backup_made_while_running_comes_back_in_another_folder_and_goes_on_rolling_up(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path / "data")
    engine = EmbeddedEngine(settings.data)
    migrate(engine)
    fill(engine, tmp_path, 50, "a")
    made = back_up(engine, settings, FixedClock(T0), tmp_path / "copy")
    fill(engine, tmp_path, 50, "b")
    assert made["bytes"] > 0
    assert count_of(engine) == (100, 100)
    engine.close()
    bring_back(tmp_path / "copy", Settings(data=tmp_path / "other"))
    other = EmbeddedEngine(tmp_path / "other")
    assert migrate(other) == []
    fill(other, tmp_path, 5, "c")
    assert count_of(other) == (55, 55)
    other.close()


def test_payloads_are_cleared_week_by_week_and_everything_else_stays(store: EmbeddedEngine, tmp_path: Path) -> None:
    fill(store, tmp_path, 20)
    (week,) = store.query(Sql("SELECT DISTINCT partition_id FROM system.parts WHERE table = 'spans' AND active")).rows
    names = payload_columns(TABLES)["spans"]
    change = ", ".join(f"CLEAR COLUMN {name} IN PARTITION ID '{week[0]}'" for name in names)
    store.command(alter("spans", store.layout, f"{change} SETTINGS mutations_sync = 2"))
    text = "SELECT count(), sum(input_tokens), countIf(output_text != ''), uniq(span_id) FROM spans"
    assert store.query(Sql(text)).rows == [(20, 20, 0, 20)]
    found = store.query(Sql("SELECT count() FROM spans WHERE hasAllTokens(output_text, 'answer')")).rows
    assert found == [(0,)]


def test_a_config_of_the_folder_the_server_was_started_in_does_not_count(tmp_path: Path) -> None:
    stray = "<clickhouse><max_server_memory_usage>123456789</max_server_memory_usage></clickhouse>"
    (tmp_path / "config.xml").write_text(stray)
    code = (
        "import sys; from pathlib import Path; from nervure.store.engines.embedded import EmbeddedEngine\n"
        "from nervure.store.sql import Sql\n"
        "engine = EmbeddedEngine(Path(sys.argv[1]), memory_bytes=987654321)\n"
        "ask = \"SELECT value FROM system.server_settings WHERE name = 'max_server_memory_usage'\"\n"
        "print(engine.query(Sql(ask)).rows[0][0]); engine.close()"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "data")], capture_output=True, text=True, check=False, cwd=tmp_path
    )
    assert done.stdout.strip() == "987654321", done.stderr
