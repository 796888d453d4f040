"""POST /api/v1/diagnose and the runbooks."""

from starlette.testclient import TestClient

ONSET = {"measure": "error_rate", "onset": "-10m"}


def test_a_change_pointed_at_is_explained(client: TestClient) -> None:
    answer = client.post("/api/v1/diagnose", json={**ONSET, "where": {"service": "desk"}})

    assert answer.status_code == 200, answer.text
    found = answer.json()
    assert 0 <= found["confidence"] <= 1
    assert found["runbook"] == found["cause"]
    assert found["observed"] > 0
    assert client.get(f"/api/v1/runbooks/{found['runbook']}").json()["text"].startswith("# ")


def test_what_cannot_be_explained_is_said(client: TestClient) -> None:
    cases = [
        ({**ONSET, "where": "cost > 1"}, "equalities"),
        ({**ONSET, "measure": "error_rat"}, "did you mean 'error_rate'"),
        ({**ONSET, "measure": "metric:cpu.avg"}, "no measure of spans"),
        ({"measure": "error_rate", "onset": "now", "to": "-1h"}, "not before its end"),
        ({**ONSET, "where": {"service": "nobody"}}, "no value there"),
    ]
    for body, words in cases:
        answer = client.post("/api/v1/diagnose", json=body)
        assert answer.status_code == 400, answer.text
        assert words in answer.json()["detail"]


def test_all_runbooks_are_listed(client: TestClient) -> None:
    items = client.get("/api/v1/runbooks").json()["items"]

    assert len(items) == 18
    assert client.get("/api/v1/runbooks/gremlins").status_code == 404
