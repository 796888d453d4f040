"""`nervure.prompt` and its link to spans against a real server, in a program as a user writes it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from nervure.client.client import Client
from tests.unit.cli.test_with_server import served

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]
PROGRAM = """
import json
import nervure
nervure.init("app", instrument="none")

@nervure.observe(kind="llm")
def answer(text):
    return text.upper()

found = nervure.prompt("shop/greet", label="production", fallback="x")
with found.linked(name="Ada") as text:
    answer(text)
missing = nervure.prompt("none", fallback=[{"role": "user", "content": "{{q}}"}])
nervure.flush()
print(json.dumps([found.version, text, found.config, missing.compile(q="Why?"), missing.is_fallback]))
"""


@pytest.mark.supports("nervure", "prompts: fetched by label, cached, with a fallback, linked to spans")
def test_a_prompt_is_fetched_compiled_and_linked(tmp_path: Path) -> None:
    with served(tmp_path / "data") as url, Client(url) as client:
        for template in ("Hello {{name}}", "Hi {{name}}"):
            client.http.post("/api/v1/prompts", {"name": "shop/greet", "template": template, "config": {"t": 1}})
        client.http.request("PUT", "/api/v1/prompts/shop/greet/labels/production", {"version": 1})
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("NERVURE_", "OTEL_"))}
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM],
            env=kept | {"NERVURE_URL": url},
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert done.returncode == 0, done.stderr
        assert json.loads(done.stdout) == [1, "Hello Ada", {"t": 1}, [{"role": "user", "content": "Why?"}], True]
        (span,) = client.spans()
        full = client.span(span["trace_id"], span["span_id"])
        assert (full["prompt_name"], full["prompt_version"], full["prompt_label"], full["prompt_variables"]) == (
            "shop/greet", "1", "production", {"name": "Ada"},
        )  # fmt: skip
        assert full["output_text"] == "HELLO ADA"
