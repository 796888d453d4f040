"""OpenAI's Agents SDK with its own exporter against the server."""

import pytest

from tests.sdk.conftest import Run

pytestmark = [pytest.mark.sdk, pytest.mark.slow, pytest.mark.timeout(1200)]


@pytest.mark.supports("openai-agents", "its own exporter: agents, model calls, tools, guardrails", "groups as sessions")
def test_the_agents_sdks_own_exporter(run: Run) -> None:
    seen = run("agents", "agents_app.py", 10, URL="SERVER")
    assert seen.complaint == ""
    answers = seen.of("llm")
    assert [span["model"] for span in answers] == ["gpt-4o"] * 2
    assert all(span["input_tokens"] and span["cost_total"] for span in answers)
    assert seen.one("agent")["agent"] == "weather_agent"
    tool = seen.one("tool")
    assert (tool["tool_name"], tool["tool_arguments"]) == ("get_weather", {"city": "Paris"})
    assert tool["output_text"] == "18 degrees, sunny"
    assert seen.one("guardrail")["name"]
    (trace,) = seen.client.traces()
    assert (trace["name"], trace["session"]) == ("support workflow", "sess-42")
