"""Which tests show which feature of which client, and what became of them in reports."""

import contextlib
import io
import os
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.conftest import SUPPORTS

ROOT = Path(__file__).parents[2]
MARK = "mark.supports("
# Client -> feature -> tests, without their parameters.
Marks = dict[str, dict[str, list[str]]]


class _Noted:
    """A plug-in of pytest that notes the marks of what was collected."""

    def __init__(self) -> None:
        self.marks: Marks = {}
        self.problems: list[str] = []

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            self.problems.append(f"{report.nodeid}: {report.longreprtext.strip().splitlines()[-1]}")

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        for item in session.items:
            for mark in item.iter_markers(SUPPORTS):
                client, *features = mark.args
                for feature in features:
                    tests = self.marks.setdefault(client, {}).setdefault(feature, [])
                    if (test := bare(item.nodeid)) not in tests:
                        tests.append(test)


def bare(nodeid: str) -> str:
    """A test without its parameters."""
    return nodeid.partition("[")[0]


def marked_files() -> list[str]:
    """Test modules that carry the mark."""
    found = sorted(ROOT.glob("tests/**/test_*.py"))
    return [str(path.relative_to(ROOT)) for path in found if MARK in path.read_text()]


def collect() -> tuple[Marks, list[str]]:
    """(marks, problems of modules that could not be read)."""
    noted = _Noted()
    arguments = ["--collect-only", "-q", "--no-header", "-p", "no:cacheprovider", *marked_files()]
    before = Path.cwd()
    os.chdir(ROOT)
    said = io.StringIO()
    try:
        with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
            status = pytest.main(arguments, plugins=[noted])
        if status != pytest.ExitCode.OK and not noted.problems:
            noted.problems.append(said.getvalue().strip()[-2000:])
    finally:
        os.chdir(before)
    return noted.marks, noted.problems


@dataclass(slots=True)
class Shown:
    """What reports say of one feature."""

    passed: set[str] = field(default_factory=set)
    failed: set[str] = field(default_factory=set)


def read_reports(reports: Iterable[Path]) -> dict[tuple[str, str], Shown]:
    """(client, feature) to its tests, from JUnit reports of pytest. Of a test in several reports the last one counts.

    A test that was skipped shows nothing; one of which any case failed has failed.
    """
    found: dict[tuple[str, str], Shown] = {}
    for report in reports:
        for key, now in _read_report(report).items():
            shown = found.setdefault(key, Shown())
            shown.passed = (shown.passed - now.failed) | (now.passed - now.failed)
            shown.failed = (shown.failed - now.passed) | now.failed
    return found


def _read_report(report: Path) -> dict[tuple[str, str], Shown]:
    found: dict[tuple[str, str], Shown] = {}
    for case in ElementTree.parse(report).iter("testcase"):
        if case.find("skipped") is not None:
            continue
        has_failed = case.find("failure") is not None or case.find("error") is not None
        test = f"{case.get('classname', '').replace('.', '/')}.py::{bare(case.get('name', ''))}"
        for member in case.iter("property"):
            if member.get("name") == SUPPORTS:
                client, _, feature = member.get("value", "").partition(": ")
                shown = found.setdefault((client, feature), Shown())
                (shown.failed if has_failed else shown.passed).add(test)
    return found


def run(report: Path) -> int:
    """Run every test that carries the mark. Returns pytest's exit status."""
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-m",
        SUPPORTS,
        "-p",
        "no:cacheprovider",
        f"--junitxml={report}",
        *marked_files(),
    ]
    return subprocess.run(command, cwd=ROOT, check=False).returncode
