"""Dashboards and the explorer: look, choose, build, save, share; by mouse and by keyboard."""

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote, urlparse

import httpx
import pytest

from tests.browser.conftest import Tab, idle
from tests.release.server import Server

CALLS = {"id": "w1", "kind": "stat", "title": "Calls", "layout": {"x": 0, "y": 0, "w": 3, "h": 3},
         "queries": [{"query": {"measure": "count", "where": 'kind = "llm" and ${service}'}}]}  # fmt: skip
TOOLS = {"id": "w2", "kind": "bar", "title": "Tools", "layout": {"x": 3, "y": 0, "w": 5, "h": 6},
         "queries": [{"query": {"measure": "count", "where": 'kind = "tool"', "by": ["tool_name"]}}]}  # fmt: skip
SPEC = {
    "variables": [{"name": "service", "label": "Service", "field": "service", "multi": True}],
    "widgets": [CALLS, TOOLS],
}


@pytest.fixture
def api(server: Server) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=server.url, timeout=30) as client:
        yield client


@pytest.fixture
def made(api: httpx.Client) -> Iterator[dict[str, Any]]:
    """A dashboard of the test's own."""
    answer = api.post("/api/v1/dashboards", json={"name": "Of a test", "spec": SPEC})
    assert answer.status_code == 201, answer.text
    dashboard: dict[str, Any] = answer.json()
    yield dashboard
    for one in api.get("/api/v1/dashboards").json()["items"]:
        if one["name"].startswith("Of a test"):
            api.delete(f"/api/v1/dashboards/{one['id']}")


def widget(page: Any, name: str) -> Any:
    return page.get_by_role("region", name=name, exact=True)


def number(page: Any, name: str) -> str:
    """What a number widget shows, once it has an answer."""
    shown = widget(page, name).get_by_role("link").first
    shown.wait_for()
    text: str = shown.inner_text()
    return text


def parameters(page: Any) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlparse(page.url).query).items()}


def layouts(api: httpx.Client, dashboard: dict[str, Any]) -> dict[str, list[int]]:
    widgets = api.get(f"/api/v1/dashboards/{dashboard['id']}").json()["spec"]["widgets"]
    return {one["id"]: [one["layout"][side] for side in "xywh"] for one in widgets}


def write_filter(page: Any, text: str) -> None:
    page.locator(".cm-content").last.click()
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.type(text)
    page.keyboard.press("Escape")


def test_a_shipped_dashboard_is_found_and_every_widget_answers(tab: Tab) -> None:
    page = tab.open("/dashboards?from=-3d")
    page.get_by_label("Search dashboards").fill("provider")
    page.get_by_role("link", name="Provider health").click()
    page.get_by_role("heading", name="Provider health").wait_for()
    assert parameters(page)["from"] == "-3d"
    for region in page.locator("[data-widget]").all():
        region.scroll_into_view_if_needed()
        region.get_by_role("status", name="Loading").wait_for(state="detached")
        assert region.get_by_role("alert").count() == 0, region.inner_text()
    assert page.get_by_text("No data in this range").count() == 0


def test_what_is_chosen_narrows_the_widgets_and_stands_in_the_address(
    tab: Tab, made: dict[str, Any], new_tab: Callable[..., Tab]
) -> None:
    page = tab.open(f"/dashboards/{made['id']}?from=-3d&to=now")
    whole = number(page, "Calls")
    page.get_by_role("combobox", name="Service").click()
    page.get_by_role("option", name="support-chat").click()
    page.wait_for_url(re.compile(r"v\.service=support-chat"))
    page.wait_for_function("before => document.querySelector('[data-widget=w1] a').innerText !== before", arg=whole)
    idle(page)
    narrowed = number(page, "Calls")
    again = new_tab().open(page.url.partition("/app")[2])
    assert number(again, "Calls") == narrowed
    page.go_back()
    page.wait_for_url(lambda url: "v.service" not in url)
    idle(page)
    page.wait_for_function("now => document.querySelector('[data-widget=w1] a').innerText === now", arg=whole)


def test_f_fills_the_screen_and_escape_leaves_it(tab: Tab, made: dict[str, Any]) -> None:
    page = tab.open(f"/dashboards/{made['id']}?from=-3d")
    number(page, "Calls")
    page.keyboard.press("f")
    page.wait_for_url(re.compile("tv=1"))
    # The address changes before the page does.
    page.get_by_role("button", name="Leave full screen").wait_for()
    page.get_by_role("combobox", name="Service").click()
    option = page.get_by_role("option", name="support-chat")
    option.wait_for()
    page.keyboard.press("Escape")
    # The first leaves the list; as long as it is there, so does the second.
    option.wait_for(state="hidden")
    page.locator('[aria-expanded="true"]').first.wait_for(state="detached")
    assert "tv" in parameters(page)
    page.keyboard.press("Escape")
    page.wait_for_url(lambda url: "tv=" not in url)
    page.get_by_role("button", name="Edit", exact=True).wait_for()


def test_a_number_leads_to_its_query_and_a_bar_to_its_spans(tab: Tab, made: dict[str, Any]) -> None:
    page = tab.open(f"/dashboards/{made['id']}?from=-3d")
    shown = number(page, "Calls")
    widget(page, "Calls").get_by_role("link").first.click()
    page.wait_for_url(re.compile("/explore"))
    assert json.loads(parameters(page)["q"])["where"] == 'kind = "llm"'
    page.get_by_text(shown, exact=True).first.wait_for()
    page.go_back()
    widget(page, "Tools").get_by_role("link", name="read_file").click()
    page.wait_for_url(re.compile("/traces"))
    assert parameters(page)["where"] == 'kind = "tool" and tool_name = "read_file"'


def test_widgets_are_arranged_by_keyboard_and_saved(tab: Tab, api: httpx.Client, made: dict[str, Any]) -> None:
    page = tab.open(f"/dashboards/{made['id']}?from=-3d")
    page.get_by_role("button", name="Edit", exact=True).click()
    move = page.locator("[data-move=w1]")
    move.wait_for()
    idle(page)
    move.focus()
    for key in ("ArrowRight", "ArrowRight", "Shift+ArrowDown", "ArrowDown"):
        page.keyboard.press(key)
    page.get_by_role("button", name=re.compile("^Move Calls: column 3, row 7, 3 wide, 4 high")).wait_for()
    page.keyboard.press("ControlOrMeta+s")
    page.get_by_role("button", name="Edit", exact=True).wait_for()
    assert layouts(api, made) == {"w1": [2, 6, 3, 4], "w2": [3, 0, 5, 6]}


def test_a_widget_is_dragged(tab: Tab, api: httpx.Client, made: dict[str, Any]) -> None:
    page = tab.open(f"/dashboards/{made['id']}?from=-3d&edit=1")
    number(page, "Calls")
    widget(page, "Tools").get_by_role("link", name="read_file").wait_for()
    # What is still finding its place cannot be taken hold of.
    idle(page)
    head = widget(page, "Tools").get_by_role("heading")
    box = head.bounding_box()
    page.mouse.move(box["x"] + 8, box["y"] + 8)
    page.mouse.down()
    page.mouse.move(box["x"] + 500, box["y"] + 8, steps=10)
    page.mouse.up()
    page.get_by_role("button", name=re.compile(r"^Move Tools: column [5-9],")).wait_for()
    page.get_by_role("button", name="Save").click()
    page.get_by_role("button", name="Edit", exact=True).wait_for()
    assert layouts(api, made)["w2"][0] > 3


def test_a_widget_is_built_and_a_mistake_in_its_filter_is_shown_in_place(
    tab: Tab, api: httpx.Client, made: dict[str, Any]
) -> None:
    page = tab.open(f"/dashboards/{made['id']}?from=-3d&edit=1")
    page.get_by_role("button", name="Add widget").click()
    page.get_by_role("menuitem", name="Number").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("textbox", name="Title").fill("Slow calls")
    dialog.locator(".cm-content").wait_for()
    write_filter(page, "${service} and latncy > 2s")
    page.keyboard.press("Enter")
    dialog.get_by_text("did you mean latency?").wait_for()
    assert dialog.get_by_role("button", name="Add", exact=True).is_disabled()
    write_filter(page, "${service} and latency > 2s")
    # Pressed before the filter has been applied: nothing of it is lost.
    dialog.get_by_role("button", name="Add", exact=True).click()
    dialog.wait_for(state="detached")
    number(page, "Slow calls")
    page.get_by_role("button", name="Save").click()
    page.get_by_role("button", name="Edit", exact=True).wait_for()
    widgets = api.get(f"/api/v1/dashboards/{made['id']}").json()["spec"]["widgets"]
    assert (widgets[2]["title"], widgets[2]["queries"][0]["query"]["where"]) == (
        "Slow calls",
        "${service} and latency > 2s",
    )


def test_changes_are_not_lost_by_leaving_or_by_somebody_elses_save(
    tab: Tab, api: httpx.Client, made: dict[str, Any]
) -> None:
    page = tab.open(f"/dashboards/{made['id']}?from=-3d&edit=1")
    page.get_by_label("Name", exact=True).fill("Of a test, changed")
    page.get_by_role("link", name="Traces").click()
    page.get_by_role("dialog").get_by_text("not saved").wait_for()
    page.get_by_role("button", name="Cancel").click()
    theirs = {"name": "Of a test, theirs", "spec": made["spec"], "changed": made["changed"]}
    assert api.put(f"/api/v1/dashboards/{made['id']}", json=theirs).status_code == 200
    page.get_by_role("button", name="Save").click()
    page.get_by_role("dialog").get_by_text("after you opened it").wait_for()
    page.get_by_role("button", name="Keep mine as a copy").click()
    page.get_by_role("heading", name="Of a test, changed (mine)").wait_for()
    names = {one["name"] for one in api.get("/api/v1/dashboards").json()["items"]}
    assert names >= {"Of a test, theirs", "Of a test, changed (mine)"}


def test_a_file_is_imported_and_a_wrong_one_refused_in_words(
    tab: Tab, api: httpx.Client, made: dict[str, Any], tmp_path: Path
) -> None:
    good, wrong = tmp_path / "good.json", tmp_path / "wrong.json"
    good.write_bytes(api.get(f"/api/v1/dashboards/{made['id']}/export").content)
    bad = json.loads(good.read_text())
    bad["spec"]["widgets"][0]["queries"][0]["query"]["where"] = "kind = "
    wrong.write_text(json.dumps(bad))
    page = tab.open("/dashboards")
    page.locator("input[type=file]").set_input_files(wrong)
    page.get_by_role("alert").get_by_text("widget 'Calls'").wait_for()
    page.locator("input[type=file]").set_input_files(good)
    page.get_by_role("heading", name="Of a test").wait_for()
    assert made["id"] not in page.url


def test_a_query_is_built_explored_and_put_on_a_dashboard(tab: Tab, api: httpx.Client, made: dict[str, Any]) -> None:
    page = tab.open("/explore?from=-3d&to=now")
    page.get_by_role("figure").locator(".u-over").wait_for()
    by = page.get_by_role("combobox", name="By", exact=True)
    by.click()
    by.fill("tool_n")
    page.get_by_role("option", name="tool_name").click()
    page.keyboard.press("Escape")
    page.wait_for_function("JSON.parse(new URLSearchParams(location.search).get('q')).by[0] === 'tool_name'")
    write_filter(page, 'kind = "tol"')
    page.keyboard.press("Enter")
    page.get_by_text("kind is one of").first.wait_for()
    assert "where" not in json.loads(parameters(page)["q"])
    write_filter(page, 'kind = "tool"')
    page.keyboard.press("Enter")
    page.wait_for_function("JSON.parse(new URLSearchParams(location.search).get('q')).where === 'kind = \"tool\"'")
    page.get_by_role("button", name="read_file").first.wait_for()
    page.get_by_role("button", name="Add to dashboard").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("combobox", name="Dashboard", exact=True).click()
    page.get_by_role("option", name="Of a test").click()
    dialog.get_by_role("button", name="Add", exact=True).click()
    page.get_by_role("link", name="Open Of a test").click()
    widget(page, "count by tool_name").wait_for()
    assert len(layouts(api, made)) == 3


def test_a_link_holds_the_whole_query_and_back_brings_the_one_before(tab: Tab) -> None:
    asked = {"measure": ["error_rate", "count"], "by": ["provider"], "where": 'kind = "llm"'}
    page = tab.open(f"/explore?from=-3d&to=now&q={quote(json.dumps(asked))}")
    page.get_by_role("table", name="error_rate by provider").get_by_text("openai").wait_for()
    page.get_by_text("rows read").wait_for()
    page.get_by_text("JSON", exact=True).click()
    assert json.loads(page.get_by_label("Query as JSON", exact=True).inner_text()) == {
        **asked,
        "from": "-3d",
        "to": "now",
    }
    page.get_by_role("button", name="Remove count", exact=False).or_(
        page.get_by_text("count", exact=True).locator("xpath=..").locator("button")
    ).first.click()
    page.wait_for_function("JSON.parse(new URLSearchParams(location.search).get('q')).measure === 'error_rate'")
    page.go_back()
    page.wait_for_function("JSON.parse(new URLSearchParams(location.search).get('q')).measure.length === 2")
    page.goto(f"{tab.base}/app/explore?q=%7Bbroken")
    page.get_by_text("This address holds no query").wait_for()


@pytest.mark.parametrize(
    "how", [{}, {"color_scheme": "dark"}, {"viewport": {"width": 390, "height": 844}}], ids=["light", "dark", "phone"]
)
def test_everybody_can_use_them(
    new_tab: Callable[..., Tab], axe: Callable[[Any], list[str]], made: dict[str, Any], how: dict[str, Any]
) -> None:
    tab = new_tab(**how)
    for path in (
        "/dashboards",
        "/dashboards/agents?from=-3d",
        f"/dashboards/{made['id']}?from=-3d&edit=1",
        "/explore?from=-3d",
    ):
        page = tab.open(path)
        idle(page)
        assert axe(page) == [], path
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
    page.get_by_role("button", name="Add to dashboard").click()
    page.get_by_role("dialog").wait_for()
    assert axe(page) == []
