"""Opik's SDK against a real server: what it writes, and what it reads back."""

import json
import os
import subprocess
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI

from nervure.api.routes import as_opik
from nervure.base.settings import Settings
from nervure.importers.importer import Asked, Noun
from nervure.importers.products.opik import IMPORTER
from tests.sdk.conftest import PROGRAMS, Run, Seen
from tests.sdk.environments import Unavailable, python_of
from tests.sdk.test_sdks import asserts_failure, asserts_question, asserts_stream, asserts_tools
from tests.wire.doors import serving

pytestmark = [pytest.mark.sdk, pytest.mark.slow, pytest.mark.timeout(1200)]

KEPT = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG", "TMPDIR")}
# What the client says of itself whatever the server is; anything else in its output would be about the server.
OF_ITS_OWN = ("Started logging traces", "shortly after creation", "Deprecated", "Created a ", "in your Opik dashboard")


def settings(project: str) -> dict[str, str]:
    return {
        "OPIK_URL_OVERRIDE": "SERVER/api",
        "OPIK_API_KEY": "none",
        "OPIK_WORKSPACE": "default",
        "OPIK_PROJECT_NAME": project,
        "OPIK_SENTRY_ENABLE": "false",
        "OPIK_CONSOLE_LOGGING_LEVEL": "WARNING",
    }


def said(seen: Seen) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(seen.printed.strip().splitlines()[-1])
    return told


def asserts_no_complaint(seen: Seen) -> None:
    lines = [line for line in seen.complaint.splitlines() if line.strip()]
    assert [line for line in lines if not any(own in line for own in OF_ITS_OWN)] == []


@pytest.mark.supports(
    "opik",
    "@track and track_openai: traces, spans, tools, streams, errors",
    "threads as sessions, tags and metadata",
    "the low-level client: spans and traces updated after they began, traces without spans",
    "feedback scores of traces and spans, and their removal",
    "attachments, also downloaded again and taken away",
    "comments on traces, spans and threads: add, read, change, delete",
    "threads: found by id and with filters",
    "reading back: get_trace_content, get_span_content, search_traces and search_spans with filters, projects",
)
def test_opik(run: Run, request: pytest.FixtureRequest) -> None:
    seen = run("opik", "opik_app.py", 11, **settings(request.node.name))
    asserts_no_complaint(seen)
    asserts_question(seen)
    asserts_stream(seen)
    asserts_tools(seen)
    asserts_failure(seen)
    told = said(seen)
    assert told["project"] == request.node.name
    assert (told["found"], told["every"], told["scored"]) == (
        [told["id"]], ["lone", "manual", "support-chat"], ["manual"],
    )  # fmt: skip
    assert told["tool"] == [{"city": "Paris"}, {"temp_c": 18, "sky": "sunny"}, "tool"]
    assert told["left"] == []
    assert (told["files"], told["same"]) == ([["a picture.png", "image/png"]], True)
    assert told["sent"] == {"a picture.png": "image/png", "a draft.txt": "text/plain"}
    assert told["comments"] == [["look here", "ada"]]
    question = {"question": "What is the capital of France?"}
    assert (told["threads"], told["calm"]) == ([["sess-42", 2, question, ["calm"]]], ["calm", "ada"])
    trace = told["trace"]
    assert trace["input"] == question
    assert (sorted(trace["tags"]), trace["thread_id"]) == (["beta", "prod"], "sess-42")
    assert [(score["name"], score["value"], score["reason"]) for score in trace["feedback_scores"]] == [
        ("helpfulness", 0.9, "good")
    ]
    names = {name for name, _, _ in told["spans"].values()}
    assert {"support-chat", "retrieve", "weather-agent", "get_weather"} <= names
    lone = next(span for span in seen.spans if span["name"] == "lone")
    assert (lone["kind"], lone["tags"], "me" in lone["output_text"]) == ("workflow", ["alone"], True)
    shown = seen.client.span(lone["trace_id"], lone["span_id"])["input"][-1]["parts"]
    assert [(part["type"], part["modality"], part["name"]) for part in shown] == [("media", "image", "a picture.png")]
    manual = next(span for span in seen.spans if span["name"] == "model-call")
    assert (manual["session"], manual["output_text"], manual["total_tokens"]) == ("thread-1", "pong", 11)
    assert {span["session"] for span in seen.spans if span["name"] == "support-chat"} == {"sess-42"}


@pytest.mark.supports(
    "opik",
    "prompts with versions: text and chat, by commit, history",
    "datasets and their items",
    "evaluate: experiments with their items and scores",
    "opik export: traces, datasets and prompts, also read by nervure import",
)
def test_opik_prompts_datasets_and_evaluate(
    run: Run, request: pytest.FixtureRequest, server: str, tmp_path: Path
) -> None:
    seen = run("opik", "opik_catalog.py", 2, **settings(request.node.name))
    told = said(seen)
    first, second, same = told["commits"]
    assert first != second == same
    assert told["old"] == ["What is the capital of {{country}}?", {"v": 1}]
    assert told["chat"] == [{"role": "user", "content": "Capital of {{country}}?"}]
    assert told["history"] == ["Name the capital of {{country}}.", "What is the capital of {{country}}?"]
    assert told["items"] == [["France", "Paris"], ["Spain", "Madrid"]]
    assert (told["tried"], told["count"]) == ([["Madrid", 0.0], ["Paris", 1.0]], 2)
    assert len(told["left"]) == 1
    assert {score["name"] for score in seen.client.scores()} == {"right"}
    found = found_in_export(server, request.node.name, tmp_path)
    spans = {(one.span.trace_id, one.span.span_id) for one in found["traces"]}
    # Not those that stand for a trace here.
    own = [span for span in seen.spans if "opik.id" in span["attributes"]]
    assert spans == {(span["trace_id"], span["span_id"]) for span in own}
    assert len(spans) == 8
    assert [one.score.name for one in found["scores"]] == ["right", "right"]
    assert [(one.dataset, one.content) for one in found["datasets"] if one.id] == [
        ("capitals", {"input": {"country": "Spain"}, "expected": "Madrid"})
    ]
    assert [(one.name, one.number) for one in found["prompts"] if one.name == "geo-prompt"] == [
        ("geo-prompt", first), ("geo-prompt", second),
    ]  # fmt: skip


def found_in_export(server: str, project: str, folder: Path) -> dict[Noun, list[Any]]:
    """What an import finds in the files that Opik's own command writes."""
    given = {name: value.replace("SERVER", server) for name, value in settings(project).items()}
    program = [str(python_of("opik").parent / "opik"), "export", "default", project, "all", "--path", str(folder)]
    done = subprocess.run(
        [*program, "--include", "traces,datasets,prompts"], env={**KEPT, **given}, capture_output=True, text=True,
        timeout=180,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    source = IMPORTER.open(Asked(files=sorted(folder.rglob("*.json"))))
    found = {noun: [one for page in source.read(noun, None) for one in page.found] for noun in source.nouns}
    source.close()
    return found


@pytest.mark.supports("opik", "what a full server refuses is kept by the client and sent again, once")
def test_the_client_sends_again_what_a_full_server_refused(tmp_path: Path) -> None:
    try:
        python = python_of("opik")
    except Unavailable as error:
        pytest.skip(f"the package index cannot be reached: {error}")
    # The client asks whether the server is there at all; it is.
    house = FastAPI()
    house.include_router(as_opik.router)
    with serving(Settings(data=tmp_path), rest=house) as server:
        server.intake.mood = "full"
        given = {name: value.replace("SERVER", server.url) for name, value in settings("patient").items()}
        process = subprocess.Popen(
            [str(python), str(PROGRAMS / "opik_patient.py")], env={**KEPT, **given}, text=True, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )  # fmt: skip
        try:
            deadline = time.monotonic() + 60
            while server.intake.turned_away < 2:
                assert process.poll() is None, process.communicate()
                assert time.monotonic() < deadline, "nothing was sent"
                time.sleep(0.05)
            assert server.intake.batches == []
            server.intake.mood = ""
            printed, complaint = process.communicate(timeout=120)
        finally:
            process.kill()
            process.wait()
    assert printed.splitlines()[-1] == "True", complaint
    begun = Counter(part.name for _, raw in server.intake.batches for part in raw.parts if part.name)
    assert begun == Counter({f"{what}-{number}": 1 for what in ("trace", "span") for number in range(3)})
    ended = [part.end_ns for _, raw in server.intake.batches for part in raw.parts if not part.name]
    assert (len(ended), all(ended)) == (6, True)
