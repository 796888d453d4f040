"""What only one of several processes may do, and collectors that replicas share."""

import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import pytest

from nervure.base.clock import FixedClock, SystemClock
from nervure.base.ids import RandomIds
from nervure.base.settings import Settings
from nervure.catalog.catalog import Catalog, open_catalog
from nervure.collect import runner as collect_runner
from nervure.collect.collector import Kind, Round
from nervure.collect.inlet import Inlet
from nervure.collect.runner import Runner
from nervure.collect.sharing import Replicas
from nervure.model.collector import Collector
from tests.waiting import wait_until

COUNTING = Collector("c1", "default", "counting", "count", every_s=0.01)


def test_a_lease_is_one_holders_until_it_is_dropped_or_runs_out(catalog: Catalog, clock: FixedClock) -> None:
    assert catalog.leases.hold("detect", "a", 60)
    assert not catalog.leases.hold("detect", "b", 60)
    assert catalog.leases.hold("detect", "a", 60)
    assert catalog.leases.hold("another", "b", 60)
    clock.advance_s(59)
    assert not catalog.leases.hold("detect", "b", 60)
    clock.advance_s(2)
    assert catalog.leases.hold("detect", "b", 60)
    catalog.leases.drop("detect", "a")
    assert not catalog.leases.hold("detect", "a", 60)
    catalog.leases.drop("detect", "b")
    assert catalog.leases.hold("detect", "a", 60)


def test_of_many_that_ask_at_once_one_gets_it(where: str, clock: FixedClock) -> None:
    catalogs = [open_catalog(where, clock, RandomIds()) for _ in range(2)]
    got: list[str] = []
    ready = threading.Barrier(8)

    def ask(at: int) -> None:
        ready.wait()
        if catalogs[at % 2].leases.hold("detect", f"holder {at}", 60):
            got.append(f"holder {at}")

    threads = [threading.Thread(target=ask, args=(at,)) for at in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for catalog in catalogs:
        catalog.close()
    assert len(got) == 1


def check(settings: Mapping[str, Any]) -> dict[str, Any]:
    return dict(settings)


def test_of_two_replicas_one_runs_a_collector_and_the_other_goes_on_where_it_stopped(
    where: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(collect_runner, "STANDBY_S", 0.01)
    clock, steps = SystemClock(), list[tuple[str, int]]()
    catalogs, runners = list[Catalog](), dict[str, Runner]()
    for name in ("one", "two"):

        def run(round_: Round, name: str = name) -> None:
            at = round_.checkpoint.read().get("at", 0) + 1
            round_.checkpoint.write({"at": at})
            steps.append((name, at))

        catalog = open_catalog(where, clock, RandomIds())
        catalogs.append(catalog)
        sharing = Replicas(catalog.leases, catalog.notes, clock, RandomIds())
        how: dict[str, Any] = {"data": tmp_path / name}
        kinds = {"count": Kind("count", check, run)}
        runners[name] = Runner(lambda: [COUNTING], cast(Inlet, None), Settings(**how), clock, kinds, sharing)
        runners[name].start()
    wait_until(lambda: len(steps) > 3 and "standby" in {one.state("c1").state for one in runners.values()})
    first = steps[0][0]
    other = "two" if first == "one" else "one"
    assert {name for name, _ in steps} == {first}
    runners[first].stop()
    wait_until(lambda: other in {name for name, _ in steps})
    runners[other].stop()
    for catalog in catalogs:
        catalog.close()
    # No step twice, none left out, whoever made it.
    assert [at for _, at in steps] == list(range(1, len(steps) + 1))
