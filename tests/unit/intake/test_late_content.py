"""Prompts and answers that come in log records of their own find their span, whichever comes first."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from nervure.base.clock import FixedClock, SystemClock
from nervure.base.settings import Settings
from nervure.intake.completer import Completer
from nervure.intake.intake import Intake
from nervure.intake.joiner import Joiner
from nervure.intake.media import MediaStore
from nervure.intake.pipeline import Pipeline
from nervure.model.raw import Origin, RawBatch, RawLog, RawSpan
from nervure.normalise.engine import Normaliser
from nervure.price.pricer import Pricer
from nervure.store.sql import Sql
from tests.unit.intake.conftest import NOW_NS, Moody, count

TRACE, SPAN = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"


def raw_span() -> RawBatch:
    attributes = {
        "gen_ai.operation.name": "chat",
        "gen_ai.system": "openai",
        "gen_ai.request.model": "gpt-4o-mini",
        "gen_ai.usage.input_tokens": 8,
        "gen_ai.usage.output_tokens": 2,
    }
    origin = Origin(resource={"service.name": "s"}, resource_json='{"service.name":"s"}')
    record = RawSpan(origin, TRACE, SPAN, "", "chat gpt-4o-mini", 3, NOW_NS, NOW_NS + 10**9, 1, "", attributes)
    return RawBatch(spans=[record])


def raw_log(name: str, body: dict[str, Any], at: int) -> RawBatch:
    origin = Origin(resource={"service.name": "s"}, resource_json='{"service.name":"s"}')
    record = RawLog(origin, NOW_NS + at, NOW_NS + at, TRACE, SPAN, 9, "INFO", name, body, {"event.name": name})
    return RawBatch(logs=[record])


PROMPT = raw_log("gen_ai.user.message", {"content": "What is two and two?"}, 1)
ANSWER = raw_log(
    "gen_ai.choice",
    {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "Four."}},
    2,
)


class House:
    """Pipeline, intake and completer with a clock that is moved by hand."""

    def __init__(self, engine: Moody, intake: Intake, folder: Path) -> None:
        self.clock, self.engine, self.intake = FixedClock(NOW_NS), engine, intake
        normaliser = Normaliser()
        self.joiner = Joiner(normaliser, self.clock)
        settings = Settings(data=folder)
        media = MediaStore(folder / "media", 1000)
        self.pipeline = Pipeline(normaliser, Pricer(), self.clock, media, settings, self.joiner)
        self.completer = Completer(self.joiner, engine, intake, normaliser, Pricer())
        self.requests = 0

    def send(self, raw: RawBatch, project: str) -> None:
        self.requests += 1
        for one in self.pipeline.process(raw, project, "otlp", self.requests, 100):
            self.intake.submit(one).result(30)

    def texts(self, project: str) -> list[tuple[str, str]]:
        text = "SELECT input_text, output_text FROM spans FINAL WHERE project = {project:String}"
        return [(str(a), str(b)) for a, b in self.engine.query(Sql(text, {"project": project})).rows]


@pytest.fixture
def house(engine: Moody, make_intake: Callable[..., Intake], tmp_path: Path) -> House:
    return House(engine, make_intake(clock=SystemClock()), tmp_path)


@pytest.mark.parametrize(
    "order",
    [
        pytest.param(("prompt", "answer", "span"), id="content first"),
        pytest.param(("span", "prompt", "answer"), id="span first"),
        pytest.param(("prompt", "span", "answer"), id="span between"),
    ],
)
def test_content_joins_its_span_in_any_order(house: House, project: str, order: tuple[str, ...]) -> None:
    parts = {"prompt": PROMPT, "answer": ANSWER, "span": raw_span()}
    for part in order:
        house.send(parts[part], project)
    house.clock.advance_s(1)
    house.completer.sweep()
    assert house.texts(project) == [("What is two and two?", "Four.")]
    assert count(house.engine, project, "hours", "sum(span_count)") == 1
    assert count(house.engine, project, "hours", "sum(input_tokens)") == 8
    assert count(house.engine, project, "logs") == 2


def test_nothing_is_read_back_when_the_span_took_its_content_along(house: House, project: str) -> None:
    house.send(PROMPT, project)
    house.send(raw_span(), project)
    house.clock.advance_s(10)
    assert house.joiner.due(10) == {}


def test_the_search_for_a_span_that_never_comes_ends(house: House, project: str) -> None:
    house.send(PROMPT, project)
    looks = 0
    for _ in range(100):
        house.clock.advance_s(0.5)
        looks += len(house.joiner.due(10))
    assert looks == 3


def test_after_a_restart_content_is_read_back_from_the_logs(
    house: House, project: str, make_intake: Callable[..., Intake], tmp_path: Path
) -> None:
    house.send(PROMPT, project)
    house.send(ANSWER, project)
    after = House(house.engine, house.intake, tmp_path)
    after.requests = 100
    assert after.completer.rebuild() >= 2
    after.send(raw_span(), project)
    assert after.texts(project) == [("What is two and two?", "Four.")]


def test_a_completed_span_is_not_completed_again_after_a_restart(house: House, project: str, tmp_path: Path) -> None:
    for part in (raw_span(), PROMPT, ANSWER):
        house.send(part, project)
    house.clock.advance_s(1)
    assert house.completer.sweep() == 1
    after = House(house.engine, house.intake, tmp_path)
    after.completer.rebuild()
    after.clock.advance_s(1)
    after.completer.sweep()
    assert after.texts(project) == [("What is two and two?", "Four.")]


def test_the_table_is_bounded_by_bytes_and_age(project: str) -> None:
    clock = FixedClock(NOW_NS)
    joiner = Joiner(Normaliser(), clock, most_bytes=20_000)
    for number in range(100):
        joiner.offer(project, TRACE, f"{number:016x}", NOW_NS, {"input_text": "x" * 1000})
    assert joiner.size <= 20_000
    assert 0 < len(joiner) < 100
    clock.advance_s(3600)
    joiner.offer(project, TRACE, "f" * 16, NOW_NS, {"input_text": "x"})
    assert len(joiner) == 1


def sums(house: House, project: str) -> dict[str, tuple[Any, ...]]:
    """(spans, calls, tokens, USD, models) as the spans say it, and as each table fed from them does."""
    columns = "sum(span_count), sum(call_count), sum(total_tokens), round(sum(cost_total), 9)"
    house.intake.settle()

    def ask(text: str) -> tuple[Any, ...]:
        return tuple(house.engine.query(Sql(text, {"project": project})).rows[0])

    where = "WHERE project = {project:String}"
    answer = {
        "spans": ask(
            "SELECT count(), countIf(kind = 'llm'), sumIf(ifNull(total_tokens, 0), kind = 'llm'),"
            " round(sum(ifNull(cost_total, 0)), 9), arraySort(groupUniqArrayIf(toString(model), model != ''))"
            f" FROM spans FINAL {where}"
        ),
        "traces": ask(f"SELECT {columns}, arraySort(groupUniqArrayArray(models)) FROM traces {where}"),
    }
    for table in ("minutes", "hours"):
        answer[table] = ask(
            f"SELECT {columns}, arraySort(groupUniqArrayIf(toString(model), model != '' AND model IN"
            f" (SELECT model FROM {table} {where} GROUP BY model HAVING sum(span_count) > 0))) FROM {table} {where}"
        )
    return answer


def bare_span() -> RawBatch:
    """A call of which the span says nothing but that it was one."""
    raw = raw_span()
    raw.spans[0].attributes = {"gen_ai.operation.name": "chat", "gen_ai.system": "openai"}
    return raw


DETAILS = raw_log(
    "gen_ai.client.inference.operation.details",
    {"gen_ai.response.model": "gpt-4o", "gen_ai.usage.input_tokens": 1000, "gen_ai.usage.output_tokens": 100},
    3,
)
COST = 0.0035


@pytest.mark.parametrize("order", [("details", "span"), ("span", "details")], ids=["before", "after"])
def test_late_tokens_and_models_are_priced_and_counted_once(house: House, project: str, order: tuple[str, ...]) -> None:
    parts = {"span": bare_span(), "details": DETAILS}
    for part in order:
        house.send(parts[part], project)
    house.clock.advance_s(1)
    for _ in range(2):
        house.completer.sweep()
        found = sums(house, project)
        assert found["spans"] == (1, 1, 1100, COST, ["gpt-4o"])
        assert len({str(value) for value in found.values()}) == 1, found


def test_late_tokens_are_counted_once_though_the_server_restarts_or_half_an_hour_passes(
    house: House, project: str, tmp_path: Path
) -> None:
    house.send(bare_span(), project)
    house.clock.advance_s(1800)
    house.send(DETAILS, project)
    house.clock.advance_s(1)
    assert house.completer.sweep() == 1
    after = House(house.engine, house.intake, tmp_path)
    after.completer.rebuild()
    after.clock.advance_s(1)
    assert after.completer.sweep() == 0
    found = sums(house, project)
    assert found["spans"] == (1, 1, 1100, COST, ["gpt-4o"])
    assert len({str(value) for value in found.values()}) == 1, found


def test_what_log_records_said_stays_when_the_span_is_sent_again(house: House, project: str) -> None:
    house.send(bare_span(), project)
    house.send(DETAILS, project)
    house.clock.advance_s(1)
    house.completer.sweep()
    again = bare_span()
    again.spans[0].name = "chat, ended"
    house.joiner._table.clear()
    house.send(again, project)
    found = sums(house, project)
    assert found["spans"] == (1, 1, 1100, COST, ["gpt-4o"])
    assert len({str(value) for value in found.values()}) == 1, found


def test_a_span_of_an_hour_finds_what_was_logged_at_its_beginning(house: House, project: str) -> None:
    house.send(DETAILS, project)
    house.clock.advance_s(3600)
    house.send(raw_log("gen_ai.user.message", {"content": "Still there?"}, 3590 * 10**9), project)
    long = bare_span()
    long.spans[0].end_ns = NOW_NS + 3600 * 10**9
    house.send(long, project)
    for _ in range(2):
        house.completer.sweep()
        house.clock.advance_s(1)
    assert house.texts(project) == [("Still there?", "")]
    found = sums(house, project)
    assert found["spans"] == (1, 1, 1100, COST, ["gpt-4o"])
    assert len({str(value) for value in found.values()}) == 1, found
