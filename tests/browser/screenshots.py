"""Pictures of every page, light and dark. `make screenshots` or `python -m tests.browser.screenshots [folder] [name ...]`."""

import sys
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

from tests.browser.conftest import UI, Tab, browser_path, start_demo
from tests.browser.places import places
from tests.browser.test_every_page import settled

FOLDER = Path("docs/images")


def main(folder: Path, only: list[str]) -> None:
    """Writes <page>-<scheme>.png into the folder."""
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
                if only and name not in only:
                    continue
                for scheme in ("light", "dark"):
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
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER, sys.argv[2:])
