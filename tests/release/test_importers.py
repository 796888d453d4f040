"""Moving in from products whose servers cannot be installed: what they answer is imported once, however often and however interrupted."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from nervure.client.client import Client
from tests.release.server import Server, running
from tests.unit.importers import fake_langfuse, fake_langsmith, fake_opik
from tests.unit.importers.fakes import Asked, Fake, Trouble, serving

pytestmark = pytest.mark.slow
CREDENTIALS = {
    "langfuse": ("--public-key", "pk-1", "--secret-key", "sk-1"),
    "langsmith": ("--source-key", "ls-1"),
    "opik": (),
}
DID_NOT_FIT = 3
Counts = dict[str, dict[str, int]]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    # The made-up data has a date that grows old.
    with running(tmp_path_factory.mktemp("importers") / "data", retention_days=36_500) as started:
        yield started


def command(product: str, fake: Fake, server: Server, folder: Path, project: str, *more: str) -> list[str]:
    return [
        sys.executable, "-m", "nervure", "import", product, "--from", fake.url, "--url", server.url, "--project", project,
        "--state", str(folder / "state.json"), "--json", "--yes", *CREDENTIALS[product], *more,
    ]  # fmt: skip


def imported(
    product: str, fake: Fake, server: Server, folder: Path, project: str, *more: str, status: int = 0
) -> Counts:
    """What the command says became of everything."""
    done = subprocess.run(
        command(product, fake, server, folder, project, *more), capture_output=True, text=True, timeout=240
    )
    assert done.returncode == status, done.stderr[-3000:]
    counts: Counts = json.loads(done.stdout)
    return counts


def results(counts: Counts, result: str) -> dict[str, int]:
    return {noun: one[result] for noun, one in counts.items() if one["read"]}


SOURCES = [
    pytest.param("langfuse", fake_langfuse.langfuse(is_new=False),
                 {"prompts": 3, "datasets": 14, "traces": 67, "scores": 19, "runs": 5}, id="langfuse-3"),
    pytest.param("langfuse", fake_langfuse.langfuse(is_new=True),
                 {"prompts": 3, "datasets": 14, "traces": 67, "scores": 19, "runs": 5}, id="langfuse-4"),
    pytest.param("langsmith", fake_langsmith.langsmith,
                 {"prompts": 2, "datasets": 131, "traces": 47, "scores": 28, "runs": 5}, id="langsmith"),
    pytest.param("langsmith", fake_langsmith.langsmith_2,
                 {"prompts": 2, "datasets": 131, "traces": 47, "scores": 28, "runs": 5}, id="langsmith-2"),
    pytest.param("opik", fake_opik.opik,
                 {"prompts": 2, "datasets": 5, "traces": 538, "scores": 20, "runs": 5}, id="opik"),
]  # fmt: skip


@pytest.mark.parametrize(("product", "answer", "expected"), SOURCES)
def test_an_import_done_twice_is_done_once(
    server: Server, tmp_path: Path, request: pytest.FixtureRequest, product: str, answer: Callable[[Asked], Any],
    expected: dict[str, int],
) -> None:  # fmt: skip
    project = request.node.callspec.id
    with serving(answer, Trouble(busy_first=3, broken=9)) as fake:
        first = imported(product, fake, server, tmp_path, project)
        before = sums(server, project)
        again = imported(product, fake, server, tmp_path, project)
    assert results(first, "written") == expected
    assert results(again, "there") == expected
    assert results(again, "written") == dict.fromkeys(expected, 0)
    assert before["spans"] == expected["traces"]
    assert sums(server, project) == before


def sums(server: Server, project: str) -> dict[str, Any]:
    """What charts and lists say of a project."""
    client = Client(server.url, project=project)
    day = {"from_": "2026-11-20", "to": "2026-11-21"}
    return {
        "spans": client.query("count", **day).value, "tokens": client.query("tokens.total", **day).value,
        "cost": round(client.query("cost.sum", **day).value or 0, 9), "traces": len(client.traces(limit=1000)),
        "listed": len(client.spans(limit=2000)), "scores": len(client.scores(limit=1000)),
        "sessions": len(client.sessions(limit=100)),
    }  # fmt: skip


def test_an_import_that_is_killed_goes_on_where_it_was(server: Server, tmp_path: Path) -> None:
    with serving(fake_opik.opik, Trouble(slow_s=0.4)) as fake:
        process = subprocess.Popen(
            command("opik", fake, server, tmp_path, "killed"), stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        deadline = time.monotonic() + 60
        while not has_begun_traces(tmp_path / "state.json"):
            assert time.monotonic() < deadline
            assert process.poll() is None, process.communicate()
            time.sleep(0.02)
        os.kill(process.pid, signal.SIGKILL)
        process.communicate()
        fake.trouble.slow_s = 0
        asked = fake.asked.copy()
        counts = imported("opik", fake, server, tmp_path, "killed")
    assert (fake.asked - asked)["GET /v1/private/prompts"] == 0, "what was read to its end is not read again"
    assert counts["traces"]["written"] + counts["traces"]["there"] == 538
    seen = sums(server, "killed")
    assert (seen["spans"], seen["listed"], seen["traces"]) == (538, 538, 180)


def has_begun_traces(state: Path) -> bool:
    held = json.loads(state.read_text()) if state.exists() else {}
    return bool(held.get("cursors", {}).get("traces")) and "traces" not in held["done"]


def test_a_span_that_has_changed_at_the_source_is_corrected_and_counted_once(server: Server, tmp_path: Path) -> None:
    def changed(asked: Asked) -> Any:
        answer = fake_langfuse.langfuse(is_new=False)(asked)
        if asked.path == "/api/public/observations":
            for one in answer["data"]:
                if one["type"] == "GENERATION" and one["traceId"] == fake_langfuse.trace_id(3):
                    one.update(usageDetails={"input": 1000, "output": 500, "total": 1500}, output="Later.")
        return answer

    with serving(fake_langfuse.langfuse(is_new=False)) as fake:
        imported("langfuse", fake, server, tmp_path, "changed", "--only", "traces")
        before = sums(server, "changed")
    with serving(changed) as fake:
        counts = imported("langfuse", fake, server, tmp_path / "again", "changed", "--only", "traces")
    assert (counts["traces"]["changed"], counts["traces"]["there"]) == (1, 66)
    told = [json.loads(line) for line in (tmp_path / "again" / "state.json.report.jsonl").read_text().splitlines()]
    assert [(one["id"].partition("/")[0], one["result"]) for one in told] == [(fake_langfuse.trace_id(3), "changed")]
    after = sums(server, "changed")
    assert after["tokens"] == before["tokens"] - 143 + 1500
    assert (after["spans"], after["listed"]) == (before["spans"], before["listed"])


def test_spans_of_another_sender_stay_as_that_one_sent_them(server: Server, tmp_path: Path) -> None:
    span = {
        "traceId": fake_langfuse.trace_id(0), "spanId": fake_langfuse.traces()[0]["observations"][0], "name": "sent twice",
        "startTimeUnixNano": str(1_795_168_800 * 10**9), "endTimeUnixNano": str(1_795_168_801 * 10**9),
    }  # fmt: skip
    body = {"resourceSpans": [{"scopeSpans": [{"spans": [span]}]}]}
    sent = server.post(json.dumps(body).encode(), **{"content-type": "application/json", "x-nervure-project": "both"})
    assert sent.status == 200
    with serving(fake_langfuse.langfuse(is_new=False)) as fake:
        counts = imported("langfuse", fake, server, tmp_path, "both", "--only", "traces")
    assert (counts["traces"]["kept"], counts["traces"]["written"]) == (1, 66)
    assert Client(server.url, project="both").span(span["traceId"], span["spanId"])["name"] == "sent twice"


def test_a_dry_run_counts_and_sends_nothing(server: Server, tmp_path: Path) -> None:
    with serving(fake_langsmith.langsmith) as fake:
        counts = imported("langsmith", fake, server, tmp_path, "dry", "--dry-run")
    assert {noun: one["read"] for noun, one in counts.items()} == {
        "prompts": 2, "datasets": 131, "traces": 47, "scores": 28, "runs": 5,
    }  # fmt: skip
    assert sums(server, "dry")["spans"] == 0
    assert list(tmp_path.iterdir()) == []


def test_what_nervure_answers_as_langfuse_can_be_imported_again(server: Server, tmp_path: Path) -> None:
    with serving(fake_langfuse.langfuse(is_new=True)) as fake:
        first = imported("langfuse", fake, server, tmp_path / "there", "default")
    again = imported("langfuse", Fake(server.url), server, tmp_path / "back", "round-trip")
    assert results(again, "written") == results(first, "written")
    assert sums(server, "round-trip") == sums(server, "default")


def test_what_langfuse_knew_of_a_span_is_known_here(server: Server, tmp_path: Path) -> None:
    with serving(fake_langfuse.langfuse(is_new=True)) as fake:
        imported("langfuse", fake, server, tmp_path, "fields", "--since", "2026-11-20")
    client = Client(server.url, project="fields")
    trace = fake_langfuse.traces()[5]
    root, search, call = (client.span(trace["id"], one) for one in trace["observations"])
    assert (root["kind"], root["session"], root["user"], root["tags"]) == ("agent", "session-1", "user-2", ["blue"])
    assert (root["environment"], root["release"]) == ("production", "r1")
    assert root["metadata"]["note"] == fake_langfuse.LONG
    assert (search["kind"], search["parent_id"]) == ("retriever", trace["observations"][0])
    assert search["documents"][0]["content"] == "30 days"
    assert (call["kind"], call["model"], call["input_tokens"], call["output_tokens"]) == ("llm", "gpt-4o-mini", 125, 20)
    assert (call["reported_cost_total"], call["ttft_ms"], call["params"]) == (0.0003, 250.0, {"temperature": 0.2})
    assert (call["status"], call["status_message"]) == ("error", "overloaded")
    assert (call["prompt_name"], call["prompt_version"]) == ("answer", "2")
    assert (call["start"], call["duration_ms"]) == ("2026-11-20T10:00:51.000000000Z", 1000)
    assert call["input_text"] == "question 5"
    picture = client.span(fake_langfuse.trace_id(0), fake_langfuse.traces()[0]["observations"][2])["input"][0]["parts"][
        0
    ]
    assert (picture["type"], picture["mime_type"]) == ("blob", "image/png")
    lone = client.trace(fake_langfuse.trace_id(fake_langfuse.TRACES - 1))
    assert (lone["name"], lone["duration_ms"], lone["session"]) == ("chat", 1500, "session-2")
    scores = {one["id"]: one for one in client.scores(limit=100)}
    assert (scores["score-a3"]["value"], scores["score-a3"]["source"], scores["score-a3"]["author"]) == (
        0.6,
        "human",
        "ann",
    )
    assert (scores["score-b3"]["label"], scores["score-b3"]["target_type"], scores["score-b3"]["source"]) == (
        "kind", "span", "judge",
    )  # fmt: skip
    assert (scores["score-c3"]["data_type"], scores["score-c3"]["target_id"]) == ("boolean", "session-3")
    prompt = client.http.get("/api/v1/prompts/answer", label="production")
    assert (prompt["version"], prompt["template"]) == (2, "Answer {{question}} briefly.")


def test_what_langsmith_knew_of_a_run_is_known_here(server: Server, tmp_path: Path) -> None:
    with serving(fake_langsmith.langsmith) as fake:
        imported("langsmith", fake, server, tmp_path, "runs")
    client = Client(server.url, project="runs")
    spans = {one["name"]: one for one in client.trace(trace_of(3), content=True)["spans"]}
    assert (spans["chat"]["kind"], spans["chat"]["session"], spans["chat"]["user"]) == (
        "workflow",
        "session-3",
        "user-0",
    )
    call = spans["ChatOpenAI"]
    assert (call["kind"], call["model"], call["provider"], call["input_tokens"]) == (
        "llm",
        "gpt-4o-mini",
        "openai",
        123,
    )
    assert (call["ttft_ms"], call["input_text"], call["output_text"]) == (250.0, "question 3", "Within 30 days.")
    assert (spans["order_status"]["status"], spans["order_status"]["error_type"]) == ("error", "ValueError")
    search = next(one for one in client.trace(trace_of(0), content=True)["spans"] if one["name"] == "search")
    assert [
        part["mime_type"] for message in search["input"] for part in message["parts"] if part["type"] == "blob"
    ] == ["audio/wav"]
    prompt = client.http.get("/api/v1/prompts/answer")
    assert [one["content"] for one in prompt["template"]] == ["Be kind.", "Answer {{question}}."]
    experiment = client.http.get("/api/v1/experiments")["items"][0]
    items = client.http.get(f"/api/v1/experiments/{experiment['id']}/items")["items"]
    assert [len(one["scores"]) for one in items] == [2, 2, 2, 2]
    assert {one["trace_id"] for one in items} == {trace_of(n) for n in range(10, 14)}
    assert all(one["item_id"] for one in items)


def trace_of(number: int) -> str:
    roots = [one["id"] for one in fake_langsmith.runs() if not one["parent_run_id"]]
    return str(roots[number]).replace("-", "")
