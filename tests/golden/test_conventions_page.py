"""docs/conventions.md says what the registry holds; `python -m tests.golden.test_conventions_page` writes it anew."""

from pathlib import Path

from nervure.normalise.engine import Normaliser
from nervure.normalise.guide import page_with

PAGE = Path(__file__).parents[2] / "docs" / "conventions.md"


def test_the_page_of_dialects_says_what_the_registry_holds() -> None:
    text = PAGE.read_text()
    assert text == page_with(text, Normaliser().conventions), (
        "docs/conventions.md is not up to date: run `.venv/bin/python -m tests.golden.test_conventions_page`"
    )


if __name__ == "__main__":
    PAGE.write_text(page_with(PAGE.read_text(), Normaliser().conventions))
