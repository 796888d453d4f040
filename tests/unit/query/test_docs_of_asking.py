"""The page on asking says nothing the parser does not understand."""

import json
import re
from pathlib import Path

import pytest

from nervure.query.filter import parse
from nervure.query.query import Query

PAGE = (Path(__file__).parents[3] / "docs" / "query.md").read_text(encoding="utf-8")
FILTERS = [line for block in re.findall(r"```filter\n(.*?)```", PAGE, re.DOTALL) for line in block.splitlines()]
QUERIES = re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)


@pytest.mark.parametrize("text", FILTERS)
def test_a_filter_of_the_page_can_be_parsed(text: str) -> None:
    parse(text)


@pytest.mark.parametrize("text", QUERIES)
def test_a_query_of_the_page_can_be_read(text: str) -> None:
    assert Query.of(json.loads(text)).measure
