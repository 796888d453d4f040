"""nervure.Client: requests it makes, answers it gives, errors it tells."""

import json

import pytest

import nervure
from nervure.base import errors
from nervure.client.results import Answer, Rows
from tests.unit.client.conftest import Recorder

JSON = {"content-type": "application/json"}


def answer(recorder: Recorder, body: object, status: int = 200, **headers: str) -> None:
    recorder.answers.append((status, {**JSON, **headers}, json.dumps(body).encode()))


def test_a_query_becomes_rows_with_their_dimensions(recorder: Recorder) -> None:
    series = [{"by": {"model": "a"}, "points": [{"time": None, "value": 1.5, "low": None, "high": None, "n": 3}]}]
    answer(recorder, {"series": series, "stats": {"rows_read": 3, "elapsed_ms": 1.0}})
    with nervure.Client(recorder.url, api_key="k", project="p") as client:
        found = client.query("cost.sum", where='kind = "llm"', by="model", from_="-1d")
    assert found == [{"model": "a", "time": None, "value": 1.5, "low": None, "high": None, "n": 3}]
    assert (found.value, found.stats["rows_read"]) == (1.5, 3)
    method, path, headers, body = recorder.requests[0]
    assert (method, path, headers["authorization"], headers["x-nervure-project"]) == (
        "POST",
        "/api/v1/query",
        "Bearer k",
        "p",
    )
    assert json.loads(body) == {"measure": "cost.sum", "where": 'kind = "llm"', "by": ["model"], "from": "-1d"}


def test_lists_fetch_page_after_page_up_to_the_limit(recorder: Recorder) -> None:
    answer(recorder, {"items": [{"trace_id": str(n)} for n in range(500)], "next_cursor": "c1"})
    answer(recorder, {"items": [{"trace_id": str(n)} for n in range(500, 700)], "next_cursor": "c2"})
    found = nervure.Client(recorder.url).traces('status = "error"', limit=700)
    assert [row["trace_id"] for row in found] == [str(n) for n in range(700)]
    assert "limit=500" in recorder.requests[0][1]
    assert "limit=200" in recorder.requests[1][1]
    assert "cursor=c1" in recorder.requests[1][1]


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (400, "filter_error", errors.BadInput),
        (400, "query_error", errors.QueryError),
        (401, "unauthenticated", errors.Unauthenticated),
        (403, "forbidden", errors.Forbidden),
        (404, "not_found", errors.NotFound),
        (503, "store_down", errors.Busy),
        (500, "query_stopped", errors.QueryStopped),
    ],
)
def test_problem_details_become_errors_with_their_words(
    recorder: Recorder, status: int, code: str, kind: type[Exception]
) -> None:
    answer(recorder, {"title": "No", "status": status, "detail": "say it otherwise", "code": code}, status)
    with pytest.raises(kind, match="say it otherwise"):
        nervure.Client(recorder.url).trace("ab")


def test_a_wrong_filter_shows_the_place_of_the_mistake(recorder: Recorder) -> None:
    body = {
        "detail": "expected a value",
        "code": "filter_error",
        "text": "kind = ",
        "position": 7,
        "expected": ["a value"],
    }
    answer(recorder, body, 400)
    with pytest.raises(errors.FilterError) as told:
        nervure.Client(recorder.url).traces("kind = ")
    assert str(told.value) == "expected a value\n  kind = \n         ^"


def test_a_server_that_is_not_there_is_told_in_words() -> None:
    with pytest.raises(errors.Busy, match=r"no server answers at http://127.0.0.1:9 .*nervure serve"):
        nervure.Client("http://127.0.0.1:9").traces()


def test_another_program_on_the_port_is_told_in_words(recorder: Recorder) -> None:
    recorder.answers.append((200, {"content-type": "text/html"}, b"<html>"))
    with pytest.raises(errors.NervureError, match="is a Nervure server listening there"):
        nervure.Client(recorder.url).traces()


def test_rows_turn_into_columns_with_nested_members_as_json() -> None:
    rows = Rows(
        [{"start": "2026-11-20T10:00:00.000000001Z", "tags": ["a"], "cost": 0.1}, {"start": None, "cost": None, "n": 1}]
    )
    assert rows.to_arrow().to_pylist()[0] == {"start": rows[0]["start"], "tags": '["a"]', "cost": 0.1, "n": None}
    frame = rows.to_pandas()
    assert list(frame.columns) == ["start", "tags", "cost", "n"]
    assert str(frame["start"].dt.tz) == "UTC"


def test_an_answer_with_many_values_has_no_single_one() -> None:
    points = [{"time": "t1", "value": 1}, {"time": "t2", "value": 2}]
    with pytest.raises(errors.NervureError, match="has 2 values"):
        _ = Answer({"series": [{"by": {}, "points": points}]}).value
    assert Answer({"series": []}).value is None
