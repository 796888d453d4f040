"""A real browser before a real server that holds a few days of the simulated company."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

import pytest

import nervure
from tests.release.server import Server

UI = Path(nervure.__file__).parent / "_ui" / "index.html"
AXE = Path(__file__).parents[2] / "ui" / "node_modules" / "axe-core" / "axe.min.js"
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
DEMO_DAYS = "3"
# What a page may say on the console although all is well: a browser tells every answer of 4xx, also those the page explains.
# 503 is the server's "later", after which the page asks again.
EXPECTED_ON_CONSOLE = tuple(f"status of {status}" for status in (400, 401, 404, 409, 422, 503))


def browser_path() -> str:
    """The browser to drive; "" when there is none."""
    named = os.environ.get("NERVURE_TEST_BROWSER", "")
    return named or next((found for name in BROWSERS if (found := shutil.which(name))), "")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    missing = ""
    if not UI.is_file():
        missing = "the web app is not built: run `make ui`"
    elif not browser_path():
        missing = "no Chromium or Chrome on this machine: apt-get install chromium, or name one in NERVURE_TEST_BROWSER"
    for item in items:
        if not item.path.is_relative_to(here):
            continue
        item.add_marker(pytest.mark.browser)
        item.add_marker(pytest.mark.slow)
        # CI installs both, so there it is a failure.
        if missing and not os.environ.get("CI"):
            item.add_marker(pytest.mark.skip(reason=missing))


def start_demo(data: Path, days: str = DEMO_DAYS) -> Server:
    """A server that holds `days` of the simulated company."""
    server = Server(data).start()
    filled = subprocess.run(
        [sys.executable, "-m", "nervure", "demo", "--url", server.url, "--days", days, "--no-live"],
        capture_output=True,
        text=True,
        timeout=240,
    )
    assert filled.returncode == 0, filled.stdout + filled.stderr
    return server


@pytest.fixture(scope="package")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Shared by all browser tests: what a test stores it names so that others are not disturbed."""
    running = start_demo(tmp_path_factory.mktemp("browser") / "data")
    yield running
    running.stop()


@pytest.fixture(scope="package")
def browser() -> Iterator[Any]:
    # Not for the session: its driver keeps an event loop running, within which no other can be run.
    from playwright.sync_api import expect, sync_playwright

    # As of Tab: only an upper limit.
    expect.set_options(timeout=60_000)
    with sync_playwright() as driver:
        launched = driver.chromium.launch(executable_path=browser_path(), args=["--no-sandbox"])
        yield launched
        launched.close()


# Requests of each page that are on their way.
_ASKED: "WeakKeyDictionary[Any, set[Any]]" = WeakKeyDictionary()
QUIET_MS = 300
# At times a browser without a window finds a page idle only when it is told to: the limit is then waited for again and again.
AT_REST = "() => new Promise(done => requestIdleCallback(done, {timeout: 400}))"


def idle(page: Any) -> None:
    """When the page has asked for nothing for a while, and everything it asked for has come.

    Not the browser's own "networkidle": that is of the loading of the document, and stays true ever after.
    """
    deadline = time.monotonic() + 60
    quiet_ms = 0
    while quiet_ms < QUIET_MS:
        assert time.monotonic() < deadline, f"still asked for: {[request.url for request in _ASKED[page]]}"
        page.wait_for_timeout(50)
        # A page that is still at work on what came may ask for more.
        page.evaluate(AT_REST)
        quiet_ms = 0 if _ASKED[page] else quiet_ms + 50


class Tab:
    """A tab of its own context. problems: what the page said on the console that it should not."""

    def __init__(self, browser: Any, base: str, **how: Any) -> None:
        # Waiting for an expression needs scripts made of text, which the pages' own policy forbids.
        usual = {
            "viewport": {"width": 1440, "height": 900},
            "locale": "en-GB",
            "timezone_id": "Europe/Berlin",
            "bypass_csp": True,
        }
        how = {**usual, **how}
        self.base = base
        self.context = browser.new_context(permissions=["clipboard-read", "clipboard-write"], **how)
        self.page = self.context.new_page()
        # Only an upper limit: two browsers' worth of tests share a slow machine.
        self.page.set_default_timeout(60_000)
        self.problems: list[str] = []
        asked: set[Any] = set()
        _ASKED[self.page] = asked
        # The driver takes only functions written in Python.
        self.page.on("request", lambda request: asked.add(request))
        self.page.on("requestfinished", lambda request: asked.discard(request))
        self.page.on("requestfailed", lambda request: asked.discard(request))
        self.page.on("console", self._heard)
        self.page.on("response", self._answered)
        self.page.on("pageerror", lambda error: self.problems.append(str(error)))

    def open(self, path: str) -> Any:
        """Opens a page of the app by its path below /app, and returns when it has drawn its heading."""
        self.page.goto(f"{self.base}/app{path}")
        self.page.locator("h1").first.wait_for()
        return self.page

    def check(self) -> None:
        """Nothing went wrong that the user was not told."""
        assert not self.problems, "\n".join(self.problems)

    def _answered(self, response: Any) -> None:
        # The console says only that something failed.
        if response.status == 500:
            self.problems.append(f"500 of {response.request.method} {response.url}: {response.request.post_data}")

    def _heard(self, message: Any) -> None:
        if message.type == "error" and not any(known in message.text for known in EXPECTED_ON_CONSOLE):
            self.problems.append(message.text)


@pytest.fixture
def new_tab(browser: Any, server: Server) -> Iterator[Callable[..., Tab]]:
    """Makes tabs; how: options of the context, e.g. color_scheme="dark", viewport."""
    opened: list[Tab] = []

    def make(**how: Any) -> Tab:
        opened.append(Tab(browser, server.url, **how))
        return opened[-1]

    yield make
    for tab in opened:
        tab.context.close()
        if tab.problems:
            sys.stdout.write(f"the server's journal ends with\n{server.log.read_text('utf-8')[-4000:]}\n")
        tab.check()


@pytest.fixture
def tab(new_tab: Callable[..., Tab]) -> Tab:
    return new_tab()


# Colours that are on their way to others are none that anybody reads.
DRAWN = """async () => {
    const frame = () => new Promise(done => requestAnimationFrame(done));
    await frame();
    await frame();
    const ending = document.getAnimations().filter(one => one.effect?.getComputedTiming().endTime < Infinity);
    await Promise.all(ending.map(one => one.finished.catch(() => {})));
}"""


# Only what is wrong is sent here: to hand over what passed takes several times as long as to look at it.
AXE_RUN = """rules => axe.run(document, {
    runOnly: rules ?? ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'best-practice'],
    resultTypes: ['violations'],
}).then(answer => answer.violations)"""


def _axe(page: Any, *rules: str) -> list[str]:
    page.evaluate(DRAWN)
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE.read_text("utf-8"))
    found = page.evaluate(AXE_RUN, {"type": "rule", "values": rules} if rules else None)
    return [
        f"{one['impact']}: {one['id']}: {one['help']}: {one['nodes'][0]['html'][:160]} ({len(one['nodes'])} places)"
        for one in found
        if one["impact"] in ("serious", "critical")
    ]


@pytest.fixture(scope="session")
def axe() -> Callable[..., list[str]]:
    """axe(page, *rules): serious and critical findings of accessibility, as lines; none is what a test wants."""
    return _axe
