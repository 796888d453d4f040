"""A real server, the recorded requests, the public API: the rate the project promises."""

import re
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LAST = re.compile(r"conformance: (\d+)/(\d+) fields \((\d+\.\d+) %\)")


def run(*arguments: str) -> tuple[int, list[str], str]:
    done = subprocess.run(
        [sys.executable, "-m", "tests.conformance.runner", *arguments],
        cwd=ROOT, capture_output=True, text=True, timeout=840, check=False,
    )  # fmt: skip
    return done.returncode, done.stdout.splitlines(), done.stderr


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_at_least_98_per_cent_of_the_recorded_fields_are_shown_as_sent() -> None:
    code, lines, errors = run()
    assert lines, errors
    match = LAST.fullmatch(lines[-1])
    assert match, lines[-1]
    met, total, rate = int(match[1]), int(match[2]), float(match[3])
    misses = [(line, after) for line, after in pairwise(lines) if line.startswith("    miss: ")]
    assert code == 0, misses
    assert total > 2000
    assert 100 * met / total >= 98
    assert rate == pytest.approx(100 * met / total, abs=0.01)
    # A miss nobody has a reason for is a defect, whatever the rate.
    assert [line for line, after in misses if not after.startswith("    known: ")] == []


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_any_folder_of_the_same_form_will_do() -> None:
    code, lines, errors = run("tests/golden/captures")
    assert code == 0, "\n".join([*lines, errors])
    assert LAST.fullmatch(lines[-1])
    assert lines[0].startswith("vercel-ai-sdk-v7: ")


def test_a_folder_without_cases_is_an_error_that_says_what_a_case_is(tmp_path: Path) -> None:
    code, _, errors = run(str(tmp_path))
    assert code != 0
    assert "expected.json" in errors
