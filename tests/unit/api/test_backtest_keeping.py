"""POST /api/v1/backtests/{id}/keep: what was over becomes an incident of the project, once."""

from dataclasses import replace

from fastapi.testclient import TestClient

from nervure.act import lifecycle
from nervure.api.house import House
from tests.catalog.test_incidents import T, diagnosis, finding
from tests.waiting import wait_until

PROJECT = {"x-nervure-project": "kept"}


def test_incidents_of_the_past_are_kept_when_they_were_over(client: TestClient, house: House) -> None:
    kept = house.catalog.backtests
    job = kept.create("kept", T, T + 10**12, 300)
    place = f"/api/v1/backtests/{job.id}/keep"
    # The house looks and finds nothing in an empty project; from then on nobody works on it.
    done = wait_until(lambda: found if not (found := kept.get(job.id)).is_open else None)
    kept.save(replace(done, state="failed", error="broken"), "me")
    refused = client.post(place, json={}, headers=PROJECT)
    assert (refused.status_code, "the backtest is failed" in refused.text) == (400, True)
    lasting = lifecycle.open_incident("kept", "lasting", [finding("keep-a")], diagnosis(), T)
    over = lifecycle.close(lifecycle.open_incident("kept", "over", [finding("keep-b")], diagnosis(), T), T + 9)
    kept.finish(done, [(lasting, [finding("keep-a")]), (over, [finding("keep-b")])], "me")
    refused = client.post(place, json={"incidents": [lasting.id]}, headers=PROJECT)
    assert (refused.status_code, f"no incident that is over with the id {lasting.id}" in refused.text) == (400, True)
    assert client.post(place, json={}).status_code == 404
    assert client.post(place, json={}, headers=PROJECT).json() == {"kept": [over.id], "already": 0}
    assert client.post(place, json={"incidents": [over.id]}, headers=PROJECT).json() == {"kept": [], "already": 1}
    listed = client.get("/api/v1/incidents", headers=PROJECT).json()["items"]
    assert [(one["id"], one["status"]) for one in listed] == [(over.id, "closed")]
