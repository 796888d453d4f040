"""Configuration over HTTP, through the real application over a running house."""

import base64
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from typing import Any

import pytest
from starlette.testclient import TestClient

from nervure.api.app import create_app
from nervure.base.clock import NS_PER_S, SystemClock
from nervure.base.ids import RandomIds
from nervure.base.settings import Settings
from nervure.intake.media import MediaStore
from nervure.model.batch import Batch
from nervure.model.span import Message, Span
from nervure.serve.build import Works, build

ROOT = {"authorization": "Bearer root-key-of-these-tests"}
Client = TestClient


@pytest.fixture(scope="module")
def works(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Works]:
    folder = tmp_path_factory.mktemp("house")
    prices = folder / "prices.toml"
    prices.write_text('[[price]]\nname = "own gpu"\nmodel = "llama-*"\nmatch = "glob"\nper_second = 0.001\n')
    settings = Settings(data=folder, auth=True, admin_key=ROOT["authorization"][7:], price_file=prices, fsync=False)
    with ExitStack() as closing:
        built = build(settings, SystemClock(), RandomIds(), closing)
        built.start()
        yield built


@pytest.fixture(scope="module")
def client(works: Works) -> Client:
    return TestClient(create_app(works.house), headers=ROOT)


def bearer(secret: str) -> dict[str, str]:
    return {"authorization": f"Bearer {secret}"}


def make_key(client: Client, *rights: str, project: str = "") -> dict[str, Any]:
    answer = client.post("/api/v1/keys", json={"name": "k", "rights": list(rights), "project": project})
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


def code(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def test_projects_are_made_read_changed_and_forgotten(client: Client) -> None:
    made = client.post("/api/v1/projects", json={"name": "web shop", "retention_days": 7})
    assert made.status_code == 201
    assert made.json() == {
        "name": "web shop",
        "description": "",
        "retention_days": 7,
        "created": made.json()["created"],
    }
    assert made.json() in client.get("/api/v1/projects").json()["items"]
    changed = client.patch("/api/v1/projects/web%20shop", json={"description": "all", "retention_days": 0})
    assert (changed.json()["description"], changed.json()["retention_days"]) == ("all", None)
    assert code(client.post("/api/v1/projects", json={"name": "web shop"})) == (409, "conflict")
    assert code(client.post("/api/v1/projects", json={"name": " "})) == (400, "bad_input")
    assert client.delete("/api/v1/projects/web%20shop").status_code == 204
    assert code(client.get("/api/v1/projects/web%20shop")) == (404, "not_found")


def test_a_secret_is_shown_once_and_opens_what_its_rights_say(client: Client) -> None:
    made = make_key(client, "read", project="shop")
    reader = bearer(made.pop("secret"))
    assert made["prefix"].startswith("nvk_")
    listed = [key for key in client.get("/api/v1/keys").json()["items"] if key["id"] == made["id"]]
    assert listed == [made]
    assert "secret" not in str(listed)
    assert client.get("/api/v1/prices", headers=reader).status_code == 200
    assert code(client.get("/api/v1/keys", headers=reader)) == (403, "forbidden")
    assert code(client.get("/api/v1/prices", headers=bearer("nvk_wrong"))) == (401, "unauthenticated")
    revoked = client.delete(f"/api/v1/keys/{made['id']}").json()
    assert revoked["revoked"] is not None
    assert not revoked["active"]
    assert code(client.get("/api/v1/prices", headers=reader)) == (401, "unauthenticated")


def test_a_key_may_be_sent_as_bearer_basic_or_header(client: Client, works: Works) -> None:
    secret = make_key(client, "read")["secret"]
    plain = TestClient(create_app(works.house))
    assert plain.get("/api/v1/projects").status_code == 401
    assert plain.get("/api/v1/projects", headers={"x-api-key": secret}).status_code == 200
    assert plain.get("/api/v1/projects", auth=("any-public-key", secret)).status_code == 200


def test_a_key_of_one_project_neither_sees_nor_changes_another(client: Client) -> None:
    client.post("/api/v1/projects", json={"name": "shop"})
    client.post("/api/v1/projects", json={"name": "bank"})
    admin = bearer(make_key(client, "admin", project="shop")["secret"])
    assert [one["name"] for one in client.get("/api/v1/projects", headers=admin).json()["items"]] == ["shop"]
    other = {"name": "mine", "rights": ["admin"], "project": "bank"}
    for refused in (
        client.get("/api/v1/projects/bank", headers=admin),
        client.patch("/api/v1/projects/bank", headers=admin, json={}),
        client.post("/api/v1/keys", headers=admin, json=other),
        client.post("/api/v1/keys", headers=admin, json={**other, "project": ""}),
        client.put("/api/v1/retention/bank/all", headers=admin, json={"days": 1}),
        client.post("/api/v1/prices", headers=admin, json={"name": "p", "model": "m", "input": 1}),
        client.put("/api/v1/mappings/x", headers=admin, json={"text": ""}),
        client.get("/api/v1/audit", headers={**admin, "x-nervure-project": "bank"}),
    ):
        assert code(refused) == (403, "forbidden")
    assert client.post("/api/v1/keys", headers=admin, json={**other, "project": "shop"}).status_code == 201
    seen = {entry["project"] for entry in client.get("/api/v1/audit", headers=admin).json()["items"]}
    assert seen == {"shop"}


def test_keys_expire_when_told_to(client: Client) -> None:
    body = {"name": "k", "rights": ["read"]}
    assert client.post("/api/v1/keys", json={**body, "expires_days": 2}).json()["expires"] is not None
    assert client.post("/api/v1/keys", json={**body, "expires": "+1h"}).json()["active"]
    assert code(client.post("/api/v1/keys", json={**body, "expires": "-1h"})) == (400, "bad_input")
    assert code(client.post("/api/v1/keys", json={**body, "rights": ["root"]})) == (422, "invalid_request")


def test_prices_of_the_file_and_of_the_catalog_are_listed_with_the_book(client: Client) -> None:
    deal = {"name": "deal", "model": "gpt-*", "match": "glob", "input": 1.1, "output": "2.2", "project": "shop"}
    made = client.post("/api/v1/prices", json=deal).json()
    assert (made["input"], made["output"], made["cached_input"], made["origin"]) == (1.1, 2.2, None, "catalog")
    listed = client.get("/api/v1/prices").json()
    assert {item["name"]: item["origin"] for item in listed["items"]} == {"deal": "catalog", "own gpu": "file"}
    assert listed["book"].startswith("book:genai-prices ")
    assert code(client.post("/api/v1/prices", json=deal)) == (409, "conflict")
    put = client.put("/api/v1/prices/deal", json={"model": "gpt-4o", "book_factor": 0.5}).json()
    assert (put["id"], put["input"], put["book_factor"]) == (made["id"], None, 0.5)
    assert client.get(f"/api/v1/prices/{made['id']}").json() == put
    assert code(client.put("/api/v1/prices/deal", json={"model": "x"})) == (400, "bad_input")
    assert code(client.put("/api/v1/prices/deal", json={"model": "x", "input": -1})) == (422, "invalid_request")
    assert client.delete("/api/v1/prices/deal").status_code == 204
    assert code(client.delete("/api/v1/prices/deal")) == (404, "not_found")


def test_a_price_is_explained_line_by_line(client: Client) -> None:
    call = {"provider": "openai", "request_model": "gpt-4o", "input_tokens": 1_000_000, "cached_input_tokens": 400_000}
    told = client.post("/api/v1/prices/explain", json={**call, "reported_cost_total": 2.0}).json()
    assert [(line["item"], line["amount_usd"]) for line in told["lines"]] == [("input", 1.5), ("cached_input", 0.5)]
    assert (told["tariff"], told["cost"]["total"], told["difference"]) == ("openai gpt-4o", 2.0, 0.0)
    unknown = client.post("/api/v1/prices/explain", json={**call, "request_model": "gpt-99"}).json()
    assert (unknown["cost"]["total"], unknown["cost"]["source"], unknown["lines"]) == (None, "unpriced", [])
    gpu = client.post("/api/v1/prices/explain", json={"request_model": "llama-3", "duration_ms": 2000}).json()
    assert (gpu["cost"]["total"], gpu["cost"]["source"]) == (0.002, "override:own gpu")


def test_stored_calls_are_explained_and_priced_again(client: Client, works: Works) -> None:
    house, start_ns = works.house, works.house.clock.now_ns() - 60 * NS_PER_S
    span = Span(
        "a" * 32, "b" * 16, "chat", start_ns, project="lab", kind="llm", provider="vllm", request_model="house-7b",
        duration_ns=3 * NS_PER_S, input_tokens=1_000_000,
    )  # fmt: skip
    spans = [span, replace(span, span_id="c" * 16, request_model="other-7b")]
    for one in spans:
        house.pricer.price(one)
    house.intake.submit(Batch(spans=spans, request=1, project="lab", wire="test")).result(30)
    lab = {"x-nervure-project": "lab"}
    where = {"trace_id": span.trace_id, "span_id": span.span_id}
    told = client.get("/api/v1/prices/explain", headers=lab, params=where).json()
    assert told["cost"]["source"] == "unpriced"
    assert "house-7b of vllm is not in the price book" in told["reasons"]
    client.put("/api/v1/prices/house", json={"model": "*-7b", "match": "glob", "input": 4}).raise_for_status()
    started = client.post("/api/v1/prices/reprice", headers=lab, json={"from": "-1h", "model": "house-7b"})
    assert started.status_code == 202
    job, deadline = started.json(), time.monotonic() + 60
    while job["state"] not in ("done", "failed") and time.monotonic() < deadline:
        time.sleep(0.1)  # the loop runs in the server's own time
        job = client.get(f"/api/v1/prices/reprice/{job['id']}", headers=lab).json()
    assert (job["state"], job["changed"], job["cost_after"], job["progress"]) == ("done", 1, 4.0, 1.0)
    assert client.get("/api/v1/prices/reprice", headers=lab).json()["items"] == [job]
    stored = [house.asker.span("lab", one.trace_id, one.span_id) for one in spans]
    assert [one["cost_source"] for one in stored] == ["override:house", "unpriced"]
    client.delete("/api/v1/prices/house")


def test_a_repricing_says_where_its_filter_is_wrong(client: Client) -> None:
    answer = client.post("/api/v1/prices/reprice", json={"where": "modell = 'x'"})
    assert code(answer) == (400, "filter_error")
    assert code(client.post("/api/v1/prices/reprice", json={"from": "now", "to": "-1h"})) == (400, "bad_input")
    assert code(client.get("/api/v1/prices/reprice/none")) == (404, "not_found")


def test_retention_is_written_by_project_and_signal(client: Client) -> None:
    put = client.put("/api/v1/retention/shop/spans", json={"days": 10, "payload_days": 2})
    assert put.status_code == 200
    listed = client.get("/api/v1/retention").json()
    assert (listed["items"], listed["default_days"]) == ([put.json()], 90)
    assert code(client.put("/api/v1/retention/shop/spans", json={"days": 0})) == (422, "invalid_request")
    assert code(client.put("/api/v1/retention/shop/spans", json={"days": 2, "payload_days": 3})) == (400, "bad_input")
    assert code(client.put("/api/v1/retention/shop/dreams", json={"days": 2})) == (422, "invalid_request")
    assert client.delete("/api/v1/retention/shop/spans").status_code == 204
    assert client.get("/api/v1/retention").json()["items"] == []


MAPPING = (
    '[mapping]\nname = "acme"\n[mapping.when]\nattributes = ["acme.*"]\n[[rule]]\nfield = "user"\nkeys = ["acme.u"]\n'
)


def test_mappings_are_checked_before_they_are_kept_and_every_version_stays(client: Client) -> None:
    assert code(client.put("/api/v1/mappings/acme", json={"text": "[mapping]"})) == (400, "mapping_error")
    first = client.put("/api/v1/mappings/acme", json={"text": MAPPING}).json()
    second = client.put("/api/v1/mappings/acme", json={"text": MAPPING.replace("acme.u", "acme.v")}).json()
    assert (first["version"], second["version"], second["active"]) == (1, 2, True)
    back = client.post("/api/v1/mappings/acme/activate", json={"version": 1}).json()["items"]
    assert [(one["version"], one["active"]) for one in back] == [(2, False), (1, True)]
    assert [one["version"] for one in client.get("/api/v1/mappings").json()["items"]] == [1]
    assert code(client.post("/api/v1/mappings/acme/activate", json={"version": 9})) == (404, "not_found")


def test_the_audit_log_says_who_changed_what_in_pages(client: Client) -> None:
    secret = make_key(client, "admin")["secret"]
    client.post("/api/v1/projects", json={"name": "audited"}, headers=bearer(secret))
    client.patch("/api/v1/projects/audited", json={"description": "x"})
    page = client.get("/api/v1/audit", params={"noun": "project", "noun_id": "audited", "limit": 1}).json()
    (change,) = page["items"]
    assert (change["actor"], change["action"]) == ("admin key", "update")
    assert (change["before"]["description"], change["after"]["description"]) == ("", "x")
    rest = client.get("/api/v1/audit", params={"noun_id": "audited", "cursor": page["next_cursor"]}).json()
    assert [(entry["action"], entry["actor"].startswith("k (key_")) for entry in rest["items"]] == [("create", True)]
    assert rest["next_cursor"] is None
    assert code(client.get("/api/v1/audit", params={"cursor": "x"})) == (400, "query_error")


def test_mappings_are_reapplied_over_http(client: Client, works: Works) -> None:
    trace, span_id, now_ns = "c" * 32, "d" * 16, time.time_ns()
    attributes = {"acme.kind": "GEN"}
    raw = Span(trace, span_id, "step", now_ns, project="mapped", attributes=attributes, received_ns=now_ns)
    works.house.intake.submit(Batch([raw], project="mapped")).result(30)
    text = '[mapping]\nname = "acme"\n[mapping.when]\nattributes = ["acme.*"]\n[[rule]]\nfield = "kind"\nkeys = ["acme.kind"]\nvalues = { GEN = "agent" }'
    headers = {"x-nervure-project": "mapped"}

    def finished(body: dict[str, Any]) -> dict[str, Any]:
        started = client.post("/api/v1/remaps", json=body, headers=headers)
        assert started.status_code == 202, started.text
        for _ in range(300):
            job: dict[str, Any] = client.get(f"/api/v1/remaps/{started.json()['id']}", headers=headers).json()
            if job["state"] not in ("waiting", "running"):
                break
            time.sleep(0.1)
        return job

    tried = finished({"dry_run": True, "draft": text, "to": "now", "from": "-1h"})
    assert (tried["state"], tried["changed"], tried["has_draft"]) == ("done", 1, True)
    sample = {"trace_id": trace, "span_id": span_id, "field": "kind", "before": "other", "after": "agent"}
    assert sample in tried["samples"]
    assert {"field": "kind", "spans": 1} in tried["fields"]
    assert works.house.asker.stored_span("mapped", trace, span_id).kind == "other"
    version = client.put("/api/v1/mappings/acme", json={"text": text}).json()["version"]
    done = finished({"from": "-1h"})
    assert (done["changed"], done["mappings"]) == (1, [{"name": "acme", "version": version}])
    assert works.house.asker.stored_span("mapped", trace, span_id).kind == "agent"
    assert [job["id"] for job in client.get("/api/v1/remaps", headers=headers).json()["items"]] == [
        done["id"], tried["id"],
    ]  # fmt: skip
    client.post("/api/v1/mappings/acme/activate", json={"version": None})
    assert code(client.post("/api/v1/remaps", json={"draft": text}, headers=headers)) == (400, "bad_input")
    assert client.post("/api/v1/remaps", json={"where": "kind = ("}, headers=headers).status_code == 400
    assert client.post("/api/v1/remaps", json={"draft": "x", "dry_run": True}, headers=headers).status_code == 400
    other = bearer(make_key(client, "admin", project="elsewhere")["secret"])
    assert code(client.get(f"/api/v1/remaps/{done['id']}", headers=other)) == (403, "forbidden")
    assert code(client.delete(f"/api/v1/remaps/{done['id']}", headers=other)) == (403, "forbidden")
    assert client.delete(f"/api/v1/remaps/{done['id']}", headers=headers).json()["state"] == "done"
    assert code(client.get("/api/v1/remaps/remap_no", headers=headers)) == (404, "not_found")


def test_media_are_read_by_their_own_project_and_never_run(client: Client, works: Works) -> None:
    picture = b"\x89PNG" + bytes(range(256)) * 1000
    part = {
        "type": "blob",
        "modality": "image",
        "mime_type": "image/png",
        "content": base64.b64encode(picture).decode(),
    }
    messages: list[Message] = [{"role": "user", "parts": [part]}]
    settings = works.house.settings
    MediaStore(settings.data / "media", 1000, fsync=False).move_out(messages, "pictures")
    path = f"/api/v1/media/{messages[0]['parts'][0]['sha256']}"
    mine = {"x-nervure-project": "pictures"}
    shown = client.get(path, params={"mime_type": "image/png"}, headers=mine)
    assert (shown.status_code, shown.content, shown.headers["content-type"]) == (200, picture, "image/png")
    assert shown.headers["x-content-type-options"] == "nosniff"
    part_of_it = client.get(path, headers={**mine, "range": "bytes=0-3"})
    assert (part_of_it.status_code, part_of_it.content) == (206, b"\x89PNG")
    for odd in ("text/html", "image/svg+xml", "image/png\r\nx-evil: 1", "image/png; x"):
        answer = client.get(path, params={"mime_type": odd}, headers=mine)
        assert answer.headers["content-type"] == "application/octet-stream"
        assert answer.headers["content-disposition"] == "attachment"
    assert code(client.get(path, headers={"x-nervure-project": "others"})) == (404, "not_found")
    assert code(client.get("/api/v1/media/..%2F..%2Fcatalog.db", headers=mine))[0] == 404
    stranger = bearer(make_key(client, "read", project="others")["secret"])
    assert code(client.get(path, headers={**stranger, **mine})) == (403, "forbidden")
    assert code(client.get(path, headers=stranger)) == (404, "not_found")
    own = bearer(make_key(client, "read", project="pictures")["secret"])
    assert client.get(path, headers=own).content == picture
