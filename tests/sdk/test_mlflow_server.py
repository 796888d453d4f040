"""MLflow's tracking client with `mlflow.set_tracking_uri`: what it writes it reads back, and we show it as ours."""

import pytest

from nervure.client.client import Client
from tests.sdk.conftest import Run

pytestmark = [pytest.mark.sdk, pytest.mark.slow, pytest.mark.timeout(1200)]


@pytest.mark.supports(
    "mlflow",
    "experiments by name and id",
    "traces with session, user and tags",
    "tags set and deleted later",
    "feedback and expectations: create, read, update, override, delete",
    "search_traces with filters",
    "get_trace with spans",
)
def test_what_mlflows_client_writes_it_reads_back(run: Run) -> None:
    seen = run(
        "mlflow-server", "mlflow_server_app.py", 3,
        MLFLOW_TRACKING_URI="SERVER", GIT_PYTHON_REFRESH="quiet",
    )  # fmt: skip
    told = [line for line in seen.complaint.splitlines() if "WARNING" in line or "ERROR" in line]
    assert told == []
    (trace,) = seen.client.traces()
    assert (trace["name"], trace["session"], trace["user"], trace["span_count"]) == (
        "support-chat", "sess-42", "user-7", 3,
    )  # fmt: skip
    root = seen.one("workflow") if seen.of("workflow") else seen.one("other")
    assert root["metadata"]["plan"] == "platinum"
    call = seen.one("llm")
    assert (call["model"], call["cost_source"].partition(":")[0]) == ("gpt-4o-mini-2024-07-18", "book")
    assert seen.client.query("count").value == 3
    scores = {(one["name"], one["value"], one["label"], one["source"], one["author"]) for one in seen.client.scores()}
    assert scores == {
        ("helpful", 0.5, "", "human", "ann@example.com"),
        ("expected", None, '{"answer":"Paris"}', "human", "default"),
        ("tone", None, "", "code", ""),
        ("tone", None, "friendly", "code", ""),
    }


@pytest.mark.supports("mlflow", "prompt registry: versions, aliases, tags, search", "prompts linked to traces")
def test_prompts_of_mlflows_registry_are_ours(run: Run) -> None:
    seen = run(
        "mlflow-server", "mlflow_prompts_app.py", 1,
        MLFLOW_TRACKING_URI="SERVER", GIT_PYTHON_REFRESH="quiet",
    )  # fmt: skip
    told = [line for line in seen.complaint.splitlines() if "WARNING" in line or "ERROR" in line]
    assert told == []
    # The registry knows no experiments: prompts are in the project of the key, here the default one.
    ours = Client(seen.client.http.connection.url, project="default")
    name = "test_prompts_of_mlflows_registry_are_ours-support"
    prompt = ours.http.get(f"/api/v1/prompts/{name}/about")
    assert (prompt["latest"], prompt["labels"], prompt["metadata"]["owner"]) == (2, {"latest": 2}, "ann")
    version = ours.http.get(f"/api/v1/prompts/{name}", version=1)
    assert (version["template"], version["variables"]) == ("Answer {{question}}", ["question"])
    (root,) = seen.spans
    assert (root["prompt_name"], root["prompt_version"]) == (name, "2")
