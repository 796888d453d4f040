"""elasticsearch-py against the server: documents become log records, with no error and no warning."""

import pytest

from tests.sdk.conftest import Run

pytestmark = [pytest.mark.sdk, pytest.mark.slow, pytest.mark.timeout(1200)]


@pytest.mark.supports(
    "elasticsearch",
    "product check and handshake",
    "bulk helpers: index and create",
    "errors per item",
    "single documents",
    "templates, policies and pipelines are accepted and have no effect",
)
def test_the_bulk_helpers_of_elasticsearch_py(run: Run) -> None:
    seen = run("elastic", "elastic_app.py", 0, URL="SERVER")
    assert seen.complaint == ""
    logs = seen.client.http.get("/api/v1/logs", limit=200)["items"]
    # 30 + 10 + 20, the good one of a mixed request (sent again it is recognised), and two single ones.
    assert len(logs) == 63
    paid = [one for one in logs if one["body"] == "order 10 paid"]
    assert {(one["service"], one["severity_text"], one["trace_id"]) for one in paid} == {
        ("checkout", "warn", "0af7651916cd43dd8448eb211c80319c")
    }
    assert {one["attributes"]["elasticsearch.index"] for one in logs} == {"logs-shop-1", "logs-shop-2"}
    (single,) = [one for one in logs if one["body"] == "single"]
    assert single["severity_text"] == "error"
    (named,) = [one for one in logs if one["body"] == "with id"]
    assert named["attributes"]["elasticsearch.id"] == "7"
