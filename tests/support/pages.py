"""The pages docs/clients/<client>.md: written by people, but for the table of what works."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.support.marks import ROOT

FOLDER = ROOT / "docs" / "clients"
DATA = FOLDER / "support.json"
INDEX = FOLDER / "README.md"
TABLE = re.compile(r"<!-- support -->.*?<!-- /support -->", re.DOTALL)
MISSING = "## What does not"
INTRODUCTION = """# Clients

What Nervure takes unchanged: each page says what to set, what works and what does not. The tables of what works are made
by the tests (`python -m tests.support --run`): a feature stands there when a test that carries its name has passed.

"""


@dataclass(frozen=True, slots=True)
class Page:
    """One page. missing: what its people say does not work."""

    client: str
    title: str
    missing: list[str]

    @property
    def path(self) -> Path:
        return FOLDER / f"{self.client}.md"


def pages() -> list[Page]:
    """All pages, in order of their names. Raises ValueError for one without a title or a place for the table."""
    return [_read(path) for path in sorted(FOLDER.glob("*.md")) if path != INDEX]


def _read(path: Path) -> Page:
    text = path.read_text()
    title = re.match(r"# (.+)\n", text)
    if title is None or len(TABLE.findall(text)) != 1:
        raise ValueError(f"{path.name}: a page begins with `# Title` and has one <!-- support --><!-- /support -->")
    listed = text.partition(MISSING)[2].partition("\n## ")[0]
    points = re.findall(r"^- (.+(?:\n  .+)*)", listed, re.MULTILINE)
    return Page(path.stem, title[1].strip(), [" ".join(point.split()) for point in points])


def table(supported: dict[str, list[str]]) -> str:
    """The table of one page."""
    if not supported:
        return "<!-- support -->\n\nNo test has shown it yet.\n\n<!-- /support -->"
    rows = [f"| {feature.replace('|', '/')} | {_links(tests)} |" for feature, tests in sorted(supported.items())]
    return "\n".join(["<!-- support -->", "", "| works | shown by |", "|---|---|", *rows, "", "<!-- /support -->"])


def _links(tests: list[str]) -> str:
    modules = sorted({test.partition("::")[0] for test in tests})
    return ", ".join(f"[{Path(module).stem}](../../{module})" for module in modules)


def render(data: dict[str, Any]) -> dict[Path, str]:
    """Every page and the index as they should be."""
    made: dict[Path, str] = {}
    rows = ["| client | features shown by tests | known not to work |", "|---|---|---|"]
    for page in pages():
        held = data.get(page.client, {})
        supported = held.get("supported", {})
        made[page.path] = TABLE.sub(_constant(table(supported)), page.path.read_text())
        rows.append(f"| [{page.title}]({page.client}.md) | {len(supported)} | {len(page.missing)} |")
    made[INDEX] = INTRODUCTION + "\n".join(rows) + "\n"
    return made


def _constant(text: str) -> Callable[[Any], str]:
    # Not the text itself, in which backslashes would mean groups.
    return lambda _: text
