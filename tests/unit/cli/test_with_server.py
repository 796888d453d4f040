"""The command line against a real server: demo in, questions, export and import, backup and restore, demo out."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from io import BytesIO, StringIO, TextIOWrapper
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pyarrow.parquet as pq
import pytest
from rich.console import Console

import nervure
from nervure.base.clock import SystemClock
from nervure.base.connection import connection
from nervure.cli import watching
from nervure.cli.commands._story import Story
from nervure.cli.main import main
from nervure.client.http import Http
from nervure.decode.wire import DecodeLimits, Request
from nervure.decode.wires import otlp_logs, otlp_metrics
from nervure.demo import people
from nervure.demo.mishaps import scripted
from nervure.demo.simulation import Plan

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]
STOP_S = 30


@contextmanager
def served(data: Path) -> Iterator[str]:
    """A real server in a process of its own; its address."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("NERVURE_")}
    command = [
        sys.executable,
        "-m",
        "nervure",
        "serve",
        "--data",
        str(data),
        "--port",
        "0",
        "--grpc-port",
        "-1",
        "--print-ports",
    ]
    process = subprocess.Popen(command, env=kept, stdout=subprocess.PIPE)
    try:
        assert process.stdout is not None
        yield f"http://127.0.0.1:{json.loads(process.stdout.readline())['http']}"
    finally:
        process.terminate()
        process.wait(STOP_S)


def run(url: str, *arguments: str, code: int = 0) -> str:
    """What a command writes: to stdout when it went well, else to stderr. Within this process: an interpreter costs a second."""
    written = {name: TextIOWrapper(BytesIO(), "utf-8", write_through=True) for name in ("stdout", "stderr")}
    kept = {name: value for name, value in os.environ.items() if not name.startswith("NERVURE_")}
    with (
        patch.dict(os.environ, {**kept, "NERVURE_URL": url}, clear=True),
        redirect_stdout(written["stdout"]),
        redirect_stderr(written["stderr"]),
        pytest.raises(SystemExit) as ended,
    ):
        main(arguments)
    told = {name: stream.buffer.getvalue().decode() for name, stream in written.items()}
    assert (ended.value.code or 0) == code, told["stderr"]
    return told["stdout" if code == 0 else "stderr"]


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with served(tmp_path_factory.mktemp("cli") / "data") as address:
        run(address, "demo", "--days", "1", "--scale", "0.2", "--no-live")
        yield address


def all_spans(url: str, project: str = "") -> dict[str, dict[str, Any]]:
    with nervure.Client(url, project=project) as client:
        return {f"{span['trace_id']}/{span['span_id']}": span for span in client.spans(limit=100_000)}


def test_a_filled_server_answers_questions(url: str) -> None:
    (count,) = json.loads(run(url, "query", "count", "--from", "-48h", "--json"))["series"][0]["points"]
    assert count["value"] == len(all_spans(url)) > 1000
    table = run(url, "query", "cost.sum", "--by", "model", "--from", "-48h")
    # Of the chat that also answers at weekends.
    assert "gpt-5-mini-2025-08-07" in table
    assert "$" in table


def test_traces_are_listed_and_one_is_drawn_as_a_tree(url: str) -> None:
    listed = json.loads(run(url, "traces", "--where", 'service = "support-chat"', "-n", "3", "--json"))
    assert len(listed) == 3
    tree = run(url, "traces", listed[0]["trace_id"])
    assert "workflow invoke_workflow answer-question" in tree
    assert "retriever retrieval help-centre" in tree


def test_a_wrong_filter_is_shown_with_its_place(url: str) -> None:
    told = run(url, "traces", "--where", "kind == 3 and", code=2)
    assert "^" in told


def test_a_mapping_is_tried_put_and_reapplied_from_the_command_line(url: str, tmp_path: Path) -> None:
    file = tmp_path / "checkout.toml"
    file.write_text(
        '[mapping]\nname = "shop"\n[mapping.when]\nresource = { "service.name" = "support-*" }\n'
        '[[rule]]\nfield = "team"\nkeys = ["resource:service.name"]\n'
    )
    told = run(url, "mappings", "reapply", "--from", "-48h", "--dry-run", "--draft", str(file), "--json")
    tried = json.loads(told)
    assert tried["changed"] > 0
    sample = tried["samples"][0]
    ids = ("--trace", sample["trace_id"], "--span", sample["span_id"])
    assert "support-chat" in run(url, "mappings", "test", str(file), *ids)
    assert "version 1" in run(url, "mappings", "put", str(file))
    assert "checkout" in run(url, "mappings", "list")
    before = json.loads(run(url, "query", "count", "--by", "team", "--from", "-48h", "--json"))["series"]
    assert f"{tried['changed']:,} changed" in run(url, "mappings", "reapply", "--from", "-48h", "--watch")
    after = json.loads(run(url, "query", "count", "--by", "team", "--from", "-48h", "--json"))["series"]

    def calls(series: list[dict[str, Any]]) -> int:
        return sum(point["value"] for one in series for point in one["points"])

    named = [one for one in after if one["by"]["team"] == "support-chat"]
    assert calls(named) == tried["changed"]
    assert calls(before) == calls(after)


def test_a_second_fill_adds_only_what_happened_since(url: str) -> None:
    before = set(all_spans(url))
    run(url, "demo", "--days", "1", "--scale", "0.2", "--no-live")
    after = set(all_spans(url))
    assert before <= after
    assert len(after) - len(before) < 100


def test_demo_data_does_not_mix_with_real_data_unasked(url: str, tmp_path: Path) -> None:
    span = {
        "traceId": "a" * 32,
        "spanId": "b" * 16,
        "name": "real",
        "startTimeUnixNano": "1795176000000000000",
        "endTimeUnixNano": "1795176001000000000",
    }
    (tmp_path / "real.jsonl").write_text(json.dumps({"resourceSpans": [{"scopeSpans": [{"spans": [span]}]}]}) + "\n")
    run(url, "import", str(tmp_path / "real.jsonl"), "--project", "real")
    assert "holds real telemetry" in run(url, "demo", "--no-live", "--project", "real", code=1)


@pytest.mark.parametrize("name", ["spans.jsonl", "spans.parquet"])
def test_an_export_read_into_another_project_is_the_same(url: str, tmp_path: Path, name: str) -> None:
    file, project = tmp_path / name, f"copy-{name.rpartition('.')[2]}"
    where = 'service in ("support-chat", "coding-agent", "voice-line")'
    run(url, "export", str(file), "--where", where)
    assert "exists" in run(url, "export", str(file), code=2)
    run(url, "import", str(file), "--project", project)
    run(url, "import", str(file), "--project", project)
    with nervure.Client(url) as original, nervure.Client(url, project=project) as copy:
        wanted = {(span["trace_id"], span["span_id"]): span for span in original.spans(where, limit=100_000)}
        found = {(span["trace_id"], span["span_id"]): span for span in copy.spans(limit=100_000)}
        assert len(wanted) > 100
        assert found.keys() == wanted.keys()
        for key, span in wanted.items():
            different = {member for member in span if span[member] != found[key][member]}
            assert different <= {"project", "received", "revision"}
        assert copy.query("count", from_="-48h").value == len(wanted)
        key = next(key for key, span in wanted.items() if span["kind"] == "llm" and span["status"] != "error")
        assert copy.span(*key)["input"] == original.span(*key)["input"]


@pytest.mark.parametrize("signal", ["metrics", "logs"])
def test_metrics_and_logs_travel_too(url: str, tmp_path: Path, signal: str) -> None:
    first, again, table = tmp_path / "first.jsonl", tmp_path / "again.jsonl", tmp_path / "table.parquet"
    run(url, "export", str(first), "--signal", signal)
    run(url, "export", str(table), "--signal", signal)
    run(url, "import", str(first), "--project", f"copy-of-{signal}")
    run(url, "export", str(again), "--signal", signal, "--project", f"copy-of-{signal}")
    wire = {"metrics": otlp_metrics, "logs": otlp_logs}[signal].WIRE

    def records(file: Path) -> list[str]:
        batches = [
            wire.decode(text, Request("application/json"), DecodeLimits()) for text in file.read_bytes().splitlines()
        ]
        return sorted(repr(record) for batch in batches for record in getattr(batch, signal))

    found = records(first)
    assert len(found) > 100
    assert records(again) == found
    assert pq.read_metadata(table).num_rows == len(found)
    assert "export them as OTLP" in run(url, "import", str(table), code=2)
    assert "not one of spans, logs, metrics" in run(url, "export", "x", "--signal", "scores", code=2)


def test_a_key_is_made_listed_and_revoked(url: str) -> None:
    made = json.loads(run(url, "keys", "create", "shop", "--right", "send", "--json"))
    assert made["secret"].startswith(made["prefix"])
    assert made["id"] in run(url, "keys", "list")
    run(url, "keys", "revoke", made["id"])
    assert "revoked" in run(url, "keys", "list")


def test_a_price_for_the_self_hosted_model_is_set_and_applied_to_history(url: str) -> None:
    assert "harbourline-llama-3.3-70b" in run(url, "prices", "list", "--unpriced")
    run(url, "prices", "set", "harbourline-llama-3.3-70b", "--input", "0.2", "--output", "0.6")
    run(url, "prices", "reprice", "--from", "-48h", "--model", "harbourline-llama-3.3-70b")
    assert "harbourline-llama-3.3-70b" not in run(url, "prices", "list", "--unpriced")
    with nervure.Client(url) as client:
        cost = client.query("cost.sum", where='model = "harbourline-llama-3.3-70b"', from_="-48h").value
    assert cost is not None
    assert cost > 0


def test_gpu_time_is_told_in_hours_until_an_hour_has_a_price(url: str) -> None:
    bare = run(url, "gpu")
    assert "product-search" not in bare
    assert "nervure gpu price set" in bare
    run(url, "gpu", "price", "set", "own", "--usd-per-hour", "3.6", "--host", "gpu-*")
    told = json.loads(run(url, "gpu", "--by", "service", "--json"))
    assert [one["value"] for one in told["items"]] == ["product-search"]
    totals = told["totals"]
    assert totals["gpus"] == 4
    assert totals["usd"] == pytest.approx(totals["gpu_seconds"] * 0.001, rel=1e-4)
    parts = [totals[f"{part}_gpu_seconds"] for part in ("attributed", "unattributed", "idle")]
    assert min(parts) > 0
    assert sum(parts) == pytest.approx(totals["gpu_seconds"])
    assert "removed" in run(url, "gpu", "price", "remove", "own")


def test_doctor_finds_nothing_wrong_with_a_running_server(url: str) -> None:
    told = json.loads(run(url, "doctor", "--json"))
    assert [finding for finding in told["findings"] if finding["verdict"] == "wrong"] == []
    assert {finding["subject"] for finding in told["findings"]} >= {"server", "access", "disk", "clock"}


def test_a_backtest_is_a_job_that_is_waited_for_and_the_interrupt_cancels_it(url: str) -> None:
    assert isinstance(json.loads(run(url, "backtest", "--from", "-2h", "--to", "-1h", "--json"))["items"], list)
    http = Http(connection(url))
    assert http.get("/api/v1/backtests")["items"][0]["state"] == "done"
    with patch.object(watching, "Event") as pause:
        pause.return_value.wait.side_effect = KeyboardInterrupt
        assert "backtest was cancelled" in run(url, "backtest", "--from", "-20h", code=130)
    assert http.get("/api/v1/backtests")["items"][0]["state"] == "cancelled"
    assert "step" in run(url, "backtest", "--step", "7m", code=2)


def test_a_backup_restored_elsewhere_answers_the_same(url: str, tmp_path: Path) -> None:
    run(url, "backup", str(tmp_path / "backup"))
    wanted = all_spans(url)
    assert "not an empty folder" in run(url, "backup", str(tmp_path / "backup"), code=2)
    run(url, "restore", str(tmp_path / "backup"), "--data", str(tmp_path / "new"))
    assert "is not empty" in run(url, "restore", str(tmp_path / "backup"), "--data", str(tmp_path / "new"), code=2)
    with served(tmp_path / "new") as other:
        assert all_spans(other) == wanted
        assert run(other, "keys", "list") == run(url, "keys", "list")


def test_a_history_of_days_comes_with_reviews_changes_and_a_look_for_incidents(url: str) -> None:
    said = StringIO()
    story = Story(Http(connection(url)), Plan(mishaps=scripted(SystemClock().now_ns())), Console(file=said, width=400))
    story.begin()
    story.wait()
    told = said.getvalue()
    assert "of 2 simulated reviewers" in told
    assert "incidents of the past" in told
    with nervure.Client(url) as client:
        (queue,) = client.http.get("/api/v1/annotations/queues")["items"]
        progress = queue["progress"]
        assert 0 < progress["done"] < progress["total"], "something is left for who comes new"
        assert set(progress["answers"]) == {reviewer.name for reviewer in people.REVIEWERS}
        held = client.http.get(f"/api/v1/calibration/{people.SCORE}")
        assert held["rate"]["labels"] == max(progress["answers"].values())
        changes = client.http.get("/api/v1/changes", source="recorded")["items"]
        assert sorted(one["name"] for one in changes) == ["answer check"] * 2 + ["support-answer"] * 2


def test_removing_the_demo_removes_it_from_every_sum_and_nothing_else(url: str, tmp_path: Path) -> None:
    span = {
        "traceId": "c" * 32, "spanId": "d" * 16, "name": "real", "startTimeUnixNano": "1795176000000000000", "endTimeUnixNano": "1795176001000000000",
    }  # fmt: skip
    # A real service that has the name of a simulated one.
    resource = {"attributes": [{"key": "service.name", "value": {"stringValue": "support-chat"}}]}
    (tmp_path / "real.jsonl").write_text(
        json.dumps({"resourceSpans": [{"resource": resource, "scopeSpans": [{"spans": [span]}]}]}) + "\n"
    )
    run(url, "import", str(tmp_path / "real.jsonl"))
    run(url, "demo", "--remove")
    with nervure.Client(url) as client:
        assert [span["name"] for span in client.spans(limit=10)] == ["real"]
        assert [trace["trace_id"] for trace in client.traces(limit=10)] == ["c" * 32]
        assert client.scores() == []
        assert client.http.get("/api/v1/annotations/queues")["items"] == []
        assert client.http.get("/api/v1/changes", source="recorded")["items"] == []
        assert client.http.get("/api/v1/logs", limit=1)["items"] == []
        for from_ in ("-48h", "-2000d"):
            series = client.query("count", by="service", from_=from_)
            assert sum(row["value"] or 0 for row in series) in (0, 1)
        assert {
            row["service"]: row["value"]
            for row in client.query("count", by="service", from_="2026-11-01", to="2026-12-01")
        } == {"support-chat": 1}
    run(url, "demo", "--days", "0.2", "--scale", "0.2", "--no-live", "--force")
    assert len(all_spans(url)) > 50
