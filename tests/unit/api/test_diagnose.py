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


def test_a_project_writes_a_runbook_of_its_own_and_returns_to_the_one_that_comes_along(client: TestClient) -> None:
    where = "/api/v1/runbooks/tool_failure"
    shipped = client.get(where).json()
    query = '```query\n{"measure": "error_rate", "where": "{scope} and kind = \\"tool\\"", "every": "5m"}\n```'
    text = f"# Ours\n\nRing the tool's team.\n\n{query}"

    written = client.put(where, json={"text": text}).json()
    again = client.put(where, json={"text": f"{text}\n\nAnd the agent's."}).json()

    assert (written["text"], written["is_own"], shipped["is_own"]) == (text, True, False)
    assert client.get(where).json() == again
    elsewhere = client.get(where, headers={"x-nervure-project": "elsewhere"}).json()
    listed = {one["name"]: one["is_own"] for one in client.get("/api/v1/runbooks").json()["items"]}
    assert (elsewhere["text"], [name for name, own in listed.items() if own]) == (shipped["text"], ["tool_failure"])
    assert client.delete(where).json() == shipped == client.get(where).json()
    assert client.delete(where).status_code == 404


def test_a_runbook_whose_queries_cannot_be_asked_is_refused(client: TestClient) -> None:
    cases = [
        ("  ", "says something"),
        ('```query\n{"measure": "error_rat"}\n```', "query 1 of the runbook: "),
        ("```query\nerror_rate\n```", "query 1 of the runbook: Expecting value"),
        ('```query\n"error_rate"\n```', "a query is an object"),
        ('```query\n{"measure": "count"}\n', "ends with ```"),
        ('```query\n{"measure": "count", "where": "not ({scope})"}\n```', "a condition of its own"),
    ]
    for text, words in cases:
        answer = client.put("/api/v1/runbooks/abuse", json={"text": text})
        assert (answer.status_code, words in answer.text) == (400, True), answer.text
    assert client.put("/api/v1/runbooks/gremlins", json={"text": "x"}).status_code == 404
