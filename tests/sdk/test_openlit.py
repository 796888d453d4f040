"""OpenLIT against the server."""

import pytest

from tests.sdk.conftest import Run
from tests.sdk.test_sdks import asserts_everything

pytestmark = [pytest.mark.sdk, pytest.mark.slow, pytest.mark.timeout(1200)]


@pytest.mark.supports("openlit", "model calls, embeddings, traced functions", "metrics")
def test_openlit(run: Run) -> None:
    seen = run("openlit", "openlit_app.py", 8, OTEL_EXPORTER_OTLP_ENDPOINT="SERVER")
    assert "Failed to export" not in seen.complaint
    asserts_everything(seen)
    assert {span["environment"] for span in seen.of("llm")} == {"staging"}
    (step,) = [span for span in seen.spans if span["name"] == "manual-step"]
    assert "done" in step["output_text"]
    assert seen.client.http.get("/api/v1/metrics")["items"]
