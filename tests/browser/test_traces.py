"""The list of traces: from a spike to the failing span, filters and their mistakes, the address, the keyboard."""

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlparse

from playwright.sync_api import expect

from tests.browser.conftest import Tab, idle

ROWS = '[role="grid"] [role="row"]:not([aria-rowindex="1"])'
FILTER = ".cm-content"


def listed(tab: Tab, path: str = "/traces?from=-3d") -> Any:
    """The page with its rows."""
    page = tab.open(path)
    page.locator(ROWS).first.wait_for()
    return page


def address(page: Any) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlparse(page.url).query).items()}


def read(page: Any) -> None:
    """When the list has the answer to what the address asks."""
    idle(page)
    page.locator('[aria-busy="false"] [role="grid"]').wait_for()


def drag(page: Any, chart: Any, begin: float, end: float) -> None:
    """Drags over a chart, from one share of its width to another."""
    box = chart.locator(".u-over").bounding_box()
    middle = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + box["width"] * begin, middle)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * (begin + end) / 2, middle, steps=4)
    page.mouse.move(box["x"] + box["width"] * end, middle, steps=4)
    page.mouse.up()


def apply_filter(page: Any, text: str) -> None:
    field = page.locator(FILTER)
    field.click()
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.type(text)
    page.keyboard.press("Escape")
    page.keyboard.press("Enter")


def test_from_a_spike_of_errors_to_the_failing_span_in_four_clicks(tab: Tab) -> None:
    page = listed(tab)
    chart = page.get_by_role("figure", name="Failed spans over time")
    chart.locator(".u-over").wait_for()
    drag(page, chart, 0.1, 0.9)
    page.wait_for_url(re.compile(r"from=20\d\d"))
    page.get_by_role("button", name="RateLimitError", exact=False).first.click()
    page.wait_for_function("new URLSearchParams(location.search).get('where') === 'error_type = \"RateLimitError\"'")
    read(page)
    failing = page.locator(ROWS).first
    failing.get_by_text("error").first.wait_for()
    failing.click(position={"x": 60, "y": 10})
    panel = page.get_by_role("complementary", name="Trace", exact=True)
    panel.get_by_text("RateLimitError").first.wait_for()
    assert "peek" in address(page)


def test_the_address_is_the_page(tab: Tab, new_tab: Callable[..., Tab]) -> None:
    page = listed(tab, "/traces?from=-3d&where=service+%3D+%22support-chat%22")
    assert page.locator(FILTER).inner_text() == 'service = "support-chat"'
    page.get_by_text("LLM calls", exact=True).click()
    page.wait_for_url(re.compile("level=calls"))
    page.locator(ROWS).first.click(position={"x": 60, "y": 10})
    page.wait_for_url(re.compile("peek="))
    again = listed(new_tab(), page.url.partition("/app")[2])
    peeked = address(page)["peek"]
    again.get_by_role("complementary", name="Trace", exact=True).get_by_text(peeked).first.wait_for()
    assert again.locator(FILTER).inner_text() == 'service = "support-chat"'
    page.go_back()
    page.wait_for_url(lambda url: "peek=" not in url)
    page.go_back()
    page.wait_for_url(lambda url: "level=" not in url)


def test_a_mistake_in_the_filter_is_told_where_it_is_and_nothing_is_lost(tab: Tab) -> None:
    page = listed(tab)
    apply_filter(page, 'servise = "support-chat"')
    problem = page.locator('[class*="problem"]')
    problem.wait_for()
    assert "service" in problem.inner_text()
    assert page.locator(ROWS).count() > 5
    assert "where" not in address(page)
    apply_filter(page, 'service = "support-chat"')
    page.wait_for_url(re.compile("where="))
    read(page)
    # A trace is listed for a span of it that matches; its root may be another service's.
    page.get_by_text("Spans", exact=True).first.click()
    page.get_by_role("grid", name="Spans").wait_for()
    read(page)
    services = page.locator(f'{ROWS} [data-field="service"]').all_inner_texts()
    assert set(services) == {"support-chat"}


def test_a_mistake_that_came_with_the_address_is_told_once(tab: Tab) -> None:
    for path in ("/cost", "/traces"):
        page = tab.open(f"{path}?from=-3d&where=servise+%3D+%22support-chat%22")
        page.locator('[class*="problem"]').get_by_text("did you mean service?").wait_for()
        page.get_by_text("Not asked: the filter cannot be understood.").first.wait_for()
        idle(page)
        expect(page.get_by_role("alert")).to_have_count(1)
    apply_filter(page, 'service = "support-chat"')
    page.locator(ROWS).first.wait_for()
    assert page.get_by_role("alert").count() == 0
    assert page.get_by_text("Not asked").count() == 0


def test_words_are_looked_for_in_inputs_and_outputs(tab: Tab) -> None:
    page = listed(tab)
    page.keyboard.press("s")
    page.keyboard.type("refund")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("q=refund"))
    read(page)
    assert page.locator(ROWS).count() > 0
    page.get_by_label("Search inputs and outputs").fill("nobody ever said zyxwv")
    page.keyboard.press("Enter")
    page.get_by_text("No traces match").wait_for()
    page.get_by_role("button", name="Clear the filter").click()
    page.locator(ROWS).first.wait_for()
    assert "q" not in address(page)


def test_facets_ask_for_shut_out_and_take_back(tab: Tab) -> None:
    page = listed(tab)
    service = page.get_by_role("region", name="Service", exact=True)
    service.get_by_role("button", name="web-shop", exact=False).first.click()
    page.wait_for_url(re.compile("web-shop"))
    assert address(page)["where"] == 'service = "web-shop"'
    service.get_by_text("support-chat").hover()
    service.get_by_role("button", name="Exclude support-chat").click()
    page.wait_for_function("location.search.includes('%21%3D')")
    assert address(page)["where"] == 'service = "web-shop" and service != "support-chat"'
    service.get_by_role("button", name="Clear Service").click()
    page.wait_for_url(lambda url: "where" not in url)
    # Two in a row, the second before the first is drawn.
    service.get_by_role("button", name="Exclude support-chat").evaluate(
        "(exclude, include) => { include.click(); exclude.click(); }",
        service.get_by_role("button", name="web-shop", exact=False).first.element_handle(),
    )
    page.wait_for_function("location.search.includes('%21%3D')")
    assert address(page)["where"] == 'service = "web-shop" and service != "support-chat"'
    service.get_by_role("button", name="Clear Service").click()
    page.wait_for_url(lambda url: "where" not in url)
    page.get_by_role("button", name="Environment", exact=True).click()
    page.get_by_role("region", name="Environment").get_by_text("production").wait_for()


def test_everything_by_keyboard(tab: Tab) -> None:
    page = listed(tab)
    grid = page.get_by_role("grid", name="Traces")
    grid.focus()
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("Space")
    page.get_by_role("region", name="Selected rows").get_by_text("1 trace selected").wait_for()
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("peek="))
    page.get_by_role("complementary", name="Trace", exact=True).wait_for()
    first = address(page)["peek"]
    page.keyboard.press("j")
    page.wait_for_function(f"!location.search.includes('{first}')")
    page.keyboard.press("k")
    page.wait_for_function(f"location.search.includes('{first}')")
    page.keyboard.press("Escape")
    page.wait_for_url(lambda url: "peek=" not in url)
    grid.focus()
    page.keyboard.press("Enter")
    page.get_by_role("complementary", name="Trace", exact=True).wait_for()
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(f"/traces/{first}"))


def test_a_view_is_saved_found_by_others_and_deleted(tab: Tab, new_tab: Callable[..., Tab]) -> None:
    page = listed(tab, "/traces?from=-3d&where=status+%3D+%22error%22")
    page.get_by_role("button", name="Views").click()
    page.get_by_role("menuitem", name="Save as a new view").click()
    page.get_by_role("textbox", name="Name").fill("failing things")
    page.get_by_role("button", name="Save").click()
    page.get_by_role("button", name="failing things").wait_for()

    other = listed(new_tab())
    other.get_by_role("button", name="Views").click()
    other.get_by_role("menuitem", name="failing things").click()
    other.wait_for_url(re.compile("where=status"))
    other.get_by_role("button", name="failing things").click()
    other.get_by_role("menuitem", name="Save as a new view").click()
    other.get_by_role("textbox", name="Name").fill("failing things")
    other.get_by_role("button", name="Save").click()
    other.get_by_text("already").wait_for()
    other.keyboard.press("Escape")

    page.get_by_role("button", name="failing things").click()
    page.get_by_role("menuitem", name="Delete").click()
    page.get_by_role("button", name="Delete").click()
    page.get_by_role("button", name="Views").wait_for()


def test_selected_traces_become_items_of_a_dataset_and_get_a_score(tab: Tab) -> None:
    page = listed(tab, "/traces?from=-3d&where=service+%3D+%22support-chat%22")
    ticks = page.get_by_role("checkbox", name="Select row")
    ticks.nth(0).click()
    ticks.nth(3).click(modifiers=["Shift"])
    bar = page.get_by_role("region", name="Selected rows")
    bar.get_by_text("4 traces selected").wait_for()
    bar.get_by_role("button", name="Annotate").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_placeholder("helpful").fill("looked at")
    dialog.get_by_role("button", name="Annotate").click()
    page.get_by_text("Annotated", exact=True).wait_for()

    ticks.nth(0).click()
    ticks.nth(3).click(modifiers=["Shift"])
    bar.get_by_role("button", name="Add to dataset").click()
    dialog.get_by_label("Dataset", exact=True).first.click()
    page.get_by_role("option", name="A new dataset").click()
    dialog.get_by_role("textbox", name="Its name").fill("asked in the chat")
    dialog.get_by_role("button", name="Add", exact=True).click()
    page.get_by_text("4 added to “asked in the chat”").wait_for()
    held = page.evaluate("fetch('/api/v1/datasets').then((answer) => answer.json())")["items"]
    assert [one["item_count"] for one in held if one["name"] == "asked in the chat"] == [4]
