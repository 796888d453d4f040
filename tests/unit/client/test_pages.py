"""Snippets of docs/sdks.md and the examples: they run, and what they name exists."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.unit.client.conftest import Recorder
from tests.unit.client.test_init import run

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "sdks.md").read_text("utf-8")
SNIPPETS = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)


def test_the_program_of_the_page_sends_its_spans(recorder: Recorder) -> None:
    run(SNIPPETS[0], NERVURE_URL=recorder.url)
    assert recorder.bodies("/v1/traces")


def test_the_questions_of_the_page_are_asked(recorder: Recorder) -> None:
    series = b'{"series": [], "stats": {}}'
    recorder.answers += [(200, {}, series), (200, {}, b'{"items": [], "next_cursor": null}')]
    run(SNIPPETS[1], NERVURE_URL=recorder.url)
    assert [path.partition("?")[0] for _, path, _, _ in recorder.requests] == ["/api/v1/query", "/api/v1/traces"]


@pytest.mark.parametrize(
    "name", ["TRACELOOP_BASE_URL", "LANGFUSE_BASE_URL", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "NERVURE_URL"]
)
def test_the_variables_of_the_page_are_those_the_sdk_tests_use(name: str) -> None:
    tests = (ROOT / "tests" / "sdk" / "test_sdks.py").read_text("utf-8")
    assert name in tests
    assert name in PAGE or name == "NERVURE_URL"


@pytest.mark.parametrize("example", sorted((ROOT / "examples").glob("*.py")), ids=lambda path: path.name)
def test_an_example_is_python(example: Path) -> None:
    done = subprocess.run([sys.executable, "-m", "py_compile", str(example)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_the_first_example_sends_spans_and_a_score(recorder: Recorder) -> None:
    run((ROOT / "examples" / "observe.py").read_text("utf-8"), NERVURE_URL=recorder.url)
    assert recorder.bodies("/v1/traces")
    assert recorder.bodies("/api/v1/scores")
