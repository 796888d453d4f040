"""What all tests share: marks of support become properties, so that every report of pytest holds them."""

import pytest

SUPPORTS = "supports"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Writes `client: feature` beside each test that shows one; `tests.support` reads them from JUnit reports."""
    for item in items:
        for mark in item.iter_markers(SUPPORTS):
            client, *features = mark.args
            if not features:
                raise pytest.UsageError(f"{item.nodeid}: supports({client!r}) names no feature")
            item.user_properties.extend((SUPPORTS, f"{client}: {feature}") for feature in features)
