"""What every engine promises, on every layout."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from nervure.base.errors import QueryStopped, StoreError
from nervure.model.ledger import LedgerEntry
from nervure.model.log import LogRecord
from nervure.model.metric import Exemplar, MetricPoint
from nervure.model.score import Score
from nervure.model.span import Span
from nervure.store import insert_spans, migrate
from nervure.store.engine import Engine, Limits
from nervure.store.migrate import known_migrations
from nervure.store.migrations import Migration
from nervure.store.rows import (
    LEDGER_COLUMNS,
    LOG_COLUMNS,
    METRIC_COLUMNS,
    SCORE_COLUMNS,
    SPAN_COLUMNS,
    ledger_of,
    ledger_row,
    line,
    log_of,
    log_row,
    metric_of,
    metric_row,
    score_of,
    score_row,
    span_of,
    span_row,
)
from nervure.store.sql import Sql

T0 = 1_780_000_000_123_456_789
MINUTE = 60 * 10**9


def write(engine: Engine, tmp_path: Path, table: str, rows: list[dict[str, Any]], token: str) -> None:
    path = tmp_path / f"{token}.jsonl"
    path.write_bytes(b"".join(map(line, rows)))
    if table == "spans":
        insert_spans(engine, path, token)
    else:
        engine.insert(table, path, token)


def ask(engine: Engine, text: str, project: str, **values: Any) -> list[tuple[Any, ...]]:
    return engine.query(Sql(text, {"project": project, **values})).rows


def spans_of(project: str, count: int) -> list[Span]:
    return [
        Span(
            trace_id=f"{at // 4:032x}", span_id=f"{at:016x}", name="chat", start_ns=T0 + at * MINUTE, project=project,
            kind="llm", status="error" if at % 10 == 0 else "ok", duration_ns=(at + 1) * 10**6, service="shop",
            parent_id="" if at % 4 == 0 else "p", request_model="m", input_tokens=10, output_tokens=2,
            cost_total=0.5 if at % 2 else None, cost_source="book:1" if at % 2 else "unpriced", session=f"s{at // 4}",
            ttft_ns=5 * 10**6, output_text=f"The Answer number {at}",
        )
        for at in range(count)
    ]  # fmt: skip


def test_a_span_comes_back_from_the_engine_as_it_was(engine: Engine, tmp_path: Path, project: str) -> None:
    text = "a question with 'quotes', \"double\", \\ back, \x00 nul, é and \U0001f600, long enough to refer to" * 3
    span = replace(
        spans_of(project, 1)[0], input=[{"role": "user", "parts": [{"type": "text", "content": text, "extra": 1}]}],
        input_text=text, attributes={"a": 1, "b": [1.5, None, b"x"], "c": text, "d": "[" + text, "e": True, "f": ""},
        resource={"service.name": "shop"}, scope={"name": "x"}, metadata={"n": 1}, tool_result="[1]", tags=["x"],
        streaming=False, received_ns=T0,
    )  # fmt: skip
    write(engine, tmp_path, "spans", [span_row(span, 1)], f"{project}-1")
    found = engine.query(Sql(f"SELECT {SPAN_COLUMNS} FROM spans WHERE project = {{p:String}}", {"p": project})).dicts()
    assert [span_of(row) for row in found] == [span]


def test_logs_metrics_scores_and_ledger_come_back_as_they_were(engine: Engine, tmp_path: Path, project: str) -> None:
    log = LogRecord(T0, project, T0 + 1, T0 + 2, "t", "s", 9, "INFO", "event", {"a": [1]}, "svc", "prod", "1",
                    {"x": 1.5}, {"r": 1}, {"name": "n"}, ["demo"])  # fmt: skip
    point = MetricPoint(
        "latency", T0, "histogram", project, T0 - 5, T0 + 2, "how long", "ms", True, "delta", count=3, sum=6.5, min=1.0,
        max=4.0, bounds=[1.0, 2.0], buckets=[1, 1, 1], exemplars=[Exemplar(T0, 4.0, "t", "s", {"k": 1})],
        attributes={"model": "m"}, resource={"service.name": "svc"}, service="svc", quantiles=[(0.5, 2.0)],
        positive_buckets=[1, 2], positive_offset=-3, scale=2, zero_count=1,
    )  # fmt: skip
    counter = MetricPoint("count", T0, "sum", project, value=2**60 + 1, is_int=True, is_monotonic=True)
    score = Score(
        "id", "quality", "span", "s", project, "t", value=0.5, explanation="why", time_ns=T0, metadata={"k": 2}
    )
    entry = LedgerEntry(T0, project, "spans", "sdk", "1", "otlp", 2**63, 10, 8, 1, {"duplicate": 1}, 99)
    for table, row in (
        ("logs", log_row(log)), ("metrics", metric_row(point)), ("metrics", metric_row(counter)),
        ("scores", score_row(score)), ("ledger", ledger_row(entry)),
    ):  # fmt: skip
        write(engine, tmp_path, table, [row], f"{project}-{table}-{row.get('name', '')}")

    def read(table: str, columns: str) -> list[dict[str, Any]]:
        text = f"SELECT {columns} FROM {table} WHERE project = {{p:String}} ORDER BY ALL"
        return engine.query(Sql(text, {"p": project})).dicts()

    assert [log_of(row) for row in read("logs", LOG_COLUMNS)] == [log]
    found = sorted((metric_of(row) for row in read("metrics", METRIC_COLUMNS)), key=lambda point: point.name)
    assert found == [counter, point]
    assert [score_of(row) for row in read("scores", SCORE_COLUMNS)] == [score]
    assert [ledger_of(row) for row in read("ledger", LEDGER_COLUMNS)] == [entry]


def test_the_same_token_again_adds_nothing_to_the_table_or_its_roll_ups(
    engine: Engine, tmp_path: Path, project: str
) -> None:
    rows = [span_row(span, 1) for span in spans_of(project, 40)]
    for token in ("once", "once", "again"):
        write(engine, tmp_path, "spans", rows, f"{project}-{token}")
    sums = "(SELECT sum(span_count) FROM {table} WHERE project = {{project:String}})"
    text = (
        "SELECT (SELECT count() FROM spans WHERE project = {project:String}), "
        + ", ".join(sums.format(table=table).replace("{{", "{").replace("}}", "}") for table in ("traces", "minutes", "hours"))
    )  # fmt: skip
    # Two different tokens, so twice; the repeated one counts once everywhere.
    assert ask(engine, text, project) == [(80, 80, 80, 80)]


def test_traces_are_folded_from_their_spans(engine: Engine, tmp_path: Path, project: str) -> None:
    write(engine, tmp_path, "spans", [span_row(span, 1) for span in spans_of(project, 8)], f"{project}-1")
    text = (
        "SELECT trace_id, sum(span_count), sum(error_count), sum(input_tokens), sum(cost_total), sum(priced_count),"
        " sum(unpriced_count), max(has_root), max(root_name), max(session), groupUniqArrayArray(models),"
        " toUnixTimestamp64Nano(min(start)), toUnixTimestamp64Nano(max(end))"
        " FROM traces WHERE project = {project:String} GROUP BY trace_id ORDER BY trace_id"
    )
    first, second = ask(engine, text, project)
    end = T0 + 3 * MINUTE + 4 * 10**6
    assert first == (f"{0:032x}", 4, 1, 40, 1.0, 2, 2, 1, "chat", "s0", ["m"], T0, end)
    assert second[1:4] == (4, 0, 40)


def test_a_later_revision_replaces_the_row_and_is_not_counted_again(
    engine: Engine, tmp_path: Path, project: str
) -> None:
    span = spans_of(project, 1)[0]
    write(engine, tmp_path, "spans", [span_row(span, 1)], f"{project}-1")
    later = replace(span, revision=1, output_text="completed later")
    write(engine, tmp_path, "spans", [span_row(later, 1)], f"{project}-2")
    newest = (
        "SELECT output_text FROM spans WHERE project = {project:String} AND trace_id = {trace:String}"
        " ORDER BY revision DESC LIMIT 1 BY trace_id, span_id"
    )
    assert ask(engine, newest, project, trace=span.trace_id) == [("completed later",)]
    count = "SELECT sum(span_count) FROM minutes WHERE project = {project:String}"
    assert ask(engine, count, project) == [(1,)]


def test_text_is_found_whatever_its_case(engine: Engine, tmp_path: Path, project: str) -> None:
    write(engine, tmp_path, "spans", [span_row(span, 1) for span in spans_of(project, 12)], f"{project}-1")
    text = (
        "SELECT span_id FROM spans WHERE project = {project:String} AND hasAllTokens(output_text, {words:String})"
        " ORDER BY span_id"
    )
    assert ask(engine, text, project, words="ANSWER 11") == [(f"{11:016x}",)]
    assert len(ask(engine, text, project, words="answer")) == 12


def test_values_no_column_can_hold_do_not_spoil_a_block(engine: Engine, tmp_path: Path, project: str) -> None:
    normal = spans_of(project, 1)[0]
    absurd = replace(
        normal, span_id="x", start_ns=2**64 - 1, duration_ns=2**64 - 1, received_ns=-5, input_tokens=2**70,
        output_tokens=-1, cost_total=float("nan"), ttft_ns=2**80, name="\ud800\x00", revision=0,
        attributes={f"k{at}": "v" * 300 if at % 100 == 0 else at for at in range(100_000)},
        params={"t": float("inf"), "n": 2**100, "b": b"\xff"}, top_k=-1,
    )  # fmt: skip
    ancient = replace(normal, span_id="y", start_ns=-(10**18))
    write(engine, tmp_path, "spans", [span_row(span, 1) for span in (normal, absurd, ancient)], f"{project}-1")
    found = engine.query(Sql(f"SELECT {SPAN_COLUMNS} FROM spans WHERE project = {{p:String}}", {"p": project})).dicts()
    by_id = {span.span_id: span for span in map(span_of, found)}
    assert set(by_id) == {normal.span_id, "x", "y"}
    assert (by_id["x"].input_tokens, by_id["x"].output_tokens, by_id["x"].cost_total) == (2**32 - 1, 0, None)
    assert len(by_id["x"].attributes) == 100_000
    assert by_id["x"].params == absurd.params


def test_a_row_the_engine_cannot_read_is_refused_as_a_whole_with_a_clear_error(
    engine: Engine, tmp_path: Path, project: str
) -> None:
    path = tmp_path / "bad.jsonl"
    path.write_bytes(line(span_row(spans_of(project, 1)[0], 1)) + b'{"project": "x", "start": "yesterday"}\n')
    with pytest.raises(StoreError):
        engine.insert("spans", path, f"{project}-bad")
    assert ask(engine, "SELECT count() FROM spans WHERE project = {project:String}", project) == [(0,)]


@pytest.mark.parametrize(
    ("text", "limits"),
    [
        ("SELECT sum(cityHash64(number)) FROM numbers(100000000000)", Limits(timeout_s=0.3)),
        ("SELECT groupArray(number) FROM numbers(100000000)", Limits(memory_bytes=32 << 20)),
        ("SELECT number FROM numbers(1000)", Limits(max_result_rows=10)),
    ],
    ids=["too long", "too much memory", "too many rows"],
)
def test_a_statement_past_its_limit_is_stopped_and_the_next_one_runs(engine: Engine, text: str, limits: Limits) -> None:
    with pytest.raises(QueryStopped):
        engine.query(Sql(text), limits)
    assert engine.query(Sql("SELECT 1")).rows == [(1,)]


def test_answers_come_as_rows_as_arrow_and_as_a_stream(engine: Engine) -> None:
    sql = Sql("SELECT number, toString(number) AS text FROM numbers({n:UInt32})", {"n": 200_000})
    assert engine.query(Sql("SELECT 1 AS a WHERE 0")).rows == []
    table = engine.arrow(sql)
    assert (table.num_rows, table.column_names) == (200_000, ["number", "text"])
    assert sum(len(block) for block in engine.stream(sql)) == 200_000


def test_an_empty_answer_still_names_its_columns(engine: Engine) -> None:
    assert engine.query(Sql("SELECT 1 AS a, 'x' AS b WHERE 0")).columns == ["a", "b"]


def test_migrating_again_does_nothing(engine: Engine) -> None:
    assert migrate(engine) == []


def test_a_store_of_a_newer_version_is_refused(engine: Engine) -> None:
    older = [replace(migration, number=migration.number - 1) for migration in known_migrations()]
    with pytest.raises(StoreError, match="newer"):
        migrate(engine, older)


def test_an_interrupted_migration_is_run_again(engine: Engine) -> None:
    assert len({migration.number for migration in known_migrations()}) == len(known_migrations())
    repeatable = Migration(9_000, "again", lambda layout: known_migrations()[0].statements(layout)[:1])
    for statement in repeatable.statements(engine.layout):
        engine.command(statement)


def test_disk_use_names_the_tables(engine: Engine, tmp_path: Path, project: str) -> None:
    write(engine, tmp_path, "spans", [span_row(span, 1) for span in spans_of(project, 3)], f"{project}-1")
    assert engine.disk().tables["spans"] > 0
