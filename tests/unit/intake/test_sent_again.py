"""A span sent again with other content counts once, as it is now: in spans, traces, minutes and hours."""

import time
from collections.abc import Callable
from dataclasses import replace
from threading import Event
from typing import Any

import pytest

from nervure.base.errors import StoreDown
from nervure.intake.intake import Intake
from nervure.model.span import Span
from nervure.store.sql import Sql
from tests.unit.intake.conftest import Moody, batch, span

BEGUN: dict[str, Any] = {"status": "unset", "session": "zebra"}
ENDED: dict[str, Any] = {
    "status": "ok", "session": "ant", "request_model": "gpt-4o", "input_tokens": 10, "output_tokens": 5,
    "total_tokens": 15, "cost_total": 0.5, "cost_source": "book:x", "error_type": "",
}  # fmt: skip


def begun(project: str, number: int) -> Span:
    return span(project, number, **BEGUN)


def ended(project: str, number: int, **more: Any) -> Span:
    return span(project, number, **{**ENDED, **more})


def totals(engine: Moody, project: str) -> dict[str, tuple[Any, ...]]:
    """(spans, errors, tokens, USD, ns) by the spans and by each table fed from them."""
    engine.settle()

    def ask(text: str) -> tuple[Any, ...]:
        return tuple(engine.query(Sql(f"{text} WHERE project = {{project:String}}", {"project": project})).rows[0])

    columns = "sum(span_count), sum(error_count), sum(total_tokens), sum(cost_total)"
    found = {
        "spans": ask(
            "SELECT count(), countIf(status = 'error'), sum(ifNull(total_tokens, 0)), sum(ifNull(cost_total, 0))"
            " FROM spans FINAL"
        )
    }
    return found | {table: ask(f"SELECT {columns} FROM {table}") for table in ("traces", "minutes", "hours")}


def agree(engine: Moody, project: str, *expected: Any) -> None:
    found = totals(engine, project)
    assert found == dict.fromkeys(found, expected)


def test_what_a_span_says_at_its_end_is_what_counts(
    engine: Moody, make_intake: Callable[..., Intake], project: str
) -> None:
    intake = make_intake()
    intake.submit(batch(project, 1, *(begun(project, n) for n in range(1, 6)))).result(30)
    agree(engine, project, 5, 0, 0, 0.0)
    receipt = intake.submit(batch(project, 2, *(ended(project, n) for n in range(1, 4)), span(project, 9))).result(30)
    assert receipt.stored == 4
    agree(engine, project, 6, 0, 45, 1.5)
    by_model = "SELECT model, sum(span_count) AS n FROM minutes WHERE project = {project:String} GROUP BY model HAVING n > 0 ORDER BY n"
    assert engine.query(Sql(by_model, {"project": project})).rows == [("", 3), ("gpt-4o", 3)]
    intake.submit(batch(project, 3, ended(project, 1, status="error", total_tokens=7))).result(30)
    agree(engine, project, 6, 1, 37, 1.5)
    assert intake.is_balanced()


def test_words_of_a_trace_follow_too(engine: Moody, make_intake: Callable[..., Intake], project: str) -> None:
    intake = make_intake()
    intake.submit(batch(project, 1, begun(project, 1))).result(30)
    intake.submit(batch(project, 2, ended(project, 1))).result(30)
    assert intake.stop(30)
    text = "SELECT max(session), max(root_status), sum(span_count) FROM traces WHERE project = {project:String}"
    assert engine.query(Sql(text, {"project": project})).rows == [("ant", "ok", 1)]


def test_sent_again_and_again_before_the_first_is_stored(
    engine: Moody, make_intake: Callable[..., Intake], project: str
) -> None:
    intake = make_intake()
    futures = [
        intake.submit(batch(project, number, ended(project, 1, total_tokens=number), ended(project, number + 100)))
        for number in range(1, 9)
    ]
    assert [future.result(30).stored for future in futures] == [2] * 8
    agree(engine, project, 9, 0, 8 + 8 * 15, 4.5)


def test_of_two_in_one_request_the_last_one_counts(
    engine: Moody, make_intake: Callable[..., Intake], project: str
) -> None:
    intake = make_intake()
    spans = [begun(project, 1), begun(project, 2), ended(project, 1), ended(project, 1, total_tokens=20)]
    receipt = intake.submit(batch(project, 1, *spans)).result(30)
    assert (receipt.stored, receipt.dropped) == (2, {"duplicate": 2})
    agree(engine, project, 2, 0, 20, 0.5)
    later = [ended(project, 2), ended(project, 2, total_tokens=30), ended(project, 1, total_tokens=20)]
    receipt = intake.submit(batch(project, 2, *later)).result(30)
    assert (receipt.stored, receipt.dropped) == (1, {"duplicate": 2})
    agree(engine, project, 2, 0, 50, 1.0)
    assert intake.is_balanced()


def test_sent_again_after_a_restart(engine: Moody, make_intake: Callable[..., Intake], project: str) -> None:
    now_ns = time.time_ns()

    def just_now(one: Span) -> Span:
        return replace(one, start_ns=now_ns - 10**9 + int(one.span_id, 16), received_ns=now_ns)

    first = make_intake()
    first.submit(batch(project, 1, *(just_now(begun(project, n)) for n in range(3)))).result(30)
    assert first.stop(30)
    second = make_intake()
    second.submit(batch(project, 2, just_now(ended(project, 0)), just_now(begun(project, 1)))).result(30)
    agree(engine, project, 3, 0, 15, 0.5)


@pytest.mark.parametrize("table", ["spans", "minutes", "traces", "arrivals"])
@pytest.mark.parametrize("is_made", [False, True], ids=["before", "after"])
def test_a_store_that_fails_in_the_middle_makes_nothing_count_twice(
    engine: Moody, make_intake: Callable[..., Intake], project: str, table: str, is_made: bool
) -> None:
    intake = make_intake()
    intake.submit(batch(project, 1, begun(project, 1))).result(30)
    engine.settle()
    failures = [1]

    def fail(inserted: str, rows: Any) -> None:
        if inserted == table and failures:
            failures.pop()
            raise StoreDown("gone for a moment")

    if is_made:
        engine.after = fail
    else:
        engine.before = fail
    send_until_taken(intake, project)
    assert not failures
    agree(engine, project, 1, 0, 15, 0.5)


def send_until_taken(intake: Intake, project: str) -> None:
    """Sends a request again and again, as an SDK does."""
    for _ in range(200):
        try:
            intake.submit(batch(project, 2, ended(project, 1))).result(30)
        except StoreDown:
            Event().wait(0.05)
        else:
            return
    raise AssertionError("never taken")
