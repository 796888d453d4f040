"""Quality and people: the page of scores, judging by keyboard, passages marked in an answer."""

import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.browser.conftest import Tab
from tests.release.server import Server

QUEUES = "/api/v1/annotations/queues"


@pytest.fixture
def api(server: Server) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=server.url, timeout=30) as client:
        yield client


def answers(api: httpx.Client, count: int) -> list[dict[str, Any]]:
    """Calls with a text, the newest first."""
    where = 'kind = "llm" and has_content = true and service = "support-chat"'
    found: list[dict[str, Any]] = api.get(
        "/api/v1/spans", params={"where": where, "limit": count, "from": "-3d"}
    ).json()["items"]
    return found


def test_a_queue_is_worked_through_by_keyboard(tab: Tab, api: httpx.Client) -> None:
    criteria = [
        {"name": "bt-correct", "type": "boolean"},
        {"name": "bt-stars", "type": "numeric", "least": 1, "most": 5},
    ]
    queue = api.post(QUEUES, json={"name": "of a browser test", "criteria": criteria}).json()
    try:
        items = [{"trace_id": one["trace_id"], "span_id": one["span_id"]} for one in answers(api, 3)]
        api.post(f"{QUEUES}/{queue['id']}/items", json={"items": items})
        page = tab.open(f"/annotate/{queue['id']}/work")
        page.get_by_label("Your name").fill("Cid Keys")
        page.keyboard.press("Enter")
        rubric = page.get_by_role("form", name="Rubric")
        rubric.get_by_text("Still to be answered: bt-correct, bt-stars").wait_for()
        page.keyboard.press("2")
        page.keyboard.press("4")
        rubric.get_by_text("All answered").wait_for()
        page.keyboard.press("k")
        page.keyboard.press("c")
        page.keyboard.type("the date is wrong")
        page.keyboard.press("Control+Enter")
        page.get_by_text("1 of 3").wait_for()
        rubric.get_by_text("Still to be answered: bt-correct, bt-stars").wait_for()
        page.keyboard.press("s")
        page.get_by_role("dialog", name="Skip this item").get_by_label("Why").fill("not my language")
        page.keyboard.press("Enter")
        page.get_by_role("dialog").wait_for(state="detached")
        rubric.get_by_text("Still to be answered: bt-correct, bt-stars").wait_for()
        for key in "15":
            page.keyboard.press(key)
        rubric.get_by_text("All answered").wait_for()
        page.keyboard.press("Enter")
        page.get_by_text("Nothing is left for you").wait_for()
        # A second thought: the last one again, as a correction.
        page.get_by_role("button", name="Back to the last one").click()
        rubric.get_by_text("a change is kept as a correction").wait_for()
        page.keyboard.press("2")
        with page.expect_response(re.compile("/answer$")) as answered:
            page.keyboard.press("Control+Enter")
        assert answered.value.ok
        page.get_by_text("Nothing is left for you").wait_for()
        scores = api.get("/api/v1/scores", params={"author": "Cid Keys", "name": "bt-correct"}).json()["items"]
        told = sorted((one["value"], one["revision"], one["explanation"]) for one in scores)
        assert told == [(0.0, 1, "the date is wrong"), (0.0, 2, "")]
        progress = api.get(f"{QUEUES}/{queue['id']}").json()["progress"]
        assert (progress["done"], progress["skipped"], progress["answers"]) == (2, 1, {"Cid Keys": 2})
    finally:
        api.delete(f"{QUEUES}/{queue['id']}")


def test_a_queue_is_made_filled_from_a_trace_and_its_disagreement_settled(tab: Tab, api: httpx.Client) -> None:
    page = tab.open("/annotate?from=-3d")
    page.get_by_role("button", name="New queue").click()
    dialog = page.get_by_role("dialog", name="New annotation queue")
    dialog.get_by_label("Name").fill("bt made by hand")
    dialog.get_by_label("Score").fill("bt-true")
    dialog.get_by_label("People an item").fill("2")
    dialog.get_by_role("button", name="Make queue").click()
    page.wait_for_url(re.compile("/annotate/queue_"))
    queue_id = page.url.rpartition("/")[2]
    try:
        page.get_by_text("Nothing waits").wait_for()
        (span,) = answers(api, 1)
        page = tab.open(f"/traces/{span['trace_id']}")
        page.get_by_role("button", name="To queue").click()
        dialog = page.get_by_role("dialog", name="Let people judge this trace")
        dialog.get_by_role("combobox", name="Queue").click()
        page.get_by_role("option", name="bt made by hand").click()
        dialog.get_by_label("Why").fill("looks odd")
        dialog.get_by_role("button", name="Add", exact=True).click()
        page.get_by_text("1 added to the queue").wait_for()
        (item,) = api.get(f"{QUEUES}/{queue_id}/items").json()["items"]
        assert (item["trace_id"], item["reason"]) == (span["trace_id"], "looks odd")
        for who, value in (("Ann", True), ("Bob", False)):
            said = {"annotator": who, "values": {"bt-true": value}}
            assert api.post(f"/api/v1/annotations/items/{item['id']}/answer", json=said).status_code == 200
        page = tab.open(f"/annotate/{queue_id}")
        row = page.get_by_role("region", name="Items people disagree on").get_by_role("row").nth(1)
        row.get_by_text("Ann: yes").wait_for()
        row.get_by_role("link", name="Settle").click()
        page.get_by_label("Your name").fill("Chief")
        page.get_by_role("button", name="Begin").click()
        page.get_by_text("Your answer settles what the others disagree on").wait_for()
        page.get_by_text("Bob: no").wait_for()
        page.keyboard.press("1")
        page.get_by_role("button", name="Submit").click()
        page.get_by_text("Nothing is left for you").wait_for()
        page = tab.open(f"/annotate/{queue_id}")
        page.get_by_text("by Chief").wait_for()
    finally:
        api.delete(f"{QUEUES}/{queue_id}")


def test_the_quality_page_says_how_sure_it_is_and_leads_to_the_traces(tab: Tab) -> None:
    page = tab.open("/quality?from=-3d&score=groundedness")
    page.get_by_text(re.compile(r"\d – \d.*, n = \d")).first.wait_for()
    page.get_by_role("region", name="Worst slices").get_by_text(re.compile(r"\[.*\], n = \d")).first.wait_for()
    page.get_by_role("region", name="Scores of this time").get_by_role("link", name="helpful").click()
    page.get_by_role("heading", name="helpful over time").wait_for()
    page.get_by_text("Pass rate", exact=True).first.click()
    page.get_by_role("link", name=re.compile("Traces scored 0.95 to 1")).click()
    page.wait_for_url(re.compile("/traces"))
    page.get_by_role("grid").get_by_role("row").nth(1).wait_for()
    assert "helpful" in page.url


def test_unsupported_passages_are_marked_beside_the_documents(tab: Tab, api: httpx.Client) -> None:
    (span,) = answers(api, 1)
    whole = api.get(f"/api/v1/spans/{span['trace_id']}/{span['span_id']}").json()
    text = whole["output_text"]
    end = text.find(" ", 20)
    mark = {
        "field": "output",
        "start": 0,
        "end": end,
        "label": "unsupported",
        "score": 0.12,
        "evidence": "nothing like it",
    }
    score = {
        "id": "bt-marked", "name": "bt-grounded", "trace_id": span["trace_id"], "span_id": span["span_id"], "value": 0.3,
        "evaluator": "groundedness", "metadata": {"marks": [mark]},
    }  # fmt: skip
    assert api.post("/api/v1/scores", json=score).status_code == 201
    assert api.post("/api/v1/scores", json={**score, "value": 0.4, "revision": 1}).status_code == 201
    page = tab.open(f"/traces/{span['trace_id']}?tab=tree&span={span['span_id']}")
    page.get_by_role("group", name="Scores of this span").get_by_text("bt-grounded").wait_for()
    answer = page.get_by_role("region", name="Answer with marks")
    marked = answer.get_by_role("button")
    marked.wait_for()
    assert marked.inner_text().startswith(text[:end])
    assert text[end:].strip()[:30] in answer.inner_text()
    marked.click()
    page.get_by_text("support 0.12").wait_for()
    page.get_by_text("nothing like it").wait_for()
    page.get_by_role("region", name="Documents it was held against").get_by_text(re.compile(r"1\. ")).wait_for()
    page.get_by_role("group", name="Scores of this span").get_by_text("bt-grounded").click()
    said = page.get_by_role("group", name="bt-grounded")
    said.get_by_text("History").click()
    said.get_by_role("listitem").filter(has_text="0.3").wait_for()
