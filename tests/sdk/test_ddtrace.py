"""ddtrace against the server in three of its four ways: with an agent, by the agent's event proxy, without an agent.

The fourth, APM without an agent, has no setting for its address.
"""

import pytest

from tests.sdk.conftest import Run, Seen
from tests.sdk.test_sdks import asserts_everything

pytestmark = [pytest.mark.sdk, pytest.mark.slow, pytest.mark.timeout(1200)]

COMMON = {"DD_SERVICE": "support-svc", "DD_ENV": "staging", "DD_VERSION": "1.2.3"}
WAYS = {
    "agent": {"DD_TRACE_AGENT_URL": "SERVER", "DD_LLMOBS_AGENTLESS_ENABLED": "0"},
    "proxy": {"DD_TRACE_AGENT_URL": "SERVER", "DD_LLMOBS_AGENTLESS_ENABLED": "0", "DD_APM_TRACING_ENABLED": "0"},
    "agentless": {
        "DD_TRACE_AGENT_URL": "SERVER", "DD_LLMOBS_AGENTLESS_ENABLED": "1", "DD_API_KEY": "none",
        "DD_LLMOBS_OVERRIDE_ORIGIN": "SERVER", "DD_APM_TRACING_ENABLED": "0",
    },
}  # fmt: skip


def asserts_llmobs(seen: Seen) -> None:
    asserts_everything(seen)
    root = seen.one("workflow", name="support-chat")
    assert (root["session"], root["user"], root["environment"]) == ("sess-42", "user-7", "staging")
    assert seen.one("agent")["name"] == "weather-agent"
    assert seen.one("tool")["tool_name"] == "get_weather"
    assert seen.one("retriever")["documents"][0]["content"] == "Refunds are accepted within 30 days."
    scores = {(one["name"], one["value"], one["label"], one["target_id"]) for one in seen.client.scores()}
    assert scores == {("helpfulness", 0.9, "", root["span_id"]), ("tone", None, "friendly", root["span_id"])}


@pytest.mark.supports(
    "datadog",
    "LLM Observability with an agent, by its proxy and without one",
    "evaluations",
    "the library's own telemetry and remote configuration are answered",
)
@pytest.mark.parametrize("way", WAYS)
def test_ddtrace_reaches_the_server(run: Run, request: pytest.FixtureRequest, way: str) -> None:
    project = request.node.name.replace("[", "-").rstrip("]")
    seen = run("ddtrace", "ddtrace_app.py", 10, **COMMON, **WAYS[way], DD_TAGS=f"nervure.project:{project}")
    assert seen.complaint == ""
    asserts_llmobs(seen)
