"""Making room: by age, and at the disk ceiling payloads before metadata."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from nervure.base.clock import NS_PER_S, FixedClock, SystemClock
from nervure.base.ids import RandomIds
from nervure.base.settings import Settings
from nervure.catalog.catalog import Catalog, open_catalog
from nervure.intake.intake import Intake
from nervure.jobs.loops import disk, retention
from nervure.model.retention import RetentionPolicy
from nervure.store.engine import DiskUse
from nervure.store.sql import Sql
from tests.unit.intake.conftest import NOW_NS, Moody, batch, count, span

DAY_NS = 86_400 * NS_PER_S
TABLES = ("spans", "traces", "minutes", "hours", "logs", "metrics", "scores", "ledger")


@dataclass
class Hands:
    """What loops may use. The store's disk use can be told."""

    settings: Settings
    clock: FixedClock
    engine: Any
    catalog: Catalog
    intake: Intake
    normaliser: Any = None
    pricer: Any = None
    asker: Any = None
    said: list[str] = field(default_factory=list)


@pytest.fixture
def hands(engine: Moody, make_intake: Callable[..., Intake], tmp_path: Path) -> Iterator[Hands]:
    for table in TABLES:
        engine.command(Sql(f"TRUNCATE TABLE nervure.{table}"))
    intake = make_intake()
    clock = FixedClock(NOW_NS)
    catalog = open_catalog(tmp_path, SystemClock(), RandomIds())
    yield Hands(Settings(data=tmp_path, retention_days=30, disk_free_min_bytes=0), clock, engine, catalog, intake)
    catalog.close()


def store(hands: Hands, project: str, *days_ago: int) -> None:
    """A span with a long text for each age."""
    for at, days in enumerate(days_ago):
        one = span(project, at + 1, output_text="a long answer " * 20, output=[])
        one.start_ns = NOW_NS - days * DAY_NS
        hands.intake.submit(batch(project, at + 1, one)).result(30)
    hands.intake.settle()


def days_left(hands: Hands, project: str, table: str = "spans", where: str = "1") -> list[int]:
    column = "time" if table in ("minutes", "hours") else "start"
    text = (
        f"SELECT toInt64(round(({NOW_NS // NS_PER_S} - toUnixTimestamp({column})) / 86400)) AS days FROM {table}\n"
        f"WHERE project = {{project:String}} AND {where} ORDER BY days"
    )
    return [int(row[0]) for row in hands.engine.query(Sql(text, {"project": project})).rows]


def test_spans_traces_and_roll_ups_past_the_retention_go_by_whole_weeks(hands: Hands, project: str) -> None:
    store(hands, project, 0, 20, 33, 60, 400)
    retention.run(hands)
    # A week goes when its last day is past the retention: 33 days ago lies in a week that is not.
    assert days_left(hands, project) == [0, 20, 33]
    assert days_left(hands, project, "hours") == [0, 20, 33]
    assert days_left(hands, project, "traces") == [0, 20]


def test_a_project_with_a_shorter_retention_loses_its_rows_and_others_keep_theirs(hands: Hands, project: str) -> None:
    other = f"{project}-other"
    store(hands, project, 0, 3, 10)
    store(hands, other, 0, 3, 10)
    hands.catalog.retention.set(RetentionPolicy(project, "all", days=5))
    retention.run(hands)
    assert days_left(hands, project) == [0, 3]
    assert days_left(hands, project, "traces") == [0, 3]
    assert days_left(hands, other) == [0, 3, 10]


def test_a_project_with_a_longer_retention_keeps_its_rows_and_others_lose_theirs(hands: Hands, project: str) -> None:
    other = f"{project}-other"
    store(hands, project, 0, 60)
    store(hands, other, 0, 60)
    hands.catalog.projects.seen(other)
    hands.catalog.retention.set(RetentionPolicy(project, "all", days=100))
    retention.run(hands)
    assert days_left(hands, project) == [0, 60]
    assert days_left(hands, other) == [0]


def test_texts_go_earlier_than_the_rest_when_the_policy_says_so(hands: Hands, project: str) -> None:
    store(hands, project, 0, 3, 10)
    hands.catalog.retention.set(RetentionPolicy(project, "spans", days=30, payload_days=5))
    retention.run(hands)
    assert days_left(hands, project) == [0, 3, 10]
    assert days_left(hands, project, where="output_text != ''") == [0, 3]


class Full:
    """The engine on a disk that looks fuller than it is. used: bytes of each look, the last one for ever."""

    def __init__(self, engine: Moody, *used: int) -> None:
        self._engine, self._used = engine, list(used)

    def disk(self) -> DiskUse:
        return DiskUse({"spans": self._used.pop(0) if len(self._used) > 1 else self._used[0]}, 1 << 40, 1 << 40)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._engine, name)


def full(hands: Hands, *used: int) -> Hands:
    settings = hands.settings.model_copy(update={"disk_ceiling_bytes": 100 << 20})
    return Hands(settings, hands.clock, Full(hands.engine, *used), hands.catalog, hands.intake)


def test_at_the_ceiling_payloads_of_the_oldest_week_go_first_and_rows_stay(hands: Hands, project: str) -> None:
    store(hands, project, 0, 10, 20)
    disk.run(full(hands, 200 << 20, 50 << 20))
    assert days_left(hands, project) == [0, 10, 20]
    assert days_left(hands, project, where="output_text != ''") == [0, 10]
    assert hands.intake.shed == {"payloads": 1}


def test_what_was_shed_stands_among_the_notices_until_there_is_room(hands: Hands, project: str) -> None:
    store(hands, project, 0, 10)
    disk.run(full(hands, 200 << 20))
    assert "disk_ceiling_bytes allows 100 MiB" in hands.intake.notices["disk"]
    disk.run(full(hands, 50 << 20))
    assert hands.intake.notices == {}


def test_with_no_payload_left_the_oldest_weeks_go_but_never_the_newest(hands: Hands, project: str) -> None:
    store(hands, project, 0, 10, 20)
    for _ in range(12):
        disk.run(full(hands, 200 << 20))
    assert days_left(hands, project) == [0]
    assert "nothing older is left" in hands.intake.notices["disk"]
    assert hands.intake.shed["payloads"] >= 3
    assert hands.intake.shed["weeks"] >= 2


def test_shed_weeks_can_still_be_written_to_and_searched(hands: Hands, project: str) -> None:
    store(hands, project, 10)
    disk.run(full(hands, 200 << 20, 50 << 20))
    late = span(project, 9, output_text="another answer")
    late.start_ns = NOW_NS - 10 * DAY_NS
    hands.intake.submit(batch(project, 99, late)).result(30)
    assert days_left(hands, project, where="hasToken(output_text, 'another')") == [10]
    assert days_left(hands, project, where="hasToken(output_text, 'long')") == []
    assert count(hands.engine, project) == 2
