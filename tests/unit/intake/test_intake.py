"""The intake's promise: a receipt means stored and queryable, and nothing is stored twice."""

import time
from collections.abc import Callable, Sequence
from pathlib import Path

import orjson
import pytest

from nervure.base.clock import SystemClock
from nervure.base.errors import Busy, QueueFull, StoreDown, StoreError
from nervure.base.settings import Settings
from nervure.intake.account import read_ledger
from nervure.intake.intake import Intake
from nervure.intake.receipt import Receipt
from tests.unit.intake.conftest import Gate, Moody, batch, count, span

MakeIntake = Callable[..., Intake]


def stored_in_ledger(engine: Moody, project: str) -> tuple[int, int, int, dict[str, int]]:
    """received, stored, refused, dropped of a project's ledger, all SDKs."""
    engine.settle()
    lines = read_ledger(engine, project, 0, 4 * 10**18)
    assert all(line.is_balanced for line in lines)
    dropped: dict[str, int] = {}
    for line in lines:
        for reason, number in line.dropped.items():
            dropped[reason] = dropped.get(reason, 0) + number
    return sum(x.received for x in lines), sum(x.stored for x in lines), sum(x.refused for x in lines), dropped


def test_a_receipt_means_the_rows_can_be_asked_about(make_intake: MakeIntake, engine: Moody, project: str) -> None:
    intake = make_intake()
    receipt = intake.submit(batch(project, 1, span(project, 1), span(project, 2))).result(30)
    assert receipt == Receipt(stored=2)
    assert count(engine, project) == 2
    assert count(engine, project, "hours", "sum(span_count)") == 2
    assert stored_in_ledger(engine, project) == (2, 2, 0, {})
    assert intake.ready() == []


def test_a_repeated_request_is_recognised_before_and_after_a_restart(
    make_intake: MakeIntake, engine: Moody, project: str
) -> None:
    first = make_intake()
    assert first.seen(project, 7) is None
    first.submit(batch(project, 7, span(project, 1))).result(30)
    repeat = Receipt(dropped={"duplicate": 1}, is_repeat=True)
    assert first.seen(project, 7) == repeat
    assert first.submit(batch(project, 7, span(project, 1))).result(30) == repeat
    first.stop()
    second = make_intake()
    assert second.seen(project, 7) == repeat
    second.stop()
    assert count(engine, project) == 1
    assert stored_in_ledger(engine, project) == (4, 1, 0, {"duplicate": 3})


def test_the_same_body_in_another_project_is_another_request(make_intake: MakeIntake, project: str) -> None:
    intake = make_intake()
    intake.submit(batch(project, 7, span(project, 1))).result(30)
    assert intake.seen(f"{project}-other", 7) is None


def test_a_span_sent_again_in_another_request_is_dropped_as_duplicate(
    make_intake: MakeIntake, engine: Moody, project: str
) -> None:
    intake = make_intake()
    intake.submit(batch(project, 1, span(project, 1))).result(30)
    receipt = intake.submit(batch(project, 2, span(project, 1), span(project, 2), span(project, 2))).result(30)
    assert receipt == Receipt(stored=1, dropped={"duplicate": 2})
    assert count(engine, project) == 2
    assert stored_in_ledger(engine, project) == (4, 2, 0, {"duplicate": 2})


def test_a_span_with_the_same_ids_and_other_content_becomes_a_later_revision(
    make_intake: MakeIntake, engine: Moody, project: str
) -> None:
    intake = make_intake()
    for request, output in enumerate(("first", "second", "third"), start=1):
        intake.submit(batch(project, request, span(project, 1, output_text=output))).result(30)
    assert count(engine, project, "spans FINAL") == 1
    assert count(engine, project, "spans", "max(revision)") == 2
    assert count(engine, project, "spans FINAL", "output_text = 'third'") == 1
    assert count(engine, project, "hours", "sum(span_count)") == 1


def test_requests_in_flight_with_the_same_fingerprint_share_one_outcome(
    make_intake: MakeIntake, engine: Moody, project: str
) -> None:
    intake, gate = make_intake(), Gate()
    engine.before = gate
    gate.opened.clear()
    first = intake.submit(batch(project, 1, span(project, 1)))
    again = intake.submit(batch(project, 1, span(project, 1)))
    assert first is again
    gate.opened.set()
    assert again.result(30).stored == 1
    assert count(engine, project) == 1


def test_while_the_store_is_down_senders_are_refused_and_what_was_spooled_ends_stored_once(
    make_intake: MakeIntake, engine: Moody, project: str
) -> None:
    intake, gate = make_intake(), Gate()
    engine.before, gate.error = gate, StoreDown("the test says no")
    with pytest.raises(StoreDown, match="the test says no"):
        intake.submit(batch(project, 1, span(project, 1))).result(30)
    # Its outcome is open: it is not taken again, and others are not taken at all.
    for request in (1, 2):
        with pytest.raises(StoreDown):
            intake.submit(batch(project, request, span(project, request)))
    assert intake.seen(project, 1) is None
    assert "the test says no" in intake.ready()[0]
    gate.error = None
    _until_ready(intake)
    assert intake.seen(project, 1) == Receipt(dropped={"duplicate": 1}, is_repeat=True)
    intake.submit(batch(project, 2, span(project, 2))).result(30)
    assert count(engine, project) == 2
    intake.stop()
    assert stored_in_ledger(engine, project) == (5, 2, 2, {"duplicate": 1})


def test_an_insert_that_failed_after_the_rows_were_in_adds_nothing_when_asked_again(
    make_intake: MakeIntake, engine: Moody, project: str
) -> None:
    intake, gate = make_intake(), Gate()
    engine.after, gate.error = gate, StoreDown("the answer was lost")
    with pytest.raises(StoreDown):
        intake.submit(batch(project, 1, span(project, 1), span(project, 2))).result(30)
    gate.error = None
    _until_ready(intake)
    assert count(engine, project) == 2
    assert count(engine, project, "hours", "sum(span_count)") == 2
    assert count(engine, project, "traces", "sum(span_count)") == 2
    assert stored_in_ledger(engine, project) == (2, 2, 0, {})


def test_what_a_dead_process_left_in_the_spool_is_stored_before_anything_new_is_taken(
    make_intake: MakeIntake, engine: Moody, project: str
) -> None:
    first, gate = make_intake(), Gate()
    engine.before, gate.error = gate, StoreDown("gone")
    with pytest.raises(StoreDown):
        first.submit(batch(project, 1, span(project, 1))).result(30)
    first.stop()
    assert count(engine, project) == 0
    gate.error = None
    second = make_intake()
    assert second.seen(project, 1) == Receipt(dropped={"duplicate": 1}, is_repeat=True)
    assert count(engine, project) == 1


def test_a_full_queue_refuses_with_a_time_to_come_again_and_counts_it(
    make_intake: MakeIntake, engine: Moody, project: str
) -> None:
    intake, gate = make_intake(queue_bytes=3000), Gate()
    engine.before = gate
    gate.opened.clear()
    waiting, pauses_s = [], []
    for request in range(1, 40):
        try:
            waiting.append(intake.submit(batch(project, request, span(project, request))))
        except QueueFull as error:
            pauses_s.append(error.retry_after_s)
    refused = len(pauses_s)
    assert refused > 0
    assert min(pauses_s) > 0
    assert intake.waiting_bytes <= 3000
    gate.opened.set()
    assert all(future.result(30).stored == 1 for future in waiting)
    intake.stop()
    assert stored_in_ledger(engine, project) == (39, len(waiting), refused, {})


def test_a_request_larger_than_the_bound_is_taken_when_nothing_else_waits(
    make_intake: MakeIntake, engine: Moody, project: str
) -> None:
    intake = make_intake(queue_bytes=10)
    assert intake.submit(batch(project, 1, span(project, 1))).result(30).stored == 1


def test_a_row_the_store_cannot_hold_is_refused_alone_and_set_aside(
    make_intake: MakeIntake, engine: Moody, project: str, tmp_path: Path
) -> None:
    def choke(table: str, rows: Path | Sequence[Path]) -> None:
        files = [rows] if isinstance(rows, Path) else rows
        if any(b"poison" in file.read_bytes() for file in files):
            raise StoreError("cannot parse poison", 27)

    intake = make_intake()
    engine.before = choke
    names = ["poison" if number in (3, 17) else "fine" for number in range(20)]
    receipt = intake.submit(batch(project, 1, *(span(project, at, name) for at, name in enumerate(names)))).result(30)
    assert receipt == Receipt(stored=18, refused={"the store cannot hold this row of spans": 2})
    assert count(engine, project) == 18
    assert stored_in_ledger(engine, project) == (20, 18, 2, {})
    assert count(engine, project, "minutes", "sum(span_count)") == 18
    (aside,) = (tmp_path / "refused").iterdir()
    assert [orjson.loads(line)["name"] for line in aside.read_bytes().splitlines()] == ["poison", "poison"]
    assert intake.is_balanced()


def test_a_store_that_refuses_everything_is_down_and_not_a_bad_row(
    make_intake: MakeIntake, engine: Moody, project: str
) -> None:
    intake, gate = make_intake(), Gate()
    engine.before, gate.error = gate, StoreError("unknown table", 60)
    with pytest.raises(StoreDown, match="refuses nearly every row"):
        intake.submit(batch(project, 1, *(span(project, number) for number in range(600)))).result(60)
    gate.error = None
    _until_ready(intake)
    assert count(engine, project) == 600
    assert stored_in_ledger(engine, project) == (600, 600, 0, {})


def test_a_spool_that_cannot_be_written_fails_requests_for_certain_and_they_may_come_again(
    make_intake: MakeIntake, engine: Moody, project: str, tmp_path: Path
) -> None:
    intake = make_intake()
    (tmp_path / "spool").rmdir()
    with pytest.raises(StoreDown, match="free disk space"):
        intake.submit(batch(project, 1, span(project, 1))).result(30)
    assert intake.is_balanced()
    (tmp_path / "spool").mkdir()
    _until_ready(intake)
    assert intake.submit(batch(project, 1, span(project, 1))).result(30) == Receipt(stored=1)
    intake.stop()
    assert count(engine, project) == 1
    assert stored_in_ledger(engine, project) == (2, 1, 1, {})


def test_too_little_free_disk_refuses_before_the_disk_is_full(engine: Moody, project: str, tmp_path: Path) -> None:
    intake = Intake(engine, Settings(data=tmp_path, disk_free_min_bytes=1 << 60), SystemClock())
    intake.start(10)
    _until(lambda: bool(intake.ready()))
    with pytest.raises(StoreDown, match="disk_free_min_bytes"):
        intake.submit(batch(project, 1, span(project, 1)))
    assert intake.stop(10)


def test_refused_and_dropped_items_are_in_the_ledger_of_their_request(
    make_intake: MakeIntake, engine: Moody, project: str
) -> None:
    intake = make_intake()
    request = batch(project, 1, span(project, 1), refused={"no id": 2}, dropped={"placeholder": 3})
    receipt = intake.submit(request).result(30)
    assert receipt == Receipt(stored=1, refused={"no id": 2}, dropped={"placeholder": 3})
    assert intake.seen(project, 1) == Receipt(refused={"no id": 2}, dropped={"duplicate": 6}, is_repeat=True)
    intake.stop()
    assert stored_in_ledger(engine, project) == (12, 1, 2, {"placeholder": 3, "duplicate": 6})


def test_after_stop_nothing_is_taken_and_everything_queued_is_stored(
    make_intake: MakeIntake, engine: Moody, project: str
) -> None:
    intake = make_intake()
    futures = [intake.submit(batch(project, number, span(project, number))) for number in range(1, 30)]
    assert intake.stop(30)
    assert all(future.result(0).stored == 1 for future in futures)
    assert count(engine, project) == 29
    with pytest.raises(Busy, match="stopping"):
        intake.submit(batch(project, 99, span(project, 99)))


def test_a_memory_of_zero_seconds_stores_repeats_again_as_spans_only_once(
    make_intake: MakeIntake, engine: Moody, project: str
) -> None:
    intake = make_intake(dedup_window_s=0)
    intake.submit(batch(project, 1, span(project, 1))).result(30)
    assert intake.seen(project, 1) is None
    assert intake.submit(batch(project, 1, span(project, 1))).result(30) == Receipt(dropped={"duplicate": 1})
    assert count(engine, project) == 1


def test_restated_spans_replace_and_are_not_counted_again(make_intake: MakeIntake, engine: Moody, project: str) -> None:
    intake = make_intake()
    intake.submit(batch(project, 1, span(project, 1))).result(30)
    intake.restate([span(project, 1, output_text="late", revision=1)]).result(30)
    assert count(engine, project, "spans FINAL", "countIf(output_text = 'late')") == 1
    assert count(engine, project, "hours", "sum(span_count)") == 1
    assert stored_in_ledger(engine, project) == (1, 1, 0, {})
    assert intake.is_balanced()


def _until_ready(intake: Intake) -> None:
    _until(lambda: not intake.ready())


def _until(done: Callable[[], bool]) -> None:
    clock = SystemClock()
    ends_s = clock.monotonic_s() + 30
    while not done():
        assert clock.monotonic_s() < ends_s
        time.sleep(0.01)
