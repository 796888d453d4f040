"""The tables of support say what tests show, and nothing else."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.support import __main__ as command
from tests.support.marks import ROOT, Shown, read_reports
from tests.support.pages import pages, table


@pytest.mark.timeout(300)
def test_every_feature_that_is_listed_has_a_test_that_carries_it_and_the_pages_are_up_to_date() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.support", "--check"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout.strip()) == (0, "up to date"), done.stdout + done.stderr


def test_a_report_says_what_passed_failed_and_was_skipped(tmp_path: Path) -> None:
    module = tmp_path / "test_it.py"
    module.write_text(
        "import pytest\n"
        "@pytest.mark.supports('aws', 'works', 'breaks')\n"
        "def test_good(): pass\n"
        "@pytest.mark.supports('aws', 'breaks')\n"
        "@pytest.mark.parametrize('n', [1, 2])\n"
        "def test_bad(n): assert n == 1\n"
        "@pytest.mark.supports('aws', 'skipped')\n"
        "def test_skipped(): pytest.skip('no index')\n"
    )
    report = tmp_path / "report.xml"
    options = [
        "-p",
        "tests.conftest",
        "-p",
        "no:cacheprovider",
        f"--rootdir={tmp_path}",
        f"--junitxml={report}",
        str(module),
    ]
    subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-c", "/dev/null", *options], cwd=ROOT, check=False, capture_output=True
    )
    shown = read_reports([report])
    assert {feature: (bool(held.passed), bool(held.failed)) for (_, feature), held in shown.items()} == {
        "works": (True, False),
        "breaks": (True, True),
    }
    # The last report of a test counts.
    good = tmp_path / "good.xml"
    good.write_text(report.read_text().replace("<failure", "<system-out").replace("</failure", "</system-out"))
    assert not read_reports([report, good])["aws", "breaks"].failed
    assert read_reports([good, report])["aws", "breaks"].failed


def test_a_feature_is_listed_when_a_test_that_carries_it_passed_and_none_failed() -> None:
    marks = {
        "aws": {"new": ["t::a"], "old": ["t::b"], "broken": ["t::c"], "gone test": ["t::e"], "never ran": ["t::f"]}
    }
    before = {"aws": {"supported": {"old": ["t::b"], "broken": ["t::c"], "gone test": ["t::d"], "gone": ["t::x"]}}}
    shown = {("aws", "new"): Shown({"t::a"}), ("aws", "broken"): Shown(set(), {"t::c"})}
    made = command.merge(before, marks, shown)
    assert made["aws"]["supported"] == {"new": ["t::a"], "old": ["t::b"]}


def test_what_is_listed_and_carried_by_no_test_is_a_problem() -> None:
    data = {page.client: {"title": page.title, "supported": {}, "missing": page.missing} for page in pages()}
    data["aws"]["supported"] = {"flies": ["tests/x.py::test_y"]}
    found = command.problems(data, {"unheard": {"of": ["t::z"]}})
    assert "aws: 'flies' is listed, but tests/x.py::test_y does not carry it" in found
    assert any(problem.startswith("unheard: marked by a test") for problem in found)


def test_a_table_has_a_row_for_each_feature_and_links_to_its_tests() -> None:
    assert "| b / c | [test_x](../../tests/unit/test_x.py) |" in table({"b | c": ["tests/unit/test_x.py::test_1"]})
