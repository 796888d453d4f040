"""Collectors run in rounds, keep their place, and one's fault is its own."""

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest

from nervure.base.clock import SystemClock
from nervure.base.errors import BadInput, StoreDown, StoreError
from nervure.base.settings import Settings
from nervure.collect.checkpoint import FileCheckpoint
from nervure.collect.collector import Kind, Round
from nervure.collect.inlet import Inlet
from nervure.collect.report import MOST_TARGETS, Report
from nervure.collect.runner import Runner
from nervure.model.collector import Collector
from tests.waiting import wait_until

COUNTING = Collector("c1", "p", "counting", "count", {}, every_s=1.0)


def check(settings: Mapping[str, Any]) -> dict[str, Any]:
    if "wrong" in settings:
        raise BadInput("wrong cannot be used")
    return {"step": 1, **settings}


def count(round_: Round) -> None:
    at = round_.checkpoint.read().get("at", 0) + 1
    round_.checkpoint.write({"at": at})
    round_.report.taken(1, {})


@contextmanager
def running(
    folder: Path, listed: list[Collector], run: Callable[[Round], None] = count, **settings: Any
) -> Iterator[Runner]:
    kinds = {"count": Kind("count", check, run, every_s=7.0)}
    runner = Runner(lambda: listed, cast(Inlet, None), Settings(data=folder, **settings), SystemClock(), kinds)
    runner.start()
    try:
        yield runner
    finally:
        runner.stop()


def test_rounds_follow_each_other_and_the_checkpoint_outlives_the_process(tmp_path: Path) -> None:
    with running(tmp_path, [COUNTING]) as runner:
        wait_until(lambda: runner.state("c1").rounds >= 1)
        runner.run_now("c1")
        wait_until(lambda: runner.state("c1").rounds >= 2)
        assert runner.state("c1").items == runner.state("c1").rounds
    at = FileCheckpoint(tmp_path / "collect" / "c1.json").read()["at"]
    assert at >= 2
    with running(tmp_path, [COUNTING]) as runner:
        wait_until(lambda: runner.state("c1").rounds >= 1)
        assert FileCheckpoint(tmp_path / "collect" / "c1.json").read()["at"] > at


def test_a_fault_is_told_and_the_next_round_comes(tmp_path: Path) -> None:
    faults: list[Exception] = [ValueError("odd"), BadInput("no such bucket")]

    def run(round_: Round) -> None:
        if faults:
            raise faults.pop(0)

    with running(tmp_path, [COUNTING], run) as runner:
        wait_until(lambda: runner.state("c1").last_error == "ValueError: odd")
        assert runner.state("c1").state == "failing"
        wait_until(lambda: runner.state("c1").last_error == "no such bucket")
        wait_until(lambda: runner.state("c1").state == "waiting")


def test_a_busy_store_is_waited_for(tmp_path: Path) -> None:
    def run(round_: Round) -> None:
        raise StoreDown("later", 1.0)

    with running(tmp_path, [replace(COUNTING, every_s=3600.0)], run) as runner:
        wait_until(lambda: runner.state("c1").last_error == "later")
        state = runner.state("c1")
        assert state.next_ns - state.last_ns < 6 * 10**9


def test_what_is_paused_removed_or_changed_follows_the_catalog(tmp_path: Path) -> None:
    listed = [COUNTING]
    with running(tmp_path, listed) as runner:
        wait_until(lambda: runner.state("c1").rounds)
        listed[0] = replace(COUNTING, is_paused=True)
        runner.refresh()
        assert runner.state("c1").state == "paused"
        listed[0] = replace(COUNTING, every_s=2.0)
        runner.refresh()
        wait_until(lambda: runner.state("c1").state == "waiting")
        listed.clear()
        runner.refresh()
        assert runner.states() == []
        assert not (tmp_path / "collect" / "c1.json").exists()


def test_two_rounds_of_one_collector_never_overlap(tmp_path: Path) -> None:
    inside, most, lock = [0], [0], threading.Lock()

    def run(round_: Round) -> None:
        with lock:
            inside[0] += 1
            most[0] = max(most[0], inside[0])
        time.sleep(0.05)
        with lock:
            inside[0] -= 1

    listed = [COUNTING]
    with running(tmp_path, listed, run) as runner:
        for number in range(20):
            listed[0] = replace(COUNTING, every_s=1.0 + number)
            runner.refresh()
            time.sleep(0.01)
        wait_until(lambda: runner.state("c1").state == "waiting")
    assert most[0] == 1


def test_collectors_of_the_settings_are_checked_at_the_start(tmp_path: Path) -> None:
    said = {"name": "n", "kind": "count", "settings": {"step": 2}}
    with running(tmp_path, [], collectors=[said]) as runner:
        (fixed,) = runner.fixed()
        assert (fixed.source, fixed.settings, fixed.every_s, fixed.project) == ("settings", {"step": 2}, 7.0, "default")
    for wrong, words in (
        ({**said, "settings": {"wrong": 1}}, "wrong cannot be used"),
        ({**said, "kind": "none"}, "choose one of count"),
        ({**said, "name": ""}, "printable characters"),
        ({**said, "every_s": 0.1}, "from 1 to 86400"),
        ({**said, "evry": 1}, "has 'evry'"),
    ):
        with pytest.raises(BadInput, match=words), running(tmp_path, [], collectors=[wrong]):
            raise AssertionError("it started")


def test_a_damaged_checkpoint_says_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "c.json"
    checkpoint = FileCheckpoint(path)
    assert checkpoint.read() == {}
    checkpoint.write({"a": 1})
    path.write_bytes(b"{")
    with pytest.raises(StoreError, match="delete it to begin anew"):
        checkpoint.read()


def test_a_report_is_bounded_and_keeps_what_is_wrong() -> None:
    report = Report(SystemClock())
    report.target("broken", "no such object")
    for number in range(MOST_TARGETS + 50):
        report.target(f"object {number}", items=1)
    targets = report.state().targets
    assert len(targets) == MOST_TARGETS
    assert targets["broken"].error == "no such object"
