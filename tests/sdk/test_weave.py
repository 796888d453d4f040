"""Weave's SDK against a real server: what it writes, and what it reads back."""

import json
from typing import Any

import pytest

from tests.sdk.conftest import Run, Seen
from tests.sdk.test_sdks import asserts_failure, asserts_person, asserts_question, asserts_stream, asserts_tools

pytestmark = [pytest.mark.sdk, pytest.mark.slow, pytest.mark.timeout(1200)]


@pytest.fixture
def settings(tmp_path: Any) -> dict[str, str]:
    return {
        "WANDB_BASE_URL": "SERVER",
        "WANDB_API_KEY": "0123456789abcdef0123456789abcdef01234567",
        "WEAVE_SERVER_CACHE_DIR": str(tmp_path / "cache"),
        "HOME": str(tmp_path),
    }


def said(seen: Seen) -> dict[str, Any]:
    lines = [line for line in seen.printed.splitlines() if line.startswith("{")]
    told: dict[str, Any] = json.loads(lines[-1])
    return told


def asserts_no_complaint(seen: Seen) -> None:
    words = (seen.complaint + seen.printed.replace("RateLimitError", "")).lower()
    for sign in ("warning", "traceback (most", "failed", "retry", "dropped", "not found"):
        assert sign not in words.partition("{")[0], words


@pytest.mark.supports(
    "weave",
    "one variable: WANDB_BASE_URL",
    "ops and patched OpenAI calls: traces, tools, streams, errors",
    "attributes as session, user and metadata",
    "feedback: reactions and values",
    "objects, datasets, files and references to them",
    "reading back: get_call, get_calls with filters, children, feedback",
)
def test_weave(run: Run, settings: dict[str, str], request: pytest.FixtureRequest) -> None:
    project = f"demo-team/{request.node.name}"
    seen = run("weave", "weave_app.py", 9, **settings, WEAVE_PROJECT=project, PROJECT=project)
    asserts_no_complaint(seen)
    asserts_question(seen)
    asserts_stream(seen)
    asserts_tools(seen)
    asserts_failure(seen)
    asserts_person(seen, seen.spans)
    told = said(seen)
    assert (told["output"], told["inputs"]) == (
        "The capital of France is Paris.", {"question": "What is the capital of France?"},
    )  # fmt: skip
    assert told["every"] == sorted(
        ["get_weather", "retrieve", "support-chat", "weather-agent", *["openai.chat.completions.create"] * 5]
    )
    assert (told["roots"], told["children"]) == ([told["id"]], 5)
    assert told["rows"] == [{"country": "France"}, {"country": "Spain"}]
    assert len(told["feedback"]) == 2
    assert json.loads(told["failed"][0])["type"] == "RateLimitError"
    assert {(score["name"], score["value"], score["label"]) for score in seen.client.scores()} == {
        ("reaction", None, "\N{THUMBS UP SIGN}"), ("helpfulness", 0.9, ""),
    }  # fmt: skip


@pytest.mark.supports(
    "weave", "evaluations: calls that begin and end apart, datasets, scorers", "models and prompts published and loaded"
)
def test_weave_evaluation(run: Run, settings: dict[str, str], request: pytest.FixtureRequest) -> None:
    project = f"demo-team/{request.node.name}"
    seen = run("weave", "weave_evaluation.py", 9, **settings, WEAVE_PROJECT=project, PROJECT=project)
    asserts_no_complaint(seen)
    told = said(seen)
    assert told["summary"]["exact"] == {"match": {"true_count": 1, "true_fraction": 0.5}}
    assert told["ops"] == [
        "Evaluation.evaluate", "Evaluation.predict_and_score", "Evaluation.summarize", "exact", "predict",
    ]  # fmt: skip
    assert (told["prompt"], told["model"], told["found"]) == ("Hello Ada", 15, 1)
    assert "capitals" in told["objects"]
    assert told["renamed"] == "renamed"
    assert "renamed" in {span["attributes"].get("weave.display_name") for span in seen.spans}
    assert len({span["trace_id"] for span in seen.spans}) == 2
