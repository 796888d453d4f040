"""LangSmith's SDKs, LangChain and LangGraph with LANGSMITH_ENDPOINT at Nervure: no error, no complaint, all read back.

The programs hold what their SDK reads back against what they wrote; the tests look at the same through Nervure's own API.
"""

import os
import subprocess
import time
from collections.abc import Callable

import httpx
import pytest

from nervure.client.client import Client
from nervure.demo.model_server import ModelServer
from tests.sdk.conftest import PROGRAMS, Seen
from tests.sdk.environments import Unavailable, python_of
from tests.sdk.node import node_of

pytestmark = [pytest.mark.sdk, pytest.mark.slow, pytest.mark.timeout(1200)]
ARRIVAL_S = 30
# What the SDK says of its own methods, and its advice to name the project when judging.
OF_ITSELF = ("deprecat", "without sessionId")
Go = Callable[..., Seen]


@pytest.fixture
def go(server: str, models: ModelServer, request: pytest.FixtureRequest) -> Go:
    """go(command, program, prefix): runs a program to its end and gives its project's spans.

    LangSmith's clients name no project of Nervure's: what they call one is a service in the default project.
    """

    def going(environment: str, program: str, prefix: str = "", expected: int = 0, old: bool = False) -> Seen:
        path = PROGRAMS / program
        try:
            command = (
                node_of(environment, path) if path.suffix == ".mjs"
                else [str(python_of(environment)), "-W", "ignore::DeprecationWarning", str(path)]
            )  # fmt: skip
        except Unavailable as error:
            pytest.skip(f"the package index cannot be reached: {error}")
        name = request.node.name.replace("[", "-").rstrip("]").removeprefix("test_")[:60]
        begins = "LANGCHAIN" if old else "LANGSMITH"
        given = {
            "OPENAI_BASE_URL": f"{models.url}/v1",
            "OPENAI_API_KEY": "sk-none",
            f"{begins}_ENDPOINT": server + prefix,
            f"{begins}_API_KEY": "none",
            f"{begins}_PROJECT": name,
            "LANGSMITH_PROJECT": name,
            **({"LANGCHAIN_TRACING_V2": "true"} if old else {"LANGSMITH_TRACING": "true"}),
        }
        kept = {key: value for key, value in os.environ.items() if key in ("PATH", "HOME", "LANG", "TMPDIR")}
        done = subprocess.run(command, env={**kept, **given}, capture_output=True, text=True, timeout=240)
        assert done.returncode == 0, done.stderr
        assert complaints(done.stderr) == []
        return arrived(Client(server, project="default"), name, expected)

    return going


def complaints(text: str) -> list[str]:
    """Lines that speak of the server or of what became of a request."""
    words = ("warning", "error", "fail", "langsmith", "traceback", "retry")
    return [
        line
        for line in text.splitlines()
        if any(word in line.lower() for word in words) and not any(said in line for said in OF_ITSELF)
    ]


def arrived(client: Client, name: str, expected: int) -> Seen:
    deadline = time.monotonic() + ARRIVAL_S
    while True:
        found = client.spans(where=f'service = "{name}"', limit=500, order="oldest")
        if len(found) >= expected:
            return Seen(client, [client.span(span["trace_id"], span["span_id"]) for span in found])
        assert time.monotonic() < deadline, f"{len(found)} of {expected} spans arrived"
        time.sleep(0.2)


def asserts_chat(seen: Seen) -> None:
    assert len(seen.spans) == 10
    root = seen.one("workflow", name="support-chat")
    assert (root["session"], root["user"], root["tags"], root["metadata"]["plan"]) == (
        "sess-42",
        "user-7",
        ["prod"],
        "gold",
    )
    question = seen.asking("What is the capital of France?")
    assert (question["model"], "Paris" in question["output_text"]) == ("gpt-4o-mini-2024-07-18", True)
    assert question["cost_total"] > 0
    assert seen.asking("Count from one to five.")["output_text"] == "one, two, three, four, five"
    assert seen.one("tool")["tool_arguments"] == {"city": "Paris"}
    assert seen.one("retriever")["documents"][0]["content"] == "Refunds are accepted within 30 days."
    failed = [span for span in seen.spans if span["status"] == "error"]
    assert {span["error_type"] for span in failed} == {"ValueError", "RateLimitError"}
    (photo,) = [
        part for span in seen.spans if span["name"] == "look" for message in span["input"]
        for part in message["parts"] if part["type"] == "media"
    ]  # fmt: skip
    assert (photo["name"], photo["mime_type"], photo["bytes"]) == ("photo", "image/png", 8)
    # Feedback that names the run alone is of its span; where the trace is named, too, of the trace.
    targets = (root["trace_id"], root["span_id"])
    scores = {score["name"]: score for score in seen.client.scores() if score["target_id"] in targets}
    assert {name: score["value"] for name, score in scores.items()} == {"early": 1, "helpful": 1, "thumb": 1}
    assert (scores["helpful"]["explanation"], scores["thumb"]["source"]) == ("good after all", "user")


@pytest.mark.supports("langsmith", "traceable, wrap_openai, streams, tools, retrievers, errors, attachments")
@pytest.mark.supports("langsmith", "feedback: create, before its run, update, list, delete, presigned tokens")
@pytest.mark.supports("langsmith", "annotation queues: create, list, update, delete, runs in and out")
@pytest.mark.supports(
    "langsmith", "reading back: list_runs with filters, read_run with children, read_project with stats"
)
@pytest.mark.parametrize(
    ("environment", "prefix", "old"),
    [
        pytest.param("langsmith", "", False, id="newest"),
        pytest.param("langsmith", "/api/v1", False, id="newest below a path"),
        pytest.param("langsmith-0.4", "", True, id="a year old with LANGCHAIN variables"),
    ],
)
def test_python_traces_and_feedback(go: Go, environment: str, prefix: str, old: bool) -> None:
    asserts_chat(go(environment, "langsmith_app.py", prefix, 10, old))


@pytest.mark.supports("langsmith", "datasets: examples, attachments, splits, versions, as_of, tags, diff")
@pytest.mark.supports("langsmith", "evaluate, aevaluate, evaluate_existing, comparisons, summary evaluators")
@pytest.mark.parametrize("environment", ["langsmith", "langsmith-0.4"])
def test_python_evaluates_over_a_dataset(go: Go, server: str, environment: str) -> None:
    seen = go(environment, "langsmith_evaluate.py")
    api = httpx.Client(base_url=f"{server}/api/v1", timeout=30)
    name = f"python_evaluates_over_a_dataset-{environment}"
    (dataset,) = [one for one in api.get("/datasets").json()["items"] if one["name"] == name]
    assert dataset["item_count"] == 5
    listed = api.get("/experiments", params={"dataset_id": dataset["id"]}).json()["items"]
    assert [(one["name"].rpartition("-")[0], one["item_count"]) for one in listed] == [("later", 5), ("double", 5)]
    items = api.get(f"/experiments/{listed[1]['id']}/items").json()["items"]
    assert len({one["trace_id"] for one in items}) == 5
    traces = {one["trace_id"] for one in items}
    correct = [
        one["value"] for one in seen.client.scores(limit=500) if one["name"] == "correct" and one["target_id"] in traces
    ]
    assert sorted(correct) == [0, 1, 1, 1, 1]


@pytest.mark.supports("langsmith", "LangChain and LangGraph with LANGSMITH_TRACING")
@pytest.mark.supports("langsmith", "prompts: push, pull by commit and by tag, list, describe")
def test_langchain_langgraph_and_prompts(go: Go, server: str) -> None:
    seen = go("langsmith", "langsmith_chain.py", "", 8)
    question = seen.asking("What is the capital of France?")
    assert (question["model"], question["provider"], question["params"]["temperature"]) == (
        "gpt-4o-mini-2024-07-18",
        "openai",
        0.2,
    )
    assert (question["system_prompt"] or question["input_text"]).startswith("You know geography.")
    assert question["cost_total"] > 0
    assert {span["session"] for span in seen.spans if span["trace_id"] == question["trace_id"]} == {"sess-42"}
    assert seen.one("tool")["tool_name"] == "get_weather"
    name = "langchain_langgraph_and_prompts-geographer"
    production = httpx.get(f"{server}/api/v1/prompts/{name}", params={"label": "production"}, timeout=30).json()
    assert (production["version"], "spring" in production["labels"]) == (2, True)
    prompt = httpx.get(f"{server}/api/v1/prompts/{name}", params={"version": 1}, timeout=30).json()
    assert prompt["template"][0] == {"role": "system", "content": "You know {{field}}."}
    assert [one.get("name") for one in prompt["template"] if one.get("type") == "placeholder"] == ["history"]
    # A prompt pulled from the hub is named on the spans that use it.
    assert name in {span["prompt_name"] for span in seen.spans}


@pytest.mark.supports("langsmith", "JavaScript: traceable, wrapOpenAI, RunTree, feedback, evaluate, prompts; read back")
def test_javascript(go: Go) -> None:
    seen = go("langsmith-js", "langsmith_app.mjs", "", 4)
    assert {span["name"] for span in seen.spans} == {"support-chat", "get_weather", "ChatOpenAI", "by hand"}
    question = seen.asking("What is the capital of France?")
    assert (question["model"], question["session"]) == ("gpt-4o-mini-2024-07-18", "sess-42")
    assert question["cost_total"] > 0
