"""python -m tests.support [REPORT ...] [--run | --check]: writes docs/clients/support.json and the tables in the pages.

REPORT: JUnit reports of pytest (`pytest --junitxml=FILE`), of which any part of the tests will do: what they do not hold
stays as it is known. --run: run every marked test first. --check: write nothing, and fail when something is out of date.
"""

import argparse
import json
import sys
import tempfile
from pathlib import Path
from typing import Any

from tests.support import marks as gathered
from tests.support.pages import DATA, pages, render


def known() -> dict[str, Any]:
    """What is written down."""
    return json.loads(DATA.read_text()) if DATA.exists() else {}


def merge(
    before: dict[str, Any], marks: gathered.Marks, shown: dict[tuple[str, str], gathered.Shown]
) -> dict[str, Any]:
    """client -> {"title", "supported": feature -> tests, "missing"}.

    A feature is listed when one of the tests that carry it has passed, now or when it was last run, and none has failed now.
    """
    made: dict[str, Any] = {}
    for page in pages():
        old = before.get(page.client, {}).get("supported", {})
        supported: dict[str, list[str]] = {}
        for feature, tests in sorted(marks.get(page.client, {}).items()):
            now = shown.get((page.client, feature), gathered.Shown())
            passed = (now.passed | set(old.get(feature, []))) & set(tests)
            if passed and not now.failed:
                supported[feature] = sorted(passed)
        made[page.client] = {"title": page.title, "supported": supported, "missing": page.missing}
    return made


def problems(data: dict[str, Any], marks: gathered.Marks) -> list[str]:
    """What is written down and not, or no longer, true."""
    found = [
        f"{client}: marked by a test, but there is no docs/clients/{client}.md"
        for client in marks
        if client not in data
    ]
    for client, held in data.items():
        for feature, tests in held["supported"].items():
            carried = marks.get(client, {}).get(feature, [])
            found += [
                f"{client}: {feature!r} is listed, but {test} does not carry it"
                for test in tests
                if test not in carried
            ]
    found += [
        f"{path.name} is out of date"
        for path, text in render(data).items()
        if not path.exists() or path.read_text() != text
    ]
    if data != merge(data, marks, {}):
        found.append("support.json is out of date: a page or a mark has changed")
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("reports", nargs="*", type=Path)
    parser.add_argument("--run", action="store_true")
    parser.add_argument("--check", action="store_true")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        reports = list(given.reports)
        if given.run:
            reports.append(Path(folder) / "report.xml")
            gathered.run(reports[-1])
        marks, broken = gathered.collect()
        shown = gathered.read_reports(reports)
    if broken:
        print("\n".join(broken), file=sys.stderr)
        return 2
    if given.check:
        found = problems(known(), marks)
        print("\n".join([*found, "run: python -m tests.support"]) if found else "up to date")
        return 1 if found else 0
    data = merge(known(), marks, shown)
    DATA.write_text(json.dumps(data, indent=1, ensure_ascii=False) + "\n")
    for path, text in render(data).items():
        path.write_text(text)
    for client, features in sorted(marks.items()):
        if client not in data:
            print(f"{client}: there is no docs/clients/{client}.md")
        elif left := sorted(set(features) - set(data[client]["supported"])):
            print(f"{client}: not shown by a test that has run: {', '.join(left)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
