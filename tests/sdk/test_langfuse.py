"""Langfuse's SDKs (Python 5, 3 and 2; JavaScript) against a server that asks for keys, all they do with it but tracing."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from nervure.client.client import Client
from tests.sdk.conftest import PROGRAMS, START_S
from tests.sdk.environments import Unavailable, python_of
from tests.sdk.node import node_of

pytestmark = [pytest.mark.sdk, pytest.mark.slow, pytest.mark.timeout(900)]
ADMIN = "root-key-of-these-tests"
# What the programs ask for on purpose: a prompt that is not there.
EXPECTED = re.compile(r"none-label:production|'none'|\"none\"")
HELLO = {"role": "user", "content": "hi"}


@dataclass(frozen=True)
class Done:
    """What a program printed, what it complained of, and the project it wrote to."""

    told: dict[str, Any]
    complaints: str
    client: Client
    http: httpx.Client


Start = Callable[[str, str], Done]


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a real server that asks for keys."""
    folder = tmp_path_factory.mktemp("langfuse")
    command = [sys.executable, "-m", "nervure", "serve", "--data", str(folder / "data"), "--port", "0"]
    kept = {name: value for name, value in os.environ.items() if not name.startswith("NERVURE_")}
    given = kept | {"NERVURE_AUTH": "true", "NERVURE_ADMIN_KEY": ADMIN}
    with (folder / "server.log").open("wb") as log:
        process = subprocess.Popen(
            [*command, "--grpc-port", "-1", "--print-ports"], env=given, stdout=subprocess.PIPE, stderr=log
        )
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            assert line, (folder / "server.log").read_text()
            yield f"http://127.0.0.1:{json.loads(line)['http']}"
            assert "unforeseen" not in (folder / "server.log").read_text()
        finally:
            process.terminate()
            process.wait(START_S)


@pytest.fixture
def start(guarded: str, request: pytest.FixtureRequest) -> Start:
    """start(environment, program): runs it with the key of a project of its own."""

    def started(environment: str, program: str) -> Done:
        project = re.sub(r"[^a-z0-9]+", "-", request.node.name.lower()).strip("-")
        made = httpx.post(
            f"{guarded}/api/v1/keys", headers={"authorization": f"Bearer {ADMIN}"},
            json={"name": "app", "rights": ["send", "read", "admin"], "project": project},
        )  # fmt: skip
        assert made.status_code == 201, made.text
        secret = made.json()["secret"]
        path = PROGRAMS / program
        try:
            command = node_of(environment, path) if path.suffix == ".mjs" else [str(python_of(environment)), str(path)]
        except Unavailable as error:
            pytest.skip(f"the package index cannot be reached: {error}")
        kept = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG", "TMPDIR")}
        given = {
            "LANGFUSE_BASE_URL": guarded, "LANGFUSE_HOST": guarded, "LANGFUSE_PUBLIC_KEY": "pk-lf-any",
            "LANGFUSE_SECRET_KEY": secret,
        }  # fmt: skip
        done = subprocess.run(
            [*command, environment], env={**kept, **given}, capture_output=True, text=True, timeout=180
        )
        assert done.returncode == 0, done.stderr
        client = Client(guarded, api_key=secret, project=project)
        http = httpx.Client(base_url=guarded, headers={"authorization": f"Bearer {secret}"})
        return Done(json.loads(done.stdout.strip().splitlines()[-1]), done.stderr, client, http)

    return started


def asserts_no_complaint(done: Done) -> None:
    """Python's SDK logs a line for each complaint; only the missing prompt may be one."""
    bad = [line for line in done.complaints.splitlines() if line.strip() and not EXPECTED.search(line)]
    assert bad == []


@pytest.mark.supports(
    "langfuse", "auth_check", "prompts with versions, labels, client cache and fallback", "datasets and items",
    "run_experiment", "scores", "media upload", "reading back",
)  # fmt: skip
@pytest.mark.parametrize("environment", ["langfuse", "langfuse-3"])
def test_python_finds_again_all_it_wrote(start: Start, environment: str) -> None:
    done = start(environment, "langfuse_nouns.py")
    told, is_new = done.told, environment == "langfuse"
    asserts_no_complaint(done)
    assert told["auth"] is True
    assert told["prompts"] == {
        "greet": [1, "Hello Ada", {"temperature": 0.5}, ["production"]],
        "staging": [2, "Hi {{name}}", ["latest", "staging"], ["t"], "shorter"],
        "first": "Hello {{name}}",
        "chat": [{"role": "system", "content": "You serve Acme."}, HELLO],
        "moved": 2,
        "cached": 2,
        "fallback": "as ever",
        "listed": [
            ["chat", [1], ["latest", "production"]],
            ["shop/greet", [1, 2], ["latest", "production", "staging"]],
        ],
        "missing": "NotFoundError",
    }
    assert told["dataset"] == ["capitals", "of countries", {"owner": "ada"}]
    assert told["items"] == [
        [f"{environment}-0", {"country": "France"}, "Paris", None, "ACTIVE"],
        [f"{environment}-1", {"country": "Italy"}, "Rome", None, "ACTIVE"],
        [f"{environment}-2", {"country": "Spain"}, "Madrid", {"why": "duplicate"}, "ARCHIVED"],
    ]
    assert [one[:2] for one in told["results"]] == [["Paris", [1.0]], ["Rome", [1.0]], ["?", [0.0]]]
    assert sorted(told["observations"], key=lambda one: one[0]) == [
        ["draw", "GENERATION", "shop/greet", 1, "a dot"],
        ["handle", "SPAN", None, None, told["trace_id"]],
    ]
    assert told["scores"] == [
        ["helpful", True if is_new else "True", "BOOLEAN"], ["later", 0.25, "NUMERIC"], ["tone", "calm", "CATEGORICAL"],
    ]  # fmt: skip
    assert told["runs"] == [["baseline 1", 3]]
    assert told.get("comment") == (["look", True] if is_new else None)
    assert told["resolved"][0]["content"][1]["image_url"]["url"].startswith("data:image/png;base64,iVBORw0K")
    _asserts_nouns(done)


def _asserts_nouns(done: Done) -> None:
    """The same in Nervure's own words."""
    told = done.told
    draw = next(span for span in done.client.spans(limit=100) if span["name"] == "draw")
    full = done.client.span(draw["trace_id"], draw["span_id"])
    assert (full["prompt_name"], full["prompt_version"], full["cost_source"][:5]) == ("shop/greet", "1", "book:")
    (picture,) = [part for message in full["input"] for part in message["parts"] if part["type"] == "media"]
    assert (picture["modality"], picture["mime_type"]) == ("image", "image/png")
    media = done.http.get(f"/api/v1/media/{picture['sha256']}")
    assert (media.status_code, media.content[:6], len(media.content)) == (200, b"\x89PNG\r\n", 206)
    run = done.http.get("/api/v1/experiments").json()["items"][0]
    assert (run["name"], run["item_count"], run["external_id"]) == ("baseline 1", 3, told["run_id"])
    tried = done.http.get(f"/api/v1/experiments/{run['id']}/items").json()["items"]
    assert {one["trace_id"] for one in tried} == {one[2] for one in told["results"]}
    assert sorted(score["value"] for one in tried for score in one["scores"]) == [0.0, 1.0, 1.0]
    items = done.http.get(f"/api/v1/datasets/{run['dataset_id']}/items").json()["items"]
    assert {one["item_id"] for one in tried} == {one["id"] for one in items}
    (share,) = done.http.get("/api/v1/scores", params={"target_type": "experiment_run"}).json()["items"]
    assert (share["name"], share["target_id"]) == ("share", told["run_id"])


@pytest.mark.supports("langfuse", "SDK 2: ingestion, prompts, datasets, fetch_traces and the like")
def test_python_2_finds_again_all_it_wrote(start: Start) -> None:
    done = start("langfuse-2", "langfuse_v2.py")
    asserts_no_complaint(done)
    assert done.told == {
        "auth": True,
        "prompt": [1, "Hello Ada", {"temperature": 0.5}, ["latest", "production"]],
        "fallback": "as ever",
        "run": ["first", "by hand", {"model": "m"}, 2],
        "items": [["France", "Paris"], ["Italy", "Rome"]],
        "trace": [True, "support", "user-7", "sess-42", ["beta"], {"plan": "gold"}],
        "said": ["refund?", "Within 30 days."],
        "observations": [
            ["EVENT", "sent", None],
            ["GENERATION", "answer", "Within 30 days."],
            ["SPAN", "retrieve", ["30 days"]],
        ],
        "scores": [["helpful", 1.0], ["tone", "calm"]],
        "usage": [10, 4, "gpt-4o-mini", "greet"],
        "by_user": ["support"],
        "by_tag": ["support"],
        "generations": ["answer"],
        "observation": True,
        "sessions": ["sess-42"],
        "later": 4,
        "alone": [True, 0, [1.0]],
        # Two traces without observations count as one each.
        "daily": [3, 5, [["gpt-4o-mini", 10, 4]]],
    }


@pytest.mark.supports("langfuse", "JavaScript: tracing with media, prompts, datasets, experiments, reading back")
def test_javascript_finds_again_all_it_wrote(start: Start) -> None:
    done = start("langfuse-js", "langfuse_nouns.mjs")
    told = done.told
    assert told.pop("trace_id")
    assert told == {
        "prompts": [1, "Hello Ada", {"t": 0.5}, 2, "Hi {{name}}", "as ever"],
        "items": [["France", "Paris"], ["Italy", "Rome"]],
        "results": [["?", 0], ["Paris", 1]],
        "observations": [["draw", "GENERATION", "a dot", "js/greet"], ["handle", "SPAN", "a dot", None]],
        "resolved": True,
        "listed": [["js/greet", [1, 2]]],
    }
    complaints = [line for line in done.complaints.splitlines() if "[ERROR]" in line or "[WARN]" in line]
    assert [line for line in complaints if not EXPECTED.search(line)] == []
    scores = done.http.get("/api/v1/scores", params={"limit": 100}).json()["items"]
    assert {one["name"] for one in scores} == {"helpful", "tone", "exact", "share"}
