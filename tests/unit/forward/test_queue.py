"""What waits for a destination lies on disk: in order, bounded, counted, and still there after a kill."""

from pathlib import Path

import pytest

from nervure.forward.queue import DiskQueue, Record

MIB = 1 << 20


def record(number: int, size: int = 100, items: int = 10) -> Record:
    return Record(f"group/{number}", "spans", items, bytes([number % 256]) * size)


def taken(queue: DiskQueue) -> list[str]:
    keys = []
    while (found := queue.first(0)) is not None:
        queue.done(*found)
        keys.append(found[0].key)
    return keys


def test_records_come_out_in_the_order_they_went_in(tmp_path: Path) -> None:
    queue = DiskQueue(tmp_path, MIB)
    for number in range(50):
        queue.put(record(number, size=3000))
    assert taken(queue) == [f"group/{number}" for number in range(50)]
    assert (queue.counts.forwarded, queue.counts.queued, queue.counts.queued_bytes) == ({"spans": 500}, 0, 0)


def test_a_queue_opened_again_goes_on_where_it_was(tmp_path: Path) -> None:
    queue = DiskQueue(tmp_path, MIB)
    queue.settle("", 400, {"filtered": 100})
    for number in range(30):
        queue.put(record(number, size=5000))
    for _ in range(12):
        found = queue.first(0)
        assert found is not None
        queue.done(*found)
    # As after a kill: nothing is closed.
    again = DiskQueue(tmp_path, MIB)
    assert (again.counts.forwarded, again.counts.queued, again.counts.dropped) == (
        {"spans": 120},
        180,
        {"filtered": 100},
    )
    assert again.counts.is_balanced
    assert taken(again) == [f"group/{number}" for number in range(12, 30)]


def test_a_queue_read_to_its_end_takes_new_records_after_it_is_opened_again(tmp_path: Path) -> None:
    queue = DiskQueue(tmp_path, MIB)
    for number in range(40):
        queue.put(record(number, size=60_000))
        assert taken(queue) == [f"group/{number}"]
    again = DiskQueue(tmp_path, MIB)
    again.put(record(99))
    assert taken(DiskQueue(tmp_path, MIB)) == ["group/99"]


def test_half_a_record_at_the_end_is_cut_off(tmp_path: Path) -> None:
    queue = DiskQueue(tmp_path, MIB)
    queue.put(record(1))
    queue.put(record(2))
    (segment,) = tmp_path.glob("*.seg")
    segment.write_bytes(segment.read_bytes()[:-7])
    again = DiskQueue(tmp_path, MIB)
    again.put(record(3))
    assert taken(again) == ["group/1", "group/3"]


def test_a_damaged_record_loses_its_file_and_says_so(tmp_path: Path) -> None:
    queue = DiskQueue(tmp_path, MIB)
    for number in range(3):
        queue.put(record(number))
    (segment,) = tmp_path.glob("*.seg")
    data = bytearray(segment.read_bytes())
    data[len(data) // 2] ^= 0xFF
    segment.write_bytes(data)
    assert taken(queue) == ["group/0"]
    assert queue.counts.dropped == {"damaged": 20}
    assert queue.counts.queued == 0


def test_when_it_is_full_the_oldest_is_shed_and_counted(tmp_path: Path) -> None:
    queue = DiskQueue(tmp_path, MIB)
    for number in range(100):
        queue.put(record(number, size=50_000))
        assert sum(path.stat().st_size for path in tmp_path.glob("*.seg")) <= 2 * MIB
        assert queue.counts.queued_bytes <= MIB
    queue.settle("g", 1000, {})
    assert queue.counts.is_balanced
    shed = queue.counts.dropped["shed"] // 10
    assert shed >= 79
    assert taken(queue) == [f"group/{number}" for number in range(shed, 100)]


def test_a_record_shed_while_it_is_sent_is_counted_once(tmp_path: Path) -> None:
    queue = DiskQueue(tmp_path, MIB)
    queue.put(record(0, size=900_000))
    found = queue.first(0)
    assert found is not None
    queue.put(record(1, size=900_000))
    assert not queue.is_first(found[1])
    queue.done(*found)
    queue.settle("g", 20, {})
    assert (queue.counts.forwarded, queue.counts.dropped, queue.counts.queued) == ({}, {"shed": 10}, 10)
    assert queue.counts.is_balanced


def test_a_record_that_two_were_done_with_is_counted_once(tmp_path: Path) -> None:
    queue = DiskQueue(tmp_path, MIB)
    queue.put(record(1))
    queue.put(record(2))
    one, other = queue.first(0), queue.first(0)
    assert one is not None
    assert other == one
    queue.done(*one)
    queue.done(*other)
    assert queue.counts.forwarded == {"spans": 10}
    assert taken(queue) == ["group/2"]


def test_a_record_that_is_there_already_is_not_put_again(tmp_path: Path) -> None:
    queue = DiskQueue(tmp_path, MIB)
    queue.put(record(1))
    again = DiskQueue(tmp_path, MIB)
    again.put(record(1))
    assert again.counts.queued == 10


def test_a_group_is_settled_once(tmp_path: Path) -> None:
    queue = DiskQueue(tmp_path, MIB)
    queue.settle("g1", 5, {"sampled": 5})
    again = DiskQueue(tmp_path, MIB)
    again.settle("g1", 5, {"sampled": 5})
    assert (again.counts.taken, again.counts.dropped) == (5, {"sampled": 5})


@pytest.mark.parametrize(
    ("rejected", "is_refused", "forwarded", "dropped"),
    [
        pytest.param(0, False, {"spans": 10}, {}, id="delivered"),
        pytest.param(3, False, {"spans": 7}, {"refused": 3}, id="partial success"),
        pytest.param(0, True, {}, {"refused": 10}, id="refused whole"),
        pytest.param(99, False, {}, {"refused": 10}, id="more refused than sent"),
    ],
)
def test_what_the_other_side_refuses_is_counted(
    tmp_path: Path, rejected: int, is_refused: bool, forwarded: dict[str, int], dropped: dict[str, int]
) -> None:
    queue = DiskQueue(tmp_path, MIB)
    queue.settle("g", 10, {})
    queue.put(record(1))
    found = queue.first(0)
    assert found is not None
    queue.done(*found, rejected, is_refused)
    assert (queue.counts.forwarded, queue.counts.dropped) == (forwarded, dropped)
    assert queue.counts.is_balanced
