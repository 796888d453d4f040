"""Braintrust's SDK against the server: its projects are ours."""

import pytest

from tests.sdk.conftest import Run
from tests.sdk.test_sdks import asserts_question, asserts_stream, asserts_tools, asserts_totals

pytestmark = [pytest.mark.sdk, pytest.mark.slow, pytest.mark.timeout(1200)]


@pytest.mark.supports("braintrust", "login and projects", "spans of traced functions and wrapped clients", "scores")
def test_braintrust(run: Run) -> None:
    seen = run(
        "braintrust", "braintrust_app.py", 7,
        BRAINTRUST_API_URL="SERVER", BRAINTRUST_APP_URL="SERVER", BRAINTRUST_API_KEY="none",
    )  # fmt: skip
    assert seen.complaint == ""
    # The SDK does not say which model answered.
    asserts_question(seen, "gpt-4o-mini")
    asserts_stream(seen)
    asserts_tools(seen)
    asserts_totals(seen)
    (root,) = [span for span in seen.spans if span["name"] == "support-chat"]
    assert (root["session"], root["user"], root["tags"]) == ("sess-42", "user-7", ["prod"])
    assert seen.one("tool")["tool_arguments"] == {"city": "Paris"}
    (score,) = seen.client.scores()
    assert (score["name"], score["value"], score["target_id"]) == ("helpfulness", 0.9, root["span_id"])
