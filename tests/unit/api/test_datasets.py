"""/api/v1/datasets over a whole house: items copied from stored spans and items as written."""

from collections.abc import Iterator
from typing import Any

import pytest
from starlette.testclient import TestClient

from nervure.api.app import create_app
from nervure.api.house import House
from nervure.base.clock import NS_PER_S
from nervure.model.span import Document, Span

from .conftest import store, with_settings

PROJECT = "cases"
ASKED = [{"role": "user", "parts": [{"type": "text", "content": "where is my refund?"}]}]
ANSWERED = [{"role": "assistant", "parts": [{"type": "text", "content": "on its way"}]}]


@pytest.fixture(scope="module")
def shop(house: House) -> TestClient:
    """A project with three traces: a RAG call below a root without content, a root with content, and nothing said."""
    begin = house.clock.now_ns() - 600 * NS_PER_S

    def span(trace: str, number: str, **more: Any) -> Span:
        at = begin + int(number) * NS_PER_S
        return Span(trace, number.rjust(16, "0"), "step", at, project=PROJECT, received_ns=begin, **more)

    store(
        house,
        [
            span("rag", "1", kind="workflow"),
            span("rag", "2", kind="retriever", parent_id="1".rjust(16, "0"), query="refund",
                 documents=[Document(id="d1", content="Refunds take a week.", score=0.9)]),
            span("rag", "3", kind="llm", parent_id="1".rjust(16, "0"), input=ASKED, output=ANSWERED,
                 input_text="where is my refund?", output_text="on its way", response_model="gpt", prompt_name="desk"),
            span("plain", "1", kind="agent", input=ASKED, input_text="where is my refund?"),
            span("plain", "2", kind="tool", parent_id="1".rjust(16, "0"), tool_arguments={"id": 7}, tool_result="found"),
            span("silent", "1", kind="other"),
        ],
    )  # fmt: skip
    return TestClient(create_app(house), headers={"x-nervure-project": PROJECT})


@pytest.fixture
def dataset(shop: TestClient) -> Iterator[str]:
    made = shop.post("/api/v1/datasets", json={"name": "refunds", "description": "asked often"})
    assert made.status_code == 201
    yield made.json()["id"]
    shop.delete(f"/api/v1/datasets/{made.json()['id']}")


def add(client: TestClient, dataset: str, **body: Any) -> Any:
    answer = client.post(f"/api/v1/datasets/{dataset}/items", json=body)
    assert answer.status_code == 201, answer.text
    return answer.json()


def test_a_trace_becomes_the_case_of_the_span_that_says_what_was_asked(shop: TestClient, dataset: str) -> None:
    made = add(shop, dataset, spans=[{"trace_id": "rag"}, {"trace_id": "plain"}, {"trace_id": "silent"}])
    rag, plain = made["items"]
    assert rag["documents"][0]["content"] == "Refunds take a week."
    assert plain["input"] == ASKED
    assert plain["output"] is None
    assert made["skipped"] == [
        {
            "trace_id": "silent",
            "span_id": "",
            "reason": "it is not stored, or says neither what went in nor what came out",
        }
    ]
    assert made["version"] == 1


def test_a_span_is_copied_with_its_messages(shop: TestClient, dataset: str) -> None:
    made = add(shop, dataset, spans=[{"trace_id": "rag", "span_id": "3".rjust(16, "0")}])
    (item,) = made["items"]
    assert (item["input"], item["output"], item["span_id"]) == (ASKED, ANSWERED, "3".rjust(16, "0"))
    assert (item["metadata"]["model"], item["metadata"]["prompt_name"]) == ("gpt", "desk")
    assert item["documents"][0]["id"] == "d1"
    again = add(shop, dataset, spans=[{"trace_id": "rag", "span_id": "3".rjust(16, "0")}])
    assert (again["items"], again["skipped"][0]["reason"]) == ([], "it has an item already")
    assert again["version"] == 1


def test_a_tools_arguments_and_result_are_what_went_in_and_out(shop: TestClient, dataset: str) -> None:
    (item,) = add(shop, dataset, spans=[{"trace_id": "plain", "span_id": "2".rjust(16, "0")}])["items"]
    assert (item["input"], item["output"]) == ({"id": 7}, "found")


def test_written_items_are_paged_and_removed_and_counted(shop: TestClient, dataset: str) -> None:
    made = add(shop, dataset, items=[{"input": n, "expected": n * n} for n in range(5)])
    seen, cursor = [], ""
    while True:
        page = shop.get(f"/api/v1/datasets/{dataset}/items", params={"limit": 2, "cursor": cursor}).json()
        seen += [(item["input"], item["expected"]) for item in page["items"]]
        cursor = page["next_cursor"]
        if not cursor:
            break
    assert seen == [(n, n * n) for n in range(5)]
    left = shop.post(f"/api/v1/datasets/{dataset}/items/remove", json={"ids": [made["items"][0]["id"]]}).json()
    assert (left["item_count"], left["version"]) == (4, 2)
    then = shop.get(f"/api/v1/datasets/{dataset}/items", params={"version": 1}).json()["items"]
    assert len(then) == 5
    listed = shop.get("/api/v1/datasets").json()["items"]
    assert [(one["name"], one["item_count"]) for one in listed] == [("refunds", 4)]


def test_what_cannot_be_is_refused_in_words(shop: TestClient, dataset: str) -> None:
    taken = shop.post("/api/v1/datasets", json={"name": "refunds"})
    assert (taken.status_code, dataset in taken.json()["detail"]) == (409, True)
    where = f"/api/v1/datasets/{dataset}/items"
    assert shop.post(where, json={}).status_code == 422
    assert shop.post(where, json={"items": [{"metadata": {}}]}).status_code == 422
    assert shop.post(where, json={"spans": [{"trace_id": str(n)} for n in range(201)]}).status_code == 422
    assert shop.post("/api/v1/datasets/none/items", json={"items": [{"input": 1}]}).status_code == 404
    assert shop.get(where, params={"cursor": "nonsense"}).status_code == 400
    assert shop.get("/api/v1/datasets", headers={"x-nervure-project": "other"}).json()["items"] == []
    odd = {"spans": [{"trace_id": 'quote" or "1', "span_id": "back\\slash"}]}
    assert shop.post(where, json=odd).json()["items"] == []


def test_who_may_only_read_does_not_add(house: House, shop: TestClient, dataset: str) -> None:
    _, secret = house.catalog.keys.create("reader", ["read"], PROJECT)
    reader = TestClient(create_app(with_settings(house, auth=True)), headers={"authorization": f"Bearer {secret}"})
    assert reader.get(f"/api/v1/datasets/{dataset}/items").status_code == 200
    assert reader.post(f"/api/v1/datasets/{dataset}/items", json={"items": [{"input": 1}]}).status_code == 403
    assert reader.delete(f"/api/v1/datasets/{dataset}").status_code == 403
