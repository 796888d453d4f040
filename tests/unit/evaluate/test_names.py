"""docs/evaluator-names.md promises names of other packages; every one of them leads where the page says."""

import re
from pathlib import Path

import pytest

from nervure.base.errors import NotFound
from nervure.evaluate.judging import find_rubric, get_rubric, rubrics
from nervure.evaluate.registry import get_evaluator

PAGE = Path(__file__).parents[3] / "docs" / "evaluator-names.md"


def promised() -> list[tuple[str, str, str]]:
    """(name elsewhere, evaluator here, rubric), "" where the page names none."""
    rows = []
    for line in PAGE.read_text("utf-8").splitlines():
        if line.startswith("| `"):
            names, here, judge = ([*re.findall(r"`([^`]+)`", cell)] for cell in line.strip("|").split("|"))
            rows += [(name, "".join(here), "".join(judge).removeprefix("judge:")) for name in names]
    return rows


def test_every_name_of_the_page_leads_where_it_says() -> None:
    rows = promised()
    assert len(rows) > 150
    for name, here, rubric in rows:
        assert here or rubric, name
        if here:
            assert get_evaluator(name).name == here, name
        if rubric:
            assert get_rubric(name).name == rubric, name


def test_every_rubric_has_a_name_of_other_packages() -> None:
    own = {"tone"}  # Asked for by name only.
    assert {rubric for _, _, rubric in promised()} - {""} == set(rubrics()) - own


def test_a_name_is_found_with_what_packages_hang_on_it_and_not_otherwise() -> None:
    assert get_evaluator("TextLengthMetric").name == "length"
    assert find_rubric("bias_with_cot_reasons") is rubrics()["bias"]
    assert find_rubric("biases") is None
    with pytest.raises(NotFound, match="near it"):
        get_evaluator("metric")


def test_what_only_a_judge_can_answer_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from nervure.cli.main import main

    (tmp_path / "rows.jsonl").write_text('{"output": "x"}\n')
    with pytest.raises(SystemExit):
        main(["evaluate", "BiasMetric", "--input", str(tmp_path / "rows.jsonl")])
    assert "nervure evaluate judge:bias --endpoint URL --model NAME" in " ".join(capsys.readouterr().err.split())
