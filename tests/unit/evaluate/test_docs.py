"""The page of evaluators says what the code says."""

from nervure.evaluate.docs import FILE, GROUPS, page
from nervure.evaluate.registry import evaluators


def test_the_page_is_that_of_the_code() -> None:
    assert FILE.read_text("utf-8") == page(), "run `python -m nervure.evaluate.docs`"


def test_every_evaluator_is_in_a_group_of_the_page() -> None:
    assert {one.group for one in evaluators().values()} == set(GROUPS)
    assert all(f"\n### {name}\n" in page() for name in evaluators())
