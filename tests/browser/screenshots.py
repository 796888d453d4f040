"""Pictures of pages: those of the documents into docs/images, or every page, light and dark, into a folder of one's own.

`make screenshots`, or `python -m tests.browser.screenshots [folder] [name ...]`.
"""

import sys
import tempfile
from collections.abc import Container
from pathlib import Path

from playwright.sync_api import sync_playwright

from tests.browser.conftest import UI, Tab, browser_path, start_demo
from tests.browser.places import NAMES, places
from tests.browser.test_every_page import settled

FOLDER = Path("docs/images")
SCHEMES = ("light", "dark")
# What the documents show.
SHOWN = (
    *((page, "light") for page in ("overview", "traces", "incident", "quality", "drift", "cost", "dashboard")),
    *((page, "dark") for page in ("trace", "gpu")),
)


def main(folder: Path, wanted: Container[tuple[str, str]]) -> None:
    """Writes <page>-<scheme>.png into the folder. wanted: pairs of page and scheme."""
    if not UI.is_file():
        sys.exit("the web app is not built: run `make ui`")
    if not browser_path():
        sys.exit("no Chromium or Chrome: apt-get install chromium, or name one in NERVURE_TEST_BROWSER")
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as data, sync_playwright() as driver:
        print("Filling a server with the simulated company ...")
        server = start_demo(Path(data) / "data", days="7")
        browser = driver.chromium.launch(executable_path=browser_path(), args=["--no-sandbox"])
        try:
            for name, path in places(server).items():
                for scheme in SCHEMES:
                    if (name, scheme) not in wanted:
                        continue
                    tab = Tab(browser, server.url, color_scheme=scheme)
                    settled(tab.open(path))
                    # Charts appear with a short transition.
                    tab.page.wait_for_timeout(700)
                    tab.page.screenshot(path=folder / f"{name}-{scheme}.png")
                    tab.context.close()
                    print(f"{folder / name}-{scheme}.png")
        finally:
            browser.close()
            server.stop()


if __name__ == "__main__":
    if len(sys.argv) < 2:
        main(FOLDER, SHOWN)
    else:
        main(Path(sys.argv[1]), {(name, scheme) for name in sys.argv[2:] or NAMES for scheme in SCHEMES})
