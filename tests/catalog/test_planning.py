"""Planning of online evaluation on the real engine: what has settled is found once, late or rootless, and backfills end."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from nervure.base.clock import NS_PER_S, FixedClock
from nervure.base.errors import QueryError
from nervure.base.ids import RandomIds
from nervure.base.settings import Settings
from nervure.catalog.catalog import Catalog, open_catalog
from nervure.evaluate.online.planner import ROOTLESS, Planner
from nervure.model.evaluation import Backfill, Choice, Outcome, Rule, Sampling
from nervure.model.span import Span
from nervure.query.asker import Asker
from nervure.store import insert_spans, migrate, open_engine
from nervure.store.engine import Engine
from nervure.store.rows import line, span_row
from nervure.store.sql import Sql

NOON = 1_800_000_000 * NS_PER_S
RULE = Rule("", "shop", "answers", (Choice("groundedness"),), where='kind = "llm"', settle_s=10)


@dataclass
class House:
    """What planning needs."""

    clock: FixedClock
    engine: Any
    catalog: Catalog
    asker: Asker
    planner: Planner
    folder: Path
    files: int = 0

    def store(self, *spans: Span) -> None:
        """As if they had just been received."""
        self.files += 1
        path = self.folder / f"{self.files}.jsonl"
        path.write_bytes(b"".join(line(span_row(replace(span, received_ns=self.clock.now_ns()), 7)) for span in spans))
        insert_spans(self.engine, path, f"{self.folder.name}-{self.files}")

    def plan(self, rule: Rule) -> list[str]:
        """Ids of what one round queues."""
        self.planner.plan_rule(self.catalog.evaluation_rules.get("shop", rule.id))
        found: list[str] = []
        while (task := self.catalog.evaluation_tasks.claim("test")) is not None:
            found += [target.id for target in task.targets]
            self.catalog.evaluation_tasks.finish(task.id, "test", Outcome({}))
        return found


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    opened = open_engine(Settings(data=tmp_path_factory.mktemp("store"), fsync=False))
    migrate(opened)
    yield opened
    opened.close()


@pytest.fixture
def house(tmp_path: Path, engine: Engine) -> Iterator[House]:
    clock = FixedClock(NOON)
    catalog = open_catalog(tmp_path, clock, RandomIds())
    asker = Asker(engine, Settings(data=tmp_path), clock)
    yield House(clock, engine, catalog, asker, Planner(catalog, asker), tmp_path)
    catalog.close()
    for table in ("spans", "traces", "scores"):
        engine.command(Sql(f"TRUNCATE TABLE {table}"))


def call(trace_id: str, span_id: str = "call", parent: str = "root", **more: Any) -> Span:
    values = {"start_ns": NOON, "duration_ns": NS_PER_S, "kind": "llm", "project": "shop", "model": None, **more}
    values.pop("model")
    return Span(trace_id=trace_id, span_id=span_id, name="chat", parent_id=parent, **values)


def root(trace_id: str, **more: Any) -> Span:
    return call(trace_id, "root", "", kind="workflow", **more)


def test_a_trace_is_planned_once_when_nothing_comes_any_more(house: House) -> None:
    rule = house.catalog.evaluation_rules.create(RULE)
    house.clock.advance_s(1)
    house.store(call("a"), root("a"), root("no-call"))
    house.clock.advance_s(5)
    assert house.plan(rule) == [], "it may still go on"
    house.store(call("a", "second"))
    house.clock.advance_s(6)
    assert house.plan(rule) == [], "what came last counts"
    house.clock.advance_s(10)
    assert house.plan(rule) == ["a"]
    house.clock.advance_s(60)
    assert house.plan(rule) == []


def test_a_trace_without_a_root_waits_longer_and_one_that_goes_on_is_planned_again(house: House) -> None:
    rule = house.catalog.evaluation_rules.create(RULE)
    house.clock.advance_s(1)
    house.store(call("orphan"), call("late"), root("late"))
    house.clock.advance_s(20)
    assert house.plan(rule) == ["late"]
    house.clock.advance_s(10 * ROOTLESS)
    assert house.plan(rule) == ["orphan"]
    house.store(call("late", "third"))
    house.clock.advance_s(30)
    assert house.plan(rule) == ["late"]


def test_spans_and_sessions_are_targets_too(house: House) -> None:
    rules = house.catalog.evaluation_rules
    spans = rules.create(replace(RULE, name="spans", level="span"))
    sessions = rules.create(replace(RULE, name="sessions", level="session"))
    house.clock.advance_s(1)
    house.store(call("a", session="s1"), root("a"), call("b", "other", session="s1"))
    house.clock.advance_s(20)
    assert sorted(house.plan(spans)) == ["call", "other"]
    assert house.plan(sessions) == ["s1"]


def test_a_days_budget_ends_the_day_and_a_wrong_field_is_told(house: House) -> None:
    rule = house.catalog.evaluation_rules.create(replace(RULE, sampling=Sampling(rows_per_day=3)))
    house.clock.advance_s(1)
    for number in range(5):
        house.store(call(f"t{number}"), root(f"t{number}"))
    house.clock.advance_s(20)
    assert len(house.plan(rule)) == 3
    wrong = house.catalog.evaluation_rules.create(
        replace(RULE, name="wrong", sampling=Sampling(rate=0, stratify_by="no_such_field", per_hour=5))
    )
    house.clock.advance_s(20)
    with pytest.raises(QueryError, match="there is no field no_such_field"):
        house.plan(wrong)


def test_a_backfill_tells_what_it_takes_then_scores_the_past_and_ends(house: House) -> None:
    for number in range(30):
        day_ns = number % 3 * 86_400 * NS_PER_S
        house.store(
            call(f"t{number}", start_ns=NOON - day_ns - NS_PER_S, status="error" if number < 6 else "ok"),
            root(f"t{number}", start_ns=NOON - day_ns - 2 * NS_PER_S),
        )
    rule = house.catalog.evaluation_rules.create(replace(RULE, sampling=Sampling(rate=0, errors=True)))
    house.clock.advance_s(60)
    from_ns, to_ns = NOON - 10 * 86_400 * NS_PER_S, house.clock.now_ns()
    told = house.planner.estimate(rule, from_ns, to_ns, None, again=False)
    assert (told["matching"], told["targets"], told["is_exact"], told["cost_usd"]) == (30, 6, True, 0.0)
    house.catalog.backfills.create(Backfill("", "shop", rule.id, 1, from_ns, to_ns))
    found: list[str] = []
    for _ in range(20):
        open_ = house.catalog.backfills.claim("server")
        if open_ is None:
            break
        house.planner.plan_backfill(open_, "server")
        while (task := house.catalog.evaluation_tasks.claim("test")) is not None:
            found += [target.id for target in task.targets]
            house.catalog.evaluation_tasks.finish(task.id, "test", Outcome({}, seconds=0.5))
    assert sorted(found) == [f"t{number}" for number in range(6)]
    assert house.catalog.backfills.list("shop")[0].state == "done"
    assert house.planner.estimate(rule, from_ns, to_ns, 4, again=False)["targets"] == 4
