"""What users of LiteLLM's proxy see in Nervure with the generic API logger set to it."""

import pytest

from tests.sdk.conftest import Run
from tests.sdk.test_sdks import (
    QUESTION,
    asserts_embedding,
    asserts_question,
    asserts_stream,
    asserts_tools,
    asserts_totals,
)

pytestmark = [pytest.mark.sdk, pytest.mark.slow, pytest.mark.timeout(1200)]


@pytest.mark.supports(
    "litellm",
    "real proxy: calls, streams, tools, embeddings, failures",
    "real proxy: fallbacks and cache hits",
    "real proxy: session, user, tags, metadata",
)
@pytest.mark.parametrize("form", ["json_array", "ndjson"])
def test_the_proxys_generic_api_logger(run: Run, form: str) -> None:
    seen = run("litellm", "litellm_app.py", 9, LOGGER="SERVER/v1/litellm", LOG_FORMAT=form)
    assert {span["convention"] for span in seen.spans} == {"litellm"}
    # The proxy answers with the name by which it was asked.
    asserts_question(seen, "gpt-4o-mini")
    asserts_stream(seen)
    asserts_tools(seen)
    asserts_embedding(seen)
    asserts_totals(seen)
    question = seen.asking(QUESTION)
    assert (question["session"], question["user"]) == ("sess-42", "user-7")
    assert ("blue" in question["tags"], question["metadata"]["plan"]) == (True, "gold")
    italy = [span for span in seen.of("llm") if "Italy" in span["input_text"]]
    assert sorted(span["status"] for span in italy) == ["error", "ok"]
    assert len({span["trace_id"] for span in italy}) == 1
    first, hit = [span for span in seen.of("llm") if "Spain" in span["input_text"]]
    assert (hit["input_tokens"], hit["output_tokens"], hit["cost_total"], first["cost_total"] > 0) == (0, 0, 0, True)
    (refused,) = [span for span in seen.of("llm") if "429" in span["input_text"]]
    assert (refused["status"], refused["error_type"]) == ("error", "RateLimitError")
    assert question["reported_cost_total"] == pytest.approx(question["cost_total"], rel=0.01)
