"""Scores as a table: all of a file or none of it, and out again."""

import csv
import io

import pytest
from starlette.testclient import TestClient

from nervure.base.clock import NS_PER_S, SystemClock, iso

PATH = "/api/v1/scores.csv"
# Within what is kept.
AT_NS = SystemClock().now_ns() // (10 * NS_PER_S) * 10 * NS_PER_S - 3600 * NS_PER_S
TIMES = {"first": iso(AT_NS), "second": iso(AT_NS + NS_PER_S), "third": iso(AT_NS + 2 * NS_PER_S)}
RANGE = f"from={iso(AT_NS)}&to={iso(AT_NS + 10 * NS_PER_S)}"
GOOD = """name,trace_id,span_id,value,comment,data_type,time,metadata,author
csv-helpful,{t:032x},,true,nice,,{first},"{{""batch"": 3}}",ann
csv-stars,{t:032x},s1,4.5,,,{second},,ann
csv-tone,{t:032x},,"rude, cold",,categorical,{third},,ann
"""


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_every_row_is_a_score_and_comes_out_as_it_went_in(client: TestClient) -> None:
    table = GOOD.format(t=21, **TIMES)
    trial = client.post(f"{PATH}?dry_run=true", content=table).json()
    assert (trial["rows"], trial["stored"], trial["names"]) == (3, 0, {"csv-helpful": 1, "csv-stars": 1, "csv-tone": 1})
    assert client.post(PATH, content="\ufeff" + table).json()["stored"] == 3
    out = client.get(f"{PATH}?author=ann&{RANGE}").text
    found = {row["name"]: row for row in rows(out)}
    assert (found["csv-helpful"]["value"], found["csv-helpful"]["data_type"]) == ("1.0", "boolean")
    assert (found["csv-helpful"]["explanation"], found["csv-helpful"]["source"]) == ("nice", "human")
    assert found["csv-helpful"]["metadata"] == '{"batch": 3}'
    assert (found["csv-stars"]["target_type"], found["csv-stars"]["target_id"]) == ("span", "s1")
    assert (found["csv-tone"]["value"], found["csv-tone"]["label"]) == ("", "rude, cold")
    again = client.post(PATH, content=table).json()["stored"]
    back = client.post(PATH, content=out).json()["stored"]
    assert (again, back) == (3, 3)
    assert client.get(f"{PATH}?author=ann&{RANGE}").text == out, "twice is once"


def test_one_wrong_row_refuses_the_file_and_is_named_as_a_spreadsheet_counts(client: TestClient) -> None:
    table = (
        "name,trace_id,value,time,cost_usd\n"
        "csv-bad,t1,1,,\n"
        "csv-bad,,1,,\n"
        "csv-bad,t1,,,\n"
        "csv-bad,t1,1,yesterday,-3\n"
        "csv-bad,t1\n"
    )
    answer = client.post(PATH, content=table)
    assert (answer.status_code, answer.json()["error_count"]) == (400, 5)
    told = {(one["row"], one["column"]): one["problem"] for one in answer.json()["errors"]}
    assert "say what is judged" in told[3, ""]
    assert "needs a value or a label" in told[4, ""]
    assert set(told) == {(3, ""), (4, ""), (5, "time"), (5, "cost_usd"), (6, "")}
    assert client.get("/api/v1/scores?name=csv-bad").json()["items"] == []


@pytest.mark.parametrize(
    ("table", "problem"),
    [
        (b"trace_id,value\nt,1\n", "no column `name`"),
        (b"name,trace_id,value,mood\nx,t,1,good\n", "not known: 'mood'"),
        (b"name,trace_id,value\nx,t,\xff\n", "not UTF-8"),
        (b'name,trace_id,value\nx,t,"1\n', "is not CSV"),
        (b"", "no column `name`"),
    ],
)
def test_what_is_no_table_of_scores_is_refused_in_words(client: TestClient, table: bytes, problem: str) -> None:
    answer = client.post(PATH, content=table)
    assert (answer.status_code, problem in answer.json()["detail"]) == (400, True), answer.text
