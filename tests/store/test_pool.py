"""Clients of the store: at most so many, used again, and not after a failure where that spoils them."""

from typing import Any

import pytest

from nervure.base.errors import Busy, StoreDown
from nervure.store.engines.clients import Pool


class Fake:
    """A client that remembers whether it was closed."""

    def __init__(self) -> None:
        self.closed = False

    def close(self) -> None:
        self.closed = True


def failing(pool: Pool) -> Any:
    with pytest.raises(ValueError, match="broken"), pool.client(1.0) as client:
        raise ValueError("broken")
    return client


@pytest.mark.parametrize("keeps_failed", [True, False])
def test_a_client_that_failed_is_used_again_only_where_it_may(keeps_failed: bool) -> None:
    pool = Pool(Fake, 1, keeps_failed)  # type: ignore[arg-type]
    first = failing(pool)
    with pool.client(1.0) as next_one:
        assert (next_one is first) == keeps_failed
    assert first.closed != keeps_failed
    pool.close()
    assert next_one.closed


def test_the_place_of_a_dropped_client_is_free_for_who_waits() -> None:
    pool = Pool(Fake, 1, keeps_failed=False)  # type: ignore[arg-type]
    for _ in range(3):
        failing(pool)
    with pool.client(1.0), pytest.raises(Busy, match="all 1 query slots"), pool.client(0.01):
        pass


def test_a_client_that_cannot_be_made_takes_no_place() -> None:
    made: list[Any] = [OSError("no way"), OSError("no way"), Fake()]

    def make() -> Any:
        found = made.pop(0)
        if isinstance(found, OSError):
            raise found
        return found

    pool = Pool(make, 1)
    for _ in range(2):
        with pytest.raises(StoreDown, match="no way"), pool.client(1.0):
            pass
    with pool.client(1.0) as client:
        assert not client.closed
