"""TruLens against the server."""

import pytest

from tests.sdk.conftest import Run

pytestmark = [pytest.mark.sdk, pytest.mark.slow, pytest.mark.timeout(1200)]


@pytest.mark.supports("trulens", "records of RAG applications over OTLP")
def test_trulens(run: Run) -> None:
    seen = run(
        "trulens", "trulens_app.py", 3,
        OTEL_EXPORTER_OTLP_ENDPOINT="SERVER", OTEL_EXPORTER_OTLP_PROTOCOL="http/protobuf", TRULENS_OTEL_TRACING="1",
    )  # fmt: skip
    assert "Failed" not in seen.complaint
    root = seen.one("workflow")
    assert (root["input_text"], "Paris" in root["output_text"]) == ("What is the refund policy?", True)
    found = seen.one("retriever")
    assert (found["query"], len(found["documents"])) == ("What is the refund policy?", 2)
