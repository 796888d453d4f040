"""What all tests share: marks of support become properties, so that every report holds them; what may run side by side."""

from pathlib import Path

import pytest

SUPPORTS = "supports"
# Folders whose tests start what they need in each file: files of these may run side by side.
BY_FILE = frozenset({"sdk", "release", "wire", "property"})


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Writes `client: feature` beside each test that shows one; `tests.support` reads them from JUnit reports.

    With `-n`, the tests of a folder run in one process, because they share what is slow to start (a server with demo
    data, an engine).
    """
    for item in items:
        folder = item.path.parent.relative_to(Path(__file__).parent)
        group = item.path if folder.parts[:1] and folder.parts[0] in BY_FILE else folder
        item.add_marker(pytest.mark.xdist_group(str(group)))
        for mark in item.iter_markers(SUPPORTS):
            client, *features = mark.args
            if not features:
                raise pytest.UsageError(f"{item.nodeid}: supports({client!r}) names no feature")
            item.user_properties.extend((SUPPORTS, f"{client}: {feature}") for feature in features)
