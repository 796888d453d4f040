"""Ledger over time, senders, refusals, status, whose key it is, demo data, and what retention will delete."""

from typing import Any

import pytest
from starlette.testclient import TestClient

from nervure.api.app import create_app
from nervure.api.house import House
from nervure.base.clock import NS_PER_S
from nervure.intake.flow import width_for
from nervure.intake.refusals import MOST_REASONS, Refusals
from nervure.model.span import Span

from .conftest import ADMIN, store, with_settings


def test_the_ledger_over_time_adds_up_to_the_ledger(client: TestClient) -> None:
    flow = client.get("/api/v1/ledger/flow", params={"from": "-1h", "signal": "spans"}).json()
    lines = client.get("/api/v1/ledger", params={"from": "-1h"}).json()["items"]
    for name in ("received", "stored", "refused", "requests"):
        assert sum(point[name] for point in flow["items"]) == sum(
            line[name] for line in lines if line["signal"] == "spans"
        )
    assert sum(point["received"] for point in flow["items"]) >= 60
    times = [point["time"] for point in flow["items"]]
    assert times == sorted(times)
    assert flow["every_s"] == 30
    assert len(times) in (120, 121)


def test_other_sdks_have_a_flow_of_their_own(client: TestClient) -> None:
    flow = client.get("/api/v1/ledger/flow", params={"sdk": "nobody", "every": "10m"}).json()
    assert flow["every_s"] == 600
    assert sum(point["received"] for point in flow["items"]) == 0


def test_a_flow_has_bounds(client: TestClient) -> None:
    too_fine = client.get("/api/v1/ledger/flow", params={"from": "-30d", "every": "1m"})
    assert (too_fine.status_code, too_fine.json()["code"]) == (400, "query_error")
    assert client.get("/api/v1/ledger/flow", params={"every": "1ms"}).status_code == 400


@pytest.mark.parametrize(("hours", "width_s"), [(1, 30), (24, 1800), (24 * 30, 21_600), (24 * 365 * 50, 604_800)])
def test_buckets_suit_their_range(hours: int, width_s: int) -> None:
    assert width_for(0, hours * 3600 * NS_PER_S) == width_s


def test_senders_are_told_by_sdk_dialect_and_service(client: TestClient, house: House) -> None:
    now_ns = house.clock.now_ns()
    resource = {"telemetry.sdk.language": "go", "telemetry.sdk.name": "opentelemetry"}
    told: dict[str, Any] = {
        "service": "edge", "sdk_name": "opentelemetry", "sdk_version": "1.39", "convention": "otel_genai", "kind": "llm",
        "project": "edges", "resource": resource, "received_ns": now_ns,
    }  # fmt: skip
    store(house, [
        Span(f"{500 + n:032x}", f"{500 + n:016x}", "chat", now_ns - n * NS_PER_S, input_text="hi" if n == 0 else "", **told)
        for n in range(4)
    ])  # fmt: skip
    asked = {"x-nervure-project": "edges"}
    senders = client.get("/api/v1/senders", headers=asked, params={"from": "-1h"}).json()["items"]
    edge = next(one for one in senders if one["service"] == "edge")
    assert {name: edge[name] for name in ("signal", "sdk", "sdk_version", "language", "convention", "items")} == {
        "signal": "spans", "sdk": "opentelemetry", "sdk_version": "1.39", "language": "go", "convention": "otel_genai",
        "items": 4,
    }  # fmt: skip
    assert edge["example_trace_id"] == f"{500:032x}"
    assert edge["calls"] == 4
    assert edge["refused_share"] == 0
    assert edge["is_demo"] is False
    assert client.get("/api/v1/senders", headers=asked, params={"from": "-2d", "to": "-1d"}).json()["items"] == []


def test_refusals_of_one_reason_are_one_line(house: House) -> None:
    refusals = Refusals(house.clock)
    refusals.note("shop", "otlp_traces", "http", "OTel/1", 413, "the body has 70 bytes")
    refusals.note("shop", "otlp_traces", "http", "OTel/1", 413, "the body has 99 bytes", 3)
    refusals.note("", "otlp_traces", "grpc", "", 401, "no key")
    found = refusals.list("shop", with_unknown=True)
    assert [(one.status, one.requests, one.items, one.message) for one in found] == [
        (401, 1, 0, "no key"), (413, 2, 3, "the body has 99 bytes"),
    ]  # fmt: skip
    assert [one.status for one in refusals.list("shop", with_unknown=False)] == [413]
    assert refusals.list("other", with_unknown=False) == []


def test_the_oldest_reasons_make_room(house: House) -> None:
    refusals = Refusals(house.clock)
    for n in range(MOST_REASONS + 10):
        refusals.note("shop", "otlp_traces", "http", f"sender {n}", 400, "cannot be read")
    kept = refusals.list("shop", with_unknown=False)
    assert len(kept) == MOST_REASONS
    assert kept[0].sender == f"sender {MOST_REASONS + 9}"


def test_status_tells_how_the_server_is(client: TestClient, house: House) -> None:
    status = client.get("/api/v1/status").json()
    assert (status["ready"], status["problems"], status["auth"], status["store"]) == (True, [], False, "embedded")
    assert status["queue"]["balanced"] is True
    assert status["queue"]["limit_bytes"] == house.settings.queue_bytes
    assert status["written"]["rows"] >= 60
    assert status["disk"]["tables"]["spans"] > 0
    assert status["disk"]["used_bytes"] == sum(status["disk"]["tables"].values())
    assert status["listening"] == {"host": "127.0.0.1", "http_port": 4318, "grpc_port": 4317, "loopback": True}
    # An hour of telemetry is no ground for a forecast.
    assert status["disk"]["bytes_per_day"] is None
    assert status["disk"]["full_at"] is None


def test_me_tells_what_a_key_may_do(house: House) -> None:
    guarded = TestClient(create_app(with_settings(house, auth=True, admin_key=ADMIN)))
    assert guarded.get("/api/v1/me").status_code == 401
    root = {"authorization": f"Bearer {ADMIN}"}
    assert guarded.get("/api/v1/me", headers=root).json()["rights"] == ["send", "read", "admin", "feedback"]
    made = guarded.post(
        "/api/v1/keys", headers=root, json={"name": "app", "rights": ["send"], "project": "shop"}
    ).json()
    told = guarded.get("/api/v1/me", headers={"authorization": f"Bearer {made['secret']}"}).json()
    assert (told["rights"], told["only_project"], told["project"]) == (["send", "feedback"], "shop", "shop")
    assert told["who"] == f"app ({made['id']})"


def test_me_without_keys_is_somebody_on_this_machine(client: TestClient) -> None:
    told = client.get("/api/v1/me").json()
    assert (told["auth"], told["who"], told["rights"]) == (False, "local", ["send", "read", "admin", "feedback"])


def test_demo_data_is_told_apart(client: TestClient, house: House) -> None:
    now_ns = house.clock.now_ns()
    asked = {"x-nervure-project": "tryout"}
    assert client.get("/api/v1/demo", headers=asked).json() == {
        "project": "tryout", "spans": 0, "other_spans": 0, "last_received": None, "live": False,
    }  # fmt: skip
    spans = [
        Span(f"{n + 700:032x}", f"{n + 700:016x}", "x", now_ns, project="tryout", received_ns=now_ns) for n in range(3)
    ]
    spans[0].flags = ["demo"]
    store(house, spans)
    told = client.get("/api/v1/demo", headers=asked).json()
    assert (told["spans"], told["other_spans"], told["live"]) == (1, 2, True)
    queue = {"name": "q", "criteria": [{"name": "good", "type": "boolean"}]}
    made = client.post("/api/v1/annotations/queues", json=queue, headers=asked).json()["id"]
    changes = [client.post("/api/v1/changes", json={"name": "x"}, headers=asked).json()["id"] for _ in range(2)]
    price = client.put("/api/v1/gpu/prices/ours", json={"usd_per_hour": 2}, headers=asked).json()["id"]
    noted = {"queues": [made], "incidents": ["gone"], "gpu_prices": [price]}
    client.post("/api/v1/demo/made", json=noted, headers=asked)
    told = client.post("/api/v1/demo/made", json={"changes": changes[:1], "queues": [made]}, headers=asked).json()
    assert told == {"queues": [made], "changes": changes[:1], "incidents": ["gone"], "gpu_prices": [price]}
    removed = client.delete("/api/v1/demo", headers=asked).json()["removed"]
    assert [removed[name] for name in ("spans", "queues", "changes", "gpu_prices", "incidents")] == [1, 1, 1, 1, 0]
    assert client.get("/api/v1/demo", headers=asked).json()["spans"] == 0
    assert client.get("/api/v1/annotations/queues", headers=asked).json()["items"] == []
    assert client.get("/api/v1/gpu/prices", headers=asked).json()["items"] == []
    assert [one["id"] for one in client.get("/api/v1/changes", headers=asked).json()["items"]] == changes[1:]


def test_what_retention_deletes_is_told_beforehand(client: TestClient, house: House) -> None:
    now_ns, day_ns = house.clock.now_ns(), 86_400 * NS_PER_S
    asked = {"x-nervure-project": "keeping"}
    store(house, [
        Span(f"{n + 800:032x}", f"{n + 800:016x}", "x", now_ns - n * day_ns, project="keeping", received_ns=now_ns)
        for n in range(10)
    ])  # fmt: skip

    def spans(**params: Any) -> dict[str, Any]:
        answer = client.get("/api/v1/retention/expiring", headers=asked, params={"signal": "spans", **params}).json()
        return dict(answer["items"][0])

    kept = spans()
    assert (kept["days"], kept["set_by"], kept["items"], kept["due"]) == (90, "server", 10, 0)
    # Days are whole: a record of day n is past a retention of d days when n > d.
    asked_for = spans(days=6)
    assert (asked_for["set_by"], asked_for["due"], asked_for["soon"]) == ("asked", 3, 7)
    client.put("/api/v1/retention/keeping/all", json={"days": 8})
    assert (spans()["days"], spans()["set_by"]) == (8, "all")


def test_a_mapping_is_tried_on_a_stored_span(client: TestClient, house: House) -> None:
    now_ns = house.clock.now_ns()
    attributes = {"acme.prompt_model": "acme-large", "acme.kind": "GEN"}
    store(
        house,
        [
            Span(
                f"{900:032x}",
                f"{900:016x}",
                "generate",
                now_ns,
                attributes=attributes,
                project="acme",
                received_ns=now_ns,
            )
        ],
    )
    project = {"x-nervure-project": "acme"}
    text = (
        '[mapping]\nname = "acme"\norder = 50\n[mapping.when]\nattributes = ["acme.*"]\n'
        '[[rule]]\nfield = "request_model"\nkeys = ["acme.prompt_model"]\n'
        '[[rule]]\nfield = "kind"\nkeys = ["acme.kind"]\nvalues = { GEN = "llm" }\n'
    )
    asked = {"text": text, "trace_id": f"{900:032x}", "span_id": f"{900:016x}"}
    tried = client.post("/api/v1/mappings/try", headers=project, json=asked).json()
    fields = {field["field"]: field for field in tried["fields"]}
    assert tried["speaks"] is True
    assert tried["attributes"] == attributes
    assert (fields["request_model"]["before"], fields["request_model"]["after"]) == (None, "acme-large")
    assert (fields["request_model"]["convention"], fields["request_model"]["key"]) == ("acme", "acme.prompt_model")
    assert fields["kind"]["changed"] is True
    assert client.get("/api/v1/mappings", params={"inactive": True}).json()["items"] == []
    wrong = client.post(
        "/api/v1/mappings/try", headers=project, json={**asked, "text": text.replace("request_model", "modell")}
    )
    assert (wrong.status_code, wrong.json()["code"]) == (400, "mapping_error")
    assert "rule 1" in wrong.json()["detail"]


def test_mappings_out_of_force_are_still_listed(client: TestClient) -> None:
    text = '[mapping]\nname = "old"\n[mapping.when]\nattributes = ["old.*"]\n[[rule]]\nfield = "user"\nkeys = ["old.user"]\n'
    assert client.put("/api/v1/mappings/old", json={"text": text}).status_code == 200
    client.post("/api/v1/mappings/old/activate", json={"version": None})
    assert client.get("/api/v1/mappings").json()["items"] == []
    listed = client.get("/api/v1/mappings", params={"inactive": True}).json()["items"]
    assert [(one["name"], one["version"], one["active"]) for one in listed] == [("old", 1, False)]


def test_the_price_book_is_searched_by_words(client: TestClient) -> None:
    found = client.get("/api/v1/prices/book", params={"search": "OPENAI gpt-4o-mini", "limit": 5}).json()
    first = found["items"][0]
    assert (first["model"], first["priced"], first["input"], first["output"]) == ("gpt-4o-mini", True, 0.15, 0.6)
    assert first["cached_input"] == 0.075
    assert found["total"] >= len(found["items"]) > 0
    assert found["book"].startswith("book:genai-prices ")
    assert client.get("/api/v1/prices/book", params={"search": "no such model at all"}).json()["items"] == []
    assert client.get("/api/v1/prices/book", params={"on": "yesterday"}).status_code == 400
