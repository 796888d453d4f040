"""Moving in from real servers of Phoenix and MLflow that their own SDKs have filled; stand-ins that vendors' SDKs read."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from nervure.client.client import Client
from nervure.importers.importer import Asked, FoundItem, FoundPrompt, Importer, Noun
from nervure.importers.products.mlflow import IMPORTER as MLFLOW
from nervure.importers.products.phoenix import IMPORTER as PHOENIX
from tests.sdk.conftest import PROGRAMS
from tests.sdk.environments import Unavailable, python_of
from tests.unit.importers import fake_langfuse, fake_langsmith, fake_opik
from tests.unit.importers.fakes import serving

pytestmark = [pytest.mark.sdk, pytest.mark.slow, pytest.mark.timeout(1800)]
KEPT = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG", "TMPDIR")}
# MLflow would start programs for jobs beside its server, as large as the server itself; Phoenix tools for assistants.
QUIET = {
    "DO_NOT_TRACK": "1", "MLFLOW_DISABLE_TELEMETRY": "true", "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
    "PHOENIX_TELEMETRY_ENABLED": "false", "PHOENIX_DISABLE_AGENT_ASSISTANT": "true",
    "PHOENIX_ENABLE_MCP_SERVER": "false",
}  # fmt: skip
START_S = 120
# More than a page of spans (Phoenix) and of traces (MLflow), so that an import can be killed between two.
CHATS = 110
Counts = dict[str, dict[str, int]]


def interpreter(name: str) -> Path:
    try:
        return python_of(name)
    except Unavailable as error:
        pytest.skip(f"the package index cannot be reached: {error}")


@contextmanager
def program(command: list[str], folder: Path, health: str, **variables: str) -> Iterator[None]:
    """A server, once it answers."""
    with (folder / "server.log").open("wb") as log:
        process = subprocess.Popen(
            command, cwd=folder, env={**KEPT, **QUIET, **variables}, stdout=log, stderr=log, start_new_session=True
        )
        try:
            deadline = time.monotonic() + START_S
            while not is_well(health):
                assert process.poll() is None, (folder / "server.log").read_text()[-2000:]
                assert time.monotonic() < deadline, "it does not answer"
                time.sleep(0.3)
            yield
        finally:
            # Some start workers; all are of its session.
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def is_well(url: str) -> bool:
    try:
        return httpx.get(url, timeout=2).is_success
    except httpx.HTTPError:
        return False


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def filled(python: Path, name: str, url: str, chats: int) -> dict[str, Any]:
    done = subprocess.run(
        [str(python), str(PROGRAMS / name), url, str(chats)],
        env={**KEPT, **QUIET}, capture_output=True, text=True, timeout=600,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    made: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return made


def command(product: str, source: str, server: str, project: str, folder: Path) -> list[str]:
    return [
        sys.executable, "-m", "nervure", "import", product, "--from", source, "--url", server, "--project", project,
        "--state", str(folder / f"{project}.json"), "--json", "--yes",
    ]  # fmt: skip


def imported(product: str, source: str, server: str, project: str, folder: Path) -> Counts:
    done = subprocess.run(
        command(product, source, server, project, folder), capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr[-3000:] + done.stdout
    counts: Counts = json.loads(done.stdout)
    return counts


def killed_between_pages(product: str, source: str, server: str, project: str, folder: Path) -> None:
    """Begins an import and kills it when the first page of traces is in the server."""
    process = subprocess.Popen(
        command(product, source, server, project, folder), stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    state = folder / f"{project}.json"
    while not (state.exists() and json.loads(state.read_text())["units"].get("traces")):
        assert process.poll() is None, process.communicate()
        time.sleep(0.005)
    assert process.poll() is None, "it was done before it could be killed"
    process.kill()
    process.communicate()


def sums(client: Client) -> dict[str, Any]:
    return {
        "count": client.query("count", from_="-2h").value, "tokens": client.query("tokens.total", from_="-2h").value,
        "cost": round(client.query("cost.sum", from_="-2h").value, 9), "spans": len(client.spans(limit=5000)),
        "scores": len(client.scores(limit=1000)),
    }  # fmt: skip


def of(counts: Counts, result: str) -> dict[str, int]:
    return {noun: one[result] for noun, one in counts.items()}


def asserts_once(product: str, source: str, server: str, folder: Path, spans: int) -> Client:
    """Imported, imported again, and imported after a kill are all the same."""
    client = Client(server, project=f"{product}-moved")
    first = imported(product, source, server, f"{product}-moved", folder)
    before = sums(client)
    again = imported(product, source, server, f"{product}-moved", folder)
    assert of(again, "there") == of(first, "read") == of(first, "written")
    assert sums(client) == before
    assert (before["count"], before["spans"], first["traces"]["read"]) == (spans, spans, spans)
    killed_between_pages(product, source, server, f"{product}-killed", folder)
    other = Client(server, project=f"{product}-killed")
    assert 0 < other.query("count", from_="-2h").value < spans
    resumed = imported(product, source, server, f"{product}-killed", folder)
    assert of(resumed, "read") == of(first, "read"), "counts go on, too"
    assert sums(other) == before
    return client


def found_in(importer: Importer, asked: Asked, noun: Noun) -> list[Any]:
    """Items and versions of prompts, without what is said of the dataset or prompt as a whole."""
    source = importer.open(asked)
    found = [one for page in source.read(noun, None) for one in page.found]
    source.close()
    items = [one for one in found if isinstance(one, FoundItem) and one.id is not None]
    return items + [(one.name, one.number, one.content) for one in found if isinstance(one, FoundPrompt)]


def test_phoenix(server: str, tmp_path: Path) -> None:
    python = interpreter("phoenix-whole")
    port, grpc = free_port(), free_port()
    url = f"http://127.0.0.1:{port}"
    serve = [str(python), "-m", "phoenix.server.main", "serve"]
    variables = {
        "PHOENIX_WORKING_DIR": str(tmp_path), "PHOENIX_HOST": "127.0.0.1", "PHOENIX_PORT": str(port),
        "PHOENIX_GRPC_PORT": str(grpc),
    }  # fmt: skip
    with program(serve, tmp_path, f"{url}/healthz", **variables):
        made = filled(python, "importers_phoenix.py", url, CHATS)
        rows = phoenix_spans(url)
        client = asserts_once("phoenix", url, server, tmp_path, len(rows))
        asserts_phoenix_files(url, tmp_path)
    assert len([row for row in rows if row["project"] == "support"]) == CHATS * 3 + -(-CHATS // 3)
    traces = {row["context"]["trace_id"] for row in rows}
    assert len(client.traces(limit=5000)) == len(traces)
    for row in (row for row in rows if row["context"]["trace_id"] in made["traces"][:6]):
        asserts_same_as_in_phoenix(client, row)
    asserts_phoenix_nouns(client, made)


def asserts_phoenix_files(url: str, folder: Path) -> None:
    """What Phoenix gives to download says the same as its API."""
    dataset = httpx.get(f"{url}/v1/datasets").json()["data"][0]
    places = {"returns.jsonl": f"datasets/{dataset['id']}/jsonl", "answer.json": "prompts/answer/versions"}
    for name, place in places.items():
        (folder / name).write_bytes(httpx.get(f"{url}/v1/{place}").raise_for_status().content)
    saved = Asked(files=[folder / name for name in places])
    for noun, count in (("datasets", 4), ("prompts", 2)):
        found = found_in(PHOENIX, saved, noun)  # type: ignore[arg-type]
        assert (len(found), found) == (count, found_in(PHOENIX, Asked(url), noun))  # type: ignore[arg-type]
    (folder / "returns.csv").write_bytes(httpx.get(f"{url}/v1/datasets/{dataset['id']}/csv").content)
    rows = found_in(PHOENIX, Asked(files=[folder / "returns.csv"]), "datasets")
    assert [(one.id, one.content["input"]) for one in rows] == [
        (one.id, one.content["input"]) for one in found_in(PHOENIX, saved, "datasets")
    ]


def phoenix_spans(url: str) -> list[dict[str, Any]]:
    """All spans of all projects, by Phoenix's own REST API."""
    rows: list[dict[str, Any]] = []
    for project in httpx.get(f"{url}/v1/projects", params={"include_experiment_projects": "true"}).json()["data"]:
        cursor = None
        while True:
            asked = {"limit": 1000, **({"cursor": cursor} if cursor else {})}
            page = httpx.get(f"{url}/v1/projects/{project['id']}/spans", params=asked, timeout=60).json()
            rows += [{**row, "project": project["name"]} for row in page["data"]]
            cursor = page["next_cursor"]
            if not cursor:
                break
    return rows


def asserts_same_as_in_phoenix(client: Client, row: Mapping[str, Any]) -> None:
    span = client.span(row["context"]["trace_id"], row["context"]["span_id"])
    said = row["attributes"]
    assert (span["name"], span["parent_id"]) == (row["name"], row["parent_id"] or "")
    assert (span["start"][:26], span["end"][:26]) == (row["start_time"][:26], row["end_time"][:26])
    assert (span["session"], span["user"], span["tags"]) == (said["session.id"], said["user.id"], ["blue"])
    assert span["metadata"] == {"tier": "gold", "plan": {"seats": 3}}
    assert span["kind"] == {"AGENT": "agent", "RETRIEVER": "retriever", "LLM": "llm", "TOOL": "tool"}[row["span_kind"]]
    assert span["status"] == {"ERROR": "error", "OK": "ok", "UNSET": "unset"}[row["status_code"]]
    if row["span_kind"] == "LLM":
        assert (span["model"], span["input_tokens"]) == (said["llm.model_name"], said["llm.token_count.prompt"])
        assert (span["output_text"], span["params"]) == ("Within 30 days.", {"temperature": 0.2})
        assert span["cost_total"] > 0
    if row["span_kind"] == "RETRIEVER":
        document = span["documents"][0]
        assert (document["content"], document["score"], document["metadata"]) == ("30 days", 0.75, {"page": 4})
    if row["span_kind"] == "TOOL":
        assert [event["name"] for event in span["events"]] == ["exception"]
        assert (span["error_type"], span["status_message"]) == ("ValueError", "no such order")


def asserts_phoenix_nouns(client: Client, made: Mapping[str, Any]) -> None:
    scores = client.scores(limit=100)
    by_name: dict[str, list[dict[str, Any]]] = {}
    for one in scores:
        by_name.setdefault(one["name"], []).append(one)
    assert {name: len(found) for name, found in by_name.items()} == {
        "helpful": 5,
        "grounded": 5,
        "relevance": 5,
        "solved": 1,
        "exact": 4,
    }
    helpful = next(one for one in by_name["helpful"] if one["target_id"] == made["roots"][3])
    assert (helpful["value"], helpful["label"], helpful["explanation"]) == (0.75, "yes", "read it")
    assert (helpful["source"], helpful["trace_id"], helpful["metadata"]) == ("human", made["traces"][3], {"by": "ann"})
    assert {one["source"] for one in by_name["grounded"]} == {"judge"}
    relevance = by_name["relevance"][0]
    assert (relevance["target_type"], relevance["metadata"]) == ("span", {"phoenix.document_position": 0})
    assert (by_name["solved"][0]["target_type"], by_name["solved"][0]["target_id"]) == ("session", "session-1")
    prompt = client.http.get("/api/v1/prompts/answer", label="production")
    assert prompt["version"] == 2
    assert [one["content"] for one in prompt["template"]] == ["Be kind.", "Answer {{question}} briefly."]
    dataset = client.http.get("/api/v1/datasets")["items"][0]
    assert (dataset["name"], dataset["item_count"], dataset["description"]) == (
        "returns",
        4,
        "Questions about returns.",
    )
    items = client.http.get(f"/api/v1/datasets/{dataset['id']}/items")["items"]
    assert sorted(one["input"]["question"] for one in items) == ["q0", "q1", "q2", "q3"]
    assert all(one["expected"]["answer"] == one["input"]["question"].replace("q", "a") for one in items)
    experiment = client.http.get("/api/v1/experiments")["items"][0]
    trials = client.http.get(f"/api/v1/experiments/{experiment['id']}/items")["items"]
    assert (experiment["name"], {one["item_id"] for one in trials}) == ("baseline", {one["id"] for one in items})
    assert [[score["name"] for score in one["scores"]] for one in trials] == [["exact"]] * 4


def test_mlflow(server: str, tmp_path: Path) -> None:
    python = interpreter("mlflow-whole")
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    serve = [
        str(python), "-m", "mlflow", "server", "--host", "127.0.0.1", "--port", str(port), "--workers", "1",
        "--backend-store-uri", f"sqlite:///{tmp_path}/mlflow.db", "--artifacts-destination", str(tmp_path / "artifacts"),
    ]  # fmt: skip
    with program(serve, tmp_path, f"{url}/health", PATH=f"{python.parent}:{KEPT['PATH']}"):
        made = filled(python, "importers_mlflow.py", url, CHATS)
        client = asserts_once("mlflow", url, server, tmp_path, CHATS * 3 + -(-CHATS // 3))
        asserts_mlflow_files(url, tmp_path, made["files"])
    assert len(client.traces(limit=5000)) == CHATS
    for number in (0, 4):
        asserts_chat_of_mlflow(client, made["traces"][number].removeprefix("tr-"), number)
    asserts_mlflow_nouns(client, made)


def asserts_mlflow_files(url: str, folder: Path, files: Mapping[str, Any]) -> None:
    """What its SDK saves says the same as its API."""
    for name, content in files.items():
        (folder / name).write_text(json.dumps(content, indent=2))
    prompts = [folder / name for name in files if name.startswith("prompt-")]
    cases: list[tuple[Noun, list[Path]]] = [
        ("datasets", [folder / "dataset.json"]), ("datasets", [folder / "returns.json"]), ("prompts", prompts),
    ]  # fmt: skip
    for noun, saved in cases:
        found = found_in(MLFLOW, Asked(files=saved), noun)
        assert found
        assert found == found_in(MLFLOW, Asked(url), noun)


def asserts_chat_of_mlflow(client: Client, trace: str, number: int) -> None:
    spans = {one["name"]: one for one in client.trace(trace, content=True)["spans"]}
    root, search, answer = spans["chat"], spans["search"], spans["answer"]
    assert [one["kind"] for one in (root, search, answer)] == ["agent", "retriever", "llm"]
    assert (search["parent_id"], answer["parent_id"]) == (root["span_id"], root["span_id"])
    assert {(one["session"], one["user"]) for one in spans.values()} == {
        (f"session-{number % 4}", f"user-{number % 3}")
    }
    assert root["metadata"]["tier"] == "gold"
    assert (search["query"], search["documents"][0]["content"]) == ("return policy", "30 days")
    assert (answer["model"], answer["input_tokens"], answer["output_tokens"]) == ("gpt-4o-mini", 120, 20)
    assert (answer["input_text"], answer["output_text"]) == (f"question {number}", "Within 30 days.")
    assert answer["cost_total"] > 0
    assert ("order_status" in spans) == (number % 3 == 0)
    if number % 3 == 0:
        failed = spans["order_status"]
        assert (failed["kind"], failed["status"], failed["error_type"]) == ("tool", "error", "ValueError")


def asserts_mlflow_nouns(client: Client, made: Mapping[str, Any]) -> None:
    scores = client.scores(limit=100)
    assert sorted(one["name"] for one in scores) == ["expected_answer", *["grounded"] * 5, *["helpful"] * 5]
    trace = made["traces"][3].removeprefix("tr-")
    helpful, grounded = (
        next(one for one in scores if one["name"] == name and one["trace_id"] == trace)
        for name in ("helpful", "grounded")
    )
    assert (helpful["value"], helpful["source"], helpful["author"]) == (0.75, "human", "ann@example.com")
    assert (helpful["explanation"], helpful["metadata"]) == ("read it", {"by": "ann"})
    assert (grounded["data_type"], grounded["source"], grounded["evaluator"]) == ("boolean", "judge", "gpt-4o")
    expected = next(one for one in scores if one["name"] == "expected_answer")
    assert (expected["label"], expected["metadata"]) == ("Within 30 days.", {"expectation": True})
    prompt = client.http.get("/api/v1/prompts/answer", label="production")
    assert (prompt["version"], prompt["template"], prompt["message"]) == (1, "Answer {{question}}.", "first")
    kind = client.http.get("/api/v1/prompts/answer-chat")
    assert [one["role"] for one in kind["template"]] == ["system", "user"]
    dataset = client.http.get("/api/v1/datasets")["items"][0]
    items = client.http.get(f"/api/v1/datasets/{dataset['id']}/items")["items"]
    assert dataset["name"] == "returns"
    assert sorted((one["input"]["question"], one["expected"]["answer"]) for one in items) == [
        (f"q{n}", f"a{n}") for n in range(4)
    ]


@pytest.mark.parametrize(
    ("product", "environment", "answer", "expected"),
    [
        pytest.param("langfuse-4", "langfuse", fake_langfuse.langfuse(is_new=True),
                     {"observations": 66, "scores": 18, "prompts": 3, "datasets": 1, "items": 13, "comments": 1,
                      "runs": 1, "run items": 4}, id="langfuse-4"),
        pytest.param("langfuse-3", "langfuse-3", fake_langfuse.langfuse(is_new=False),
                     {"traces": 23, "observations": 66, "scores": 18, "runs": 1, "run items": 4}, id="langfuse-3"),
        pytest.param("langsmith", "langsmith", fake_langsmith.langsmith,
                     {"projects": 2, "runs": 47, "feedback": 28, "datasets": 1, "examples": 130, "prompts": 1,
                      "commits": 2}, id="langsmith"),
        pytest.param("langsmith-2", "langsmith", fake_langsmith.langsmith_2, {"runs": 47}, id="langsmith-2"),
        pytest.param("opik", "opik", fake_opik.opik,
                     {"projects": 1, "traces": 180, "spans": 537, "threads": 4, "versions": 2, "datasets": 1,
                      "items": 4, "experiments": 1, "trials": 4}, id="opik"),
    ],
)  # fmt: skip
def test_a_stand_in_answers_as_the_vendors_own_client_expects(
    product: str, environment: str, answer: Callable[..., Any], expected: dict[str, int]
) -> None:
    with serving(answer) as fake:
        done = subprocess.run(
            [str(interpreter(environment)), str(PROGRAMS / "importers_parse.py"), product, fake.url],
            env=KEPT, capture_output=True, text=True, timeout=180,
        )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    assert json.loads(done.stdout.splitlines()[-1]) == expected
