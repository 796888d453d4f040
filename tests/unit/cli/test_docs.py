"""The generated reference pages are those the code would write now."""

from pathlib import Path

import pytest

from nervure.cli.docs import PAGES

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize("name", sorted(PAGES))
def test_a_reference_page_is_up_to_date(name: str) -> None:
    written = (ROOT / "docs" / "reference" / name).read_text("utf-8")
    assert written == PAGES[name](), f"docs/reference/{name} is stale: run `make docs`"


def test_every_command_says_what_it_does() -> None:
    page = PAGES["cli.md"]()
    for block in page.split("\n## ")[1:]:
        assert len(block.splitlines()[2]) > 15, block
