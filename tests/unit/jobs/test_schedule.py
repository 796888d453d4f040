"""Loops run in turn, and one that fails does not stop the others."""

import threading
from typing import Any, cast

from nervure.base.clock import SystemClock
from nervure.base.errors import StoreDown
from nervure.jobs.loop import Hands, Loop
from nervure.jobs.schedule import Schedule, all_loops


def schedule(*loops: Loop) -> Schedule:
    return Schedule(cast(Hands, None), loops, SystemClock())


def test_every_loop_of_the_folder_is_found_by_its_name() -> None:
    assert {"disk", "ledger", "mappings", "projects", "reprice", "retention", "watch"} <= {x.name for x in all_loops()}


def test_a_failing_loop_is_reported_and_the_others_go_on() -> None:
    rounds: dict[str, int] = {"bad": 0, "good": 0}
    enough = threading.Event()

    def bad(hands: Any) -> None:
        rounds["bad"] += 1
        raise ValueError("broken")

    def good(hands: Any) -> None:
        rounds["good"] += 1
        if rounds["good"] == 3:
            enough.set()

    running = schedule(Loop("bad", 0.001, bad), Loop("good", 0.001, good))
    running.start()
    assert enough.wait(30)
    running.stop()
    assert rounds["bad"] >= 2
    assert running.last_error == {"bad": "ValueError: broken"}


def test_a_long_round_holds_up_no_loop_of_another_lane() -> None:
    began, done, free = threading.Event(), threading.Event(), threading.Event()

    def long(hands: Any) -> None:
        began.set()
        free.wait(30)

    def short(hands: Any) -> None:
        if began.is_set():
            done.set()

    running = schedule(Loop("long", 1, long, lane="apart"), Loop("short", 0.001, short))
    running.start()
    assert done.wait(30)
    free.set()
    running.stop()


def test_a_loop_that_works_again_is_no_longer_reported() -> None:
    fails = [True]

    def run(hands: Any) -> None:
        if fails.pop() if fails else False:
            raise StoreDown("later")

    loop = Loop("moody", 1, run)
    running = schedule(loop)
    running.run_once(loop)
    assert running.last_error == {"moody": "later"}
    running.run_once(loop)
    assert running.last_error == {}


def test_a_loop_waits_its_time_before_the_first_round() -> None:
    ran = threading.Event()
    running = schedule(Loop("late", 1, lambda hands: ran.set(), first_s=3600))
    running.start()
    assert not ran.wait(0.05)
    running.stop()
