"""Evaluators: found under any name, made into a rule that is tried on real traces before it is in force."""

import re
from collections.abc import Iterator

import httpx
import pytest

from tests.browser.conftest import Tab
from tests.release.server import Server


@pytest.fixture
def api(server: Server) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=server.url, timeout=60) as client:
        yield client
        for rule in client.get("/api/v1/evaluations/rules").json()["items"]:
            if rule["name"].startswith("test "):
                client.delete(f"/api/v1/evaluations/rules/{rule['id']}")


def test_an_evaluator_is_found_tried_on_real_traces_and_put_in_force(tab: Tab, api: httpx.Client) -> None:
    before = api.get("/api/v1/scores", params={"evaluator": "toxicity", "limit": 1}).json()["items"]
    page = tab.open("/evaluators")
    page.get_by_role("textbox", name="Search evaluators").fill("FaithfulnessMetric")
    page.get_by_role("region", name="Evaluators", exact=True).get_by_role("button", name="groundedness").click()
    dialog = page.get_by_role("dialog", name="groundedness")
    dialog.get_by_text("whether the documents are true").wait_for()
    dialog.get_by_role("button", name="Use in a rule").click()
    page.wait_for_url(re.compile("/evaluators/rules/new"))

    page.get_by_role("textbox", name="Name").fill("test answers")
    page.get_by_role("combobox", name="Add an evaluator").fill("ToxicityMetric")
    page.get_by_role("option", name="toxicity").click()
    page.get_by_role("button", name="Settings of toxicity").click()
    page.get_by_role("textbox", name="Passes from").fill("0.2")
    page.get_by_role("button", name="Try on real traces").click()
    tried = page.get_by_role("region", name="Evaluators over all that was tried")
    tried.get_by_text("toxicity").wait_for()
    # What other tests have sent is among the newest, also calls without an answer.
    item = page.get_by_role("article").filter(has=page.get_by_text("Answered", exact=True)).first
    item.wait_for()
    item.get_by_text("groundedness", exact=True).wait_for()
    after = api.get("/api/v1/scores", params={"evaluator": "toxicity", "limit": 1}).json()["items"]
    assert after == before, "a preview stores nothing"

    page.get_by_role("textbox", name="At random, %").fill("25")
    page.get_by_role("button", name="Put in force").click()
    page.wait_for_url(re.compile(r"/evaluators/rules/rule_"))
    page.get_by_role("heading", name="test answers").wait_for()
    page.get_by_text("25% at random").wait_for()
    (rule,) = [one for one in api.get("/api/v1/evaluations/rules").json()["items"] if one["name"] == "test answers"]
    assert [(one["evaluator"], one["settings"]) for one in rule["evaluators"]] == [
        ("groundedness", {}),
        ("toxicity", {"threshold": 0.2}),
    ]
    assert (rule["sampling"]["rate"], rule["enabled"]) == (0.25, True)

    page.get_by_role("button", name="Score the past").click()
    dialog = page.get_by_role("dialog", name="Score the past")
    dialog.get_by_text("that pass the filter").wait_for()
    dialog.get_by_role("button", name="Cancel").click()
    page.get_by_role("button", name="Turn off").click()
    page.get_by_role("button", name="Turn on").wait_for()


def test_a_wrong_expression_is_refused_with_its_place(tab: Tab, api: httpx.Client) -> None:
    page = tab.open("/evaluators")
    page.get_by_role("button", name="Write one").click()
    dialog = page.get_by_role("dialog", name="Write an evaluator")
    dialog.get_by_role("textbox", name="Name").fill("test-short")
    dialog.get_by_role("textbox", name="Expression").fill("length(output) < 9")
    dialog.get_by_role("button", name="Keep it").click()
    dialog.get_by_text("there is no function 'length' at character 1").wait_for()
    dialog.get_by_role("textbox", name="Expression").fill("len(output) < 900")
    dialog.get_by_role("button", name="Keep it").click()
    page.get_by_role("button", name="custom:test-short").wait_for()
    assert api.delete("/api/v1/evaluators/custom/test-short").status_code == 204
