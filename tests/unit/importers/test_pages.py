"""Patience with a source's limits and hiccups."""

from collections.abc import Callable
from typing import Any

import pytest

from nervure.base.errors import BadInput, Busy, Forbidden, NervureError, NotFound, Unauthenticated
from nervure.importers.pages import ATTEMPTS, LONGEST_WAIT_S, Api, backoff_s
from tests.unit.importers.fakes import Asked, Raw, Trouble, serving


class Waits(list[float]):
    """Seconds that were waited, without waiting."""

    def __call__(self, seconds: float) -> None:
        self.append(seconds)


def failing(times: int, status: int, **headers: str) -> Callable[[Asked], Any]:
    left = [times]

    def answer(asked: Asked) -> Any:
        left[0] -= 1
        return Raw(b"no", "text/plain", status) if left[0] >= 0 else {"path": asked.path, "query": asked.query}

    return answer


def test_a_busy_source_is_asked_again_after_the_time_it_names() -> None:
    waits = Waits()
    with serving(failing(0, 200), Trouble(busy_first=2)) as fake:
        assert Api(fake.url, pause=waits).get("/a", limit=3, cursor=None) == {"path": "/a", "query": {"limit": "3"}}
    assert waits == [0.0, 0.0]


@pytest.mark.parametrize("status", [500, 502, 503, 504, 529])
def test_a_page_that_fails_once_is_asked_for_again(status: int) -> None:
    waits = Waits()
    with serving(failing(1, status)) as fake:
        assert Api(fake.url, pause=waits).get("/a")["path"] == "/a"
    assert len(waits) == 1
    assert 0.25 <= waits[0] <= 0.5


def test_a_source_that_stays_broken_is_given_up_in_words() -> None:
    waits = Waits()
    with serving(failing(99, 503)) as fake, pytest.raises(Busy, match="failed 8 times, last with HTTP 503: no"):
        Api(fake.url, pause=waits).get("/a")
    assert len(waits) == ATTEMPTS - 1
    assert waits == sorted(waits)


def test_nobody_at_the_address_is_given_up_in_words() -> None:
    with pytest.raises(Busy, match="ConnectError"):
        Api("http://127.0.0.1:9", pause=Waits()).get("/a")


@pytest.mark.parametrize(
    ("status", "error"), [(401, Unauthenticated), (403, Forbidden), (404, NotFound), (400, NervureError)]
)
def test_what_waiting_cannot_mend_is_not_asked_again(status: int, error: type[Exception]) -> None:
    waits = Waits()
    with serving(failing(1, status)) as fake, pytest.raises(error, match=str(status)):
        Api(fake.url, pause=waits).get("/a")
    assert waits == []


def test_an_answer_that_is_no_json_says_so() -> None:
    with serving(lambda asked: Raw(b"<html>", "text/html")) as fake, pytest.raises(NervureError, match="right address"):
        Api(fake.url).get("/a")


def test_an_address_without_a_scheme_is_refused() -> None:
    with pytest.raises(BadInput, match="https://host"):
        Api("cloud.langfuse.com")


def test_waits_grow_to_a_minute() -> None:
    for attempt in range(12):
        longest = min(0.5 * 2**attempt, LONGEST_WAIT_S)
        assert longest / 2 <= backoff_s(attempt) <= longest


def test_several_are_asked_at_a_time_and_answered_in_order() -> None:
    with serving(lambda asked: int(asked.query["n"])) as fake:
        api = Api(fake.url, concurrency=3)
        assert list(api.each(lambda n: api.get("/a", n=n), range(20))) == list(range(20))
        api.close()


def test_credentials_stay_with_their_host() -> None:
    seen: list[str | None] = []

    def answer(asked: Asked) -> Any:
        seen.append(asked.headers.get("x-api-key"))
        return Raw(b"picture", "image/png")

    with serving(answer) as fake:
        api = Api(fake.url, {"x-api-key": "secret"})
        assert api.download(f"{fake.url}/a") == (b"picture", "image/png")
        api.download(f"{fake.url.replace('127.0.0.1', 'localhost')}/a")
    assert seen == ["secret", None]
