"""`nervure.prompt`: known ones are given at once, asked for anew behind the scenes, and outlive the server."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from nervure.base.clock import NS_PER_S, FixedClock
from nervure.base.connection import connection
from nervure.base.errors import Busy, NervureError, NotFound
from nervure.client.http import Http
from nervure.client.prompts import Prompt, Prompts
from tests.unit.client.conftest import Recorder


def said(template: Any, version: int = 1, status: int = 200) -> tuple[int, dict[str, str], bytes]:
    body = {
        "name": "greet", "template": template, "version": version, "config": {"t": 0.5}, "variables": ["name"],
        "labels": ["production"], "commit": "c0ffee",
    }  # fmt: skip
    return status, {"etag": f'"{version}"', "content-type": "application/json"}, json.dumps(body).encode()


UNCHANGED = (304, {"etag": '"1"'}, b"")
MISSING: tuple[int, dict[str, str], bytes] = (
    404,
    {},
    json.dumps({"code": "not_found", "detail": "no prompt"}).encode(),
)


class Later(list[Callable[[], None]]):
    """Work of the background, done when the test says so."""

    def run(self) -> None:
        while self:
            self.pop(0)()


@pytest.fixture
def later() -> Later:
    return Later()


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(1000 * NS_PER_S)


@pytest.fixture
def prompts(recorder: Recorder, clock: FixedClock, later: Later) -> Prompts:
    return Prompts(Http(connection(recorder.url, None, None)), clock, later.append)


def test_a_known_prompt_is_given_at_once_and_asked_for_anew_when_it_is_old(
    recorder: Recorder, prompts: Prompts, clock: FixedClock, later: Later
) -> None:
    recorder.answers += [said("Hello {{name}}"), UNCHANGED, said("Hi {{name}}", 2)]
    first = prompts.get("greet", label="production")
    assert (first.compile(name="Ada"), first.version, first.label) == ("Hello Ada", 1, "production")
    assert prompts.get("greet", label="production") is first
    for _ in range(2):
        clock.advance_s(61)
        assert prompts.get("greet", label="production") is first, "stale, yet at once"
        assert prompts.get("greet", label="production") is first, "asked for once"
        assert len(later) == 1
        later.run()
    assert prompts.get("greet", label="production").compile(name="Ada") == "Hi Ada"
    paths = [request[1] for request in recorder.requests]
    assert paths == ["/api/v1/prompts/greet?label=production"] * 3
    assert [request[2].get("if-none-match") for request in recorder.requests] == [None, '"1"', '"1"']


def test_a_prompt_outlives_its_server_and_a_fallback_stands_in_for_one_never_seen(
    recorder: Recorder, prompts: Prompts, clock: FixedClock, later: Later, caplog: pytest.LogCaptureFixture
) -> None:
    status, headers, body = said("Hello")
    recorder.answers.append((status, {**headers, "connection": "close"}, body))
    known = prompts.get("greet")
    recorder.server.shutdown()
    recorder.server.server_close()
    clock.advance_s(61)
    assert prompts.get("greet") is known
    later.run()
    assert prompts.get("greet") is known
    assert later == [], "not again before its time to live has passed"
    assert prompts.get("greet", cache_ttl_s=0) is known
    spare = prompts.get("other", fallback="Hey {{name}}")
    assert (spare.compile(name="Ada"), spare.version, spare.is_fallback) == ("Hey Ada", 0, True)
    with pytest.raises(Busy, match="no server answers"):
        prompts.get("other")
    assert "its fallback is used" in caplog.text


def test_an_answer_that_is_no_prompt_is_told_as_such(recorder: Recorder, prompts: Prompts) -> None:
    recorder.answers += [(200, {}, b"<html>"), (200, {}, b"[]")]
    for _ in range(2):
        with pytest.raises(NervureError, match="is a Nervure server listening"):
            prompts.get("greet")


def test_a_prompt_that_was_deleted_is_forgotten(
    recorder: Recorder, prompts: Prompts, clock: FixedClock, later: Later
) -> None:
    recorder.answers += [said("Hello"), MISSING, MISSING]
    prompts.get("a/b c", version=3)
    clock.advance_s(61)
    prompts.get("a/b c", version=3)
    later.run()
    with pytest.raises(NotFound):
        prompts.get("a/b c", version=3)
    assert recorder.requests[0][1] == "/api/v1/prompts/a/b%20c?version=3"


def test_messages_are_compiled_with_their_placeholders() -> None:
    template: list[dict[str, Any]] = [
        {"role": "system", "content": "You serve {{shop}}."},
        {"type": "placeholder", "name": "history"},
        {"role": "user", "content": [{"type": "text", "text": "{{question}} {{unknown}}"}]},
    ]
    hello = {"role": "user", "content": "hi"}
    made = Prompt("p", template).compile(shop="Acme", history=[hello], question="Why?")
    assert made == [
        {"role": "system", "content": "You serve Acme."},
        hello,
        {"role": "user", "content": [{"type": "text", "text": "Why? {{unknown}}"}]},
    ]
    assert Prompt("p", template).compile()[1] == {"type": "placeholder", "name": "history"}


def test_spans_inside_say_which_prompt_they_used(spans: InMemorySpanExporter) -> None:
    with Prompt("greet", "Hello {{name}}", 3, "production").linked(name="Ada") as text:
        assert text == "Hello Ada"
        with trace.get_tracer("t").start_as_current_span("call"):
            pass
    (span,) = spans.get_finished_spans()
    assert dict(span.attributes or {}) == {
        "gen_ai.prompt.name": "greet",
        "gen_ai.prompt.version": "3",
        "nervure.prompt.label": "production",
        "nervure.prompt.variables": '{"name": "Ada"}',
    }
