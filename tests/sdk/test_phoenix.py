"""Phoenix's registration and client against the server: what they write they read back, and we show it as ours."""

import pytest

from tests.sdk.conftest import Run

pytestmark = [pytest.mark.sdk, pytest.mark.slow, pytest.mark.timeout(1200)]


@pytest.mark.supports(
    "phoenix",
    "phoenix.otel registration with its project",
    "annotations of spans, documents and traces, and notes",
    "spans and traces read back as lists and data frames, with span queries",
    "spans logged by hand",
    "projects",
)
def test_what_phoenix_writes_it_reads_back(run: Run) -> None:
    seen = run("phoenix", "phoenix_app.py", 4, URL="SERVER")
    assert seen.complaint == ""
    root = seen.one("workflow")
    scores = {
        (one["name"], one["value"], one["label"], one["source"], one["target_type"]) for one in seen.client.scores()
    }
    assert scores == {
        ("helpful", 1.0, "yes", "human", "span"),
        ("correct", 0.8, "", "judge", "span"),
        ("relevance", 1.0, "", "judge", "span"),
        ("relevance", 0.0, "", "judge", "span"),
        ("resolved", None, "done", "code", "trace"),
        ("note", None, "", "human", "span"),
    }
    assert {one["trace_id"] for one in seen.client.scores()} == {root["trace_id"]}
    assert seen.client.query("score:correct.mean").value == 0.8
    assert seen.one("tool")["tool_name"] == "search"


@pytest.mark.supports(
    "phoenix",
    "datasets: objects, data frames, splits, versions, updates",
    "prompts: versions, tags, metadata",
)
def test_datasets_and_prompts_of_phoenixs_client_are_ours(run: Run) -> None:
    seen = run("phoenix", "phoenix_nouns_app.py", 0, URL="SERVER")
    assert seen.complaint == ""
    datasets = seen.client.http.get("/api/v1/datasets")["items"]
    assert {(one["name"], one["item_count"], one["version"]) for one in datasets} == {("qa", 2, 4), ("table", 2, 1)}
    prompt = seen.client.http.get("/api/v1/prompts/support/about")
    assert (prompt["latest"], prompt["labels"]["production"], prompt["metadata"]) == (2, 2, {"team": "care"})
    version = seen.client.http.get("/api/v1/prompts/support", version=1)
    assert (version["config"]["model_name"], version["variables"]) == ("gpt-4o-mini", ["role", "question"])


@pytest.mark.supports("phoenix", "experiments with evaluators")
def test_an_experiment_of_phoenixs_client_is_ours(run: Run) -> None:
    seen = run("phoenix", "phoenix_experiment_app.py", 3, URL="SERVER")
    (experiment,) = seen.client.http.get("/api/v1/experiments")["items"]
    assert (experiment["name"], experiment["item_count"]) == ("first try", 3)
    tasks = [span for span in seen.spans if span["name"] == "Task: task"]
    assert sorted(span["status"] for span in tasks) == ["error", "ok", "ok"]
    scores = {(one["name"], one["value"], one["target_id"]) for one in seen.client.scores() if one["value"] is not None}
    assert {target for _, _, target in scores} <= {span["trace_id"] for span in tasks}
    assert {(name, value) for name, value, _ in scores} == {("exact", 1.0), ("exact", 0.0)}
