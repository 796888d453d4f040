"""What holds for every page: it draws without an error, is accessible in both colour schemes, and fits a phone."""

import json
import time
from collections.abc import Callable
from typing import Any

import pytest

from tests.browser.conftest import Tab, idle
from tests.browser.places import NAMES, places
from tests.release.server import Server

PHONE = {"width": 390, "height": 844}
OVERFLOW = """() => {
    const main = document.querySelector('main');
    return [document.documentElement.scrollWidth - innerWidth, main.scrollWidth - main.clientWidth];
}"""
STILL_WAITING = """waiting => [...document.querySelectorAll(waiting)].some(one => {
    const box = one.getBoundingClientRect();
    return box.bottom > 0 && box.top < innerHeight && box.width > 0;
})"""
WAITING = '[role="status"][aria-label="Loading"]'


@pytest.fixture(scope="package")
def paths(server: Server) -> dict[str, str]:
    return places(server)


def settled(page: Any) -> Any:
    """When nothing loads any more, and nothing has begun to while that was looked at."""
    deadline = time.monotonic() + 60
    calm = 0
    while calm < 2:
        assert time.monotonic() < deadline, "something still loads"
        idle(page)
        # What lies below the window is asked for when it is scrolled to.
        calm = 0 if page.evaluate(STILL_WAITING, WAITING) else calm + 1
    return page


def test_there_is_no_page_that_is_not_looked_at(tab: Tab, paths: dict[str, str]) -> None:
    page = tab.open("/")
    linked = page.eval_on_selector_all("nav a[href]", "links => links.map(link => new URL(link.href).pathname)")
    tried = {f"/app{path.partition('?')[0]}" for path in paths.values()}
    not_tried = {path for path in linked if path not in tried and not any(one.startswith(f"{path}/") for one in tried)}
    assert not not_tried
    assert tuple(paths) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_page_is_sound(
    new_tab: Callable[..., Tab], paths: dict[str, str], axe: Callable[..., list[str]], name: str
) -> None:
    tab = new_tab(color_scheme="light", bypass_csp=False)
    page = settled(tab.open(paths[name]))
    assert page.locator("h1").count() == 1
    assert not page.locator('[role="alert"]').all_inner_texts()
    assert axe(page) == []
    page.emulate_media(color_scheme="dark")
    page.locator('html[data-mantine-color-scheme="dark"]').wait_for(state="attached")
    # What is not of colours was just looked at.
    assert axe(page, "color-contrast", "link-in-text-block") == []
    page.set_viewport_size(PHONE)
    # Wide things scroll in themselves; the page does not. What was asked for again at this width comes first.
    settled(page)
    deadline = time.monotonic() + 10
    while max(overflow := page.evaluate(OVERFLOW)) > 1 and time.monotonic() < deadline:
        page.wait_for_timeout(50)
    assert max(overflow) <= 1, overflow
    tab.check()


def test_lists_ask_for_no_payloads(tab: Tab, paths: dict[str, str]) -> None:
    asked: list[str] = []
    answers: list[Any] = []
    tab.page.on("request", lambda request: asked.append(request.url))
    tab.page.on("response", lambda response: answers.append(response) if "/api/v1/traces?" in response.url else None)
    with tab.page.expect_response(lambda response: "/api/v1/traces?" in response.url and response.ok):
        tab.open(paths["traces"])
    settled(tab.page)
    assert not [url for url in asked if "content=true" in url or "/api/v1/traces/" in url]
    rows = [row for answer in answers for row in json.loads(answer.text())["items"]]
    assert rows
    assert not [row for row in rows if {"input", "output", "attributes"} & row.keys()]


def test_an_address_that_leads_nowhere_says_so(tab: Tab) -> None:
    page = tab.open("/no/such/page")
    assert "no such page" in page.locator("main").inner_text()


def test_the_root_leads_to_the_app(tab: Tab, server: Server) -> None:
    tab.page.goto(server.url)
    tab.page.locator("h1").first.wait_for()
    assert tab.page.url.rstrip("/").endswith("/app")
