"""Prompts and datasets: write, compare, label; collect, edit, save."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.browser.conftest import Tab
from tests.release.server import Server


@pytest.fixture
def api(server: Server) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=server.url, timeout=30) as client:
        yield client


def test_a_prompt_is_written_followed_compared_and_labelled(tab: Tab, api: httpx.Client) -> None:
    page = tab.open("/prompts")
    page.get_by_role("button", name="New prompt").click()
    dialog = page.get_by_role("dialog", name="New prompt")
    dialog.get_by_label("Name").fill("test/greeting")
    dialog.get_by_label("Text of message 1").fill("Greet {{name}} kindly.")
    dialog.get_by_label("Config").fill("{not json")
    dialog.get_by_text("Write a JSON object").wait_for()
    assert dialog.get_by_role("button", name="Save version").is_disabled()
    dialog.get_by_label("Config").fill('{"temperature": 0.2}')
    dialog.get_by_role("button", name="Save version").click()
    page.wait_for_url(re.compile("/prompts/test%2Fgreeting"))
    page.get_by_role("heading", name="Version 1").wait_for()

    page.get_by_role("button", name="New version").click()
    dialog = page.get_by_role("dialog", name=re.compile("New version of"))
    dialog.get_by_label("Text of message 1").fill("Greet {{name}} warmly.")
    dialog.get_by_label("Why").fill("Warmer")
    dialog.get_by_role("button", name="Save version").click()
    page.get_by_role("heading", name="Version 2").wait_for()
    page.get_by_role("combobox", name="Compare with").click()
    page.get_by_role("option", name="v1").click()
    changes = page.get_by_role("group", name="From v1 to v2")
    changes.get_by_text("Greet {{name}} warmly.").wait_for()
    assert "against=1" in page.url

    page.get_by_role("button", name="Label", exact=True).click()
    page.get_by_role("dialog").get_by_label("Label").fill("production")
    page.get_by_role("button", name="Set", exact=True).click()
    page.get_by_role("list", name="Versions").get_by_text("production").wait_for()
    stored = api.get("/api/v1/prompts/test/greeting", params={"label": "production"}).json()
    assert (stored["version"], stored["message"], stored["config"]) == (2, "Warmer", {"temperature": 0.2})

    page.get_by_role("button", name="Delete").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    page.wait_for_url(re.compile("/prompts$"))
    assert api.get("/api/v1/prompts/test/greeting").status_code == 404


def test_a_trace_becomes_an_item_that_is_corrected_and_saved(tab: Tab, api: httpx.Client, tmp_path: Path) -> None:
    where = {"where": 'kind = "llm" and has_content = true', "limit": 1}
    span = api.get("/api/v1/spans", params={**where, "from": "-3d"}).json()["items"][0]
    page = tab.open(f"/traces/{span['trace_id']}?span={span['span_id']}")
    page.get_by_role("button", name="To dataset").click()
    dialog = page.get_by_role("dialog", name="Add this span to a dataset")
    dialog.get_by_role("combobox", name="Dataset").click()
    page.get_by_role("option", name="A new dataset").click()
    dialog.get_by_label("Its name").fill("of a browser test")
    dialog.get_by_role("button", name="Add", exact=True).click()
    page.get_by_text("1 added to “of a browser test”").wait_for()
    (made,) = (one for one in api.get("/api/v1/datasets").json()["items"] if one["name"] == "of a browser test")
    try:
        page = tab.open("/datasets")
        page.get_by_role("link", name="of a browser test").click()
        page.get_by_role("grid", name="Items").get_by_role("row").nth(1).click()
        item = page.get_by_role("dialog", name=re.compile("Item of"))
        item.get_by_role("textbox", name="Expected").fill("A better answer.")
        item.get_by_role("button", name="Save").click()
        item.wait_for(state="detached")
        page.get_by_role("grid", name="Items").get_by_text("A better answer.").wait_for()
        with page.expect_download() as saving:
            page.get_by_role("button", name="JSON lines").click()
        file = tmp_path / "items.jsonl"
        saving.value.save_as(file)
        (line,) = file.read_text().splitlines()
        saved: dict[str, Any] = json.loads(line)
        assert saved["expected"] == "A better answer."
        assert saved["input"]
        # The version before is still there as it was.
        page.get_by_role("combobox", name="Version").click()
        page.get_by_role("option", name="v1", exact=True).click()
        page.get_by_text("A better answer.").wait_for(state="detached")
    finally:
        api.delete(f"/api/v1/datasets/{made['id']}")
