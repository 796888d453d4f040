"""nervure.init(): what a program that calls it sends, seen from the server's side. Each program has its own process."""

import os
import subprocess
import sys

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from tests.unit.client.conftest import Recorder

PROGRAM = """
import nervure
first = nervure.init({arguments})
second = nervure.init("other")
assert first is second

@nervure.observe(kind="agent")
def answer(question):
    return "42"

answer("what?")
print(nervure.flush())
"""


def run(program: str, **environment: str) -> str:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("NERVURE_", "OTEL_"))}
    done = subprocess.run(
        [sys.executable, "-c", program], env={**kept, **environment}, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def sent(recorder: Recorder) -> ExportTraceServiceRequest:
    (body,) = recorder.bodies("/v1/traces")
    return ExportTraceServiceRequest.FromString(body)


def attributes(holder: object) -> dict[str, str]:
    return {pair.key: pair.value.string_value for pair in holder.attributes}  # type: ignore[attr-defined]


def test_spans_go_to_the_server_named_in_the_call_once(recorder: Recorder) -> None:
    program = PROGRAM.format(
        arguments=f"'bot', url='{recorder.url}/', api_key='k-1', project='blue', environment='test', release='1.2'"
    )
    assert run(program).strip() == "True"
    resource = sent(recorder).resource_spans[0]
    found = attributes(resource.resource)
    assert {key: found.get(key) for key in ("service.name", "service.version", "deployment.environment.name", "nervure.project")} == {
        "service.name": "bot", "service.version": "1.2", "deployment.environment.name": "test", "nervure.project": "blue",
    }  # fmt: skip
    (span,) = resource.scope_spans[0].spans
    assert attributes(span)["nervure.input"] == "what?"
    headers = next(headers for _, path, headers, _ in recorder.requests if path == "/v1/traces")
    assert (headers["authorization"], headers["x-nervure-project"]) == ("Bearer k-1", "blue")


def test_the_environment_names_server_key_project_and_service(recorder: Recorder) -> None:
    run(PROGRAM.format(arguments=""), NERVURE_URL=recorder.url, NERVURE_API_KEY="k-2", NERVURE_SERVICE="named")
    assert attributes(sent(recorder).resource_spans[0].resource)["service.name"] == "named"
    assert recorder.requests[0][2]["authorization"] == "Bearer k-2"


def test_content_is_left_out_when_it_is_not_to_be_captured(recorder: Recorder) -> None:
    run(PROGRAM.format(arguments="'bot'"), NERVURE_URL=recorder.url, NERVURE_CAPTURE_CONTENT="false")
    (span,) = sent(recorder).resource_spans[0].scope_spans[0].spans
    assert "nervure.input" not in attributes(span)
    assert "nervure.output" not in attributes(span)


def test_a_tracer_provider_that_is_there_is_kept_and_gets_one_more_exporter(recorder: Recorder) -> None:
    before = (
        "from opentelemetry import trace\n"
        "from opentelemetry.sdk.trace import TracerProvider\n"
        "from opentelemetry.sdk.resources import Resource\n"
        "mine = TracerProvider(resource=Resource.create({'service.name': 'mine'}))\n"
        "trace.set_tracer_provider(mine)\n"
    )
    after = "\nassert trace.get_tracer_provider() is mine\n"
    run(before + PROGRAM.format(arguments="'bot'") + after, NERVURE_URL=recorder.url)
    assert attributes(sent(recorder).resource_spans[0].resource)["service.name"] == "mine"


def test_scores_and_feedback_of_what_runs_are_sent_in_the_background(recorder: Recorder) -> None:
    program = (
        "import nervure\n"
        "nervure.init('bot', instrument='none')\n"
        "@nervure.observe\n"
        "def answer():\n"
        "    nervure.score('helpful', True, explanation='thumb up', source='user')\n"
        "    nervure.feedback(False, comment='too long', user='ann')\n"
        "answer()\n"
        "print(nervure.flush())\n"
    )
    assert run(program, NERVURE_URL=recorder.url).strip() == "True"
    import json

    (score,) = [json.loads(body) for body in recorder.bodies("/api/v1/scores")]
    (span,) = sent(recorder).resource_spans[0].scope_spans[0].spans
    assert score["target_id"] == span.span_id.hex()
    assert (score["name"], score["value"], score["data_type"], score["source"]) == ("helpful", 1.0, "boolean", "user")
    (feedback,) = [json.loads(body) for body in recorder.bodies("/api/v1/user-feedback")]
    told = {"value": False, "comment": "too long", "name": "thumbs", "user": "ann", "trace_id": span.trace_id.hex()}
    assert feedback == told


def test_a_server_that_is_away_does_not_disturb_the_application() -> None:
    program = (
        "import nervure\n"
        "nervure.init('bot', instrument='none', url='http://127.0.0.1:9')\n"
        "@nervure.observe\n"
        "def answer():\n"
        "    nervure.score('helpful', 1)\n"
        "    return 42\n"
        "print(answer())\n"
        "import os; os._exit(0)\n"
    )
    assert run(program).strip() == "42"
