"""Waiting for what another thread or process does: no longer than it takes, and never for ever."""

import time
from collections.abc import Callable
from typing import Any


def wait_until(test: Callable[[], Any], seconds: float = 60, every_s: float = 0.02) -> Any:
    """What the test found as soon as it is true; fails when it does not come in time."""
    ends = time.monotonic() + seconds
    while not (found := test()):
        assert time.monotonic() < ends, "it did not come to pass"
        time.sleep(every_s)
    return found
