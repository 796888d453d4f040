"""What is sent to the server, and what becomes of the items it refuses."""

from typing import Any

import pytest

from nervure.base.connection import Connection
from nervure.base.errors import Busy, Forbidden
from nervure.importers.doors import DIGEST, SOURCE, Doors, score_body
from nervure.importers.importer import FoundSpan
from nervure.importers.spans import origin
from nervure.model.raw import RawSpan
from nervure.model.score import Score
from tests.unit.importers.fakes import Asked, Fake, Raw, Trouble, serving

EMPTY: dict[str, Any] = {"items": [], "next_cursor": None}


def span(number: int, **attributes: Any) -> FoundSpan:
    return FoundSpan(
        RawSpan(origin({}), f"{number + 1:032x}", f"{number + 1:016x}", "", f"span {number}", 0, 10**18, 10**18 + 5, 0, "", attributes)
    )  # fmt: skip


def names(asked: Asked) -> list[str]:
    return [one["name"] for one in asked.body["resourceSpans"][0]["scopeSpans"][0]["spans"]]


def written(fake: Fake, *spans: FoundSpan) -> dict[str, tuple[str, str]]:
    """Name's number to result and reason."""
    doors = Doors(Connection(fake.url), "opik", "support", pause=lambda seconds: None)
    told = {str(int(one.id[:32], 16) - 1): (one.result, one.reason) for one in doors.write_spans(spans)}
    doors.close()
    return told


def refusing(name: str, status: int) -> Any:
    """A server that refuses requests with a span of that name: in part with 200, else as a whole."""

    def answer(asked: Asked) -> Any:
        if asked.path != "/v1/traces":
            return EMPTY
        if name not in names(asked):
            return {}
        if status == 200:
            return {"partialSuccess": {"rejectedSpans": "1", "errorMessage": "not that one"}}
        return Raw(b'{"code": 3, "message": "too large"}', "application/json", status)

    return answer


@pytest.mark.parametrize("status", [200, 400, 413])
def test_of_a_request_that_is_refused_only_the_guilty_span_is_lost(status: int) -> None:
    with serving(refusing("span 5", status)) as fake:
        told = written(fake, *(span(n) for n in range(9)))
    assert [n for n, (result, _) in told.items() if result == "refused"] == ["5"]
    assert told["5"][1]
    assert {result for n, (result, _) in told.items() if n != "5"} == {"written"}


def test_a_server_that_asks_for_patience_is_waited_for() -> None:
    with serving(lambda asked: {} if asked.path == "/v1/traces" else EMPTY, Trouble(busy_first=3)) as fake:
        assert written(fake, span(1)) == {"1": ("written", "")}


@pytest.mark.parametrize(("status", "error"), [(403, Forbidden), (503, Busy)])
def test_what_concerns_the_whole_import_stops_it(status: int, error: type[Exception]) -> None:
    def answer(asked: Asked) -> Any:
        return Raw(b"{}", "application/json", status) if asked.path == "/v1/traces" else EMPTY

    with serving(answer) as fake, pytest.raises(error):
        written(fake, span(1), span(2))


def test_spans_carry_where_they_came_from_and_a_digest_of_what_was_sent() -> None:
    sent: list[dict[str, Any]] = []

    def answer(asked: Asked) -> Any:
        if asked.path == "/v1/traces":
            assert asked.headers["x-nervure-project"] == "support"
            for one in asked.body["resourceSpans"][0]["scopeSpans"][0]["spans"]:
                sent.append({held["key"]: held["value"].get("stringValue") for held in one["attributes"]})
            return {}
        return EMPTY

    with serving(answer) as fake:
        written(fake, span(1, model="a"), span(2, model="a"))
        written(fake, span(1, model="a"))
        written(fake, span(1, model="b"))
    assert {one[SOURCE] for one in sent} == {"opik"}
    first, other, again, changed = (one[DIGEST] for one in sent)
    assert first == again
    assert len({first, other, changed}) == 3


def test_long_texts_make_short_requests() -> None:
    sizes: list[int] = []

    def answer(asked: Asked) -> Any:
        if asked.path == "/v1/traces":
            sizes.append(len(names(asked)))
            return {}
        return EMPTY

    with serving(answer) as fake:
        written(fake, *(span(n, text="x" * 1_500_000) for n in range(5)))
    assert sizes == [2, 2, 1]


def test_a_score_says_only_what_it_knows() -> None:
    score = Score("s1", "safe", "trace", "a" * 32, trace_id="a" * 32, data_type="boolean", value=1.0, time_ns=10**18)
    assert score_body(score) == {
        "id": "s1", "name": "safe", "target_type": "trace", "target_id": "a" * 32, "trace_id": "a" * 32, "value": True,
        "data_type": "boolean", "source": "code", "time": "2001-09-09T01:46:40.000000Z",
    }  # fmt: skip
