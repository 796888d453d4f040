"""An evaluator held against people: rates, threshold, and whether its judge has moved."""

import re
import secrets
from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import expect

from tests.browser.calibrated import ENDPOINT, LABELLED, SCORE, calibrated
from tests.browser.conftest import Tab
from tests.release.server import Server
from tests.unit.evaluate.judging.fake import FakeEndpoint, verdict

FROZEN = 10


@pytest.fixture(scope="module")
def model(server: Server) -> Iterator[FakeEndpoint]:
    made = FakeEndpoint(lambda _, __: verdict("fitting"))
    calibrated(server)
    with httpx.Client(base_url=server.url, timeout=30) as client:
        held = client.get("/api/v1/judges/endpoints").json()["items"]
        (known,) = [one for one in held if one["name"] == ENDPOINT]
        client.patch(f"/api/v1/judges/endpoints/{known['id']}", json={"url": made.url}).raise_for_status()
        # Few, because each is judged several times.
        client.post(f"/api/v1/judges/{SCORE}/frozen", json={"from_labels": FROZEN}).raise_for_status()
    yield made
    made.close()


@pytest.mark.usefixtures("model")
def test_the_threshold_is_moved_and_a_panel_of_judges_is_made_changed_and_deleted(tab: Tab) -> None:
    page = tab.open("/calibration")
    page.get_by_role("region", name="Scores by machines").get_by_role("link", name=SCORE, exact=True).click()
    expect(page.get_by_role("heading", name=SCORE)).to_be_visible()
    expect(page.get_by_text(f"on {LABELLED} random labels")).to_be_visible()
    expect(page.get_by_text("Corrected rate").first).to_be_visible()
    # At the judge's own 0.75 many polite answers fail; below all scores everything passes.
    thumb = page.get_by_role("slider", name="Threshold")
    thumb.focus()
    thumb.press("Home")
    table = page.get_by_role("table", name="Confusion at 0")
    expect(table.get_by_role("row", name="people say yes")).to_contain_text("53")
    expect(table.get_by_role("row", name="people say yes")).to_contain_text("0")
    expect(table.get_by_role("row", name="people say no")).to_contain_text("27")
    page.get_by_role("button", name="Best:").click()
    expect(page.get_by_role("table", name="Confusion at 0", exact=True)).to_have_count(0)
    expect(page).to_have_url(re.compile("threshold="))
    expect(page.get_by_role("region", name="Disagreements").get_by_role("link").first).to_be_visible()

    page = tab.open("/calibration")
    name = f"panel-{secrets.token_hex(3)}"
    page.get_by_role("button", name="New judge").click()
    form = page.get_by_role("dialog")
    form.get_by_role("textbox", name="Name").fill(name)
    form.get_by_role("combobox", name="Endpoint").click()
    page.get_by_role("option", name=ENDPOINT, exact=True).click()
    form.get_by_role("textbox", name="Model").fill("one")
    form.get_by_role("button", name="Keep").click()
    row = page.get_by_role("region", name="Judges").get_by_role("row").filter(has_text=name)
    expect(row).to_contain_text("v1")
    row.get_by_role("button", name=f"Change {name}").click()
    form.get_by_role("button", name="Another member").click()
    form.get_by_role("group", name="Member 2").get_by_role("textbox", name="Model").fill("two")
    form.get_by_role("button", name="Keep").click()
    expect(row).to_contain_text("v2")
    expect(row).to_contain_text(f"two at {ENDPOINT}")
    row.get_by_role("button", name=f"Delete {name}").click()
    expect(form).to_contain_text("No rule uses it")
    form.get_by_role("button", name="Delete").click()
    expect(row).to_have_count(0)


def test_a_judge_that_moved_is_told_apart_from_a_model_that_moved(tab: Tab, model: FakeEndpoint) -> None:
    page = tab.open(f"/calibration/{SCORE}")
    expect(page.get_by_text(f"{FROZEN} frozen examples")).to_be_visible(timeout=60_000)
    expect(page.get_by_text("Not enough data to say")).to_be_visible()
    rounds = page.get_by_role("region", name="Rounds over the frozen set").locator("tbody tr")
    page.get_by_role("button", name="Judge them again now").click()
    expect(rounds).to_have_count(1, timeout=180_000)
    model.act = lambda _, __: verdict("unfitting", model="fake-2")
    page.get_by_role("button", name="Judge them again now").click()
    expect(rounds).to_have_count(2, timeout=180_000)
    expect(page.get_by_text("The judge moved, not the model")).to_be_visible()
    expect(page.get_by_text("fake-1 before, fake-2 now")).to_be_visible()
    model.act = lambda _, __: verdict("fitting")
